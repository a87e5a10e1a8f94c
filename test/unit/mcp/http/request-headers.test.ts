import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHeaderValue, headerMismatch } from '../../../../src/mcp/http/request-headers.ts';

const encode = (text: string) => `=?base64?${Buffer.from(text).toString('base64')}?=`;

describe('decodeHeaderValue', () => {
  it.each([
    ['us-west1', 'us-west1'],
    ['=?base64?SGVsbG8sIOS4lueVjA==?=', 'Hello, 世界'],
    ['=?base64?IHBhZGRlZCA=?=', ' padded '],
    ['=?base64?bGluZTEKbGluZTI=?=', 'line1\nline2'],
    ['=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=', '=?base64?literal?='],
    ['=?base64??=', ''],
    ['=?BASE64?SGk=?=', '=?BASE64?SGk=?='],
    ['SGVsbG8=?=', 'SGVsbG8=?='],
  ])('reads %s', (value, text) => {
    expect(decodeHeaderValue(value)).toBe(text);
  });

  it.each(['=?base64?SGVsbG8?=', '=?base64?SGVs bG8=?=', '=?base64?!!!!?=', '=?base64?/w==?=', 'caf\u00e9', 'a\u0001b'])(
    'refuses %j',
    (value) => {
      expect(decodeHeaderValue(value)).toBeUndefined();
    },
  );

  it('gives back any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decodeHeaderValue(encode(text))).toBe(text);
      }),
    );
  });
});

describe('headerMismatch', () => {
  const complete = [
    ['MCP-Protocol-Version', '2026-07-28'],
    ['Mcp-Method', 'tools/call'],
    ['Mcp-Name', 'echo'],
  ] as const;
  const without = (name: string) => complete.filter(([candidate]) => candidate !== name);
  const withName = (value: string) => [...without('Mcp-Name'), ['mcp-name', value] as const];

  it('is content where headers and body agree', () => {
    expect(headerMismatch(complete, 'tools/call', { name: 'echo' })).toBeUndefined();
    expect(headerMismatch(withName(` ${encode('ech\u00f6')} `), 'tools/call', { name: 'ech\u00f6' })).toBeUndefined();
  });

  it('asks for Mcp-Name only where the body has a name', () => {
    const method = [complete[0], ['Mcp-Method', 'tools/list']] as const;
    expect(headerMismatch(method, 'tools/list', { name: 'x' })).toBeUndefined();
    expect(headerMismatch(without('Mcp-Name'), 'tools/call', {})).toBeUndefined();
  });

  it.each([
    ['no version', without('MCP-Protocol-Version'), /MCP-Protocol-Version is missing/],
    ['no method', without('Mcp-Method'), /Mcp-Method is missing/],
    ['no name', without('Mcp-Name'), /Mcp-Name is missing/],
    ['another method', [...without('Mcp-Method'), ['mcp-method', 'Tools/Call'] as const], /Mcp-Method is "Tools\/Call"/],
    ['another name', withName('other'), /params.name is "echo"/],
    ['a name badly encoded', withName('=?base64?x?='), /not well encoded/],
  ])('minds %s', (_what, headers, message) => {
    expect(headerMismatch(headers, 'tools/call', { name: 'echo' })).toMatchObject({
      code: -32020,
      message: expect.stringMatching(message),
    });
  });

  it('takes the name of a resource from its URI', () => {
    const headers = [complete[0], ['mcp-method', 'resources/read'], ['mcp-name', 'mesh-mcp://guide']] as const;
    expect(headerMismatch(headers, 'resources/read', { uri: 'mesh-mcp://guide' })).toBeUndefined();
    expect(headerMismatch(headers, 'resources/read', { uri: 'mesh-mcp://other' })).toMatchObject({ code: -32020 });
  });
});
