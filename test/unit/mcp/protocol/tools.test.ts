import { CallToolResultSchema, ListToolsResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it } from 'vitest';
import { type Grant, type Principal, ROLES, type Role } from '../../../../src/access/principal.ts';
import { MESH_ERROR_META, META } from '../../../../src/mcp/protocol/constants.ts';
import type { ServedTool } from '../../../../src/mcp/protocol/served-tool.ts';
import { BOTH, post, postStateless, type VisitOptions } from '../../../support/mcp.ts';
import { smallServer } from '../../../support/mcp-server.ts';
import { ADMIN } from '../../../support/principals.ts';

const server = smallServer();
const IDENTITY = { [META.serverInfo]: { name: 'small', title: 'Small', version: '1.2.3' } };

const call = (params: object, options?: VisitOptions) => post(server, { jsonrpc: '2.0', id: 1, method: 'tools/call', params }, [], options);
const resultOf = ({ messages }: { readonly messages: readonly unknown[] }) => (messages[0] as { readonly result: unknown }).result;
const errorOf = ({ messages }: { readonly messages: readonly unknown[] }) => (messages[0] as { readonly error: unknown }).error;

describe('tools/list', () => {
  const list = (options: Readonly<Record<string, string>> = {}) =>
    ListToolsResultSchema.parse(resultOf(post(server, { jsonrpc: '2.0', id: 1, method: 'tools/list' }, [], { options })));

  it('shows each tool whole, in the order of the catalogue', () => {
    const { tools } = list();
    expect(tools.map(({ name }) => name)).toEqual(['echo', 'count', 'fail']);
    expect(tools[0]).toMatchObject({
      title: 'Echo',
      description: 'Repeats a text.',
      inputSchema: { type: 'object', required: ['text'] },
      outputSchema: { type: 'object', required: ['said'] },
      annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    });
  });

  it('leaves out the toolsets that are switched off', () => {
    expect(list({ TOOLSETS: 'graph' }).tools.map(({ name }) => name)).toEqual(['count', 'fail']);
    expect(list({ TOOLSETS: 'petstore' }).tools.map(({ name }) => name)).toEqual(['echo']);
  });

  it('adds to the stateless era how long it keeps', () => {
    expect(resultOf(postStateless(server, 'tools/list'))).toEqual({
      resultType: 'complete',
      tools: list().tools,
      ttlMs: 300_000,
      cacheScope: 'private',
      _meta: IDENTITY,
    });
  });

  it.each(['', 'x', 5, null])('knows no cursor %j', (cursor) => {
    expect(errorOf(post(server, { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { cursor } }))).toMatchObject({ code: -32602 });
  });
});

