import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { Mailbox } from '../../../../../src/adapters/node/guest/mailbox.ts';
import { type GuestCommand, type HostEvent, SIGNAL_EVENTS, SIGNAL_SLOTS } from '../../../../../src/adapters/node/protocol.ts';

/** A mailbox whose main thread is the test itself: it posts events before the component asks for them, since both share a thread. */
export class TestLine {
  readonly mailbox = new Mailbox();
  readonly #main: MessagePort;
  readonly #signal = new Int32Array(new SharedArrayBuffer(SIGNAL_SLOTS * Int32Array.BYTES_PER_ELEMENT));

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.#main = port1;
    this.mailbox.begin({ port: port2, signal: this.#signal });
  }

  post(event: HostEvent): void {
    this.#main.postMessage(event);
    Atomics.add(this.#signal, SIGNAL_EVENTS, 1);
  }

  /** The commands that have come since the last time. */
  commands(): readonly GuestCommand[] {
    const commands: GuestCommand[] = [];
    for (let received = receiveMessageOnPort(this.#main); received !== undefined; received = receiveMessageOnPort(this.#main)) {
      commands.push(received.message);
    }
    return commands;
  }

  close(): void {
    this.#main.close();
  }
}

/** The payload of the WIT error that a call throws. */
export function witErrorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (thrown) {
    if (typeof thrown === 'object' && thrown !== null && 'payload' in thrown) return thrown.payload;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}
