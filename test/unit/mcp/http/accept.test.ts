import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAccept } from '../../../../src/mcp/http/accept.ts';

describe('readAccept', () => {
  it.each([
    [undefined, { json: true, sse: false }],
    ['', { json: true, sse: false }],
    ['*/*', { json: true, sse: false }],
    ['application/*', { json: true, sse: false }],
    ['application/json', { json: true, sse: false }],
    ['text/event-stream', { json: false, sse: true }],
    ['application/json, text/event-stream', { json: true, sse: true }],
    ['Application/JSON;q=0.9 , TEXT/Event-Stream; q=0.1', { json: true, sse: true }],
    ['application/json, text/event-stream;q=0', { json: true, sse: false }],
    ['application/json;q=0.000, text/event-stream', { json: false, sse: true }],
    ['text/event-stream, */*', { json: true, sse: true }],
    ['text/html', { json: false, sse: false }],
    ['text/*', { json: false, sse: false }],
  ])('reads %j', (header, accepted) => {
    expect(readAccept(header)).toEqual(accepted);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(Object.keys(readAccept(header))).toEqual(['json', 'sse']);
      }),
    );
  });
});
