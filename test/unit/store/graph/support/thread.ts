import type { Clock } from '../../../../../src/ports/clock.ts';
import { type Bucket, type ClientOptions, clientOf, type Step } from './bucket.ts';
import type { StorePorts } from './collector.ts';

/** Thrown through the code of a thread where it has to wait for its next turn. */
class Suspended extends Error {}

/** `ask` gives what else changes with time, the same in each run. */
export type Body = (ports: StorePorts, ask: (speak: () => number) => number) => void;

type Answer = { readonly tag: 'value'; readonly value: unknown } | { readonly tag: 'error'; readonly error: unknown };

/**
 * Synchronous code that takes one step of a store at a time, so that several can be interleaved as one likes. Our code has no way to wait in the middle of a
 * function, so it is run from its beginning at each turn, with the answers of the turns before. It must depend on its ports alone.
 */
export class Thread {
  readonly #body: Body;
  readonly #bucket: Bucket;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #options: ClientOptions;
  readonly #answers: Answer[] = [];
  /** What the clock and random said, in order. */
  readonly #said: number[] = [];
  finished = false;

  constructor(bucket: Bucket, clock: Clock, random: () => number, body: Body, options: ClientOptions = {}) {
    this.#body = body;
    this.#bucket = bucket;
    this.#clock = clock;
    this.#random = random;
    this.#options = options;
  }

  /** Takes so many steps, and goes on until the next; true while there is one. */
  advance(steps: number): boolean {
    if (this.finished) return false;
    let turn = 0;
    let left = steps;
    let suspended = false;
    let word = 0;
    const say = (speak: () => number): number => {
      if (suspended) throw new Suspended();
      if (word === this.#said.length) this.#said.push(speak());
      return this.#said[word++] ?? 0;
    };
    const perform = (step: Step): unknown => {
      if (suspended) throw new Suspended();
      if (turn === this.#answers.length) {
        if (left === 0) {
          suspended = true;
          throw new Suspended();
        }
        left--;
        this.#answers.push(this.#act(step));
      }
      const answer = this.#answers[turn++];
      if (answer?.tag === 'error') throw answer.error;
      return answer?.value;
    };
    const ports: StorePorts = {
      keyvalue: clientOf(perform, this.#options),
      clock: { now: () => say(() => this.#clock.now()), monotonic: () => say(() => this.#clock.monotonic()), sleep: () => {} },
      random: {
        fraction: () => say(this.#random),
        bytes: (length) => Uint8Array.from({ length }, () => Math.floor(say(this.#random) * 256)),
      },
    };
    try {
      this.#body(ports, say);
      this.finished = !suspended;
    } catch (error) {
      if (!(error instanceof Suspended)) {
        if (suspended) throw new Error('the code took a suspension for a failure', { cause: error });
        this.finished = true;
        throw error;
      }
    }
    return !this.finished;
  }

  /** Everything that is left. */
  finish(): void {
    this.advance(Number.POSITIVE_INFINITY);
  }

  #act(step: Step): Answer {
    try {
      return { tag: 'value', value: this.#bucket.perform(step) };
    } catch (error) {
      return { tag: 'error', error };
    }
  }
}
