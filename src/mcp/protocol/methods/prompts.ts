import type { JsonObject } from '../../../lib/json.ts';
import type { Prompt, PromptArguments } from '../../prompts/prompt.ts';
import { isInputRequired } from '../call.ts';
import { RPC_ERROR } from '../constants.ts';
import { callFor, type Exchange } from '../exchange.ts';
import { ClientLeft, ProtocolError, quote } from '../failure.ts';
import { failureResponse } from '../handler-failure.ts';
import { listPieces } from '../list-json.ts';
import { isOffered } from '../offered.ts';
import { optionalTexts, refuseCursor, requiredText } from '../params.ts';
import { completeResult, inputRequiredResult } from '../result.ts';
import { isStatelessVersion } from '../versions.ts';
import type { Method } from './method.ts';

/** Every version, server/prompts, listing prompts. */
export const listPrompts: Method = {
  needs: 'prompts',
  handle: (exchange) => {
    refuseCursor(exchange.request.params);
    return { pieces: listPieces(exchange.server.lists.prompts, exchange, isStatelessVersion(exchange.version)) };
  },
};

/** Every version, server/prompts, getting a prompt. */
export const getPrompt: Method = {
  needs: 'prompts',
  handle: (exchange) => {
    const prompt = findPrompt(exchange, requiredText(exchange.request.params, 'name'));
    const args = knownArguments(prompt, optionalTexts(exchange.request.params, 'arguments'));
    try {
      const outcome = prompt.get(args, callFor(exchange));
      if (isInputRequired(outcome)) return { pieces: inputRequiredResult(exchange, outcome) };
      // Messages are JSON by their type in the SDK, whose optional fields say `| undefined` where ours do not.
      const messages = outcome.messages as unknown as readonly JsonObject[];
      return { pieces: completeResult(exchange, { description: prompt.description, messages }) };
    } catch (thrown) {
      if (thrown instanceof ClientLeft || thrown instanceof ProtocolError) throw thrown;
      throw failureResponse(thrown, prompt.name, exchange);
    }
  },
};

/** A prompt that is offered, or -32602 (2024-11-05 to 2026-07-28, server/prompts, error handling). */
export function findPrompt({ server, config }: Exchange, name: string): Prompt {
  const prompt = server.prompts.get(name);
  if (prompt === undefined || !isOffered(prompt, config.toolsets)) {
    throw new ProtocolError(RPC_ERROR.invalidParams, `Unknown prompt: ${quote(name)}. prompts/list names the prompts there are.`);
  }
  return prompt;
}

/** Only the arguments that the prompt has; all required ones must be there (server/prompts, error handling). */
function knownArguments(prompt: Prompt, given: PromptArguments): PromptArguments {
  const missing = prompt.arguments.filter(({ name, required }) => required && given[name] === undefined).map(({ name }) => name);
  if (missing.length > 0) throw new ProtocolError(RPC_ERROR.invalidParams, `Prompt ${prompt.name} needs ${missing.join(' and ')}.`);
  const known: Record<string, string> = {};
  for (const { name } of prompt.arguments) {
    const value = given[name];
    if (value !== undefined) known[name] = value;
  }
  return known;
}
