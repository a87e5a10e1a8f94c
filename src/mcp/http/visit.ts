import type { IncomingRequest } from '../../ports/exchange.ts';
import { errorResponse } from '../protocol/dispatch.ts';
import type { Notify, ServeContext } from '../protocol/exchange.ts';
import type { ProtocolError } from '../protocol/failure.ts';
import type { RequestId, RpcRequest } from '../protocol/message.ts';
import { isMethodName } from '../protocol/methods.ts';
import type { McpServer } from '../protocol/server.ts';
import type { Accepted } from './accept.ts';
import type { Outlet } from './outlet.ts';
import type { Served } from './served.ts';

/** One HTTP request on its way through the endpoint. */
export interface Visit {
  readonly request: IncomingRequest;
  readonly outlet: Outlet;
  readonly accepted: Accepted;
  readonly server: McpServer;
  readonly context: ServeContext;
}

/** Notifications go out as they happen, to a client that takes a stream. */
export function notifier({ outlet, accepted }: Visit): Notify {
  return accepted.sse ? (method, params) => outlet.notify(method, params) : () => 'unheard';
}

/** Answers with an error before any request was dispatched. */
export function refuse(outlet: Outlet, status: number, error: ProtocolError, id: RequestId | null = null): Served {
  outlet.refuse(status, errorResponse(id, error.code, error.message, error.data));
  return { status, outcome: 'invalid' };
}

/** Only names that we know ourselves: a caller must not write into logs or grow metrics. */
export function describeRequest(server: McpServer, { method, params: { name } }: RpcRequest): { rpcMethod: string; tool?: string } {
  const rpcMethod = isMethodName(method) ? method : 'unknown';
  return method === 'tools/call' && typeof name === 'string' && server.tools.has(name) ? { rpcMethod, tool: name } : { rpcMethod };
}
