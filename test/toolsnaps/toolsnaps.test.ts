import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { TOOLS } from '../../src/mcp/catalogue.ts';
import { toolJson } from '../../src/mcp/protocol/list-json.ts';
import { GUIDE } from '../../src/mcp/resources/guide.ts';
import type { Tool } from '../../src/mcp/tool.ts';

const FOLDER = import.meta.dirname;

/**
 * What the definitions may cost. A model reads name, description and input schema of every tool before it does anything; the rest is for the client.
 * Four characters of JSON make about one token with the tokenizers in use, so this is an estimate, and the same one every time.
 */
const CHARACTERS_PER_TOKEN = 4;
const BUDGET = {
  /** Tokens of all definitions that a model reads, as long as nobody asks for more than the default. */
  list: 5900,
  /** The same with the toolsets that are off by default. */
  everything: 7450,
  /** Tokens of one definition that a model reads. */
  tool: 450,
  /** Characters of the whole list as it goes over the wire, output schemas included. */
  wire: 81_000,
};

function tokens(tool: Tool): number {
  const { name, description, inputSchema } = toolJson(tool);
  return Math.ceil(JSON.stringify({ name, description, inputSchema }).length / CHARACTERS_PER_TOKEN);
}

describe('the definition of', () => {
  it.each(TOOLS.map((tool) => [tool.name, tool] as const))('%s is the reviewed one', async (name, tool) => {
    await expect(`${JSON.stringify(toolJson(tool), null, 2)}\n`).toMatchFileSnapshot(path.join(FOLDER, `${name}.json`));
  });

  it('each tool that is gone is removed here too', () => {
    const left = readdirSync(FOLDER).filter((file) => file.endsWith('.json') && !TOOLS.some((tool) => `${tool.name}.json` === file));
    expect(left).toEqual([]);
  });
});

describe('every tool', () => {
  it('has a name that all clients take, once', () => {
    for (const { name } of TOOLS) expect(name).toMatch(/^[a-z][a-z0-9_]{0,63}$/);
    expect(new Set(TOOLS.map((tool) => tool.name)).size).toBe(TOOLS.length);
  });

  it.each(TOOLS.map((tool) => [tool.name, tool] as const))('%s describes itself and each of its arguments', (_name, tool) => {
    expect(tool.title).not.toBe('');
    expect(tool.description.length).toBeGreaterThan(30);
    const { properties = {}, additionalProperties } = tool.inputSchema as {
      properties?: Record<string, { description?: string }>;
      additionalProperties?: unknown;
    };
    expect(additionalProperties).toBe(false);
    for (const [argument, schema] of Object.entries(properties)) expect(schema.description, argument).toBeTruthy();
    expect(tool.outputSchema).toMatchObject({ type: 'object' });
  });

  it('says no type as a list, which strict clients do not read', () => {
    for (const tool of TOOLS) expect(JSON.stringify([tool.inputSchema, tool.outputSchema])).not.toMatch(/"type":\[/);
  });

  it('that only reads is not called destructive, and one that deletes is', () => {
    for (const { name, annotations } of TOOLS) {
      if (annotations.readOnlyHint) expect(annotations.destructiveHint, name).toBe(false);
      if (name.startsWith('delete_')) expect(annotations, name).toMatchObject({ readOnlyHint: false, destructiveHint: true });
    }
    // Signing in and out changes a session, although the API does it with GET.
    const writingGets = TOOLS.filter(({ name, annotations }) => /^(?:get|list)_/.test(name) && !annotations.readOnlyHint).map(
      (tool) => tool.name,
    );
    expect(writingGets).toEqual(['get_user_login', 'get_user_logout']);
  });
});

describe('the cost of the tool list', () => {
  it('stays within its budget for a model', () => {
    for (const tool of TOOLS) expect(tokens(tool), tool.name).toBeLessThanOrEqual(BUDGET.tool);
    const sum = (tools: readonly Tool[]) => tools.map(tokens).reduce((total, each) => total + each, 0);
    const { toolsets } = parseConfig({ get: () => undefined });
    expect(sum(TOOLS.filter(({ toolset }) => toolsets.includes(toolset)))).toBeLessThanOrEqual(BUDGET.list);
    expect(sum(TOOLS)).toBeLessThanOrEqual(BUDGET.everything);
  });

  it('stays within its budget on the wire', () => {
    expect(JSON.stringify(TOOLS.map(toolJson)).length).toBeLessThanOrEqual(BUDGET.wire);
  });
});

describe('the guide', () => {
  it('names only tools that exist, and every toolset’s', () => {
    const names = TOOLS.map((tool) => tool.name);
    for (const { tools } of GUIDE) for (const tool of tools) expect(names).toContain(tool);
  });
});
