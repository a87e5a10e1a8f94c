import { MeshError } from '../../../lib/errors.ts';
import { RPC_ERROR } from '../constants.ts';
import { callFor, type Exchange } from '../exchange.ts';
import { ClientLeft, ProtocolError, quote } from '../failure.ts';
import { tellFailure } from '../handler-failure.ts';
import { listPieces } from '../list-json.ts';
import { isOffered, isPermitted } from '../offered.ts';
import { optionalObject, refuseCursor, requiredText } from '../params.ts';
import type { ServedTool } from '../served-tool.ts';
import { failedToolResult, toolResult } from '../tool-result.ts';
import { isStatelessVersion } from '../versions.ts';
import type { Method } from './method.ts';

/** Every version, server/tools, listing tools. */
export const listTools: Method = {
  needs: 'tools',
  handle: (exchange) => {
    refuseCursor(exchange.request.params);
    return { pieces: listPieces(exchange.server.lists.tools, exchange, isStatelessVersion(exchange.version)) };
  },
};

/** Every version, server/tools, calling tools. */
export const callTool: Method = {
  needs: 'tools',
  handle: (exchange) => {
    const tool = findTool(exchange);
    const args = optionalObject(exchange.request.params, 'arguments') ?? {};
    try {
      if (!isPermitted(tool, exchange.principal)) throw notPermitted(tool);
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

/** Calling it is possible though it is not listed: a caller's list may be older than their roles. */
function notPermitted({ name, role, everywhere }: ServedTool): MeshError {
  return new MeshError(
    'denied',
    `${name} is for callers with the role ${role}${everywhere ? ' in all namespaces' : ''}, which you do not have here; whoever runs this server gives roles.`,
  );
}
