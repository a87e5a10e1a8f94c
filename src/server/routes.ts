import type { Principal } from '../access/principal.ts';
import type { Config } from '../config.ts';
import { VERSION } from '../generated/version.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import { renderedTools, SERVER, TOOLS } from '../mcp/catalogue.ts';
import { serveMcp } from '../mcp/http/endpoint.ts';
import type { IncomingRequest, Responder } from '../ports/exchange.ts';
import type { Ports } from '../ports/ports.ts';
import { homePage } from '../web/home.ts';
import { challengeFor, MCP_PATH, METADATA_PATH, publicBase } from './challenge.ts';
import { serveCollect } from './collect.ts';
import { expose, recordRun } from './counters.ts';
import { exposeGraph } from './graph-metrics.ts';
import { guard } from './guard.ts';
import { checkReadiness } from './readiness.ts';
import { sendError, sendJson } from './reply.ts';
import { resourceMetadata } from './resource-metadata.ts';

/** What a route is given. */
export interface RouteCall {
  readonly request: IncomingRequest;
  readonly responder: Responder;
  readonly requestId: string;
  readonly ports: Ports;
  readonly config: Config;
}

/** What a route tells the access log beyond its status. */
export interface RouteResult {
  readonly rpcMethod?: string;
  readonly tool?: string;
  readonly outcome?: string;
  /** Who called, where they said so in a way that was believed. */
  readonly who?: string;
  readonly via?: Principal['via'];
  /** Why a caller was turned away. */
  readonly refused?: string;
}

type Handler = (call: RouteCall) => RouteResult;

export interface Route {
  /** How the log and the counters call it. */
  readonly name: string;
  readonly path: string;
  /** By upper-case method; HEAD follows from GET, OPTIONS is answered for all. */
  readonly methods: Readonly<Record<string, Handler>>;
  /** Answers every other method, where a plain 405 would not say enough. */
  readonly otherwise?: Handler;
}

const HOME_PAGE = homePage(VERSION, TOOLS);

/** A handler for callers who may read at least; nobody else reaches it. */
function guarded(handler: (call: RouteCall, principal: Principal) => RouteResult): Handler {
  return (call) => {
    const admitted = guard(call);
    if ('refused' in admitted) return admitted;
    const { principal } = admitted;
    const result = handler(call, principal);
    return principal.via === 'anonymous' ? result : { ...result, who: principal.name, via: principal.via };
  };
}

const mcp = guarded(({ request, responder, ports, config, requestId }, principal) => {
  const { status: _, ...told } = serveMcp(request, responder, SERVER, {
    ports,
    config,
    requestId,
    principal,
    challenge: (role, everywhere) => challengeFor(principal, { headers: request.headers, config, role, everywhere }),
  });
  return told;
});

const toolList = guarded(({ responder, config }, principal) => {
  responder.send(200, [['content-type', 'application/json']], renderedTools({ config, principal }));
  return {};
});

/** For everyone: whoever is to get a token learns here where. */
function metadata(path: string): Handler {
  return ({ request, responder, config }) => {
    const found = resourceMetadata(request.headers, config, path);
    if (found === undefined) sendError(responder, 404, 'invalid', 'This server takes no tokens, so there is nothing to say about them.');
    else sendJson(responder, 200, found);
    return {};
  };
}

const healthz: Handler = ({ responder }) => {
  sendJson(responder, 200, { status: 'ok', version: VERSION });
  return {};
};

const ready: Handler = ({ responder, ports, config }) => {
  const checks = checkReadiness(ports, config);
  const ok = checks.every((check) => check.ok);
  sendJson(responder, ok ? 200 : 503, { ready: ok, checks: checks.map(({ name, ok: passed, reason }) => ({ name, ok: passed, reason })) });
  return {};
};

const metrics: Handler = ({ responder, ports }) => {
  const names = [...ROUTES.map((route) => route.name), 'none'];
  let text: string;
  try {
    text = expose(
      ports.keyvalue,
      names,
      TOOLS.map((tool) => tool.name),
    );
    text += exposeGraph(ports);
  } catch {
    sendError(responder, 503, 'unavailable', 'The counters are in the store, and the store does not answer; /ready says more.');
    return {};
  }
  responder.send(200, [['content-type', 'text/plain; version=0.0.4; charset=utf-8']], encodeUtf8(text));
  return {};
};

const collector: Handler = (call) => {
  const ended = serveCollect(call);
  if (ended === undefined) return {};
  if (!recordRun(call.ports.keyvalue, ended))
    call.ports.log.write('debug', 'the store did not take the counters', { requestId: call.requestId });
  return { outcome: ended.outcome };
};

const home: Handler = ({ request, responder, config }) => {
  responder.send(
    200,
    [
      ['content-type', 'text/html; charset=utf-8'],
      ['content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"],
    ],
    HOME_PAGE(publicBase(request.headers, config)),
  );
  return {};
};

/** Every path that is served. */
export const ROUTES: readonly Route[] = [
  { name: 'mcp', path: MCP_PATH, methods: { POST: mcp }, otherwise: mcp },
  { name: 'collect', path: '/v1/collect', methods: { POST: collector } },
  { name: 'tools', path: '/v1/mcp/tools', methods: { GET: toolList } },
  { name: 'metadata', path: METADATA_PATH, methods: { GET: metadata('') } },
  { name: 'metadata', path: `${METADATA_PATH}${MCP_PATH}`, methods: { GET: metadata(MCP_PATH) } },
  { name: 'healthz', path: '/healthz', methods: { GET: healthz } },
  { name: 'ready', path: '/ready', methods: { GET: ready } },
  { name: 'metrics', path: '/metrics', methods: { GET: metrics } },
  { name: 'home', path: '/', methods: { GET: home } },
];
