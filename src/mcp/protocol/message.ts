import { isObject } from '../../lib/json.ts';

export type RequestId = string | number;
export type Params = Readonly<Record<string, unknown>>;

/** One JSON-RPC message (JSON-RPC 2.0, sections 4 and 5; 2026-07-28, basic/index, messages). */
export type Message =
  | { readonly kind: 'request'; readonly id: RequestId; readonly method: string; readonly params: Params }
  | { readonly kind: 'notification'; readonly method: string; readonly params: Params }
  | { readonly kind: 'response' }
  | { readonly kind: 'invalid'; readonly id: RequestId | null; readonly problem: string };

export type RpcRequest = Extract<Message, { kind: 'request' }>;

// Ids and methods are repeated in answers and logs; no honest client comes near these.
const LONGEST_ID = 1024;
const LONGEST_METHOD = 256;

const NO_PARAMS: Params = Object.freeze({});

/** Sorts one parsed JSON value. Never throws. */
export function readMessage(value: unknown): Message {
  if (!isObject(value)) return invalid(null, 'a JSON-RPC message is an object');
  const { jsonrpc, id: givenId, method, params } = value;
  const hasId = 'id' in value;
  const id = isRequestId(givenId) ? givenId : null;
  if (jsonrpc !== '2.0') return invalid(id, '"jsonrpc" must be "2.0"');
  const answers = 'result' in value || 'error' in value;
  if (method === undefined) {
    if (!answers) return invalid(id, '"method" is missing');
    return 'result' in value && 'error' in value ? invalid(id, 'a response has a "result" or an "error"') : { kind: 'response' };
  }
  if (answers) return invalid(id, 'a message has either a "method" or a "result" or "error"');
  if (typeof method !== 'string' || method === '' || method.length > LONGEST_METHOD) {
    return invalid(id, `"method" must be a text of 1 to ${LONGEST_METHOD} characters`);
  }
  // MCP knows parameters by name only (2024-11-05, basic/messages).
  if (params !== undefined && !isObject(params)) return invalid(id, '"params" must be an object');
  const problem = metaProblem(params);
  if (problem !== undefined) return invalid(id, problem);
  if (!hasId) return { kind: 'notification', method, params: params ?? NO_PARAMS };
  // Unlike JSON-RPC, MCP forbids null (2024-11-05, basic/messages, requests).
  if (id === null) return invalid(null, `"id" must be an integer or a text of at most ${LONGEST_ID} characters`);
  return { kind: 'request', id, method, params: params ?? NO_PARAMS };
}

/** 2024-11-05, basic/utilities/progress; 2025-06-18, basic/index, `_meta`. */
function metaProblem(params: Params | undefined): string | undefined {
  const { _meta: meta } = params ?? NO_PARAMS;
  if (meta === undefined) return undefined;
  if (!isObject(meta)) return '"_meta" must be an object';
  const { progressToken } = meta;
  if (progressToken === undefined || typeof progressToken === 'string' || Number.isSafeInteger(progressToken)) return undefined;
  return '"progressToken" must be an integer or a text';
}

function isRequestId(value: unknown): value is RequestId {
  // An integer beyond 2^53 would come back as another number than was sent.
  return typeof value === 'string' ? value.length <= LONGEST_ID : Number.isSafeInteger(value);
}

function invalid(id: RequestId | null, problem: string): Message {
  return { kind: 'invalid', id, problem };
}
