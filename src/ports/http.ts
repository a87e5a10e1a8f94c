import type { HeaderList } from '../lib/headers.ts';

/** One outgoing request. */
export interface HttpRequest {
  readonly method: string;
  /** Absolute, `http:` or `https:`, already percent-encoded. */
  readonly url: string;
  readonly headers: HeaderList;
  readonly body?: Uint8Array;
  /** From the first byte sent to the last byte read, in milliseconds. */
  readonly timeoutMs: number;
  /** A longer answer is cut there and marked `truncated`. */
  readonly maxBodyBytes: number;
}

/** A whole answer. Redirects are answers: nothing is followed. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
  /** The body went on beyond `maxBodyBytes`; the rest was not read. */
  readonly truncated: boolean;
}

/**
 * Why no answer came:
 *  - `unreachable`: no such name, connection refused or cut, TLS failed.
 *  - `timeout`: the time given ran out.
 *  - `forbidden`: the host forbids this destination (wasmCloud: `allowedHosts`).
 *  - `protocol`: what came was not HTTP, or the request could not be expressed. wasmtime says the same of a connection that ends before an answer has begun, so it may
 *    pass by itself.
 */
export type HttpFailureReason = 'unreachable' | 'timeout' | 'forbidden' | 'protocol';

/** Thrown by `send`; `detail` is the host's word for it, fit for a log. */
export class HttpFailure extends Error {
  readonly reason: HttpFailureReason;

  constructor(reason: HttpFailureReason, detail: string) {
    super(detail);
    this.name = 'HttpFailure';
    this.reason = reason;
  }
}

/** What happened on one of several streams; `stream` is the number that `open` gave. */
export type StreamEvent =
  | { readonly tag: 'head'; readonly stream: number; readonly status: number; readonly headers: HeaderList }
  | { readonly tag: 'data'; readonly stream: number; readonly bytes: Uint8Array }
  /** The answer is complete, or was cut at `maxBodyBytes`; nothing more comes from this stream. */
  | { readonly tag: 'end'; readonly stream: number; readonly truncated: boolean }
  /** No answer, or none to its end; nothing more comes from this stream. `timeout` when `timeoutMs` ran out. */
  | { readonly tag: 'failed'; readonly stream: number; readonly failure: HttpFailure };

/**
 * Several answers that are read as they come, by one poll loop. A stream's `timeoutMs` is its whole life. Whoever opened streams closes them before the request that
 * they serve ends: a host may complain about what is left over.
 */
export interface HttpStreams {
  /** Sends a request; its events come from `next`. Never throws. */
  open(request: HttpRequest): number;
  /** Leaves a stream: `next` gives no further event of it. Not every host closes its connection then; wasmtime and the local host do. Nothing for a stream that has ended. */
  close(stream: number): void;
  /** How many streams are open: neither closed, nor have they given `end` or `failed`. */
  readonly count: number;
  /**
   * Blocks until something happened, or `maxWaitMs` (finite) passed, and gives all that happened, in order per stream; empty when nothing did. One call gives a bounded
   * part of what a fast stream has, and the next call the next part. With no stream open it is a sleep. Never throws.
   */
  next(maxWaitMs: number): readonly StreamEvent[];
  /** Closes every stream. */
  closeAll(): void;
}

/** Outgoing HTTP, blocking. */
export interface Http {
  /** Sends one request and reads its answer. Throws `HttpFailure`. */
  send(request: HttpRequest): HttpResponse;
  /** Sends all of them at the same time; each result stands where its request stood. Never throws. */
  sendAll(requests: readonly HttpRequest[]): readonly (HttpResponse | HttpFailure)[];
  /** Begins to watch answers as they come. */
  streams(): HttpStreams;
}
