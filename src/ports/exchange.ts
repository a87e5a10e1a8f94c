import type { HeaderList } from '../lib/headers.ts';

/** One request that came in. */
export interface IncomingRequest {
  /** Upper case. */
  readonly method: string;
  /** Begins with `/`, still percent-encoded, without the query. */
  readonly path: string;
  /** What follows the `?`, without it; empty where there is none. */
  readonly query: string;
  /** As sent, names in lower case; the authority stands under `host`. */
  readonly headers: HeaderList;
  /** Reads the whole body, once. `too-large` when it goes on beyond `maxBytes`; then no more of it is read. */
  body(maxBytes: number): Uint8Array | 'too-large';
}

/** A streamed answer. */
export interface ResponseStream {
  /** Sends these bytes now; false once the client has left, after which writing is pointless but harmless. */
  write(bytes: Uint8Array): boolean;
  /** Ends the answer. Further writes are ignored. */
  end(): void;
}

/** Where an answer goes: exactly one of the two, once. Neither throws when the client has left. */
export interface Responder {
  send(status: number, headers: HeaderList, body: Uint8Array): void;
  stream(status: number, headers: HeaderList): ResponseStream;
}
