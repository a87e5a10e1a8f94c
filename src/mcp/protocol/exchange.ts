import type { Principal, Role } from '../../access/principal.ts';
import type { Config } from '../../config.ts';
import type { HeaderList } from '../../lib/headers.ts';
import type { Json, JsonObject } from '../../lib/json.ts';
import type { Ports } from '../../ports/ports.ts';
import type { RequestCall } from './call.ts';
import { LOG_LEVELS, type LogLevel } from './constants.ts';
import { ClientLeft } from './failure.ts';
import type { RpcRequest } from './message.ts';
import type { RequestMeta } from './request-meta.ts';
import type { McpServer } from './server.ts';
import { isStatelessVersion, type ProtocolVersion } from './versions.ts';

/** What became of a notification: `unheard` where this client takes no stream, `left` where it closed it. */
export type Delivery = 'sent' | 'unheard' | 'left';

/** Sends one notification that belongs to the running request, before its answer. */
export type Notify = (method: string, params: JsonObject) => Delivery;

/** The HTTP side of a denial (2025-06-18, basic/authorization, error handling). */
export interface Challenge {
  readonly status: 401 | 403;
  readonly headers: HeaderList;
}

/** What an endpoint knows while it serves: the same for every message of one HTTP request. */
export interface ServeContext {
  readonly ports: Ports;
  readonly config: Config;
  /** Who sent the request. */
  readonly principal: Principal;
  /** What to send beside the denial of a tool that needs this, where signing in, or in anew, could help; else there is nothing. */
  readonly challenge?: (role: Role, everywhere: boolean) => Challenge | undefined;
  /** Finds the request in the log. */
  readonly requestId: string;
}

/** One request on its way through the dispatcher. */
export interface Exchange extends ServeContext {
  readonly server: McpServer;
  readonly version: ProtocolVersion;
  readonly request: RpcRequest;
  readonly meta: RequestMeta;
  readonly notify: Notify;
}

// Enough for any progress bar; a runaway loop must not flood the client (2025-11-25, basic/utilities/progress, implementation notes).
const MOST_NOTIFICATIONS = 1000;

/** What the handler of a tool, prompt or resource gets to use during this exchange. */
export function callFor(exchange: Exchange): RequestCall {
  const { ports, config, principal, version, request, meta } = exchange;
  const { inputResponses, requestState } = request.params;
  let notifications = 0;
  let last = Number.NEGATIVE_INFINITY;
  const send = (method: string, params: JsonObject): void => {
    if (++notifications > MOST_NOTIFICATIONS) return;
    // 2026-07-28, basic/transports/streamable-http, cancellation: a closed stream ends the request.
    if (exchange.notify(method, params) === 'left') throw new ClientLeft();
  };
  return {
    ports,
    config,
    principal,
    version,
    clientCapabilities: meta.clientCapabilities,
    inputResponses: isStatelessVersion(version) ? asObject(inputResponses) : undefined,
    requestState: isStatelessVersion(version) && typeof requestState === 'string' ? requestState : undefined,
    progress: (progress, total, message) => {
      // 2025-11-25, basic/utilities/progress: only with a token, and the value must increase.
      if (meta.progressToken === undefined || !(progress > last)) return;
      last = progress;
      send('notifications/progress', {
        progressToken: meta.progressToken,
        progress,
        ...(total === undefined ? {} : { total }),
        ...(message === undefined ? {} : { message }),
      });
    },
    log: (level, data, logger) => {
      if (!wantsLog(exchange, level)) return;
      send('notifications/message', { level, ...(logger === undefined ? {} : { logger }), data });
    },
  };
}

/**
 * 2026-07-28, server/utilities/logging: nothing without the level in the request. Before, a server may choose what to send while no
 * level is set (2025-11-25, server/utilities/logging, setting log level); a stateless server is always in that state, and chooses `info`.
 */
function wantsLog({ server, version, meta }: Exchange, level: LogLevel): boolean {
  if (!server.capabilities.logging) return false;
  const least = isStatelessVersion(version) ? meta.logLevel : 'info';
  return least !== undefined && LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least);
}

function asObject(value: unknown): JsonObject | undefined {
  // It was parsed from JSON, so an object's values are JSON.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, Json>) : undefined;
}
