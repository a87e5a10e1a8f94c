import type { ErrorCode } from '../../lib/errors.ts';

/** What the access log and the metrics may say about one request: no arguments, and no name that a caller made up. */
export interface Served {
  readonly status: number;
  /** A method of the protocol, `batch`, `notification`, or `unknown`. */
  readonly rpcMethod?: string;
  /** A tool of this server. */
  readonly tool?: string;
  /** `abandoned`: the client left before the answer. */
  readonly outcome?: 'ok' | 'abandoned' | ErrorCode;
}
