import type { JsonObject } from '../../lib/json.ts';
import { isInputRequired } from './call.ts';
import { MESH_ERROR_META } from './constants.ts';
import type { Exchange } from './exchange.ts';
import type { Told } from './handler-failure.ts';
import type { Pieces } from './pieces.ts';
import { completeResult, inputRequiredResult } from './result.ts';
import type { ContentAnswer, ServedTool, ToolOutcome } from './served-tool.ts';

/** A tool's answer as the result of `tools/call` (2025-11-25, server/tools, tool result). */
export function toolResult(exchange: Exchange, tool: ServedTool, outcome: ToolOutcome): Pieces {
  if ('kind' in outcome) return isInputRequired(outcome) ? inputRequiredResult(exchange, outcome) : contentResult(exchange, outcome);
  const { text, structured } = outcome;
  const content = [{ type: 'text', text: limitText(text, exchange.config.maxAnswerCharacters) }];
  // 2025-06-18, server/tools, output schema: whoever declares one must answer with data that fits it.
  return completeResult(exchange, tool.outputSchema === undefined ? { content } : { content, structuredContent: structured });
}

function contentResult(exchange: Exchange, { content, structured }: ContentAnswer): Pieces {
  const limit = exchange.config.maxAnswerCharacters;
  // Content blocks are JSON by their type in the SDK, whose optional fields say `| undefined` where ours do not.
  const blocks = content.map((block) =>
    block.type === 'text' ? { ...block, text: limitText(block.text, limit) } : block,
  ) as unknown as JsonObject[];
  return completeResult(exchange, structured === undefined ? { content: blocks } : { content: blocks, structuredContent: structured });
}

/**
 * A failed call as a result, so that the model reads it and can do better (2025-11-25, server/tools, error handling: input validation and
 * execution errors are results, not protocol errors).
 */
export function failedToolResult(exchange: Exchange, { text, data }: Told): Pieces {
  return completeResult(exchange, {
    content: [{ type: 'text', text: limitText(text, exchange.config.maxAnswerCharacters) }],
    isError: true,
    _meta: { [MESH_ERROR_META]: data },
  });
}

/** A text of at most `limit` characters; what was cut is said in the text, with how to get it. */
export function limitText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const note = (kept: number) =>
    `\n\n[Cut here: ${kept} of ${text.length} characters. Ask for less at a time, through this tool's filters, limit or cursor, to see the rest.]`;
  const room = Math.max(0, limit - note(text.length).length);
  // Half a surrogate pair is not a character.
  const splits = /[\ud800-\udbff]/.test(text.charAt(room - 1));
  const kept = text.slice(0, splits ? room - 1 : room);
  return kept + note(kept.length);
}
