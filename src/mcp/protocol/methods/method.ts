import type { ErrorCode } from '../../../lib/errors.ts';
import type { Exchange } from '../exchange.ts';
import type { Pieces } from '../pieces.ts';
import type { Capabilities } from '../server.ts';

/** A method's result as JSON. `failed` is for the log: a failed tool call is still a result. */
export interface MethodResult {
  readonly pieces: Pieces;
  readonly failed?: ErrorCode;
}

/** One method of the protocol. */
export interface Method {
  /** Exists only on a server that declares this capability (2025-11-25, basic/lifecycle, operation). */
  readonly needs?: keyof Capabilities;
  /** Throws `ProtocolError` for an error response. */
  readonly handle: (exchange: Exchange) => MethodResult;
}