describe('tools/call', () => {
  it('answers with text and data', () => {
    const result = resultOf(call({ name: 'echo', arguments: { text: 'hi', times: 2 } }));
    expect(result).toEqual({ content: [{ type: 'text', text: 'hihi' }], structuredContent: { said: 'hihi' } });
    expect(CallToolResultSchema.safeParse(result).success).toBe(true);
  });

  it('takes a call without arguments', () => {
    expect(resultOf(call({ name: 'count' }))).toMatchObject({ structuredContent: { steps: 3 } });
  });

  it('says in the stateless era that it is complete, and who answers', () => {
    expect(resultOf(postStateless(server, 'tools/call', { name: 'count' }))).toMatchObject({ resultType: 'complete', _meta: IDENTITY });
  });

  it('tells a model in a result what is wrong with its arguments', () => {
    const answer = call({ name: 'echo', arguments: { times: 0 } });
    expect(resultOf(answer)).toEqual({
      content: [{ type: 'text', text: expect.stringMatching(/^echo: .*text: .*times: /) }],
      isError: true,
      _meta: { [MESH_ERROR_META]: { code: 'invalid' } },
    });
    expect(answer.served).toEqual({ status: 200, rpcMethod: 'tools/call', tool: 'echo', outcome: 'invalid' });
  });

  it('passes a failure on with its advice, and keeps its cause for the log', () => {
    const answer = call({ name: 'fail', arguments: { how: 'busy' } });
    expect(resultOf(answer)).toEqual({
      content: [{ type: 'text', text: 'The upstream is busy. Try again in 2 s.' }],
      isError: true,
      _meta: { [MESH_ERROR_META]: { code: 'unavailable', retryAfterMs: 1500 } },
    });
    expect(answer.log).toEqual([
      {
        level: 'warn',
        message: 'handler failed',
        fields: { requestId: 'r-1', handler: 'fail', code: 'unavailable', error: expect.stringContaining('secret-of-upstream') },
      },
    ]);
    expect(answer.served.outcome).toBe('unavailable');
  });

  it('tells nothing of a defect but where to find it', () => {
    const answer = call({ name: 'fail', arguments: { how: 'defect' } });
    expect(resultOf(answer)).toMatchObject({ isError: true, _meta: { [MESH_ERROR_META]: { code: 'internal' } } });
    expect(JSON.stringify(answer.messages)).toContain('r-1');
    expect(JSON.stringify(answer.messages)).not.toContain('secret');
    expect(answer.log).toEqual([
      expect.objectContaining({ level: 'error', fields: expect.objectContaining({ error: 'secret-of-defect' }) }),
    ]);
  });

  it('keeps our key beside the server’s in the stateless era', () => {
    expect(resultOf(postStateless(server, 'tools/call', { name: 'fail', arguments: { how: 'invalid' } }))).toMatchObject({
      resultType: 'complete',
      isError: true,
      _meta: { [MESH_ERROR_META]: { code: 'invalid' }, ...IDENTITY },
    });
  });

  it('cuts a text that is too long', () => {
    const long = call({ name: 'echo', arguments: { text: 'abcdefghij', times: 300 } }, { options: { MAX_ANSWER_CHARACTERS: '2000' } });
    const { content } = CallToolResultSchema.parse(resultOf(long));
    expect(content[0]).toMatchObject({ text: expect.stringContaining('of 3000 characters') });
  });

  it.each([
    ['without a name', {}],
    ['with a name that is no text', { name: 5 }],
    ['of a tool that does not exist', { name: 'nothing' }],
    ['of what every object has', { name: 'constructor' }],
    ['with arguments in a list', { name: 'echo', arguments: ['x'] }],
    ['with arguments that are a text', { name: 'echo', arguments: 'x' }],
  ])('is a protocol error %s', (_what, params) => {
    expect(errorOf(call(params))).toMatchObject({ code: -32602 });
  });

  it('does not know a tool whose toolset is off', () => {
    const answer = call({ name: 'echo', arguments: { text: 'x' } }, { options: { TOOLSETS: 'graph' } });
    expect(errorOf(answer)).toMatchObject({ code: -32602, message: expect.stringContaining('Unknown tool: "echo"') });
  });

  it('repeats a long name only in part', () => {
    expect((errorOf(call({ name: 'x'.repeat(5000) })) as { message: string }).message.length).toBeLessThan(400);
  });

  it('stops sending when a tool never stops reporting', () => {
    const eager = smallServer({
      tools: [
        {
          name: 'eager',
          description: 'Reports a lot.',
          inputSchema: { type: 'object' },
          call: (_args, { progress }) => {
            for (let i = 1; i <= 5000; i++) progress(i);
            return { text: 'done', structured: {} };
          },
        },
      ],
    });
    const request = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'eager', _meta: { progressToken: 1 } } };
    expect(post(eager, request, [['accept', BOTH]]).messages).toHaveLength(1001);
  });
});

