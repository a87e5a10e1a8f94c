import { describe, expect, it } from 'vitest';
import { header } from '../../../../src/lib/headers.ts';
import { serveMcp } from '../../../../src/mcp/http/endpoint.ts';
import { bodyOf, incomingRequest, RecordingResponder } from '../../../support/exchange.ts';
import { BOTH, config, post, postStateless, visit } from '../../../support/mcp.ts';
import { smallServer } from '../../../support/mcp-server.ts';
import { ADMIN } from '../../../support/principals.ts';
import { quietPorts } from '../../../support/quiet-ports.ts';

const server = smallServer();
const JSON_TYPE = ['content-type', 'application/json'] as const;
const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
const pong = { jsonrpc: '2.0', id: 1, result: {} };
const call = (name: string, args: unknown = {}, meta?: unknown) => ({
  jsonrpc: '2.0',
  id: 'c',
  method: 'tools/call',
  params: { name, arguments: args, ...(meta === undefined ? {} : { _meta: meta }) },
});

describe('methods other than POST', () => {
  it.each(['GET', 'DELETE', 'PUT', 'PATCH', 'HEAD'])('%s is 405, and tells what to send', (method) => {
    const { response, served } = visit(server, { method, headers: [['host', 'localhost:8000']] });
    expect(response.status).toBe(405);
    expect(header(response.headers, 'allow')).toBe('POST');
    expect(served).toEqual({ status: 405, outcome: 'invalid' });
    const { error } = JSON.parse(bodyOf(response));
    expect(error.message).toContain(method);
    expect(error.data.hello).toContain('curl -sS http://localhost:8000/v1/mcp ');
  });

  it('what they tell to send works', () => {
    const { error } = JSON.parse(bodyOf(visit(server, { method: 'GET' }).response));
    for (const command of [error.data.hello, error.data.tools]) {
      const headers = [...command.matchAll(/-H '([^:']+): ([^']+)'/g)].map(([, name, value]) => [name, value] as const);
      const body = /-d '(.*)'$/.exec(command)?.[1] ?? '';
      const { response, messages } = visit(server, { headers, body });
      expect(response.status).toBe(200);
      expect(messages).toEqual([expect.objectContaining({ result: expect.anything() })]);
    }
  });
});

describe('what a POST must be', () => {
  it.each([
    [415, -32600, { headers: [], body: '{}' }],
    [415, -32600, { headers: [['content-type', 'text/plain'] as const], body: '{}' }],
    [406, -32600, { headers: [JSON_TYPE, ['accept', 'text/html'] as const], body: '{}' }],
    [413, -32600, { headers: [JSON_TYPE], body: ' '.repeat(2000) }],
    [400, -32700, { headers: [JSON_TYPE], body: '' }],
    [400, -32700, { headers: [JSON_TYPE], body: '{"jsonrpc"' }],
    [400, -32600, { headers: [JSON_TYPE], body: `${'['.repeat(20)}${']'.repeat(20)}` }],
    [400, -32600, { headers: [JSON_TYPE], body: '{"__proto__":{}}' }],
    [400, -32600, { headers: [JSON_TYPE], body: '"text"' }],
    [400, -32600, { headers: [JSON_TYPE], body: '{"jsonrpc":"2.0"}' }],
  ])('%i with code %i for %j', (status, code, parts) => {
    const { response, messages, served } = visit(server, parts, { options: { MAX_BODY_BYTES: '1024', MAX_JSON_DEPTH: '8' } });
    expect(response.status).toBe(status);
    expect(header(response.headers, 'content-type')).toBe('application/json');
    expect(messages).toEqual([{ jsonrpc: '2.0', id: null, error: { code, message: expect.any(String) } }]);
    expect(served).toEqual({ status, outcome: 'invalid' });
  });

  it('answers under the id of an invalid request where it can be read', () => {
    const { messages } = post(server, { jsonrpc: '1.0', id: 9, method: 'ping' });
    expect(messages).toEqual([expect.objectContaining({ id: 9 })]);
  });
});

