import { type HeaderList, header } from '../../lib/headers.ts';
import { META, RPC_ERROR } from '../protocol/constants.ts';
import { ProtocolError, quote } from '../protocol/failure.ts';
import type { Params } from '../protocol/message.ts';
import { metaOf, type RequestMeta, readInitializeMeta, readStatelessMeta } from '../protocol/request-meta.ts';
import {
  DEFAULT_VERSION,
  isInitializeVersion,
  isStatelessVersion,
  NEWEST_HANDSHAKE,
  namesStatelessEra,
  type ProtocolVersion,
  SUPPORTED_VERSIONS,
} from '../protocol/versions.ts';
import { headerMismatch, mismatch, VERSION_HEADER } from './request-headers.ts';

/** The version that a request speaks, and what it says about itself; or why it is refused, with HTTP 400. */
export type Classified = { readonly version: ProtocolVersion; readonly meta: RequestMeta } | ProtocolError;

/**
 * One endpoint serves both eras. A request that names its version in `_meta` belongs to that version; one that does not belongs to the
 * `initialize` era, unless its header says otherwise, in which case it lacks what that era requires (2026-07-28, basic/versioning, backward
 * compatibility). The order of the checks is that of the SDK's server.
 */
export function classifyRequest(headers: HeaderList, method: string, params: Params): Classified {
  const named = header(headers, VERSION_HEADER)?.trim();
  const claim = metaOf(params)?.[META.protocolVersion];
  const stateless = named !== undefined && namesStatelessEra(named);
  if (claim === undefined || isInitializeVersion(claim)) {
    if (!stateless) return classifyInitializeEra(named, method, params);
    if (method === 'initialize')
      return mismatch(`initialize belongs to versions until ${NEWEST_HANDSHAKE}, the header says ${quote(named)}`);
    if (!isStatelessVersion(named)) return unsupportedVersion(named);
  }
  const meta = readStatelessMeta(params);
  if ('problem' in meta) return new ProtocolError(RPC_ERROR.invalidParams, `Invalid request metadata: ${meta.problem}.`);
  if (named !== undefined && named !== claim) {
    return mismatch(`MCP-Protocol-Version is ${quote(named)}, the body's "_meta" says ${quote(String(claim))}`);
  }
  if (!isStatelessVersion(claim)) return unsupportedVersion(String(claim));
  return headerMismatch(headers, method, params) ?? { version: claim, meta };
}

/** 2025-06-18, basic/transports, protocol version header: none means 2025-03-26, an unknown one is refused; the handshake goes without. */
function classifyInitializeEra(named: string | undefined, method: string, params: Params): Classified {
  const version = method === 'initialize' ? NEWEST_HANDSHAKE : (named ?? DEFAULT_VERSION);
  return isInitializeVersion(version) ? { version, meta: readInitializeMeta(params) } : unsupportedVersion(version);
}

/** The version of a message that is no request, by its header alone; undefined where we do not speak it. */
export function versionOfHeader(headers: HeaderList): ProtocolVersion | undefined {
  const named = header(headers, VERSION_HEADER)?.trim();
  if (named === undefined) return DEFAULT_VERSION;
  return isInitializeVersion(named) || isStatelessVersion(named) ? named : undefined;
}

/** 2026-07-28, basic/versioning, protocol version negotiation. */
export function unsupportedVersion(requested: string): ProtocolError {
  return new ProtocolError(RPC_ERROR.unsupportedVersion, `Unsupported protocol version: ${quote(requested)}.`, {
    supported: SUPPORTED_VERSIONS,
    // Cut, like everything that goes back to where it came from.
    requested: requested.slice(0, 100),
  });
}
