import { describe } from '../../lib/errors.ts';
import { header } from '../../lib/headers.ts';
import { decodeUtf8 } from '../../lib/utf8.ts';
import type { IncomingRequest, Responder } from '../../ports/exchange.ts';
import { META, RPC_ERROR } from '../protocol/constants.ts';
import { dispatch, errorResponse, type Reply } from '../protocol/dispatch.ts';
import type { Challenge, ServeContext } from '../protocol/exchange.ts';
import { ProtocolError } from '../protocol/failure.ts';
import { parseJson } from '../protocol/json-text.ts';
import { type Message, type RpcRequest, readMessage } from '../protocol/message.ts';
import { isOffered, isPermitted } from '../protocol/offered.ts';
import { metaOf } from '../protocol/request-meta.ts';
import type { McpServer } from '../protocol/server.ts';
import { isStatelessVersion } from '../protocol/versions.ts';
import { readAccept } from './accept.ts';
import { serveBatch } from './batch.ts';
import { classifyRequest, unsupportedVersion, versionOfHeader } from './era.ts';
import { isJsonType } from './media-type.ts';
import { Outlet } from './outlet.ts';
import { paramMismatch } from './param-headers.ts';
import { VERSION_HEADER } from './request-headers.ts';
import type { Served } from './served.ts';
import { usage } from './usage.ts';
import { describeRequest, notifier, refuse, type Visit } from './visit.ts';

/**
 * Serves one request to the MCP endpoint over Streamable HTTP, stateless, every protocol version from 2024-11-05 to 2026-07-28. Answers
 * through `responder` exactly once and never throws. Host, Origin and the caller's identity have been checked before.
 */
export function serveMcp(request: IncomingRequest, responder: Responder, server: McpServer, context: ServeContext): Served {
  const outlet = new Outlet(responder);
  try {
    return request.method === 'POST' ? post(request, outlet, server, context) : refuseMethod(request, outlet);
  } catch (thrown) {
    // Only a defect of ours, or of the port below, comes here.
    context.ports.log.write('error', 'endpoint failed', { requestId: context.requestId, error: describe(thrown) });
    const text = `Something went wrong here. The log has it under request id ${context.requestId}.`;
    if (outlet.status === undefined) outlet.refuse(500, errorResponse(null, RPC_ERROR.internal, text));
    else outlet.abort();
    return { status: outlet.status ?? 500, outcome: 'internal' };
  }
}

/**
 * 2025-03-26 to 2025-11-25, basic/transports, listening for messages and session management: a server without standalone streams and
 * sessions answers GET and DELETE with 405. 2026-07-28, basic/transports/streamable-http, earlier revisions: the same.
 */
function refuseMethod(request: IncomingRequest, outlet: Outlet): Served {
  const url = `http://${header(request.headers, 'host') ?? 'localhost'}${request.path}`;
  outlet.refuse(405, usage(request.method, url), [['allow', 'POST']]);
  return { status: 405, outcome: 'invalid' };
}

function post(request: IncomingRequest, outlet: Outlet, server: McpServer, context: ServeContext): Served {
  const { config } = context;
  if (!isJsonType(header(request.headers, 'content-type'))) {
    return refuse(outlet, 415, new ProtocolError(RPC_ERROR.invalidRequest, 'Content-Type must be application/json.'));
  }
  const accepted = readAccept(header(request.headers, 'accept'));
  if (!accepted.json && !accepted.sse) {
    return refuse(
      outlet,
      406,
      new ProtocolError(RPC_ERROR.invalidRequest, 'Accept must name application/json, text/event-stream, or both.'),
    );
  }
  const body = request.body(config.maxBodyBytes);
  if (body === 'too-large') {
    return refuse(outlet, 413, new ProtocolError(RPC_ERROR.invalidRequest, `The body is larger than ${config.maxBodyBytes} bytes.`));
  }
  const parsed = parseJson(decodeUtf8(body), config.maxJsonDepth);
  switch (parsed.kind) {
    case 'syntax':
      return refuse(outlet, 400, new ProtocolError(RPC_ERROR.parse, 'Parse error: the body is not JSON.'));
    case 'too-deep':
      return refuse(outlet, 400, new ProtocolError(RPC_ERROR.invalidRequest, `The body nests deeper than ${config.maxJsonDepth} levels.`));
    case 'forbidden-key':
      return refuse(outlet, 400, new ProtocolError(RPC_ERROR.invalidRequest, 'The body has an object with the key "__proto__".'));
    case 'value': {
      const visit = { request, outlet, accepted, server, context };
      return Array.isArray(parsed.value) ? serveBatch(visit, parsed.value) : serveMessage(visit, readMessage(parsed.value));
    }
  }
}

