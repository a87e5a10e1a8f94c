import { z } from 'zod';
import { MeshError } from '../../src/lib/errors.ts';
import type { ServedTool } from '../../src/mcp/protocol/served-tool.ts';
import type { McpServer } from '../../src/mcp/protocol/server.ts';
import { defineServer } from '../../src/mcp/protocol/server.ts';
import type { CacheHint } from '../../src/mcp/resources/resource.ts';
import { defineTool } from '../../src/mcp/tool.ts';

const cache: CacheHint = { ttlMs: 0, cacheScope: 'private' };
const HINTS = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };

const echo = defineTool({
  name: 'echo',
  title: 'Echo',
  description: 'Repeats a text.',
  toolset: 'graph',
  annotations: HINTS,
  input: z.object({ text: z.string() }),
  output: z.object({ said: z.string() }),
  run: ({ text }) => ({ text, structured: { said: text } }),
});

const NO_ARGUMENTS = { type: 'object', properties: {} };

const count: ServedTool = {
  name: 'count',
  title: 'Count',
  description: 'Counts to two.',
  inputSchema: NO_ARGUMENTS,
  call: (_args, { progress }) => {
    progress(1, 2);
    progress(2, 2);
    return { text: 'counted', structured: {} };
  },
};

const fail: ServedTool = {
  name: 'fail',
  title: 'Fail',
  description: 'Fails.',
  inputSchema: NO_ARGUMENTS,
  call: () => {
    throw new MeshError('invalid', 'That will not do.');
  },
};

/** Our own server, with what the oracles have. */
export const SUBJECT: McpServer = defineServer({
  name: 'subject',
  title: 'Subject',
  version: '1.0.0',
  instructions: 'Use echo.',
  tools: [echo, count, fail],
  prompts: [
    {
      name: 'greet',
      title: 'Greet',
      description: 'Greets somebody.',
      arguments: [{ name: 'who', description: '', required: true }],
      get: ({ who }) => ({ messages: [{ role: 'user', content: { type: 'text', text: `Hello, ${who}.` } }] }),
    },
  ],
  resources: [
    {
      uri: 'x://note',
      name: 'note',
      title: 'Note',
      description: 'A note.',
      mimeType: 'text/plain',
      cache,
      read: () => ({ text: 'a note' }),
    },
  ],
  resourceTemplates: [
    {
      uriTemplate: 'x://item/{id}',
      name: 'item',
      title: 'Item',
      description: 'An item.',
      mimeType: 'text/plain',
      cache,
      read: ({ id }) => ({ text: `item ${id}` }),
    },
  ],
  logging: false,
  resourceSubscriptions: false,
});
