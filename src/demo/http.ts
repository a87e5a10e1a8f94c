import type { HeaderList } from '../lib/headers.ts';

/** A request to a demo server, as the host's HTTP server read it. */
export interface DemoRequest {
  /** Upper case. */
  readonly method: string;
  /** Begins with `/`, still percent-encoded, without the query. */
  readonly path: string;
  /** What follows the `?`, without it; empty where there is none. */
  readonly query: string;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
}

/** A demo server's answer. */
export interface DemoResponse {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
}

/** A demo server: whatever state it keeps is its own, and it answers at once. */
export type DemoHandler = (request: DemoRequest) => DemoResponse;
