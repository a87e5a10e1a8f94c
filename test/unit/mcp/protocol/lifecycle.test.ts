import { describe, expect, it } from 'vitest';
import { META } from '../../../../src/mcp/protocol/constants.ts';
import { INITIALIZE_ERA, SUPPORTED_VERSIONS } from '../../../../src/mcp/protocol/versions.ts';
import { BOTH, post, postStateless } from '../../../support/mcp.ts';
import { smallServer } from '../../../support/mcp-server.ts';

const server = smallServer();
const SERVER_INFO = { name: 'small', title: 'Small', version: '1.2.3' };
const hello = (protocolVersion: unknown, rest: object = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion, capabilities: {}, clientInfo: { name: 'curl', version: '1' }, ...rest },
});

describe('initialize', () => {
  it.each(INITIALIZE_ERA)('settles on %s where the client asks for it', (version) => {
    expect(post(server, hello(version)).messages).toEqual([
      {
        jsonrpc: '2.0',
        id: 1,
        result: { protocolVersion: version, capabilities: { tools: {} }, serverInfo: SERVER_INFO, instructions: 'Use echo.' },
      },
    ]);
  });

  it.each(['1999-01-01', '2024-10-07', '2026-07-28', '2099-01-01', ''])('answers its newest to a client that asks for %j', (version) => {
    expect(post(server, hello(version)).messages).toEqual([
      expect.objectContaining({ result: expect.objectContaining({ protocolVersion: '2025-11-25' }) }),
    ]);
  });

  it.each([
    ['a version', { protocolVersion: undefined }, 'protocolVersion'],
    ['a version that is a text', { protocolVersion: 5 }, 'protocolVersion'],
    ['capabilities', { capabilities: undefined }, 'capabilities'],
    ['capabilities that are an object', { capabilities: [] }, 'capabilities'],
    ['a client', { clientInfo: undefined }, 'clientInfo'],
    ['a client with a version', { clientInfo: { name: 'x' } }, 'clientInfo'],
  ])('wants %s', (_what, params, named) => {
    expect(post(server, hello('2025-11-25', params)).messages).toEqual([
      { jsonrpc: '2.0', id: 1, error: { code: -32602, message: expect.stringContaining(named) } },
    ]);
  });

  it('advertises exactly what the server has', () => {
    const full = smallServer({
      logging: true,
      resourceSubscriptions: true,
      prompts: [
        {
          name: 'p',
          title: 'P',
          description: 'p',
          arguments: [{ name: 'a', description: 'a', required: false, complete: () => [] }],
          get: () => ({ messages: [] }),
        },
      ],
      resources: [
        {
          uri: 'x://y',
          name: 'y',
          title: 'Y',
          description: 'y',
          mimeType: 'text/plain',
          cache: { ttlMs: 0, cacheScope: 'private' },
          read: () => ({ text: '' }),
        },
      ],
    });
    expect(post(full, hello('2025-11-25')).messages).toEqual([
      expect.objectContaining({
        result: expect.objectContaining({
          capabilities: { tools: {}, prompts: {}, resources: { subscribe: true }, completions: {}, logging: {} },
        }),
      }),
    ]);
  });

  it('is a stream for the demo’s curl', () => {
    const { response } = post(server, hello('2024-11-05'), [['accept', BOTH]]);
    expect(response.chunks.join('')).toMatch(
      /^event: message\ndata: \{"jsonrpc":"2\.0","id":1,"result":\{"protocolVersion":"2024-11-05",.*\}\n\n$/,
    );
  });
});

describe('server/discover', () => {
  it('says what the server speaks, offers and is', () => {
    expect(postStateless(server, 'server/discover').messages).toEqual([
      {
        jsonrpc: '2.0',
        id: 1,
        result: {
          resultType: 'complete',
          supportedVersions: SUPPORTED_VERSIONS,
          capabilities: { tools: {} },
          instructions: 'Use echo.',
          ttlMs: 300_000,
          cacheScope: 'public',
          _meta: { [META.serverInfo]: SERVER_INFO },
        },
      },
    ]);
  });

  it('does not exist before, and the error says where it does', () => {
    expect(post(server, { jsonrpc: '2.0', id: 1, method: 'server/discover' }).messages).toEqual([
      { jsonrpc: '2.0', id: 1, error: { code: -32601, message: expect.stringContaining('protocol 2026-07-28 has it') } },
    ]);
  });
});

describe('subscriptions/listen', () => {
  it('acknowledges that nothing will come, and ends gracefully', () => {
    const { response, messages } = postStateless(
      server,
      'subscriptions/listen',
      { notifications: { toolsListChanged: true } },
      { headers: [['accept', BOTH]] },
    );
    expect(response).toMatchObject({ status: 200, streamed: true, ended: true });
    expect(messages).toEqual([
      {
        jsonrpc: '2.0',
        method: 'notifications/subscriptions/acknowledged',
        params: { _meta: { [META.subscriptionId]: 1 }, notifications: {} },
      },
      {
        jsonrpc: '2.0',
        id: 1,
        result: { resultType: 'complete', _meta: { [META.subscriptionId]: 1, [META.serverInfo]: SERVER_INFO } },
      },
    ]);
  });

  it('wants a filter', () => {
    expect(postStateless(server, 'subscriptions/listen').messages).toEqual([
      expect.objectContaining({ error: expect.objectContaining({ code: -32602 }) }),
    ]);
  });

  it('notices a client that left at once', () => {
    const { served } = postStateless(
      server,
      'subscriptions/listen',
      { notifications: {} },
      { headers: [['accept', BOTH]], leavesAfter: 0 },
    );
    expect(served.outcome).toBe('abandoned');
  });
});

describe('logging/setLevel', () => {
  const set = (level: unknown) => ({ jsonrpc: '2.0', id: 1, method: 'logging/setLevel', params: { level } });
  const logging = smallServer({ logging: true });

  it('is acknowledged by a server that logs to its clients', () => {
    expect(post(logging, set('warning')).messages).toEqual([{ jsonrpc: '2.0', id: 1, result: {} }]);
  });

  it('wants a level that exists', () => {
    expect(post(logging, set('loud')).messages).toEqual([expect.objectContaining({ error: expect.objectContaining({ code: -32602 }) })]);
  });

  it('does not exist on a server that does not', () => {
    expect(post(server, set('warning')).messages).toEqual([expect.objectContaining({ error: expect.objectContaining({ code: -32601 }) })]);
  });
});

describe('log messages', () => {
  const talkative = (logging: boolean) =>
    smallServer({
      logging,
      tools: [
        {
          name: 'talk',
          description: 'Logs.',
          inputSchema: { type: 'object' },
          call: (_args, call) => {
            call.log('debug', 'low');
            call.log('error', { high: true }, 'talker');
            return { text: 'done', structured: {} };
          },
        },
      ],
    });
  const talk = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'talk' } };
  const high = { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'error', logger: 'talker', data: { high: true } } };
  const low = { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'debug', data: 'low' } };
  const stateless = (meta: object) =>
    postStateless(talkative(true), 'tools/call', { name: 'talk' }, { meta: { ...meta }, headers: [['accept', BOTH]] }).messages;

  it('come from info on in the initialize era', () => {
    expect(post(talkative(true), talk, [['accept', BOTH]]).messages).toEqual([high, expect.anything()]);
  });

  it('come only where the request asks for them in the stateless era', () => {
    expect(stateless({})).toHaveLength(1);
    expect(stateless({ [META.logLevel]: 'warning' })).toEqual([high, expect.anything()]);
    expect(stateless({ [META.logLevel]: 'debug' })).toEqual([low, high, expect.anything()]);
  });

  it('never come from a server that does not declare logging', () => {
    expect(post(talkative(false), talk, [['accept', BOTH]]).messages).toHaveLength(1);
  });
});

describe('defineServer', () => {
  it('refuses instructions that clients would cut', () => {
    expect(() => smallServer({ instructions: 'x'.repeat(2049) })).toThrow('2048');
  });

  it('refuses two tools of one name', () => {
    const tool = { name: 'twice', description: '', inputSchema: {}, call: () => ({ text: '', structured: {} }) };
    expect(() => smallServer({ tools: [tool, tool] })).toThrow('twice');
  });
});