function serveMessage(visit: Visit, message: Message): Served {
  switch (message.kind) {
    case 'invalid':
      return refuse(visit.outlet, 400, new ProtocolError(RPC_ERROR.invalidRequest, `Invalid request: ${message.problem}.`), message.id);
    case 'request':
      return serveRequest(visit, message);
    case 'notification':
    case 'response':
      return acceptSilently(visit, message);
  }
}

function serveRequest(visit: Visit, request: RpcRequest): Served {
  const { outlet, accepted, server, context } = visit;
  const about = describeRequest(server, request);
  const { arguments: args } = request.params;
  const classified = classifyRequest(visit.request.headers, request.method, request.params);
  if (classified instanceof ProtocolError) return { ...refuse(outlet, 400, classified, request.id), ...about };
  const stateless = isStatelessVersion(classified.version);
  const mirrored = stateless && about.tool !== undefined ? server.mirrored.get(about.tool) : undefined;
  const mismatched = mirrored && paramMismatch(visit.request.headers, mirrored, args);
  if (mismatched !== undefined) return { ...refuse(outlet, 400, mismatched, request.id), ...about };
  const reply = dispatch({ ...context, server, ...classified, request, notify: notifier(visit) });
  if (reply.kind === 'abandoned') {
    outlet.close(200);
    return { status: 200, ...about, outcome: 'abandoned' };
  }
  const challenge = challengeFor(visit, about.tool);
  if (challenge !== undefined && reply.kind === 'result') {
    // The body is the result all the same: who does not know OAuth reads there what is missing.
    outlet.refuse(challenge.status, reply.pieces, challenge.headers);
    return { status: challenge.status, ...about, outcome: 'denied' };
  }
  const status = stateless ? statelessStatus(reply) : 200;
  // Clients of the older versions expect a stream where they accept one, 2026-07-28 gets plain JSON unless something had to be streamed.
  const sse = accepted.sse && (!stateless || !accepted.json);
  outlet.finish(status, [reply.pieces], reply.pieces, sse && status === 200);
  return { status: outlet.status ?? status, ...about, outcome: reply.failed ?? 'ok' };
}

/** What a caller is told who calls a tool that is offered, but not to them. */
function challengeFor({ server, context }: Visit, name: string | undefined): Challenge | undefined {
  const tool = name === undefined ? undefined : server.tools.get(name);
  if (tool?.role === undefined || !isOffered(tool, context.config.toolsets) || isPermitted(tool, context.principal)) return undefined;
  return context.challenge?.(tool.role, tool.everywhere ?? false);
}

/**
 * Answers to what is no request (2025-03-26 to 2026-07-28, sending messages): 202 and no body. Nothing here waits for a message of its own:
 * `notifications/cancelled` comes to another instance than the call that it means, which notices a closed stream instead, and a response
 * would answer a request that a stateless server never sends.
 */
function acceptSilently({ request, outlet }: Visit, message: Extract<Message, { kind: 'notification' | 'response' }>): Served {
  const named = header(request.headers, VERSION_HEADER)?.trim() ?? '';
  const version = versionOfHeader(request.headers);
  if (version === undefined) return refuse(outlet, 400, unsupportedVersion(named));
  if (message.kind === 'response' && isStatelessVersion(version)) {
    // 2026-07-28, basic/transports/streamable-http, sending messages, 4.
    return refuse(outlet, 400, new ProtocolError(RPC_ERROR.invalidRequest, 'Clients do not send responses in this protocol version.'));
  }
  if (message.kind === 'notification') {
    const claim = metaOf(message.params)?.[META.protocolVersion];
    if (claim !== undefined && claim !== named && named !== '') {
      return refuse(
        outlet,
        400,
        new ProtocolError(RPC_ERROR.headerMismatch, 'Header mismatch: MCP-Protocol-Version is not what "_meta" says.'),
      );
    }
  }
  outlet.close(202);
  return { status: 202, rpcMethod: message.kind, outcome: 'ok' };
}

/** 2026-07-28, basic/transports/streamable-http, protocol version header; basic/index, per-request protocol fields. */
function statelessStatus(reply: Reply): number {
  if (reply.kind !== 'error') return 200;
  if (reply.code === RPC_ERROR.methodNotFound) return 404;
  return reply.code === RPC_ERROR.missingClientCapability ? 400 : 200;
}
