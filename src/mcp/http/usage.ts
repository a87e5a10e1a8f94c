import { RPC_ERROR } from '../protocol/constants.ts';
import { errorResponse } from '../protocol/dispatch.ts';
import type { Pieces } from '../protocol/pieces.ts';

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'curl', version: '1' } },
};
const LIST_TOOLS = { jsonrpc: '2.0', id: 2, method: 'tools/list' };

/** What to send instead, for a person with curl who opened the endpoint with GET. `url` is how they reached it. */
export function usage(method: string, url: string): Pieces {
  return errorResponse(
    null,
    RPC_ERROR.invalidRequest,
    `${method} is not used here: send JSON-RPC messages with POST. There are no sessions and no standalone event streams.`,
    {
      hello: curl(url, INITIALIZE),
      tools: curl(url, LIST_TOOLS),
    },
  );
}

function curl(url: string, message: object): string {
  return `curl -sS ${url} -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' -d '${JSON.stringify(message)}'`;
}
