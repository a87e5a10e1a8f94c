import type { MessagePort } from 'node:worker_threads';
import type { ErrorCode } from './error-code.ts';
import { type HostRequest, type ResponseSink, sendHostError } from './exchange.ts';
import { type GuestCommand, type HostEvent, REQUEST_BODY, SIGNAL_EVENTS } from './protocol.ts';
import { Pump } from './pump.ts';
import { perform, type Store } from './store.ts';
import { UpstreamCall } from './upstream-call.ts';

/** How a run ended. */
export type RunResult = { readonly tag: 'done' } | { readonly tag: 'trap'; readonly message: string };

export interface RunOptions {
  readonly request: HostRequest;
  readonly sink: ResponseSink;
  readonly port: MessagePort;
  readonly signal: Int32Array;
  readonly store: Store;
  /** Takes what the component writes to standard error. */
  readonly print: (bytes: Uint8Array) => void;
  /** Called once, when everything the run held has been given back. `answered`: the whole answer was out; after it the component still writes its counters. */
  readonly onEnd: (result: RunResult, answered: boolean) => void;
}

/** Where the answer stands. */
type Answer = { readonly tag: 'none' } | { readonly tag: 'begun'; readonly stream: number } | { readonly tag: 'over' };

/** The main thread's end of one request that a worker runs: it does the I/O that the component asks for and tells it what happens. */
export class Run {
  readonly #options: RunOptions;
  readonly #calls = new Map<number, UpstreamCall>();
  readonly #requestPump: Pump | undefined;
  #answer: Answer = { tag: 'none' };
  #clientLeft = false;
  #ended = false;

  constructor(options: RunOptions) {
    this.#options = options;
    // Only the worker holds the other end, and it posts nothing but commands.
    options.port.on('message', (command: GuestCommand) => this.#obey(command));
    if (options.request.body !== undefined) {
      this.#requestPump = new Pump({
        source: options.request.body,
        stream: REQUEST_BODY,
        post: (event) => this.#post(event),
        incomplete: { tag: 'connection-terminated' },
      });
    }
    options.sink.onLeft(() => {
      this.#clientLeft = true;
      if (this.#answer.tag === 'begun') this.#post({ tag: 'gone', stream: this.#answer.stream });
    });
  }

  /** Ends the run from outside, because its instance is lost. */
  fail(message: string): void {
    this.#end({ tag: 'trap', message });
  }

  #post(event: HostEvent): void {
    if (this.#ended) return;
    if (event.tag === 'bytes') this.#options.port.postMessage(event, [event.bytes.buffer as ArrayBuffer]);
    else this.#options.port.postMessage(event);
    Atomics.add(this.#options.signal, SIGNAL_EVENTS, 1);
    Atomics.notify(this.#options.signal, SIGNAL_EVENTS);
  }

  #obey(command: GuestCommand): void {
    if (this.#ended) return;
    switch (command.tag) {
      case 'respond':
        this.#respond(command);
        break;
      case 'refuse':
        this.#refuse(command.code);
        break;
      case 'write':
        this.#write(command.stream, command.bytes);
        break;
      case 'finish':
        this.#finish(command.stream);
        break;
      case 'abort':
        this.#abort(command.stream);
        break;
      case 'consumed':
        if (command.stream === REQUEST_BODY) this.#requestPump?.consumed(command.bytes);
        else this.#calls.get(command.stream)?.consumed(command.bytes);
        break;
      case 'cancel':
        this.#cancel(command.stream);
        break;
      case 'send':
        this.#calls.set(command.call, new UpstreamCall(command.call, command.request, (event) => this.#post(event)));
        break;
      case 'hasten':
        this.#calls.get(command.call)?.hasten();
        break;
      case 'store':
        void this.#store(command);
        break;
      case 'print':
        this.#options.print(command.bytes);
        break;
      case 'done':
        this.#end({ tag: 'done' });
        break;
      case 'trap':
        this.#end({ tag: 'trap', message: command.message });
        break;
    }
  }

  #refuse(code: ErrorCode): void {
    if (this.#answer.tag !== 'none') return;
    this.#answer = { tag: 'over' };
    if (!this.#clientLeft) sendHostError(this.#options.sink, 500, 'internal', `The component could not answer (${code.tag}).`);
  }

  #cancel(stream: number): void {
    if (stream === REQUEST_BODY) {
      this.#requestPump?.stop();
    } else {
      this.#calls.get(stream)?.cancel();
      this.#calls.delete(stream);
    }
  }

  /** Never rejects, since `perform` does not. */
  async #store({ bucket, operation, call }: Extract<GuestCommand, { tag: 'store' }>): Promise<void> {
    this.#post({ tag: 'stored', call, result: await perform(this.#options.store, bucket, operation) });
  }

  #respond({ status, headers, stream }: Extract<GuestCommand, { tag: 'respond' }>): void {
    if (this.#answer.tag !== 'none') return;
    this.#answer = { tag: 'begun', stream };
    if (this.#clientLeft) this.#post({ tag: 'gone', stream });
    else this.#options.sink.head(status, headers);
  }

  #isAnswer(stream: number): boolean {
    return this.#answer.tag === 'begun' && this.#answer.stream === stream;
  }

  #callWithBody(stream: number): UpstreamCall | undefined {
    return [...this.#calls.values()].find((call) => call.bodyStream === stream);
  }

  #write(stream: number, bytes: Uint8Array): void {
    const taken = () => this.#post({ tag: 'room', stream, bytes: bytes.length });
    // Once the client has left nothing gives room any more: the component has been told, and sees its stream closed.
    if (!this.#isAnswer(stream)) this.#callWithBody(stream)?.write(bytes, taken);
    else if (!this.#clientLeft) this.#options.sink.write(bytes, taken);
  }

  #finish(stream: number): void {
    if (!this.#isAnswer(stream)) {
      this.#callWithBody(stream)?.finishBody();
      return;
    }
    this.#answer = { tag: 'over' };
    // What the client still sends belongs to nobody once it has its answer: the server drops it.
    this.#requestPump?.cut();
    if (!this.#clientLeft) this.#options.sink.end();
  }

  #abort(stream: number): void {
    if (!this.#isAnswer(stream)) {
      this.#callWithBody(stream)?.cancel();
      return;
    }
    this.#answer = { tag: 'over' };
    if (!this.#clientLeft) this.#options.sink.breakOff();
  }

  #end(result: RunResult): void {
    if (this.#ended) return;
    const { sink, port, onEnd } = this.#options;
    const answer = this.#answer.tag;
    this.#answer = { tag: 'over' };
    this.#ended = true;
    port.close();
    this.#requestPump?.stop();
    for (const call of this.#calls.values()) call.cancel();
    if (!this.#clientLeft) {
      if (answer === 'begun') sink.breakOff();
      if (answer === 'none') sendHostError(sink, 500, 'internal', 'The component ended without an answer; the log of the host says why.');
    }
    onEnd(result, answer === 'over');
  }
}
