import type { Json, JsonObject } from '../../lib/json.ts';
import type { ToolCall } from '../tool.ts';
import type { LogLevel } from './constants.ts';
import type { ProtocolVersion } from './versions.ts';

/** What the handler of a tool, prompt or resource may use: `ToolCall`, and what only the protocol itself can offer. */
export interface RequestCall extends ToolCall {
  readonly version: ProtocolVersion;
  /** What this client says it can do; empty before 2026-07-28, where no request says it. */
  readonly clientCapabilities: JsonObject;
  /** Answers to the `inputRequests` of an earlier round, by their keys; as a client sent them. */
  readonly inputResponses: JsonObject | undefined;
  /** The state handed out in an earlier round; as a client sent it, so whoever relies on it must have signed it. */
  readonly requestState: string | undefined;
  /** Sends a log message to the client, if it asked for this severity and can hear it; otherwise does nothing. */
  readonly log: (level: LogLevel, data: Json, logger?: string) => void;
}

/** One thing that only the client can give (2026-07-28, basic/patterns/mrtr, input requests). */
export interface InputRequest {
  readonly method: 'elicitation/create' | 'sampling/createMessage' | 'roots/list';
  readonly params?: JsonObject;
}

/**
 * An answer that is not one yet: the client gathers the inputs and sends its request again (2026-07-28, basic/patterns/mrtr). Only
 * tools/call, prompts/get and resources/read may give it, and at least one of the two fields must be there.
 */
export interface InputRequired {
  readonly kind: 'input_required';
  readonly inputRequests?: Readonly<Record<string, InputRequest>>;
  /** Comes back as it went out, or as an attacker changed it. */
  readonly requestState?: string;
}

/** Whether a handler asks for more input instead of answering. */
export function isInputRequired(outcome: object): outcome is InputRequired {
  return 'kind' in outcome && outcome.kind === 'input_required';
}
