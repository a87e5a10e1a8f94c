import type { Completer, PromptArguments } from '../../prompts/prompt.ts';
import { RPC_ERROR } from '../constants.ts';
import { callFor, type Exchange } from '../exchange.ts';
import { ClientLeft, ProtocolError, quote } from '../failure.ts';
import { failureResponse } from '../handler-failure.ts';
import type { Params } from '../message.ts';
import { optionalObject, optionalTexts, requiredObject, requiredText } from '../params.ts';
import { completeResult } from '../result.ts';
import type { Method } from './method.ts';
import { findPrompt } from './prompts.ts';

// 2024-11-05 to 2026-07-28, server/utilities/completion, completion results.
const MOST_VALUES = 100;

/** Every version, server/utilities/completion. `context` came with 2025-06-18; sent earlier it does no harm. */
export const complete: Method = {
  needs: 'completions',
  handle: (exchange) => {
    const { params } = exchange.request;
    const argument = requiredObject(params, 'argument');
    const name = requiredText(argument, 'name', 'params.argument');
    const typed = requiredText(argument, 'value', 'params.argument');
    const others = optionalTexts(optionalObject(params, 'context') ?? {}, 'arguments', 'params.context');
    const completer = findCompleter(exchange, requiredObject(params, 'ref'), name);
    const values = completer === undefined ? [] : run(exchange, completer, typed, others);
    return {
      pieces: completeResult(exchange, {
        completion: { values: values.slice(0, MOST_VALUES), total: values.length, hasMore: values.length > MOST_VALUES },
      }),
    };
  },
};

function run(exchange: Exchange, completer: Completer, typed: string, others: PromptArguments): readonly string[] {
  try {
    return completer(typed, others, callFor(exchange));
  } catch (thrown) {
    if (thrown instanceof ClientLeft || thrown instanceof ProtocolError) throw thrown;
    throw failureResponse(thrown, 'completion/complete', exchange);
  }
}

/** What completes this argument; undefined where the argument exists and nothing does. */
function findCompleter(exchange: Exchange, ref: Params, argument: string): Completer | undefined {
  const type = requiredText(ref, 'type', 'params.ref');
  if (type === 'ref/prompt') {
    const prompt = findPrompt(exchange, requiredText(ref, 'name', 'params.ref'));
    const found = prompt.arguments.find(({ name }) => name === argument);
    if (found === undefined) throw new ProtocolError(RPC_ERROR.invalidParams, `Prompt ${prompt.name} has no argument ${quote(argument)}.`);
    return found.complete;
  }
  if (type === 'ref/resource') return findVariableCompleter(exchange, requiredText(ref, 'uri', 'params.ref'), argument);
  throw new ProtocolError(RPC_ERROR.invalidParams, `"params.ref.type" must be "ref/prompt" or "ref/resource", not ${quote(type)}.`);
}

function findVariableCompleter({ server }: Exchange, uri: string, variable: string): Completer | undefined {
  // 2025-11-25, server/utilities/completion, data types: a plain resource URI may be named too; it has nothing to complete.
  if (server.resources.has(uri)) return undefined;
  const found = server.templates.find(({ template }) => template.uriTemplate === uri);
  if (found === undefined) throw new ProtocolError(RPC_ERROR.invalidParams, `Unknown resource template: ${quote(uri)}.`);
  if (!found.uri.variables.includes(variable))
    throw new ProtocolError(RPC_ERROR.invalidParams, `The template has no variable ${quote(variable)}.`);
  const completers = new Map(Object.entries(found.template.complete ?? {}));
  return completers.get(variable);
}
