import { JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { header } from '../../../../src/lib/headers.ts';
import { META } from '../../../../src/mcp/protocol/constants.ts';
import { FIXTURE } from '../../../conformance/fixture/server.ts';
import { BOTH, type Visited, visit } from '../../../support/mcp.ts';

/** Words of the protocol, so that random messages get past the first check. */
const METHODS = [
  'initialize',
  'ping',
  'server/discover',
  'tools/list',
  'tools/call',
  'prompts/get',
  'resources/read',
  'completion/complete',
  'logging/setLevel',
  'subscriptions/listen',
  'notifications/cancelled',
  'toString',
];
const NAMES = [
  'test_simple_text',
  'test_tool_with_progress',
  'test_error_handling',
  'test_input_required_result_elicitation',
  'test_simple_prompt',
  '__proto__',
];
const VERSIONS = ['2024-11-05', '2025-03-26', '2025-11-25', '2026-07-28', '2030-01-01', 'x'];

const scalar = fc.oneof(fc.constantFrom(null, true, 1, -1, 1.5, '', 'x'), fc.integer(), fc.string(), fc.jsonValue({ maxDepth: 2 }));
const meta = fc.record(
  {
    [META.protocolVersion]: fc.oneof(fc.constantFrom(...VERSIONS), scalar),
    [META.clientCapabilities]: fc.oneof(fc.constant({}), fc.constant({ elicitation: {} }), scalar),
    [META.clientInfo]: fc.oneof(fc.constant({ name: 'x', version: '1' }), scalar),
    [META.logLevel]: fc.oneof(fc.constant('debug'), scalar),
    progressToken: fc.oneof(fc.constant('p'), scalar),
  },
  { requiredKeys: [] },
);
const params = fc.record(
  {
    name: fc.oneof(fc.constantFrom(...NAMES), scalar),
    uri: fc.oneof(fc.constantFrom('test://static-text', 'test://template/1/data'), scalar),
    arguments: fc.oneof(fc.constant({}), scalar),
    ref: fc.oneof(fc.constant({ type: 'ref/prompt', name: 'test_prompt_with_arguments' }), scalar),
    argument: fc.oneof(fc.constant({ name: 'arg1', value: 'p' }), scalar),
    protocolVersion: fc.oneof(fc.constantFrom(...VERSIONS), scalar),
    capabilities: fc.oneof(fc.constant({}), scalar),
    clientInfo: fc.oneof(fc.constant({ name: 'x', version: '1' }), scalar),
    notifications: fc.oneof(fc.constant({}), scalar),
    level: fc.oneof(fc.constant('info'), scalar),
    cursor: scalar,
    inputResponses: scalar,
    requestState: scalar,
    _meta: fc.oneof(meta, scalar),
  },
  { requiredKeys: [] },
);
const message = fc.record(
  {
    jsonrpc: fc.oneof({ weight: 9, arbitrary: fc.constant('2.0') }, scalar),
    id: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(1, 'a') }, scalar),
    method: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...METHODS) }, scalar),
    params: fc.oneof({ weight: 9, arbitrary: params }, scalar),
    result: scalar,
  },
  { requiredKeys: ['jsonrpc', 'method'] },
);
const body = fc.oneof(
  message.map((value) => JSON.stringify(value)),
  fc.array(message, { maxLength: 3 }).map((value) => JSON.stringify(value)),
  fc.json(),
  fc.string(),
  fc.uint8Array({ maxLength: 50 }),
);
const headers = fc
  .record(
    {
      'content-type': fc.oneof({ weight: 9, arbitrary: fc.constant('application/json') }, fc.string()),
      accept: fc.constantFrom(BOTH, 'application/json', 'text/event-stream', '*/*', 'text/html', ';;,'),
      'mcp-protocol-version': fc.oneof(fc.constantFrom(...VERSIONS), fc.string()),
      'mcp-method': fc.oneof(fc.constantFrom(...METHODS), fc.string()),
      'mcp-name': fc.oneof(fc.constantFrom(...NAMES), fc.string()),
    },
    { requiredKeys: ['content-type'] },
  )
  .map((record) => Object.entries(record));

/** What every answer must be, whatever was asked. */
function expectWellFormed({ response, messages, served }: Visited): void {
  expect(response.ended).toBe(true);
  expect(response.status).toBe(served.status);
  expect([200, 202, 400, 404, 406, 413, 415]).toContain(response.status);
  if (response.status === 202) {
    expect(response.chunks).toEqual([]);
    return;
  }
  expect(['application/json', 'text/event-stream']).toContain(header(response.headers, 'content-type'));
  const flat = messages.flat();
  expect(flat.length).toBeGreaterThan(0);
  for (const each of flat) {
    // The SDK's schema knows no null id, which JSON-RPC 2.0 (section 5) wants where the request's could not be read.
    const { id, ...rest } = each as { readonly id?: unknown };
    expect(JSONRPCMessageSchema.safeParse(id === null ? { ...rest, id: 0 } : each).success).toBe(true);
  }
}

describe('whatever comes in', () => {
  it('the answer is valid JSON-RPC, and nothing is thrown or logged as a failure of ours', () => {
    fc.assert(
      fc.property(headers, body, (sentHeaders, sentBody) => {
        const visited = visit(FIXTURE, { headers: sentHeaders, body: sentBody });
        expectWellFormed(visited);
        expect(visited.log).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  }, 30_000);

  it('a client that leaves at any time breaks nothing', () => {
    const request = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'test_tool_with_progress', _meta: { progressToken: 1 } },
    };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 }), (leavesAfter) => {
        const parts = {
          headers: [
            ['content-type', 'application/json'],
            ['accept', BOTH],
          ] as const,
          body: JSON.stringify(request),
        };
        const { response, served } = visit(FIXTURE, parts, { leavesAfter });
        expect(response.ended).toBe(true);
        expect(served.outcome).toBe(leavesAfter < 3 ? 'abandoned' : 'ok');
      }),
    );
  });
});
