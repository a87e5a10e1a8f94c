import { describe, expect, it } from 'vitest';
import { BOTH, post, statelessRequest } from '../../../support/mcp.ts';
import { smallServer } from '../../../support/mcp-server.ts';

const server = smallServer();
const ping = (id: unknown) => ({ jsonrpc: '2.0', id, method: 'ping' });
const pong = (id: unknown) => ({ jsonrpc: '2.0', id, result: {} });
const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' };

describe('a batch', () => {
  it('is answered with one response for each request, in order', () => {
    const { messages, served } = post(server, [ping('b'), initialized, ping(1), { jsonrpc: '2.0', id: 2, method: 'nothing' }]);
    expect(messages).toEqual([[pong('b'), pong(1), { jsonrpc: '2.0', id: 2, error: expect.objectContaining({ code: -32601 }) }]]);
    expect(served).toEqual({ status: 200, rpcMethod: 'batch', outcome: 'ok' });
  });

  it('is an event for each response on a stream', () => {
    expect(post(server, [ping(1), ping(2)], [['accept', BOTH]]).messages).toEqual([pong(1), pong(2)]);
  });

  it('of one request is still a batch', () => {
    expect(post(server, [ping(1)]).messages).toEqual([[pong(1)]]);
  });

  it('gives invalid members their own errors', () => {
    const error = { code: -32600, message: expect.any(String) };
    expect(post(server, [1, ping(3)]).messages).toEqual([[{ jsonrpc: '2.0', id: null, error }, pong(3)]]);
  });

  it('without requests is taken with 202', () => {
    expect(post(server, [initialized, { jsonrpc: '2.0', id: 1, result: {} }]).response).toMatchObject({ status: 202, chunks: [] });
  });

  it.each(['2024-11-05', '2025-03-26'])('exists in %s', (version) => {
    expect(post(server, [ping(1)], [['mcp-protocol-version', version]]).response.status).toBe(200);
  });

  it.each(['2025-06-18', '2025-11-25', '2026-07-28', '1999-01-01'])('does not exist in %s', (version) => {
    expect(post(server, [ping(1)], [['mcp-protocol-version', version]]).response.status).toBe(400);
  });

  it.each([
    ['empty', [], 'empty'],
    ['too long', [ping(1), ping(2), ping(3), ping(4)], 'may have 3'],
    ['with a handshake', [{ ...ping(1), method: 'initialize' }], 'initialize'],
    ['with an id twice', [ping(1), ping(1)], 'same id'],
    ['with a request of the stateless era', [statelessRequest('tools/list')], '_meta'],
  ])('%s is refused whole', (_what, batch, message) => {
    const { response, messages } = post(server, batch, [], { options: { MAX_BATCH: '3' } });
    expect(response.status).toBe(400);
    expect(messages).toEqual([{ jsonrpc: '2.0', id: null, error: { code: -32600, message: expect.stringContaining(message) } }]);
  });

  it('may use the number and the text of a digit as two ids', () => {
    expect(post(server, [ping(1), ping('1')]).messages).toEqual([[pong(1), pong('1')]]);
  });

  it('ends when the client leaves', () => {
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'count', _meta: { progressToken: 1 } } };
    const { served } = post(server, [call, ping(2)], [['accept', BOTH]], { leavesAfter: 1 });
    expect(served).toEqual({ status: 200, rpcMethod: 'batch', outcome: 'abandoned' });
  });
});