describe('framing of the initialize era', () => {
  it('is a stream where the client names one, exactly as the demo shows', () => {
    const { response } = post(server, ping, [['accept', BOTH]]);
    expect(response.status).toBe(200);
    expect(header(response.headers, 'content-type')).toBe('text/event-stream');
    expect(bodyOf(response)).toBe(`event: message\ndata: ${JSON.stringify(pong)}\n\n`);
  });

  it('is JSON for curl as it is, and without any Accept', () => {
    for (const headers of [[JSON_TYPE], [JSON_TYPE, ['accept', '*/*'] as const]]) {
      const { response } = visit(server, { headers, body: JSON.stringify(ping) });
      expect(header(response.headers, 'content-type')).toBe('application/json');
      expect(JSON.parse(bodyOf(response))).toEqual(pong);
    }
  });

  it('streams progress as it happens, then the answer', () => {
    const { response, messages, served } = post(server, call('count', {}, { progressToken: 'p' }), [['accept', BOTH]]);
    expect(response).toMatchObject({ status: 200, streamed: true, ended: true });
    expect(response.chunks).toHaveLength(4);
    expect(messages).toEqual([
      { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 'p', progress: 1, total: 3, message: 'one' } },
      { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 'p', progress: 2, total: 3 } },
      { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 'p', progress: 3 } },
      expect.objectContaining({ id: 'c', result: expect.objectContaining({ structuredContent: { steps: 3 } }) }),
    ]);
    expect(served).toEqual({ status: 200, rpcMethod: 'tools/call', tool: 'count', outcome: 'ok' });
  });

  it('keeps progress from whoever did not ask, or cannot hear it', () => {
    expect(post(server, call('count'), [['accept', BOTH]]).messages).toHaveLength(1);
    const { response, messages } = post(server, call('count', {}, { progressToken: 1 }));
    expect(response.streamed).toBe(false);
    expect(messages).toHaveLength(1);
  });

  it('ends a call whose client has left, at its next progress', () => {
    const { response, served } = post(server, call('count', {}, { progressToken: 1 }), [['accept', BOTH]], { leavesAfter: 1 });
    expect(response).toMatchObject({ chunks: [expect.stringContaining('"progress":1')], ended: true });
    expect(served).toEqual({ status: 200, rpcMethod: 'tools/call', tool: 'count', outcome: 'abandoned' });
  });

  it('answers an unknown method with 200', () => {
    const { response, messages, served } = post(server, { ...ping, method: 'constructor' });
    expect(response.status).toBe(200);
    expect(messages).toEqual([{ jsonrpc: '2.0', id: 1, error: { code: -32601, message: expect.stringContaining('"constructor"') } }]);
    expect(served).toEqual({ status: 200, rpcMethod: 'unknown', outcome: 'invalid' });
  });
});

describe('framing of the stateless era', () => {
  it('is JSON, even where a stream is accepted', () => {
    const { response, messages } = postStateless(server, 'tools/list', {}, { headers: [['accept', BOTH]] });
    expect(response.status).toBe(200);
    expect(header(response.headers, 'content-type')).toBe('application/json');
    expect(messages).toEqual([expect.objectContaining({ result: expect.objectContaining({ resultType: 'complete' }) })]);
  });

  it('becomes a stream with the first progress', () => {
    const { response, messages } = postStateless(
      server,
      'tools/call',
      { name: 'count' },
      { headers: [['accept', BOTH]], meta: { progressToken: 1 } },
    );
    expect(response.streamed).toBe(true);
    expect(messages).toHaveLength(4);
  });

  it('is a stream for a client that takes nothing else', () => {
    const { response } = postStateless(server, 'tools/list', {}, { headers: [['accept', 'text/event-stream']] });
    expect(header(response.headers, 'content-type')).toBe('text/event-stream');
  });

  it('is JSON for an error with a status of its own, whatever the client takes', () => {
    const { response } = postStateless(server, 'ping', {}, { headers: [['accept', 'text/event-stream']] });
    expect(response.status).toBe(404);
    expect(header(response.headers, 'content-type')).toBe('application/json');
  });

  it.each([
    [404, -32601, 'ping', {}],
    [404, -32601, 'initialize', {}],
    [404, -32601, 'prompts/list', {}],
    [200, -32602, 'tools/call', { name: 'nothing' }],
    [200, -32602, 'tools/list', { cursor: 'x' }],
  ])('answers with %i and %i to %s', (status, code, method, params) => {
    const { response, messages } = postStateless(server, method, params);
    expect(response.status).toBe(status);
    expect(messages).toEqual([{ jsonrpc: '2.0', id: 1, error: expect.objectContaining({ code }) }]);
  });

  it('refuses what its headers do not say with 400, under the id of the request', () => {
    const { response, messages, served } = postStateless(server, 'tools/list', {}, { headers: [['mcp-method', 'tools/call']] });
    expect(response.status).toBe(400);
    expect(messages).toEqual([{ jsonrpc: '2.0', id: 1, error: expect.objectContaining({ code: -32020 }) }]);
    expect(served).toEqual({ status: 400, rpcMethod: 'tools/list', outcome: 'invalid' });
  });
});

