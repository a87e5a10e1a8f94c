import {
  CompleteResultSchema,
  GetPromptResultSchema,
  ListResourcesResultSchema,
  ReadResourceResultSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it } from 'vitest';
import { MeshError } from '../../../../src/lib/errors.ts';
import type { Prompt } from '../../../../src/mcp/prompts/prompt.ts';
import type { CacheHint, Resource, ResourceTemplate } from '../../../../src/mcp/resources/resource.ts';
import { post, postStateless } from '../../../support/mcp.ts';
import { smallServer } from '../../../support/mcp-server.ts';

const cache: CacheHint = { ttlMs: 5000, cacheScope: 'private' };
const about = (name: string) => ({ name, title: name.toUpperCase(), description: `About ${name}.`, mimeType: 'text/plain', cache });

const note: Resource = { uri: 'x://note', ...about('note'), read: () => ({ text: 'a note' }) };
const graphOnly: Resource = { uri: 'x://graph', ...about('graph'), toolset: 'graph', read: () => ({ blob: 'AAAA' }) };
const broken: Resource = {
  uri: 'x://broken',
  ...about('broken'),
  read: () => {
    throw new MeshError('unavailable', 'The store is away.', { retryAfterMs: 2000 });
  },
};
const item: ResourceTemplate = {
  uriTemplate: 'x://item/{id}',
  ...about('item'),
  complete: { id: (typed) => Array.from({ length: 150 }, (_, index) => `${typed}${index}`) },
  read: ({ id = '' }) => (id === 'none' ? undefined : { text: `item ${id}` }),
};
const greet: Prompt = {
  name: 'greet',
  title: 'Greet',
  description: 'Greets somebody.',
  arguments: [
    { name: 'who', description: 'Whom to greet.', required: true, complete: (typed, { tone = 'no tone' }) => [`${typed}!`, tone] },
    { name: 'tone', description: 'How.', required: false },
  ],
  get: (args) => {
    const { who } = args;
    if (who === 'nobody') throw new MeshError('invalid', 'Somebody, please.');
    return { messages: [{ role: 'user', content: { type: 'text', text: JSON.stringify(args) } }] };
  },
};
const graphTemplate: ResourceTemplate = {
  uriTemplate: 'x://graph/{id}',
  ...about('graph-item'),
  toolset: 'graph',
  read: ({ id = '' }) => ({ text: id }),
};
const wave: Prompt = { ...greet, name: 'wave', toolset: 'graph', arguments: [] };
const server = smallServer({
  prompts: [greet, wave],
  resources: [note, graphOnly, broken],
  resourceTemplates: [item, graphTemplate],
  resourceSubscriptions: true,
});

const send = (method: string, params: object = {}, options = {}) =>
  post(server, { jsonrpc: '2.0', id: 1, method, params }, [], { options }).messages[0] as {
    readonly result: unknown;
    readonly error: unknown;
  };

describe('prompts', () => {
  it('are listed with their arguments', () => {
    expect(send('prompts/list', {}, { TOOLSETS: 'petstore' }).result).toEqual({
      prompts: [
        {
          name: 'greet',
          title: 'Greet',
          description: 'Greets somebody.',
          arguments: [
            { name: 'who', description: 'Whom to greet.', required: true },
            { name: 'tone', description: 'How.', required: false },
          ],
        },
      ],
    });
  });

  it('exist while their toolset is on', () => {
    expect(send('prompts/get', { name: 'wave' }).result).toMatchObject({ messages: [expect.anything()] });
    expect(send('prompts/get', { name: 'wave' }, { TOOLSETS: 'petstore' }).error).toMatchObject({ code: -32602 });
  });

  it('get the arguments that they have', () => {
    const result = send('prompts/get', { name: 'greet', arguments: { who: 'you', other: 'x' } }).result;
    expect(GetPromptResultSchema.parse(result).messages[0]?.content).toEqual({ type: 'text', text: '{"who":"you"}' });
  });

  it.each([
    [{ name: 'nothing' }, 'Unknown prompt'],
    [{}, 'params.name'],
    [{ name: 'greet' }, 'needs who'],
    [{ name: 'greet', arguments: { who: 5 } }, '"who" is none'],
    [{ name: 'greet', arguments: [] }, 'must be an object'],
    [{ name: 'greet', arguments: { who: 'nobody' } }, 'Somebody, please.'],
  ])('refuse %j', (params, message) => {
    expect(send('prompts/get', params).error).toMatchObject({ code: -32602, message: expect.stringContaining(message) });
  });
});

