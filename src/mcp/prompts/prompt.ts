import type { PromptMessage } from '@modelcontextprotocol/sdk/types.js';
import type { Toolset } from '../../config.ts';
import type { InputRequired, RequestCall } from '../protocol/call.ts';

/** The values that a client filled in, by argument name. */
export type PromptArguments = Readonly<Record<string, string>>;

/** Suggests values for what has been typed so far, best first; `others` are the arguments already filled in. */
export type Completer = (typed: string, others: PromptArguments, call: RequestCall) => readonly string[];

export interface PromptArgument {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly complete?: Completer;
}

export interface PromptAnswer {
  readonly messages: readonly PromptMessage[];
}

/** A text that a person picks to start a conversation with (2025-11-25, server/prompts). */
export interface Prompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Offered while this group of tools is; a prompt without one is always offered. */
  readonly toolset?: Toolset;
  readonly arguments: readonly PromptArgument[];
  /** Gets every required argument, no unknown one. Throws `MeshError`. */
  readonly get: (args: PromptArguments, call: RequestCall) => PromptAnswer | InputRequired;
}
