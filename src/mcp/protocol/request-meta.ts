import { isObject, type JsonObject } from '../../lib/json.ts';
import { LOG_LEVELS, type LogLevel, META } from './constants.ts';
import type { Params } from './message.ts';

/** What a request says about itself in `params._meta`. */
export interface RequestMeta {
  /** Asks for progress, and names it (every version, utilities/progress). */
  readonly progressToken?: string | number;
  /** Asks for log messages from this severity on (2026-07-28, server/utilities/logging). */
  readonly logLevel?: LogLevel;
  /** What the client can do (2026-07-28, basic/index, per-request protocol fields); empty in older versions, which say it in the handshake. */
  readonly clientCapabilities: JsonObject;
}

/** The metadata of a request, whatever it holds. */
export function metaOf(params: Params): Params | undefined {
  const { _meta: meta } = params;
  return isObject(meta) ? meta : undefined;
}

/** The metadata of a request of the `initialize` era: anything else in `_meta` has no meaning there. */
export function readInitializeMeta(params: Params): RequestMeta {
  return { ...progressToken(metaOf(params)), clientCapabilities: {} };
}

/**
 * The metadata of a request of the stateless era, or what is wrong with it: a request that lacks a required field is malformed
 * (2026-07-28, basic/index, per-request protocol fields).
 */
export function readStatelessMeta(params: Params): RequestMeta | { readonly problem: string } {
  const meta = metaOf(params);
  if (meta === undefined) return { problem: '"_meta" is missing' };
  const version = meta[META.protocolVersion];
  if (version === undefined) return { problem: `"${META.protocolVersion}" is missing from "_meta"` };
  if (typeof version !== 'string') return { problem: `"${META.protocolVersion}" must be a text` };
  const capabilities = meta[META.clientCapabilities];
  if (capabilities === undefined) return { problem: `"${META.clientCapabilities}" is missing from "_meta"` };
  if (!isObject(capabilities)) return { problem: `"${META.clientCapabilities}" must be an object` };
  const info = meta[META.clientInfo];
  if (info !== undefined && !isImplementation(info)) return { problem: `"${META.clientInfo}" must have a "name" and a "version"` };
  const level = meta[META.logLevel];
  if (level !== undefined && !isLogLevel(level)) return { problem: `"${META.logLevel}" must be one of ${LOG_LEVELS.join(', ')}` };
  return {
    ...progressToken(meta),
    ...(level === undefined ? {} : { logLevel: level }),
    // It was parsed from JSON, so its values are JSON.
    clientCapabilities: capabilities as JsonObject,
  };
}

/** Whether a value names a severity. */
export function isLogLevel(value: unknown): value is LogLevel {
  // The tuple's own type would only let its members be asked for.
  return (LOG_LEVELS as readonly unknown[]).includes(value);
}

/** Name and version of a program (2024-11-05, basic/lifecycle, initialization). */
export function isImplementation(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { name, version } = value;
  return typeof name === 'string' && typeof version === 'string';
}

/** As `readMessage` let it pass: an integer or a text. */
function progressToken(meta: Params | undefined): { progressToken?: string | number } {
  const { progressToken: token } = meta ?? {};
  return typeof token === 'string' || typeof token === 'number' ? { progressToken: token } : {};
}
