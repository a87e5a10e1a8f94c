import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextStep, sharesOf } from '../../../src/change/split.ts';

const weight = fc.integer({ min: 0, max: 1_000 });
const twoSplits = fc
  .integer({ min: 2, max: 6 })
  .chain((length) =>
    fc.tuple(fc.array(weight, { minLength: length, maxLength: length }), fc.array(weight, { minLength: length, maxLength: length })),
  )
  .filter(([from, to]) => from.some((each) => each > 0) && to.some((each) => each > 0));
const most = fc.integer({ min: 1, max: 100 });

const distance = (a: readonly number[], b: readonly number[]) => Math.max(...a.map((share, place) => Math.abs(share - (b[place] ?? 0))));

describe('a step', () => {
  it.each([
    [[90, 10], [0, 100], 10, [80, 20], false],
    [[90, 10], [50, 50], 100, [50, 50], true],
    [[1, 0], [1, 1], 50, [1, 1], true],
    [[1, 0], [0, 1], 30, [70, 30], false],
    [[3, 1], [1, 3], 25, [50, 50], false],
    [[0, 0], [1, 3], 5, [1, 3], true],
    [[50, 50], [50, 50], 5, [50, 50], true],
    [[100, 0, 0], [0, 50, 50], 10, [90, 5, 5], false],
  ])('from %j to %j by %i is %j', (from, to, step, weights, last) => {
    expect(nextStep(from, to, step)).toEqual({ weights, last });
  });

  it('moves no share by more than it may, but for rounding, and adds up to 100 on the way', () => {
    fc.assert(
      fc.property(twoSplits, most, ([from, to], step) => {
        const { weights, last } = nextStep(from, to, step);
        if (last) expect(weights).toEqual(to);
        else {
          expect(weights.reduce((sum, each) => sum + each, 0)).toBe(100);
          expect(weights.every((each) => Number.isInteger(each) && each >= 0)).toBe(true);
          expect(distance(sharesOf(from), sharesOf(weights))).toBeLessThanOrEqual((step + 1) / 100 + 1e-9);
        }
      }),
    );
  });

  it('by step comes to an end', () => {
    fc.assert(
      fc.property(twoSplits, most, ([from, to], step) => {
        let at: readonly number[] = from;
        for (let taken = 0; taken < 210; taken++) {
          const { weights, last } = nextStep(at, to, step);
          if (last) return;
          expect(weights).not.toEqual(at);
          at = weights;
        }
        expect.unreachable('the way does not end');
      }),
    );
  });
});
