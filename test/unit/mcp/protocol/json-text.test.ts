import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { staysWithin } from '../../../../src/lib/json-text.ts';
import { parseJson } from '../../../../src/mcp/protocol/json-text.ts';

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('parseJson', () => {
  it('gives the value', () => {
    expect(parseJson('{"a":[1,"x"]}', 8)).toEqual({ kind: 'value', value: { a: [1, 'x'] } });
  });

  it('skips a byte order mark', () => {
    expect(parseJson('\ufeff[1]', 8)).toEqual({ kind: 'value', value: [1] });
  });

  it.each(['', '{', '{"a":1', 'undefined', "{'a':1}", '[1,]', '"\u0001"'])('calls %j a syntax error', (text) => {
    expect(parseJson(text, 8)).toEqual({ kind: 'syntax' });
  });

  it('counts nesting before it parses', () => {
    expect(parseJson('['.repeat(9) + ']'.repeat(9), 8)).toEqual({ kind: 'too-deep' });
    expect(parseJson('['.repeat(8) + ']'.repeat(8), 8)).toMatchObject({ kind: 'value' });
    expect(parseJson('['.repeat(1_000_000), 512)).toEqual({ kind: 'too-deep' });
  });

  it('does not count brackets in strings, whatever is escaped there', () => {
    const text = JSON.stringify({ a: '[[[[[[[[[[', b: '\\"[[[[[[[[[[\\', c: 'end\\' });
    expect(parseJson(text, 2)).toMatchObject({ kind: 'value' });
  });

  it.each(['{"__proto__":{"admin":true}}', '{"a":[{"\\u005f_proto__":1}]}', '{"\\u005F\\u005Fproto\\u005f_":1}'])('refuses %s', (text) => {
    expect(parseJson(text, 8)).toEqual({ kind: 'forbidden-key' });
  });

  it('takes the same text as a value', () => {
    expect(parseJson('{"a":"__proto__"}', 8)).toEqual({ kind: 'value', value: { a: '__proto__' } });
  });

  it('agrees with JSON.parse and with a recursive count on any JSON', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.integer({ min: 1, max: 8 }), (text, maxDepth) => {
        const value: unknown = JSON.parse(text);
        // A text no longer than the limit cannot nest deeper.
        expect(staysWithin(text, maxDepth)).toBe(depthOf(value) <= maxDepth);
        const parsed = parseJson(text, maxDepth);
        if (parsed.kind === 'value') expect(parsed.value).toEqual(value);
        else expect(parsed.kind === 'too-deep' ? depthOf(value) > maxDepth : text.includes('__proto__')).toBe(true);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', '1', 'u') })),
        (text) => {
          expect(['value', 'syntax', 'too-deep', 'forbidden-key']).toContain(parseJson(text, 8).kind);
        },
      ),
    );
  });
});
