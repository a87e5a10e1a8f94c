/** The requests that are measured: the same bytes for every server. */

/** How they are called in tables and results. */
export const OPERATIONS = ['initialize', 'tools/list', 'tools/call, local', 'tools/call, Petstore'] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** One client alone, and as many as keep a small machine busy. */
export const CONNECTIONS = { alone: 1, busy: 8 } as const;
export type Level = keyof typeof CONNECTIONS;
export const LEVELS: readonly Level[] = ['alone', 'busy'];

/** The newest version that all of the servers speak in the same way. */
export const PROTOCOL_VERSION = '2025-06-18';

/** The tool that is called: its list of pets is read from the Petstore. */
export const CALLED_TOOL = 'get_pet_find_by_status';
export const STATUSES = ['available', 'pending', 'sold'] as const;
const STATUS = STATUSES[0];

export interface Request {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/**
 * The local call is one that each server answers out of itself: a status that does not exist. Tool lookup, the check against the schema and a
 * result with `isError` that names the right ones are the same work for everyone, and nothing of it waits for somebody else.
 */
export const REQUESTS: Readonly<Record<OperationName, Request>> = {
  initialize: {
    method: 'initialize',
    params: { protocolVersion: PROTOCOL_VERSION, capabilities: {}, clientInfo: { name: 'bench', version: '1.0.0' } },
  },
  'tools/list': { method: 'tools/list', params: {} },
  'tools/call, local': { method: 'tools/call', params: { name: CALLED_TOOL, arguments: { status: 'lost' } } },
  'tools/call, Petstore': { method: 'tools/call', params: { name: CALLED_TOOL, arguments: { status: STATUS } } },
};

/** The path below the Petstore's base URL that the last one ends in. */
export const PETSTORE_PATH = `/pet/findByStatus?status=${STATUS}`;

/** The id of every request. */
export const REQUEST_ID = 1;

export function bodyOf(operation: OperationName): string {
  return JSON.stringify({ jsonrpc: '2.0', id: REQUEST_ID, ...REQUESTS[operation] });
}

/** As every client sends them; `initialize` names its version in the body. */
export function headersOf(operation: OperationName): readonly (readonly [string, string])[] {
  return [
    ['Content-Type', 'application/json'],
    ['Accept', 'application/json, text/event-stream'],
    ...(operation === 'initialize' ? [] : [['MCP-Protocol-Version', PROTOCOL_VERSION] as const]),
  ];
}
