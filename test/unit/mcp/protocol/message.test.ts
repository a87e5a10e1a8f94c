import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../../src/mcp/protocol/message.ts';

const request = { jsonrpc: '2.0', id: 1, method: 'ping' };

describe('readMessage', () => {
  it('knows a request', () => {
    expect(readMessage({ ...request, params: { a: 1 } })).toEqual({ kind: 'request', id: 1, method: 'ping', params: { a: 1 } });
    expect(readMessage({ ...request, id: '' })).toMatchObject({ kind: 'request', id: '', params: {} });
    expect(readMessage({ ...request, id: -0 })).toMatchObject({ kind: 'request' });
  });

  it('knows a notification', () => {
    expect(readMessage({ jsonrpc: '2.0', method: 'notifications/initialized' })).toEqual({
      kind: 'notification',
      method: 'notifications/initialized',
      params: {},
    });
  });

  it.each([{ result: {} }, { error: { code: 1, message: 'x' } }])('knows a response with %j', (part) => {
    expect(readMessage({ jsonrpc: '2.0', id: 1, ...part })).toEqual({ kind: 'response' });
  });

  it.each([
    [null, null],
    ['text', null],
    [[request], null],
    [{}, null],
    [{ ...request, jsonrpc: '1.0' }, 1],
    [{ ...request, jsonrpc: undefined }, 1],
    [{ jsonrpc: '2.0', id: 7 }, 7],
    [{ ...request, method: 5 }, 1],
    [{ ...request, method: '' }, 1],
    [{ ...request, method: 'x'.repeat(257) }, 1],
    [{ ...request, method: null }, 1],
    [{ ...request, params: [1] }, 1],
    [{ ...request, params: 'x' }, 1],
    [{ ...request, params: null }, 1],
    [{ ...request, params: { _meta: 5 } }, 1],
    [{ ...request, params: { _meta: { progressToken: 1.5 } } }, 1],
    [{ ...request, params: { _meta: { progressToken: {} } } }, 1],
    [{ ...request, id: null }, null],
    [{ ...request, id: 1.5 }, null],
    [{ ...request, id: 2 ** 53 }, null],
    [{ ...request, id: {} }, null],
    [{ ...request, id: true }, null],
    [{ ...request, id: 'x'.repeat(1025) }, null],
    [{ ...request, result: {} }, 1],
    [{ jsonrpc: '2.0', id: 1, result: {}, error: {} }, 1],
  ])('calls %j invalid, under the id %j', (value, id) => {
    expect(readMessage(value)).toMatchObject({ kind: 'invalid', id });
  });

  it('sorts anything', () => {
    const part = fc.option(fc.anything(), { nil: undefined });
    const shaped = fc.record(
      { jsonrpc: fc.constantFrom('2.0', '1.0'), id: part, method: part, params: part, result: part, error: part },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.anything(), shaped), (value) => {
        const message = readMessage(value);
        expect(['request', 'notification', 'response', 'invalid']).toContain(message.kind);
        if (message.kind === 'request') expect(typeof message.id === 'string' || Number.isSafeInteger(message.id)).toBe(true);
      }),
    );
  });
});
