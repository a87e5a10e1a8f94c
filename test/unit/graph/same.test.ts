import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { same } from '../../../src/graph/same.ts';

const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]) => [key, reversed(member)])
      .reverse(),
  );
};

describe('same', () => {
  it('looks past the order of members', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(same(value, reversed(value))).toBe(true);
      }),
    );
  });

  it.each([
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: 1, b: 2 }, { a: 1 }],
    [{ a: 1 }, { b: 1 }],
    [{ a: undefined }, { b: undefined }],
    [[], {}],
    [{}, []],
    [[1], [1, 2]],
    [
      [1, 2],
      [2, 1],
    ],
    [null, {}],
    [1, '1'],
    [0, null],
    [{ a: { b: [1] } }, { a: { b: [2] } }],
    [{}, { constructor: 1 }],
  ])('tells %j from %j', (a, b) => {
    expect(same(a, b)).toBe(false);
    expect(same(b, a)).toBe(false);
  });

  it('agrees with equality of JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 2 }), fc.jsonValue({ maxDepth: 2 }), (a, b) => {
        if (JSON.stringify(a) === JSON.stringify(b)) expect(same(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)))).toBe(true);
      }),
    );
  });
});
