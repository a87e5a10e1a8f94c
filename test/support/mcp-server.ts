import { z } from 'zod';
import { MeshError } from '../../src/lib/errors.ts';
import { defineServer, type ServerDefinition } from '../../src/mcp/protocol/server.ts';
import { defineTool } from '../../src/mcp/tool.ts';

const HINTS = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };

const echo = defineTool({
  name: 'echo',
  title: 'Echo',
  description: 'Repeats a text.',
  toolset: 'petstore',
  annotations: HINTS,
  input: z.object({ text: z.string(), times: z.int().min(1).default(1) }),
  output: z.object({ said: z.string() }),
  run: ({ text, times }) => ({ text: text.repeat(times), structured: { said: text.repeat(times) } }),
});

const count = defineTool({
  name: 'count',
  title: 'Count',
  description: 'Reports progress three times.',
  toolset: 'graph',
  annotations: HINTS,
  input: z.object({}),
  output: z.object({ steps: z.int() }),
  run: (_input, { progress }) => {
    progress(1, 3, 'one');
    progress(1, 3, 'not further');
    progress(2, 3);
    progress(3);
    return { text: 'counted', structured: { steps: 3 } };
  },
});

const FAILURES: Readonly<Record<string, () => Error>> = {
  invalid: () => new MeshError('invalid', 'That will not do.'),
  busy: () =>
    new MeshError('unavailable', 'The upstream is busy.', { retryAfterMs: 1500, cause: new Error('upstream said secret-of-upstream') }),
  defect: () => new TypeError('secret-of-defect'),
};

const fail = defineTool({
  name: 'fail',
  title: 'Fail',
  description: 'Fails in a chosen way.',
  toolset: 'graph',
  annotations: HINTS,
  input: z.object({ how: z.enum(['invalid', 'busy', 'defect']) }),
  output: z.object({}),
  run: ({ how }) => {
    throw FAILURES[how]?.() ?? new Error('unreachable');
  },
});

const SMALL: ServerDefinition = {
  name: 'small',
  title: 'Small',
  version: '1.2.3',
  instructions: 'Use echo.',
  tools: [echo, count, fail],
  prompts: [],
  resources: [],
  resourceTemplates: [],
  logging: false,
  resourceSubscriptions: false,
};

/** A small server with tools made as the product makes them, or with other parts. */
export const smallServer = (parts: Partial<ServerDefinition> = {}) => defineServer({ ...SMALL, ...parts });
