import type { Toolset } from '../../config.ts';
import type { JsonObject } from '../../lib/json.ts';
import { encodeUtf8 } from '../../lib/utf8.ts';
import type { Prompt } from '../prompts/prompt.ts';
import type { Resource, ResourceTemplate } from '../resources/resource.ts';
import { isOffered, isPermitted, type Needs, type Offer } from './offered.ts';
import { joinPieces, type Pieces } from './pieces.ts';
import type { ServedTool } from './served-tool.ts';

/** Who sees an entry of a list. */
interface Visible extends Needs {
  readonly toolset: Toolset | undefined;
}

interface Entry extends Visible {
  readonly bytes: Uint8Array;
}

/** A list result, rendered. The two eras differ in what follows the entries. */
export interface ListJson {
  readonly head: Uint8Array;
  readonly entries: readonly Entry[];
  /** Every entry joined: what a server with all its toolsets on answers to someone who may use them all. */
  readonly all: Uint8Array;
  readonly initializeTail: Uint8Array;
  readonly statelessTail: Uint8Array;
}

const COMMA = encodeUtf8(',');
const INITIALIZE_TAIL = encodeUtf8(']}');

/** Renders a list whose result has the entries under `key` and, in the stateless era, the fields of `statelessFields`. */
export function renderList(
  key: string,
  items: readonly (Visible & { readonly json: JsonObject })[],
  statelessFields: JsonObject,
): ListJson {
  const entries = items.map(({ json, ...visible }) => ({ ...visible, bytes: encodeUtf8(JSON.stringify(json)) }));
  return {
    head: encodeUtf8(`{${JSON.stringify(key)}:[`),
    entries,
    all: joinEntries(entries),
    initializeTail: INITIALIZE_TAIL,
    statelessTail: encodeUtf8(`],${JSON.stringify(statelessFields).slice(1)}`),
  };
}

/** The list with the entries of the toolsets that are on, as far as the caller may use them, as one result. */
export function listPieces(list: ListJson, { config, principal }: Offer, stateless: boolean): Pieces {
  const offered = list.entries.filter((entry) => isOffered(entry, config.toolsets) && isPermitted(entry, principal));
  const entries = offered.length === list.entries.length ? list.all : joinEntries(offered);
  return [list.head, entries, stateless ? list.statelessTail : list.initializeTail];
}

function joinEntries(entries: readonly Entry[]): Uint8Array {
  return joinPieces(entries.flatMap(({ bytes }, index) => (index === 0 ? [bytes] : [COMMA, bytes])));
}

// Fields that a later version added stand in every answer: each version lets a result carry more than it names, older clients
// skip them, and a client that never sends its version (curl) gets the whole picture.

/** 2025-11-25, server/tools, data types. */
export function toolJson(tool: ServedTool): JsonObject {
  return {
    name: tool.name,
    ...(tool.title === undefined ? {} : { title: tool.title }),
    description: tool.description,
    inputSchema: tool.inputSchema,
    ...(tool.outputSchema === undefined ? {} : { outputSchema: tool.outputSchema }),
    ...(tool.annotations === undefined ? {} : { annotations: { ...tool.annotations } }),
    ...(tool.meta === undefined ? {} : { _meta: tool.meta }),
  };
}

/** 2025-11-25, server/prompts, data types. */
export function promptJson(prompt: Prompt): JsonObject {
  const { name, title, description } = prompt;
  const args = prompt.arguments.map((argument) => ({
    name: argument.name,
    description: argument.description,
    required: argument.required,
  }));
  return { name, title, description, ...(args.length === 0 ? {} : { arguments: args }) };
}

/** 2025-11-25, server/resources, data types. */
export function resourceJson({ uri, name, title, description, mimeType }: Resource): JsonObject {
  return { uri, name, title, description, mimeType };
}

/** 2025-11-25, server/resources, resource templates. */
export function templateJson({ uriTemplate, name, title, description, mimeType }: ResourceTemplate): JsonObject {
  return { uriTemplate, name, title, description, mimeType };
}
