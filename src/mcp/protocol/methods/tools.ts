import { RPC_ERROR } from '../constants.ts';
import { callFor, type Exchange } from '../exchange.ts';
import { ClientLeft, ProtocolError, quote } from '../failure.ts';
import { tellFailure } from '../handler-failure.ts';
import { listPieces } from '../list-json.ts';
import { isOffered } from '../offered.ts';
import { optionalObject, refuseCursor, requiredText } from '../params.ts';
import type { ServedTool } from '../served-tool.ts';
import { failedToolResult, toolResult } from '../tool-result.ts';
import { isStatelessVersion } from '../versions.ts';
import type { Method } from './method.ts';

/** Every version, server/tools, listing tools. */
export const listTools: Method = {
  needs: 'tools',
  handle: ({ server, version, config, request }) => {
    refuseCursor(request.params);
    return { pieces: listPieces(server.lists.tools, config.toolsets, isStatelessVersion(version)) };
  },
};

/** Every version, server/tools, calling tools. */
export const callTool: Method = {
  needs: 'tools',
  handle: (exchange) => {
    const tool = findTool(exchange);
    const args = optionalObject(exchange.request.params, 'arguments') ?? {};
    try {
      return { pieces: toolResult(exchange, tool, tool.call(args, callFor(exchange))) };
    } catch (thrown) {
      if (thrown instanceof ClientLeft || thrown instanceof ProtocolError) throw thrown;
      const told = tellFailure(thrown, tool.name, exchange);
      return { pieces: failedToolResult(exchange, told), failed: told.code };
    }
  },
};

/** 2024-11-05 to 2026-07-28, server/tools, error handling: an unknown tool is a protocol error. One that is switched off is unknown. */
function findTool({ server, config, request }: Exchange): ServedTool {
  const name = requiredText(request.params, 'name');
  const tool = server.tools.get(name);
  if (tool === undefined || !isOffered(tool, config.toolsets)) {
    throw new ProtocolError(RPC_ERROR.invalidParams, `Unknown tool: ${quote(name)}. tools/list names the tools there are.`);
  }
  return tool;
}
