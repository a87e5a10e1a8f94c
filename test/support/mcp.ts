import type { Principal } from '../../src/access/principal.ts';
import { type Config, parseConfig } from '../../src/config.ts';
import type { HeaderList } from '../../src/lib/headers.ts';
import { serveMcp } from '../../src/mcp/http/endpoint.ts';
import type { Served } from '../../src/mcp/http/served.ts';
import { META } from '../../src/mcp/protocol/constants.ts';
import type { McpServer } from '../../src/mcp/protocol/server.ts';
import { incomingRequest, messagesOf, type RecordedResponse, RecordingResponder, type RequestParts } from './exchange.ts';
import { ADMIN } from './principals.ts';
import { type LogLine, quietPorts } from './quiet-ports.ts';

/** The two content types that the protocol wants clients to accept. */
export const BOTH = 'application/json, text/event-stream';

export interface Visited {
  readonly response: RecordedResponse;
  /** The JSON-RPC messages of the answer. */
  readonly messages: readonly unknown[];
  readonly served: Served;
  readonly log: readonly LogLine[];
}

export interface VisitOptions {
  /** Options of the product, by their environment names. */
  readonly options?: Readonly<Record<string, string>>;
  /** Someone who may do everything where it is not given. */
  readonly principal?: Principal;
  /** The client leaves after so many events. */
  readonly leavesAfter?: number;
}

export function config(options: Readonly<Record<string, string>> = {}): Config {
  return parseConfig({ get: (name) => options[name] });
}

/** Sends one HTTP request to an endpoint in memory. */
export function visit(server: McpServer, parts: RequestParts, { options, leavesAfter, principal = ADMIN }: VisitOptions = {}): Visited {
  const responder = new RecordingResponder(leavesAfter);
  const { ports, lines } = quietPorts();
  const served = serveMcp(incomingRequest(parts), responder, server, { ports, config: config(options), principal, requestId: 'r-1' });
  return { response: responder.response, messages: messagesOf(responder.response), served, log: lines };
}

/** Posts a message the way a client of the `initialize` era does, accepting JSON only. */
export function post(server: McpServer, message: unknown, headers: HeaderList = [], options: VisitOptions = {}): Visited {
  return visit(
    server,
    {
      headers: [
        ['content-type', 'application/json'],
        ...(headers.some(([name]) => name === 'accept') ? [] : [['accept', 'application/json'] as const]),
        ...headers,
      ],
      body: JSON.stringify(message),
    },
    options,
  );
}

/** A request of the stateless era, with its metadata. */
export function statelessRequest(
  method: string,
  params: Readonly<Record<string, unknown>> = {},
  meta: Readonly<Record<string, unknown>> = {},
) {
  return {
    jsonrpc: '2.0',
    id: 1,
    method,
    params: {
      ...params,
      _meta: {
        [META.protocolVersion]: '2026-07-28',
        [META.clientInfo]: { name: 'test', version: '1' },
        [META.clientCapabilities]: {},
        ...meta,
      },
    },
  };
}

/** The headers that repeat such a request's body. */
export function statelessHeaders(method: string, name?: string): HeaderList {
  return [['mcp-protocol-version', '2026-07-28'], ['mcp-method', method], ...(name === undefined ? [] : [['mcp-name', name] as const])];
}

/** Posts a request of the stateless era with fitting headers. */
export function postStateless(
  server: McpServer,
  method: string,
  params: Readonly<Record<string, unknown>> = {},
  {
    meta = {},
    headers = [],
    ...options
  }: VisitOptions & { readonly meta?: Readonly<Record<string, unknown>>; readonly headers?: HeaderList } = {},
): Visited {
  const { name, uri } = params;
  const named = name ?? uri;
  const own = statelessHeaders(method, typeof named === 'string' && method !== 'completion/complete' ? named : undefined);
  return post(server, statelessRequest(method, params, meta), [...headers, ...own], options);
}