describe('a tool that needs input', () => {
  const asking = smallServer({
    tools: [
      {
        name: 'ask',
        description: 'Asks for a name.',
        inputSchema: { type: 'object' },
        call: (_args, { inputResponses, requestState }) =>
          inputResponses === undefined
            ? {
                kind: 'input_required',
                inputRequests: { name: { method: 'elicitation/create', params: { message: 'Who?' } } },
                requestState: 's1',
              }
            : { text: `${JSON.stringify(inputResponses)} ${requestState}`, structured: {} },
      },
      {
        name: 'wait',
        description: 'Wants to be called again.',
        inputSchema: { type: 'object' },
        call: () => ({ kind: 'input_required', requestState: 's' }),
      },
      {
        name: 'nothing',
        description: 'Asks for nothing, which is a mistake.',
        inputSchema: { type: 'object' },
        call: () => ({ kind: 'input_required' }),
      },
    ],
  });
  const able = { meta: { [META.clientCapabilities]: { elicitation: {} } } };

  it('asks a client that can give it', () => {
    expect(resultOf(postStateless(asking, 'tools/call', { name: 'ask' }, able))).toEqual({
      resultType: 'input_required',
      inputRequests: { name: { method: 'elicitation/create', params: { message: 'Who?' } } },
      requestState: 's1',
      _meta: IDENTITY,
    });
  });

  it('gets the answers with the next call', () => {
    const params = { name: 'ask', inputResponses: { name: { action: 'accept' } }, requestState: 's1' };
    expect(resultOf(postStateless(asking, 'tools/call', params, able))).toMatchObject({
      content: [{ type: 'text', text: '{"name":{"action":"accept"}} s1' }],
    });
  });

  it('refuses a client that cannot, with 400', () => {
    const answer = postStateless(asking, 'tools/call', { name: 'ask' });
    expect(answer.response.status).toBe(400);
    expect(errorOf(answer)).toMatchObject({ code: -32021, data: { requiredCapabilities: { elicitation: {} } } });
  });

  it('may give out nothing but a state', () => {
    expect(resultOf(postStateless(asking, 'tools/call', { name: 'wait' }))).toMatchObject({
      resultType: 'input_required',
      requestState: 's',
    });
  });

  it('may not ask for nothing', () => {
    expect(resultOf(postStateless(asking, 'tools/call', { name: 'nothing' }))).toMatchObject({ isError: true });
  });

  it('cannot ask a client of an older version, and reads no answers from it', () => {
    const params = { name: 'ask', inputResponses: { name: {} }, requestState: 's1' };
    expect(errorOf(post(asking, { jsonrpc: '2.0', id: 1, method: 'tools/call', params }))).toMatchObject({
      code: -32600,
      message: expect.stringContaining('2026-07-28'),
    });
  });
});

describe('a tool for a role', () => {
  const tool = (name: string, role?: Role): ServedTool => ({
    name,
    ...(role === undefined ? {} : { role }),
    description: 'For a role.',
    inputSchema: { type: 'object' },
    call: (_args, { principal }) => ({ text: `for ${principal.name}`, structured: {} }),
  });
  const roles = smallServer({
    tools: [tool('all'), ...ROLES.map((role) => tool(role, role)), { ...tool('everywhere', 'viewer'), everywhere: true }],
  });
  const NOBODY: Principal = { name: 'nobody', via: 'token', groups: [], grants: [] };
  const having = (role: Role, namespaces: Grant['namespaces']): Principal => ({ ...NOBODY, name: 'bob', grants: [{ role, namespaces }] });
  const names = (principal: Principal) =>
    ListToolsResultSchema.parse(resultOf(post(roles, { jsonrpc: '2.0', id: 1, method: 'tools/list' }, [], { principal }))).tools.map(
      ({ name }) => name,
    );
  const calling = (name: string, principal: Principal) =>
    post(roles, { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } }, [], { principal });

  it('is listed to whoever has the role, or a higher one, anywhere', () => {
    expect(names(ADMIN)).toEqual(['all', 'viewer', 'operator', 'admin', 'everywhere']);
    expect(names(having('operator', ['shop']))).toEqual(['all', 'viewer', 'operator']);
    expect(names(having('viewer', '*'))).toEqual(['all', 'viewer', 'everywhere']);
    expect(names(NOBODY)).toEqual(['all']);
  });

  it('is called by exactly those to whom it is listed, and knows who calls', () => {
    for (const principal of [ADMIN, having('operator', ['shop']), having('viewer', '*'), NOBODY]) {
      const listed = names(principal);
      for (const name of ['all', 'everywhere', ...ROLES]) {
        const { messages, served } = calling(name, principal);
        expect(served.outcome).toBe(listed.includes(name) ? 'ok' : 'denied');
        const result = CallToolResultSchema.parse((messages[0] as { readonly result: unknown }).result);
        if (listed.includes(name)) expect(result.content).toEqual([{ type: 'text', text: `for ${principal.name}` }]);
        else expect(result).toMatchObject({ isError: true, _meta: { [MESH_ERROR_META]: { code: 'denied' } } });
      }
    }
  });

  it('that a caller may not use says which role it is for', () => {
    expect(JSON.stringify(calling('operator', having('viewer', '*')).messages)).toContain('role operator');
  });
});
