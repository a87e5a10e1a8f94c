import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantise, quantiseShare, shareOf } from '../../../src/graph/quantise.ts';

const anyNumber = fc.oneof(
  fc.double(),
  fc.double({ min: 0, max: 1e4, noNaN: true }),
  fc.constantFrom(Number.MAX_VALUE, -0, 0.0005, 0.00049999),
);

describe('quantise', () => {
  it.each([
    [0, 0],
    [-0, 0],
    [2.1499, 2.1],
    [1234, 1200],
    [99.6, 100],
    [0.00123, 0.0012],
    [0.0005, 0.0005],
    [0.00049999, 0],
    [-3, 0],
    [Number.NaN, 0],
    [Number.POSITIVE_INFINITY, 0],
    [Number.MAX_VALUE, Number.MAX_VALUE],
  ])('makes %d to %d', (given, expected) => {
    expect(quantise(given)).toBe(expected);
  });

  it('is finite, at least 0, and stays as it is', () => {
    fc.assert(
      fc.property(anyNumber, (value) => {
        const once = quantise(value);
        expect(Number.isFinite(once) && once >= 0 && !Object.is(once, -0)).toBe(true);
        expect(quantise(once)).toBe(once);
      }),
    );
  });

  it('is within five percent', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.0005, max: 1e300, noNaN: true }), (value) => {
        expect(Math.abs(quantise(value) - value)).toBeLessThanOrEqual(value * 0.0501);
      }),
    );
  });
});

describe('quantiseShare', () => {
  it.each([
    [0, 0],
    [1, 1],
    [1.2, 1],
    [-1, 0],
    [Number.NaN, 0],
    [0.4567, 0.46],
    [0.5, 0.5],
    [0.5433, 0.54],
    [0.99873, 0.9987],
    [0.99899, 0.999],
    [0.999999, 1],
    [0.00001, 0],
    [0.00012345, 0.0001],
  ])('makes %d to %d', (given, expected) => {
    expect(quantiseShare(given)).toBe(expected);
  });

  it('is a share, stays as it is, and keeps the order', () => {
    fc.assert(
      fc.property(anyNumber, anyNumber, (a, b) => {
        const once = quantiseShare(a);
        expect(once >= 0 && once <= 1 && !Object.is(once, -0)).toBe(true);
        expect(quantiseShare(once)).toBe(once);
        if (a <= b) expect(once).toBeLessThanOrEqual(quantiseShare(b));
      }),
    );
  });
});

describe('shareOf', () => {
  it('is undefined without a whole', () => {
    expect(shareOf(1, 4)).toBe(0.25);
    expect(shareOf(0, 0)).toBeUndefined();
    expect(shareOf(1, Number.NaN)).toBeUndefined();
    expect(shareOf(1, Number.POSITIVE_INFINITY)).toBeUndefined();
  });
});
