import type { Mailbox } from './mailbox.ts';

/** Something that can be waited for. */
export interface Waitable {
  isReady(): boolean;
  /** When it will be ready by itself, on the clock of `performance.now()`. */
  readonly at?: number;
  /** Who brings the news; undefined for what is not connected to anything yet. */
  readonly mailbox: Mailbox | undefined;
}

/** wasi:io/poll `pollable`. */
export class Pollable {
  readonly #waitable: Waitable;

  constructor(waitable: Waitable) {
    this.#waitable = waitable;
  }

  ready(): boolean {
    this.#waitable.mailbox?.drain();
    return this.#waitable.isReady();
  }

  block(): void {
    waitForAny([this.#waitable]);
  }

  static waitableOf(pollable: Pollable): Waitable {
    return pollable.#waitable;
  }

  [Symbol.dispose](): void {}
}

/** wasi:io/poll `poll`: the indexes of what is ready, after waiting until something is. An empty list traps, as the interface says. */
export function poll(pollables: readonly Pollable[]): Uint32Array {
  if (pollables.length === 0) throw new Error('poll of an empty list');
  const waitables = pollables.map((pollable) => Pollable.waitableOf(pollable));
  waitForAny(waitables);
  return Uint32Array.from(waitables.flatMap((waitable, index) => (waitable.isReady() ? [index] : [])));
}

function waitForAny(waitables: readonly Waitable[]): void {
  const ready = () => waitables.some((waitable) => waitable.isReady());
  const mailbox = waitables.find((waitable) => waitable.mailbox !== undefined)?.mailbox;
  if (mailbox === undefined) {
    if (ready()) return;
    throw new Error('waiting for a stream that is connected to nothing would never end');
  }
  mailbox.wait(ready, Math.min(...waitables.map((waitable) => waitable.at ?? Number.POSITIVE_INFINITY)));
}
