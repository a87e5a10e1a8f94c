import { type HeaderList, header } from '../../src/lib/headers.ts';
import { encodeUtf8 } from '../../src/lib/utf8.ts';
import type { IncomingRequest, Responder, ResponseStream } from '../../src/ports/exchange.ts';

/** One request in memory. */
export interface RequestParts {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly headers?: HeaderList;
  readonly body?: string | Uint8Array;
}

export function incomingRequest({ method = 'POST', path = '/v1/mcp', query = '', headers = [], body = '' }: RequestParts): IncomingRequest {
  const bytes = typeof body === 'string' ? encodeUtf8(body) : body;
  let read = false;
  return {
    method,
    path,
    query,
    headers,
    body: (maxBytes) => {
      if (read) throw new Error('the body was read twice');
      read = true;
      return bytes.length > maxBytes ? 'too-large' : bytes;
    },
  };
}

/** What a responder was told. */
export interface RecordedResponse {
  readonly status: number;
  readonly headers: HeaderList;
  /** What was sent so far: one chunk from `send`, one from each `write`. */
  readonly chunks: readonly string[];
  readonly streamed: boolean;
  readonly ended: boolean;
}

/** A responder that keeps what it gets, and throws where its contract (exactly one answer) is broken. */
export class RecordingResponder implements Responder {
  readonly #leavesAfter: number;
  #status = 0;
  #headers: HeaderList = [];
  readonly #chunks: string[] = [];
  #streamed = false;
  #ended = false;

  /** The client of this responder leaves after so many chunks. */
  constructor(leavesAfter: number = Number.POSITIVE_INFINITY) {
    this.#leavesAfter = leavesAfter;
  }

  get response(): RecordedResponse {
    if (this.#status === 0) throw new Error('nothing was answered');
    return { status: this.#status, headers: this.#headers, chunks: this.#chunks, streamed: this.#streamed, ended: this.#ended };
  }

  send(status: number, headers: HeaderList, body: Uint8Array): void {
    this.#begin(status, headers);
    if (body.length > 0) this.#chunks.push(decode(body));
    this.#ended = true;
  }

  stream(status: number, headers: HeaderList): ResponseStream {
    this.#begin(status, headers);
    this.#streamed = true;
    return {
      write: (bytes) => {
        if (this.#ended) return false;
        if (this.#chunks.length >= this.#leavesAfter) return false;
        this.#chunks.push(decode(bytes));
        return true;
      },
      end: () => {
        this.#ended = true;
      },
    };
  }

  #begin(status: number, headers: HeaderList): void {
    if (this.#status !== 0) throw new Error('answered twice');
    this.#status = status;
    this.#headers = headers;
  }
}

/** The whole body. */
export function bodyOf(response: RecordedResponse): string {
  return response.chunks.join('');
}

/** The JSON-RPC messages of an answer, whatever its framing; an array for a batch answered as JSON. */
export function messagesOf(response: RecordedResponse): unknown[] {
  const body = bodyOf(response);
  if (body === '') return [];
  if (header(response.headers, 'content-type') !== 'text/event-stream') return [JSON.parse(body)];
  return parseEvents(body);
}

/** The messages of an event stream; throws where the framing is not exactly `event: message`, one `data:` line, an empty line. */
export function parseEvents(stream: string): unknown[] {
  const events = stream.split('\n\n');
  if (events.pop() !== '') throw new Error('the stream does not end with an empty line');
  return events.map((event) => {
    const match = /^event: message\ndata: ([^\n]*)$/.exec(event);
    if (!match) throw new Error(`not an event of ours: ${event}`);
    return JSON.parse(match[1] ?? '');
  });
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}
