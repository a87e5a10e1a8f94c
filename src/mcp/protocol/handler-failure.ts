import { describe, type ErrorCode, MeshError } from '../../lib/errors.ts';
import type { JsonObject } from '../../lib/json.ts';
import { RPC_ERROR } from './constants.ts';
import type { ServeContext } from './exchange.ts';
import { ProtocolError } from './failure.ts';

/** A failure as a caller may see it. */
export interface Told {
  readonly code: ErrorCode;
  /** What happened and what to do. */
  readonly text: string;
  readonly data: JsonObject;
}

/**
 * Turns what a handler threw into what its caller may see, and logs the rest. A `MeshError` says itself what happened; anything else is a
 * defect of ours, and its text may hold anything, so the caller only gets the id to find it by.
 */
export function tellFailure(thrown: unknown, what: string, { ports, requestId }: ServeContext): Told {
  if (!(thrown instanceof MeshError)) {
    ports.log.write('error', 'handler failed', { requestId, handler: what, error: describe(thrown) });
    return {
      code: 'internal',
      text: `Something went wrong here. The log has it under request id ${requestId}.`,
      data: { code: 'internal' },
    };
  }
  const { code, message, retryAfterMs } = thrown;
  if (code === 'internal' || thrown.cause !== undefined) {
    ports.log.write(code === 'internal' ? 'error' : 'warn', 'handler failed', { requestId, handler: what, code, error: describe(thrown) });
  }
  return {
    code,
    text: `${message}${advice(code, retryAfterMs, requestId)}`,
    data: { code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  };
}

/** The same as an error response, for methods whose results cannot say that they failed. */
export function failureResponse(thrown: unknown, what: string, context: ServeContext): ProtocolError {
  const { code, text, data } = tellFailure(thrown, what, context);
  return new ProtocolError(code === 'invalid' ? RPC_ERROR.invalidParams : RPC_ERROR.internal, text, data);
}

function advice(code: ErrorCode, retryAfterMs: number | undefined, requestId: string): string {
  if (code === 'internal') return ` The log has more under request id ${requestId}.`;
  if (retryAfterMs !== undefined) return ` Try again in ${Math.max(1, Math.ceil(retryAfterMs / 1000))} s.`;
  if (code === 'unavailable') return ' The same call may work later.';
  if (code === 'conflict') return ' Read it again before you retry.';
  return '';
}