describe('messages that are no requests', () => {
  const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };

  it.each([
    [cancelled, []],
    [{ jsonrpc: '2.0', method: 'notifications/initialized' }, [['mcp-protocol-version', '2025-11-25']]],
    [{ jsonrpc: '2.0', method: 'notifications/unheard-of' }, [['mcp-protocol-version', '2026-07-28']]],
    [{ jsonrpc: '2.0', id: 4, result: {} }, []],
  ] as const)('%j are taken with 202 and no body', (message, headers) => {
    const { response, served } = post(server, message, headers);
    expect(response).toMatchObject({ status: 202, chunks: [], streamed: false });
    expect(served).toMatchObject({ status: 202, outcome: 'ok' });
  });

  it('are refused under a version that we do not speak', () => {
    expect(post(server, cancelled, [['mcp-protocol-version', '1999-01-01']]).response.status).toBe(400);
  });

  it('are refused where header and metadata disagree', () => {
    const claiming = { ...cancelled, params: { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } } };
    expect(post(server, claiming, [['mcp-protocol-version', '2025-11-25']]).response.status).toBe(400);
  });

  it('may not be responses in the stateless era', () => {
    expect(post(server, { jsonrpc: '2.0', id: 4, result: {} }, [['mcp-protocol-version', '2026-07-28']]).response.status).toBe(400);
  });
});

describe('serveMcp', () => {
  it('answers with 500 when the body cannot be read, and says nothing of why', () => {
    const { ports, lines } = quietPorts();
    const responder = new RecordingResponder();
    const request = {
      ...incomingRequest({ headers: [JSON_TYPE] }),
      body: () => {
        throw new Error('secret-of-the-host');
      },
    };
    expect(serveMcp(request, responder, server, { ports, config: config(), principal: ADMIN, requestId: 'r-9' })).toEqual({
      status: 500,
      outcome: 'internal',
    });
    expect(responder.response.status).toBe(500);
    expect(bodyOf(responder.response)).toContain('r-9');
    expect(bodyOf(responder.response)).not.toContain('secret');
    expect(lines).toEqual([expect.objectContaining({ level: 'error', fields: { requestId: 'r-9', error: 'secret-of-the-host' } })]);
  });

  it('answers once, even where answering fails', () => {
    const { ports, lines } = quietPorts();
    let answers = 0;
    const responder = new RecordingResponder();
    responder.send = () => {
      answers++;
      throw new Error('gone');
    };
    const request = incomingRequest({ headers: [JSON_TYPE], body: JSON.stringify(ping) });
    expect(serveMcp(request, responder, server, { ports, config: config(), principal: ADMIN, requestId: 'r-9' })).toEqual({
      status: 200,
      outcome: 'internal',
    });
    expect(answers).toBe(1);
    expect(lines).toHaveLength(1);
  });

  it('logs no name that a caller made up', () => {
    expect(post(server, call('made-up')).served).toEqual({ status: 200, rpcMethod: 'tools/call', outcome: 'invalid' });
  });
});
