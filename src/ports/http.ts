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
 *  - `protocol`: what came was not HTTP, or the request could not be expressed.
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

/** Outgoing HTTP, blocking. */
export interface Http {
  /** Sends one request and reads its answer. Throws `HttpFailure`. */
  send(request: HttpRequest): HttpResponse;
  /** Sends all of them at the same time; each result stands where its request stood. Never throws. */
  sendAll(requests: readonly HttpRequest[]): readonly (HttpResponse | HttpFailure)[];
}