describe('resources', () => {
  it('are listed, but for those whose toolset is off', () => {
    expect(ListResourcesResultSchema.parse(send('resources/list').result).resources.map(({ uri }) => uri)).toEqual([
      'x://note',
      'x://graph',
      'x://broken',
    ]);
    expect(JSON.stringify(send('resources/list', {}, { TOOLSETS: 'petstore' }))).not.toContain('x://graph');
    expect(send('resources/templates/list', {}, { TOOLSETS: 'petstore' }).result).toEqual({
      resourceTemplates: [
        { uriTemplate: 'x://item/{id}', name: 'item', title: 'ITEM', description: 'About item.', mimeType: 'text/plain' },
      ],
    });
  });

  it.each([
    ['x://note', { text: 'a note' }],
    ['x://graph', { blob: 'AAAA' }],
    ['x://item/a%20b', { text: 'item a b' }],
  ])('%s is read', (uri, content) => {
    const { result } = send('resources/read', { uri });
    expect(ReadResourceResultSchema.parse(result)).toEqual({ contents: [{ uri, mimeType: 'text/plain', ...content }] });
  });

  it('say in the stateless era how long to keep them', () => {
    expect(postStateless(server, 'resources/read', { uri: 'x://note' }).messages[0]).toMatchObject({
      result: { resultType: 'complete', contents: [{ text: 'a note' }], ...cache },
    });
  });

  it.each(['x://nothing', 'x://item/none', 'x://item/'])('%s does not exist, with the code of the version', (uri) => {
    expect(send('resources/read', { uri }).error).toMatchObject({ code: -32002, data: { uri } });
    expect(postStateless(server, 'resources/read', { uri }).messages[0]).toMatchObject({ error: { code: -32602, data: { uri } } });
  });

  it('do not exist while their toolset is off', () => {
    for (const uri of ['x://graph', 'x://graph/7']) {
      expect(send('resources/read', { uri }).result).toBeDefined();
      expect(send('resources/read', { uri }, { TOOLSETS: 'petstore' }).error).toMatchObject({ code: -32002 });
    }
  });

  it('pass a failure on with its advice', () => {
    expect(send('resources/read', { uri: 'x://broken' }).error).toEqual({
      code: -32603,
      message: 'The store is away. Try again in 2 s.',
      data: { code: 'unavailable', retryAfterMs: 2000 },
    });
  });

  it.each(['resources/subscribe', 'resources/unsubscribe'])('%s is promised for what exists', (method) => {
    expect(send(method, { uri: 'x://note' }).result).toEqual({});
    expect(send(method, { uri: 'x://nothing' }).error).toMatchObject({ code: -32002 });
    expect(postStateless(server, method, { uri: 'x://note' }).response.status).toBe(404);
  });

  it('cannot be subscribed to where nothing is promised', () => {
    const changing = smallServer({ resources: [note] });
    const request = { jsonrpc: '2.0', id: 1, method: 'resources/subscribe', params: { uri: 'x://note' } };
    expect(post(changing, request).messages[0]).toMatchObject({ error: { code: -32601 } });
  });
});

describe('completion/complete', () => {
  const prompt = { type: 'ref/prompt', name: 'greet' };

  it('asks the argument of a prompt, with what is filled in already', () => {
    const params = { ref: prompt, argument: { name: 'who', value: 'y' }, context: { arguments: { tone: 'loud' } } };
    expect(send('completion/complete', params).result).toEqual({ completion: { values: ['y!', 'loud'], total: 2, hasMore: false } });
  });

  it('gives a hundred values at most, and says that there are more', () => {
    const { result } = send('completion/complete', {
      ref: { type: 'ref/resource', uri: 'x://item/{id}' },
      argument: { name: 'id', value: '7' },
    });
    const { completion } = CompleteResultSchema.parse(result);
    expect(completion).toMatchObject({ total: 150, hasMore: true });
    expect(completion.values).toHaveLength(100);
  });

  it.each([
    { ref: prompt, argument: { name: 'tone', value: '' } },
    { ref: { type: 'ref/resource', uri: 'x://note' }, argument: { name: 'id', value: '' } },
  ])('has nothing to say to %j', (params) => {
    expect(send('completion/complete', params).result).toEqual({ completion: { values: [], total: 0, hasMore: false } });
  });

  it.each([
    {},
    { ref: prompt },
    { ref: prompt, argument: { name: 'who' } },
    { ref: prompt, argument: { name: 'constructor', value: '' } },
    { ref: { type: 'ref/prompt', name: 'nothing' }, argument: { name: 'a', value: '' } },
    { ref: { type: 'ref/tool', name: 'echo' }, argument: { name: 'a', value: '' } },
    { ref: { type: 'ref/resource', uri: 'x://other/{id}' }, argument: { name: 'id', value: '' } },
    { ref: { type: 'ref/resource', uri: 'x://item/{id}' }, argument: { name: 'constructor', value: '' } },
    { ref: prompt, argument: { name: 'who', value: '' }, context: { arguments: { tone: 5 } } },
  ])('refuses %j', (params) => {
    expect(send('completion/complete', params).error).toMatchObject({ code: -32602 });
  });

  it('does not exist where nothing can be completed', () => {
    const request = { jsonrpc: '2.0', id: 1, method: 'completion/complete', params: {} };
    expect(post(smallServer(), request).messages[0]).toMatchObject({ error: { code: -32601 } });
  });
});
