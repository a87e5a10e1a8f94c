import type { CacheHint, ResourceContent } from '../../resources/resource.ts';
import { type InputRequired, isInputRequired } from '../call.ts';
import { RPC_ERROR } from '../constants.ts';
import { callFor, type Exchange } from '../exchange.ts';
import { ClientLeft, ProtocolError, quote } from '../failure.ts';
import { failureResponse } from '../handler-failure.ts';
import { listPieces } from '../list-json.ts';
import { isOffered } from '../offered.ts';
import { refuseCursor, requiredText } from '../params.ts';
import { completeResult, inputRequiredResult } from '../result.ts';
import { matchUriTemplate } from '../uri-template.ts';
import { isStatelessVersion } from '../versions.ts';
import type { Method } from './method.ts';

/** Every version, server/resources, listing resources. */
export const listResources: Method = {
  needs: 'resources',
  handle: (exchange) => {
    refuseCursor(exchange.request.params);
    return { pieces: listPieces(exchange.server.lists.resources, exchange, isStatelessVersion(exchange.version)) };
  },
};

/** Every version, server/resources, resource templates. */
export const listResourceTemplates: Method = {
  needs: 'resources',
  handle: (exchange) => {
    refuseCursor(exchange.request.params);
    return { pieces: listPieces(exchange.server.lists.templates, exchange, isStatelessVersion(exchange.version)) };
  },
};

/** Every version, server/resources, reading resources. */
export const readResource: Method = {
  needs: 'resources',
  handle: (exchange) => {
    const uri = requiredText(exchange.request.params, 'uri');
    try {
      const reading = read(exchange, uri);
      if (reading === undefined) throw notFound(exchange, uri);
      if (isInputRequired(reading.outcome)) return { pieces: inputRequiredResult(exchange, reading.outcome) };
      const contents = [{ uri, mimeType: reading.mimeType, ...reading.outcome }];
      // 2026-07-28, server/utilities/caching, cacheable results.
      return { pieces: completeResult(exchange, isStatelessVersion(exchange.version) ? { contents, ...reading.cache } : { contents }) };
    } catch (thrown) {
      if (thrown instanceof ClientLeft || thrown instanceof ProtocolError) throw thrown;
      throw failureResponse(thrown, 'resources/read', exchange);
    }
  },
};

/**
 * 2024-11-05 to 2025-11-25, server/resources, subscriptions. Offered only where no resource ever changes (`resourceSubscriptions`), so
 * that remembering nothing keeps the promise.
 */
export const subscribeResource: Method = {
  needs: 'subscribe',
  handle: (exchange) => {
    const uri = requiredText(exchange.request.params, 'uri');
    if (find(exchange, uri) === undefined) throw notFound(exchange, uri);
    return { pieces: completeResult(exchange, {}) };
  },
};

interface Reading {
  readonly mimeType: string;
  readonly cache: CacheHint;
  readonly outcome: ResourceContent | InputRequired;
}

function read(exchange: Exchange, uri: string): Reading | undefined {
  const found = find(exchange, uri);
  if (found === undefined) return undefined;
  const call = callFor(exchange);
  const outcome = found.variables === undefined ? found.resource.read(call) : found.template.read(found.variables, call);
  const { mimeType, cache } = found.variables === undefined ? found.resource : found.template;
  return outcome === undefined ? undefined : { mimeType, cache, outcome };
}

function find({ server, config }: Exchange, uri: string) {
  const resource = server.resources.get(uri);
  if (resource !== undefined && isOffered(resource, config.toolsets)) return { resource, variables: undefined };
  for (const { template, uri: pattern } of server.templates) {
    const variables = isOffered(template, config.toolsets) ? matchUriTemplate(pattern, uri) : undefined;
    if (variables !== undefined) return { template, variables };
  }
  return undefined;
}

/** -32602 since 2026-07-28, -32002 before (server/resources, error handling). */
function notFound({ version }: Exchange, uri: string): ProtocolError {
  const code = isStatelessVersion(version) ? RPC_ERROR.invalidParams : RPC_ERROR.resourceNotFound;
  return new ProtocolError(code, `Unknown resource: ${quote(uri)}. resources/list and resources/templates/list name what there is.`, {
    uri,
  });
}
