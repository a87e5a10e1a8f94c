import type { ErrorCode } from '../../lib/errors.ts';
import type { Json } from '../../lib/json.ts';
import { RPC_ERROR } from './constants.ts';
import type { Exchange } from './exchange.ts';
import { ClientLeft, ProtocolError, quote } from './failure.ts';
import { tellFailure } from './handler-failure.ts';
import type { RequestId } from './message.ts';
import { findMethod } from './methods.ts';
import type { Pieces } from './pieces.ts';

/** What became of a request. `failed` is set for a result that reports a failure, too. */
export type Reply =
  | { readonly kind: 'result'; readonly pieces: Pieces; readonly failed?: ErrorCode }
  | { readonly kind: 'error'; readonly pieces: Pieces; readonly code: number; readonly failed: ErrorCode }
  | { readonly kind: 'abandoned' };

/** Answers one request with one complete JSON-RPC response. Never throws. */
export function dispatch(exchange: Exchange): Reply {
  const { id } = exchange.request;
  try {
    const { pieces, failed } = invoke(exchange);
    const response = [`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":`, ...pieces, '}'];
    return failed === undefined ? { kind: 'result', pieces: response } : { kind: 'result', pieces: response, failed };
  } catch (thrown) {
    if (thrown instanceof ClientLeft) return { kind: 'abandoned' };
    if (thrown instanceof ProtocolError) {
      const failed = thrown.code === RPC_ERROR.internal ? 'internal' : 'invalid';
      return { kind: 'error', pieces: errorResponse(id, thrown.code, thrown.message, thrown.data), code: thrown.code, failed };
    }
    const { text } = tellFailure(thrown, 'dispatch', exchange);
    return { kind: 'error', pieces: errorResponse(id, RPC_ERROR.internal, text), code: RPC_ERROR.internal, failed: 'internal' };
  }
}

/** An error response; `id` is null where the request's could not be read (JSON-RPC 2.0, section 5). */
export function errorResponse(id: RequestId | null, code: number, message: string, data?: Json): Pieces {
  return [JSON.stringify({ jsonrpc: '2.0', id, error: data === undefined ? { code, message } : { code, message, data } })];
}

function invoke(exchange: Exchange) {
  const { request, version, server } = exchange;
  const method = findMethod(request.method, version);
  if ('elsewhere' in method) {
    const { elsewhere } = method;
    const hint = elsewhere.length === 0 ? '' : `; protocol ${elsewhere.join(', ')} has it, this request speaks ${version}`;
    throw new ProtocolError(RPC_ERROR.methodNotFound, `Method not found: ${quote(request.method)}${hint}.`);
  }
  if (method.needs !== undefined && !server.capabilities[method.needs]) {
    throw new ProtocolError(RPC_ERROR.methodNotFound, `Method not found: ${request.method}; this server does not offer it.`);
  }
  return method.handle(exchange);
}
