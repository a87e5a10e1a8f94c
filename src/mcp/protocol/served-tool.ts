import type { ContentBlock, ToolAnnotations } from '@modelcontextprotocol/sdk/types.js';
import type { Role } from '../../access/principal.ts';
import type { Toolset } from '../../config.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { ToolAnswer } from '../tool.ts';
import type { InputRequired, RequestCall } from './call.ts';

/** A tool's answer where text and data are not enough: images, audio, resources. */
export interface ContentAnswer {
  readonly kind: 'content';
  readonly content: readonly ContentBlock[];
  readonly structured?: JsonObject;
}

export type ToolOutcome = ToolAnswer<JsonObject> | ContentAnswer | InputRequired;

/** A tool as the dispatcher sees it. `Tool` of `src/mcp/tool.ts` is one; so is whatever needs more of the protocol than that offers. */
export interface ServedTool {
  readonly name: string;
  readonly title?: string;
  readonly description: string;
  /** A tool without a toolset is always offered. */
  readonly toolset?: Toolset;
  /** A tool without a role is for everyone who may use this server. */
  readonly role?: Role;
  /** The role has to hold in every namespace, not just in some. */
  readonly everywhere?: boolean;
  readonly annotations?: ToolAnnotations;
  readonly inputSchema: JsonObject;
  readonly outputSchema?: JsonObject;
  /** For clients and extensions; keys as 2025-06-18, basic/index, `_meta` wants them. */
  readonly meta?: JsonObject;
  readonly call: (args: unknown, call: RequestCall) => ToolOutcome;
}
