import type { HeaderList } from '../../lib/headers.ts';
import type { JsonObject } from '../../lib/json.ts';
import { encodeUtf8 } from '../../lib/utf8.ts';
import type { Responder, ResponseStream } from '../../ports/exchange.ts';
import type { Delivery } from '../protocol/exchange.ts';
import { joinPieces, type Pieces } from '../protocol/pieces.ts';

const JSON_HEADERS: HeaderList = [['content-type', 'application/json']];
// `x-accel-buffering` and `no-transform` keep proxies from holding events back (2026-07-28, basic/transports/streamable-http, receiving messages).
const SSE_HEADERS: HeaderList = [
  ['content-type', 'text/event-stream'],
  ['cache-control', 'no-cache, no-transform'],
  ['x-accel-buffering', 'no'],
];

// One event: JSON.stringify leaves no line break in its text, so one data line holds any message.
const EVENT_HEAD = encodeUtf8('event: message\ndata: ');
const EVENT_TAIL = encodeUtf8('\n\n');
const NO_BODY = new Uint8Array(0);

/**
 * The answer to one HTTP request, in whatever form it ends up: nothing is decided before the first message goes out, so that a failure can
 * still choose the status, and an answer without notifications needs no stream.
 */
export class Outlet {
  readonly #responder: Responder;
  #stream: ResponseStream | undefined;
  #status: number | undefined;

  constructor(responder: Responder) {
    this.#responder = responder;
  }

  /** The status that went out, once one did. */
  get status(): number | undefined {
    return this.#status;
  }

  /** Sends a notification now, as the first or a further event of a stream. */
  notify(method: string, params: JsonObject): Delivery {
    if (this.#stream === undefined) {
      this.#status = 200;
      this.#stream = this.#responder.stream(200, SSE_HEADERS);
    }
    return this.#stream.write(event([JSON.stringify({ jsonrpc: '2.0', method, params })])) ? 'sent' : 'left';
  }

  /** Ends the answer with these messages, one event each where it is a stream or `sse` is asked for, else one JSON body. */
  finish(status: number, messages: readonly Pieces[], body: Pieces, sse: boolean): void {
    if (this.#stream !== undefined) {
      for (const message of messages) this.#stream.write(event(message));
      this.#stream.end();
    } else if (sse) {
      this.#send(status, SSE_HEADERS, joinPieces(messages.map(event)));
    } else {
      this.#send(status, JSON_HEADERS, joinPieces(body));
    }
  }

  /** Ends the answer without a message: the status alone, or the stream as it is. */
  close(status: number): void {
    if (this.#stream !== undefined) this.#stream.end();
    else this.#send(status, [], NO_BODY);
  }

  /** Ends the answer with one JSON body and further headers. */
  refuse(status: number, body: Pieces, headers: HeaderList = []): void {
    if (this.#stream !== undefined) this.#stream.end();
    else this.#send(status, [...JSON_HEADERS, ...headers], joinPieces(body));
  }

  /** Ends a stream that something broke off; without one there is nothing left to end. */
  abort(): void {
    this.#stream?.end();
  }

  #send(status: number, headers: HeaderList, body: Uint8Array): void {
    this.#status = status;
    this.#responder.send(status, headers, body);
  }
}

function event(message: Pieces): Uint8Array {
  return joinPieces([EVENT_HEAD, ...message, EVENT_TAIL]);
}
