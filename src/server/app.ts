import type { Config } from '../config.ts';
import { describe } from '../lib/errors.ts';
import { type HeaderList, header } from '../lib/headers.ts';
import { hexOf } from '../lib/hex.ts';
import type { IncomingRequest, Responder } from '../ports/exchange.ts';
import type { Ports } from '../ports/ports.ts';
import { record } from './counters.ts';
import { hostAllowed, originAllowed } from './hosts.ts';
import { meter } from './meter.ts';
import { sendError } from './reply.ts';
import { ROUTES, type RouteResult } from './routes.ts';

/** What the routes may use. */
export interface AppContext {
  readonly ports: Ports;
  readonly config: Config;
}

/** Bytes of randomness in a request id; it only has to find a line in a log. */
const REQUEST_ID_BYTES = 8;

/**
 * Answers one request: host and origin checks, the route, and when the answer is out the access log and the counters. Never throws, always answers.
 */
export function serve(request: IncomingRequest, responder: Responder, { ports, config }: AppContext): void {
  const started = ports.clock.monotonic();
  const requestId = hexOf(ports.random.bytes(REQUEST_ID_BYTES));
  const origin = header(request.headers, 'origin');
  const tracked = track(responder, [['x-request-id', requestId], ...SECURITY_HEADERS, ...corsHeaders(origin, config)]);

  const metered = meter(ports.http, ports.clock);

  const result = answer(request, tracked, { ports: { ...ports, http: metered.http }, config }, requestId, origin);

  const durationMs = Math.round((ports.clock.monotonic() - started) * 1000) / 1000;
  const { route, ...rest } = result;
  const status = tracked.status();
  ports.log.write(status >= 500 ? 'warn' : 'info', 'request', {
    requestId,
    method: request.method,
    route,
    status,
    durationMs,
    ...metered.totals(),
    ...rest,
  });
  if (!record(ports.keyvalue, { route, status, durationMs, ...picked(result) })) {
    ports.log.write('debug', 'the store did not take the counters', { requestId });
  }
}

/** A route's result with the route's name; `none` where the request never reached one. */
type Answered = RouteResult & { readonly route: string };

function answer(
  request: IncomingRequest,
  responder: Tracked,
  context: AppContext,
  requestId: string,
  origin: string | undefined,
): Answered {
  const refused = refusal(request, context.config, origin);
  if (refused !== undefined) {
    sendError(responder, 403, 'denied', refused);
    return { route: 'none' };
  }
  const route = ROUTES.find((candidate) => candidate.path === request.path);
  if (route === undefined) {
    sendError(responder, 404, 'invalid', 'Nothing is served under this path. MCP is at /v1/mcp; / says what else there is.');
    return { route: 'none' };
  }
  if (request.method === 'OPTIONS') {
    responder.send(204, preflightHeaders(Object.keys(route.methods)), new Uint8Array(0));
    return { route: route.name };
  }
  // A HEAD is a GET without its body; the host leaves the body out where the protocol wants that.
  const handler = route.methods[request.method === 'HEAD' ? 'GET' : request.method] ?? route.otherwise;
  if (handler === undefined) {
    const allow = Object.keys(route.methods).join(', ');
    sendError(responder, 405, 'invalid', `Use ${allow} here.`, [['allow', allow]]);
    return { route: route.name };
  }
  try {
    return { route: route.name, ...handler({ request, responder, requestId, ...context }) };
  } catch (error) {
    context.ports.log.write('error', 'a route failed', { requestId, route: route.name, error: describe(error) });
    if (responder.status() === 0)
      sendError(responder, 500, 'internal', `Something went wrong here; the log has it under request ${requestId}.`);
    return { route: route.name };
  }
}

/**
 * Why a request is turned away before anything looks at it, or undefined. The Host check stops DNS rebinding; the Origin check is the one that the MCP
 * specification asks of Streamable HTTP servers (2025-11-25, Transports, Security Warning).
 */
function refusal(request: IncomingRequest, config: Config, origin: string | undefined): string | undefined {
  // RFC 9112 section 3.2 (Host) and RFC 6454 section 7.3 (Origin): one at most. With two, proxy and server could read a different one each.
  const doubled = ['host', 'origin'].find((name) => request.headers.filter(([candidate]) => candidate === name).length > 1);
  if (doubled !== undefined) return `A request has one ${doubled} header at most.`;
  const host = header(request.headers, 'host') ?? '';
  if (!hostAllowed(host, config.allowedHosts)) return 'This server does not answer to that Host; add it to ALLOWED_HOSTS.';
  if (origin !== undefined && !originAllowed(origin, config.allowedOrigins)) {
    return 'Pages of that Origin may not call this server; add its host to ALLOWED_ORIGINS.';
  }
  return undefined;
}

const SECURITY_HEADERS: HeaderList = [
  ['x-content-type-options', 'nosniff'],
  ['cache-control', 'no-store'],
];

/** A page of an allowed origin may read the answers; any other is told nothing. */
function corsHeaders(origin: string | undefined, config: Config): HeaderList {
  if (origin === undefined || !originAllowed(origin, config.allowedOrigins)) return [];
  return [
    ['access-control-allow-origin', origin],
    ['access-control-expose-headers', 'x-request-id, mcp-protocol-version, www-authenticate'],
    ['vary', 'origin'],
  ];
}

function preflightHeaders(methods: readonly string[]): HeaderList {
  return [
    ['access-control-allow-methods', methods.join(', ')],
    [
      'access-control-allow-headers',
      'content-type, accept, authorization, mcp-protocol-version, mcp-method, mcp-name, mcp-session-id, last-event-id',
    ],
    ['access-control-max-age', '600'],
  ];
}

/** A responder that adds the common headers and remembers the status; 0 until something was answered. */
type Tracked = Responder & { readonly status: () => number };

function track(responder: Responder, common: HeaderList): Tracked {
  let status = 0;
  return {
    status: () => status,
    send: (code, headers, body) => {
      status = code;
      responder.send(code, joined(headers, common), body);
    },
    stream: (code, headers) => {
      status = code;
      return responder.stream(code, joined(headers, common));
    },
  };
}

/** A route's own header stands instead of the common one of that name. */
function joined(own: HeaderList, common: HeaderList): HeaderList {
  return [...own, ...common.filter(([name]) => header(own, name) === undefined)];
}

function picked({ tool, outcome }: RouteResult): Pick<RouteResult, 'tool' | 'outcome'> {
  return tool === undefined || outcome === undefined ? {} : { tool, outcome };
}
