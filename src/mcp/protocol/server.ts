import type { Toolset } from '../../config.ts';
import type { JsonObject } from '../../lib/json.ts';
import { encodeUtf8 } from '../../lib/utf8.ts';
import type { Prompt } from '../prompts/prompt.ts';
import type { CacheHint, Resource, ResourceTemplate } from '../resources/resource.ts';
import { META } from './constants.ts';
import { type ListJson, promptJson, renderList, resourceJson, templateJson, toolJson } from './list-json.ts';
import { type MirroredParameter, mirroredParameters } from './mirrored-parameters.ts';
import type { Needs } from './offered.ts';
import type { ServedTool } from './served-tool.ts';
import { compileUriTemplate, type UriTemplate } from './uri-template.ts';
import { SUPPORTED_VERSIONS } from './versions.ts';

/** A server as data. Nothing else distinguishes the product from the fixture that the conformance suites run against. */
export interface ServerDefinition {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  /** How a model should use the server as a whole; clients cut it at 2,048 characters, so it may not be longer. */
  readonly instructions: string;
  readonly tools: readonly ServedTool[];
  readonly prompts: readonly Prompt[];
  readonly resources: readonly Resource[];
  readonly resourceTemplates: readonly ResourceTemplate[];
  /** Whether handlers send log messages to clients. */
  readonly logging: boolean;
  /**
   * Whether `resources/subscribe` is offered. A stateless server remembers no subscription, so this is honest only where no resource
   * ever changes while the server runs: then there is nothing to tell.
   */
  readonly resourceSubscriptions: boolean;
}

/** A resource template, and how to match it. */
export interface MatchedTemplate {
  readonly template: ResourceTemplate;
  readonly uri: UriTemplate;
}

/** A server made ready: looked up by name, its lists rendered. All of it lies in the component's snapshot. */
export interface McpServer {
  readonly tools: ReadonlyMap<string, ServedTool>;
  /** By tool name. */
  readonly mirrored: ReadonlyMap<string, readonly MirroredParameter[]>;
  readonly prompts: ReadonlyMap<string, Prompt>;
  readonly resources: ReadonlyMap<string, Resource>;
  readonly templates: readonly MatchedTemplate[];
  readonly capabilities: Capabilities;
  readonly lists: {
    readonly tools: ListJson;
    readonly prompts: ListJson;
    readonly resources: ListJson;
    readonly templates: ListJson;
  };
  /** `_meta` of every result of the stateless era. */
  readonly identity: JsonObject;
  /** The result of `initialize` after its `protocolVersion`. */
  readonly handshake: Uint8Array;
  /** The result of `server/discover`. */
  readonly discovery: Uint8Array;
}

/** What the server offers (2025-11-25, basic/lifecycle, capability negotiation). Lists never change while a server runs: no `listChanged`. */
export interface Capabilities {
  readonly tools: boolean;
  readonly prompts: boolean;
  readonly resources: boolean;
  readonly subscribe: boolean;
  readonly completions: boolean;
  readonly logging: boolean;
}

const LONGEST_INSTRUCTIONS = 2048;

// Lists change with a new deployment or configuration only. Which tools there are depends on the caller's roles, too; the rest is the same for all.
const LIST_CACHE: CacheHint = { ttlMs: 300_000, cacheScope: 'public' };
const TOOL_LIST_CACHE: CacheHint = { ttlMs: 300_000, cacheScope: 'private' };

/** Prepares a server; call it at module level. Throws on what no client could use: two tools of one name, instructions too long. */
export function defineServer(definition: ServerDefinition): McpServer {
  const { name, title, version, instructions, tools, prompts, resources, resourceTemplates } = definition;
  if (instructions.length > LONGEST_INSTRUCTIONS) throw new Error(`instructions are longer than ${LONGEST_INSTRUCTIONS} characters`);
  const capabilities: Capabilities = {
    tools: tools.length > 0,
    prompts: prompts.length > 0,
    resources: resources.length + resourceTemplates.length > 0,
    subscribe: definition.resourceSubscriptions,
    completions:
      prompts.some((prompt) => prompt.arguments.some((argument) => argument.complete)) || resourceTemplates.some((each) => each.complete),
    logging: definition.logging,
  };
  const serverInfo = { name, title, version };
  const identity = { [META.serverInfo]: serverInfo };
  const shared = { capabilities: capabilitiesJson(capabilities), serverInfo, instructions };
  const tail = { ...LIST_CACHE, resultType: 'complete', _meta: identity };
  return {
    tools: byKey(tools, (tool) => tool.name),
    mirrored: new Map(tools.map((tool) => [tool.name, mirroredParameters(tool.inputSchema)])),
    prompts: byKey(prompts, (prompt) => prompt.name),
    resources: byKey(resources, (resource) => resource.uri),
    templates: resourceTemplates.map((template) => ({ template, uri: compileUriTemplate(template.uriTemplate) })),
    capabilities,
    lists: {
      tools: renderList('tools', tools.map(entry(toolJson)), { ...tail, ...TOOL_LIST_CACHE }),
      prompts: renderList('prompts', prompts.map(entry(promptJson)), tail),
      resources: renderList('resources', resources.map(entry(resourceJson)), tail),
      templates: renderList('resourceTemplates', resourceTemplates.map(entry(templateJson)), tail),
    },
    identity,
    handshake: encodeUtf8(JSON.stringify(shared).slice(1)),
    discovery: encodeUtf8(
      JSON.stringify({ supportedVersions: SUPPORTED_VERSIONS, capabilities: shared.capabilities, instructions, ...tail }),
    ),
  };
}

function capabilitiesJson(capabilities: Capabilities): JsonObject {
  return {
    ...(capabilities.tools ? { tools: {} } : {}),
    ...(capabilities.prompts ? { prompts: {} } : {}),
    ...(capabilities.resources ? { resources: capabilities.subscribe ? { subscribe: true } : {} } : {}),
    ...(capabilities.completions ? { completions: {} } : {}),
    ...(capabilities.logging ? { logging: {} } : {}),
  };
}

function entry<Item extends Needs & { readonly toolset?: Toolset }>(json: (item: Item) => JsonObject) {
  return (item: Item) => ({ toolset: item.toolset, role: item.role, everywhere: item.everywhere, json: json(item) });
}

function byKey<Item>(items: readonly Item[], key: (item: Item) => string): ReadonlyMap<string, Item> {
  const map = new Map(items.map((item) => [key(item), item]));
  if (map.size !== items.length) throw new Error(`two entries share a key: ${items.map(key).join(', ')}`);
  return map;
}
