import type { ErrorCode } from '../error-code.ts';
import { type HostEvent, STREAM_WINDOW } from '../protocol.ts';
import { IoError, throwStream } from './io-error.ts';
import type { Mailbox } from './mailbox.ts';
import { Pollable, type Waitable } from './poll.ts';

/** Reading is acknowledged in portions, so that small reads do not cost a message each. */
const ACKNOWLEDGE_FROM = STREAM_WINDOW / 4;

/** Where an input stream's bytes come from. */
interface Source extends Waitable {
  /** Up to `limit` bytes of what is there, empty where nothing is yet. Throws a stream error once it has ended or is broken. */
  read(limit: number): Uint8Array;
}

/** Bytes on their way from the main thread into the component. */
export class InputPipe implements Source {
  readonly mailbox: Mailbox;
  readonly #stream: number;
  readonly #chunks: Uint8Array[] = [];
  #state: 'open' | 'ended' | ErrorCode;
  #unacknowledged = 0;

  /** `ended` for a body that is known to be empty. */
  constructor(mailbox: Mailbox, stream: number, state: 'open' | 'ended' = 'open') {
    this.mailbox = mailbox;
    this.#stream = stream;
    this.#state = state;
  }

  take(event: HostEvent): void {
    if (event.tag === 'bytes') this.#chunks.push(event.bytes);
    else if (event.tag === 'end') this.#state = 'ended';
    else if (event.tag === 'broken') this.#state = event.code;
  }

  isReady(): boolean {
    return this.#chunks.length > 0 || this.#state !== 'open';
  }

  read(limit: number): Uint8Array {
    this.mailbox.drain();
    const [first] = this.#chunks;
    if (first === undefined) {
      if (this.#state === 'ended') throwStream({ tag: 'closed' });
      if (this.#state !== 'open') throwStream({ tag: 'last-operation-failed', val: new IoError(this.#state.tag, this.#state) });
      return new Uint8Array(0);
    }
    if (first.length <= limit) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(limit);
    const taken = first.length <= limit ? first : first.subarray(0, limit);
    this.#unacknowledged += taken.length;
    if (this.#unacknowledged >= ACKNOWLEDGE_FROM) {
      this.mailbox.send({ tag: 'consumed', stream: this.#stream, bytes: this.#unacknowledged });
      this.#unacknowledged = 0;
    }
    return taken;
  }

  /** Says that no more will be read. */
  cancel(): void {
    if (this.#state === 'open') this.mailbox.send({ tag: 'cancel', stream: this.#stream });
    this.#state = 'ended';
    this.#chunks.length = 0;
    this.mailbox.forget(this.#stream);
  }
}

/** wasi:io/streams `input-stream`. Lengths are u64: jco hands them over as bigint. */
export class InputStream {
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  /** A stream that has ended already: the standard input of a component that has none. */
  static empty(): InputStream {
    return new InputStream({ mailbox: undefined, isReady: () => true, read: () => throwStream({ tag: 'closed' }) });
  }

  read(length: bigint): Uint8Array {
    return length === 0n ? new Uint8Array(0) : this.#source.read(Number(length));
  }

  blockingRead(length: bigint): Uint8Array {
    this.subscribe().block();
    return this.read(length);
  }

  skip(length: bigint): bigint {
    return BigInt(this.read(length).length);
  }

  blockingSkip(length: bigint): bigint {
    return BigInt(this.blockingRead(length).length);
  }

  subscribe(): Pollable {
    return new Pollable(this.#source);
  }

  [Symbol.dispose](): void {}
}
