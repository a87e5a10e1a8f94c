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

/** A demo server's answer, all of it at once. */
export interface DemoResponse {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
}

/** A demo server's answer whose body comes piece by piece, such as a watch. */
export interface DemoStream {
  readonly status: number;
  readonly headers: HeaderList;
  /**
   * Begins the body; called once. `write` sends bytes without delay, `end` completes the answer, and neither does anything after that. Both may be
   * called before this returns. The function that it returns tells the demo server that the client has left.
   */
  readonly start: (write: (bytes: Uint8Array) => void, end: () => void) => () => void;
}

export type DemoAnswer = DemoResponse | DemoStream;

/** A demo server: whatever state it keeps is its own, and it answers at once, if only with the head of a stream. */
export interface DemoHandler<Answer extends DemoAnswer = DemoAnswer> {
  (request: DemoRequest): Answer;
  /** Has it look at its clock: what depends on time happens now. Who serves it calls this a few times a second. */
  readonly tick?: () => void;
}

export function isStream(answer: DemoAnswer): answer is DemoStream {
  return 'start' in answer;
}
