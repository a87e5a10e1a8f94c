import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { type GuestCommand, type HostEvent, owned, SIGNAL_EVENTS, SIGNAL_SLEEPS } from '../protocol.ts';

/** The connection of one run with the main thread. */
export interface Line {
  readonly port: MessagePort;
  readonly signal: Int32Array;
}

type Listener = (event: HostEvent) => void;

/** The longest single sleep; a longer wait sleeps again. */
const LONGEST_SLEEP_MS = 60_000;

/** The worker's end: sends commands, hands events to whom they concern, and sleeps until there is one. One run at a time. */
export class Mailbox {
  #line: Line | undefined;
  #listeners = new Map<number, Listener>();
  #number = 0;

  /** Starts a run; whatever an earlier one left is forgotten. */
  begin(line: Line): void {
    this.#line = line;
    this.#listeners = new Map();
    this.#number = 0;
  }

  /** Ends a run. The main thread closes the port once it has read the last command. */
  end(): void {
    this.#line = undefined;
  }

  /** A number for a new stream or call. */
  next(): number {
    return ++this.#number;
  }

  /** Sends a command; its bytes are gone from here afterwards. Outside a run it is dropped: nobody is there to be told. */
  send(command: GuestCommand): void {
    if (this.#line === undefined) return;
    if ('bytes' in command && typeof command.bytes !== 'number') {
      const bytes = owned(command.bytes);
      this.#line.port.postMessage({ ...command, bytes }, [bytes.buffer]);
    } else {
      this.#line.port.postMessage(command);
    }
  }

  /** Has events of a stream or call handed over, until `forget`. */
  listen(number: number, listener: Listener): void {
    this.#listeners.set(number, listener);
  }

  forget(number: number): void {
    this.#listeners.delete(number);
  }

  /** Hands over what has come, without waiting. */
  drain(): void {
    if (this.#line === undefined) return;
    for (let received = receiveMessageOnPort(this.#line.port); received !== undefined; received = receiveMessageOnPort(this.#line.port)) {
      // Only the main thread holds the other end, and it posts nothing but events.
      const event = received.message as HostEvent;
      this.#listeners.get('stream' in event ? event.stream : event.call)?.(event);
    }
  }

  /** Sleeps until `ready` holds or the time has come; `until` is on the clock of `performance.now()`. */
  wait(ready: () => boolean, until: number = Number.POSITIVE_INFINITY): void {
    const signal = this.#line?.signal;
    if (signal === undefined) throw new Error('the component waits outside a request');
    for (;;) {
      // Read before draining: an event that comes in between changes the counter, and the sleep ends at once.
      const seen = Atomics.load(signal, SIGNAL_EVENTS);
      this.drain();
      if (ready()) return;
      const left = until - performance.now();
      if (left <= 0) return;
      Atomics.add(signal, SIGNAL_SLEEPS, 1);
      Atomics.wait(signal, SIGNAL_EVENTS, seen, Math.min(left, LONGEST_SLEEP_MS));
      Atomics.add(signal, SIGNAL_SLEEPS, 1);
    }
  }
}
