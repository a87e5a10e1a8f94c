import type { JsonObject } from '../../lib/json.ts';
import type { InputRequired } from './call.ts';
import { RPC_ERROR } from './constants.ts';
import type { Exchange } from './exchange.ts';
import { ProtocolError } from './failure.ts';
import type { Pieces } from './pieces.ts';
import { isStatelessVersion } from './versions.ts';

/** A result object in its version's dress: what it holds, and what the stateless era adds to every result. */
export function completeResult({ version, server }: Exchange, fields: JsonObject): Pieces {
  if (!isStatelessVersion(version)) return [JSON.stringify(fields)];
  const { _meta: own } = fields;
  // 2026-07-28, basic/index, result responses and per-response protocol fields. `_meta` is ours, always an object.
  const meta = own === undefined ? server.identity : { ...(own as JsonObject), ...server.identity };
  return [JSON.stringify({ resultType: 'complete', ...fields, _meta: meta })];
}

// 2026-07-28, basic/patterns/mrtr, server requirements: what each kind of input asks of the client.
const CAPABILITY_FOR = {
  'elicitation/create': 'elicitation',
  'sampling/createMessage': 'sampling',
  'roots/list': 'roots',
} as const;

/** The result that asks the client for input, after a check that this client can give it. */
export function inputRequiredResult({ version, server, meta }: Exchange, outcome: InputRequired): Pieces {
  if (!isStatelessVersion(version)) {
    // Before, a server had to ask over a connection that stays open while the client answers on another one.
    throw new ProtocolError(
      RPC_ERROR.invalidRequest,
      `This asks the client for input, which takes protocol 2026-07-28; the request speaks ${version}.`,
    );
  }
  const { inputRequests, requestState } = outcome;
  if (inputRequests === undefined && requestState === undefined) throw new Error('an input_required outcome needs requests or a state');
  const needed = new Set(Object.values(inputRequests ?? {}).map((request) => CAPABILITY_FOR[request.method]));
  const missing = [...needed].filter((capability) => meta.clientCapabilities[capability] === undefined);
  if (missing.length > 0) {
    // 2026-07-28, basic/index, per-request protocol fields.
    throw new ProtocolError(RPC_ERROR.missingClientCapability, `This needs a client with the capability ${missing.join(' and ')}.`, {
      requiredCapabilities: Object.fromEntries(missing.map((capability) => [capability, {}])),
    });
  }
  return [
    JSON.stringify({
      resultType: 'input_required',
      ...(inputRequests === undefined ? {} : { inputRequests }),
      ...(requestState === undefined ? {} : { requestState }),
      _meta: server.identity,
    }),
  ];
}
