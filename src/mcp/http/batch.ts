import { type HeaderList, header } from '../../lib/headers.ts';
import { META, RPC_ERROR } from '../protocol/constants.ts';
import { dispatch, errorResponse } from '../protocol/dispatch.ts';
import { ProtocolError } from '../protocol/failure.ts';
import { type Message, readMessage } from '../protocol/message.ts';
import type { Pieces } from '../protocol/pieces.ts';
import { metaOf, readInitializeMeta } from '../protocol/request-meta.ts';
import { DEFAULT_VERSION, type ProtocolVersion } from '../protocol/versions.ts';
import { unsupportedVersion, versionOfHeader } from './era.ts';
import { VERSION_HEADER } from './request-headers.ts';
import type { Served } from './served.ts';
import { notifier, refuse, type Visit } from './visit.ts';

// JSON-RPC batches came with 2025-03-26 (basic/index, messages, batching) and went with 2025-06-18 (changelog); 2024-11-05 is JSON-RPC 2.0 without a
// word on them, so its clients may rely on section 6 of that.
const BATCHING: readonly ProtocolVersion[] = ['2024-11-05', '2025-03-26'];

/** Serves a batch: its requests one after the other, one response each, in their order; nothing for notifications and responses. */
export function serveBatch(visit: Visit, values: readonly unknown[]): Served {
  const { outlet, accepted, server, context } = visit;
  const messages = values.slice(0, context.config.maxBatch + 1).map(readMessage);
  const problem = problemOf(visit.request.headers, messages, context.config.maxBatch);
  if (problem !== undefined) return { ...refuse(outlet, 400, problem), rpcMethod: 'batch' };
  const version = versionOfHeader(visit.request.headers) ?? DEFAULT_VERSION;
  const responses: Pieces[] = [];
  for (const message of messages) {
    if (message.kind === 'invalid') {
      // JSON-RPC 2.0, section 6: an invalid member gets its own error, the others their answers.
      responses.push(errorResponse(message.id, RPC_ERROR.invalidRequest, `Invalid request: ${message.problem}.`));
    } else if (message.kind === 'request') {
      const reply = dispatch({
        ...context,
        server,
        version,
        request: message,
        meta: readInitializeMeta(message.params),
        notify: notifier(visit),
      });
      if (reply.kind === 'abandoned') {
        outlet.close(200);
        return { status: 200, rpcMethod: 'batch', outcome: 'abandoned' };
      }
      responses.push(reply.pieces);
    }
  }
  // 2025-03-26, basic/transports, sending messages, 4: only notifications and responses.
  if (responses.length === 0) outlet.close(202);
  else outlet.finish(200, responses, arrayOf(responses), accepted.sse);
  return { status: outlet.status ?? 202, rpcMethod: 'batch', outcome: 'ok' };
}

function problemOf(headers: HeaderList, messages: readonly Message[], most: number): ProtocolError | undefined {
  const version = versionOfHeader(headers);
  if (version === undefined) return unsupportedVersion(header(headers, VERSION_HEADER) ?? '');
  if (!BATCHING.includes(version)) return invalid(`protocol ${version} has no batches: send one message a request`);
  if (messages.length === 0) return invalid('the batch is empty');
  if (messages.length > most) return invalid(`a batch may have ${most} messages`);
  const requests = messages.filter((message) => message.kind === 'request');
  // 2025-03-26, basic/lifecycle, initialization.
  if (requests.some(({ method }) => method === 'initialize')) return invalid('initialize may not be part of a batch');
  if (requests.some(({ params }) => metaOf(params)?.[META.protocolVersion] !== undefined)) {
    return invalid('a request with its version in "_meta" may not be part of a batch');
  }
  // 2025-03-26, basic/index, requests: an id is used once; two answers under one id could not be told apart.
  if (new Set(requests.map(({ id }) => id)).size < requests.length) return invalid('two requests of the batch have the same id');
  return undefined;
}

function invalid(problem: string): ProtocolError {
  return new ProtocolError(RPC_ERROR.invalidRequest, `Invalid request: ${problem}.`);
}

function arrayOf(responses: readonly Pieces[]): Pieces {
  return ['[', ...responses.flatMap((response, index) => (index === 0 ? response : [',', ...response])), ']'];
}
