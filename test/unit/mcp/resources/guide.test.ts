import { describe, expect, it } from 'vitest';
import { CHANGE_STATUSES } from '../../../../src/change/change.ts';
import { TOOLS } from '../../../../src/mcp/catalogue.ts';
import { GUIDE, guide } from '../../../../src/mcp/resources/guide.ts';
import { post } from '../../../support/mcp.ts';
import { smallServer } from '../../../support/mcp-server.ts';

const server = smallServer({ resources: [guide] });
const read = (toolsets: string) =>
  JSON.stringify(
    post(server, { jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri: 'mesh-mcp://guide' } }, [], {
      options: { TOOLSETS: toolsets },
    }).messages,
  );

describe('the guide', () => {
  it('has a row for each question', () => {
    const text = read('petstore,graph,policy,change');
    for (const { question } of GUIDE) expect(text).toContain(question);
  });

  it('names tools that exist, each in its own toolset', () => {
    const toolsets = new Map(TOOLS.map(({ name, toolset }) => [name, toolset]));
    for (const { toolset, tools } of GUIDE) for (const tool of tools) expect([tool, toolsets.get(tool)]).toEqual([tool, toolset]);
  });

  it('names every tool of the graph, and members that answers have', () => {
    const graph = TOOLS.filter(({ toolset }) => toolset === 'graph');
    const named = new Set(GUIDE.flatMap(({ tools }) => tools));
    for (const { name } of graph) expect(named, name).toContain(name);
    const schemas = JSON.stringify(graph.map(({ inputSchema, outputSchema }) => [inputSchema, outputSchema]));
    for (const word of ['generation', 'asOf', 'synced', 'stale', 'notes', 'demo', 'nextCursor', 'cursor', 'limit']) {
      expect(read('graph'), word).toMatch(new RegExp(`\`${word}(?:\`|: )`));
      expect(schemas, word).toContain(`"${word}"`);
    }
  });

  it('names every tool of policies and changes, and what becomes of a change', () => {
    const tools = TOOLS.filter(({ toolset }) => toolset === 'policy' || toolset === 'change');
    const named = new Set(GUIDE.flatMap((entry) => entry.tools));
    for (const { name } of tools) expect(named, name).toContain(name);
    for (const status of CHANGE_STATUSES) expect(read('change')).toContain(`\`${status}\``);
  });

  it('leaves out what is switched off', () => {
    expect(read('graph')).toContain('list_services');
    expect(read('graph')).not.toContain('get_pet_find_by_status');
    expect(read('petstore')).not.toContain('list_services');
  });
});
