import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sumRates, total } from '../../../src/graph/order.ts';
import { compareText } from '../../../src/lib/order.ts';

describe('total', () => {
  it('is the same in any order, to the last bit', () => {
    const values = fc.array(
      fc.nat(1000).map((tenths) => tenths / 10),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(
        values.chain((values) => fc.tuple(fc.constant(values), fc.shuffledSubarray(values, { minLength: values.length }))),
        ([values, shuffled]) => {
          expect(total(shuffled)).toBe(total(values));
        },
      ),
    );
    expect(total([])).toBe(0);
    expect(total([3, 1, 2])).toBe(6);
  });
});

describe('sumRates', () => {
  it('counts what is a rate', () => {
    expect(sumRates([1, Number.NaN, -5, Number.POSITIVE_INFINITY, 2], (rate) => rate)).toBe(3);
  });
});

describe('compareText', () => {
  it('orders by code units', () => {
    expect(['b', 'a', 'B', 'é', 'a'].sort(compareText)).toEqual(['B', 'a', 'a', 'b', 'é']);
  });
});
