import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Figures, failuresOf, slowestOf, sumFigures } from '../../../src/graph/figures.ts';
import { quantise, quantiseShare } from '../../../src/graph/quantise.ts';
import { edge } from './arbitraries.ts';

describe('sumFigures', () => {
  it('sums rates, weighs shares by requests, and takes the largest of each latency quantile', () => {
    const parts: Figures[] = [
      { rps: 3, successRate: 1, latency: { p50: 1, p99: 10 }, tls: 1, sent: 1, allowed: 1 },
      { rps: 1, successRate: 0.6, latency: { p50: 2, p95: 3 }, tls: 0.5, plaintext: { plaintext: 0.5 }, sent: 2, denied: 4 },
    ];
    expect(sumFigures(parts)).toEqual({
      rps: 4,
      successRate: 0.9,
      latency: { p50: 2, p95: 3, p99: 10 },
      tls: 0.87,
      plaintext: { plaintext: 0.13 },
      sent: 3,
      allowed: 1,
      denied: 4,
    });
  });

  it('leaves out what no part has', () => {
    expect(sumFigures([])).toEqual({});
    expect(sumFigures([{ sent: 1 }, { received: 2 }])).toEqual({ sent: 1, received: 2 });
  });

  it('takes TLS from the parts that say something, and the least where none has requests', () => {
    expect(sumFigures([{ rps: 1, tls: 1 }, { rps: 99 }])).toMatchObject({ tls: 1 });
    expect(sumFigures([{ tls: 1 }, { tls: 0.2, plaintext: { plaintext: 0.8 } }])).toEqual({ tls: 0.2, plaintext: { plaintext: 0.8 } });
    expect(
      sumFigures([
        { tls: 0, plaintext: { a: 1 } },
        { tls: 0, plaintext: { b: 1 } },
      ]),
    ).toEqual({ tls: 0, plaintext: { a: 0.5, b: 0.5 } });
  });

  it('gives the same in any order, and quantised figures', () => {
    fc.assert(
      fc.property(
        fc
          .array(edge, { maxLength: 6 })
          .chain((edges) => fc.tuple(fc.constant(edges), fc.shuffledSubarray(edges, { minLength: edges.length }))),
        ([edges, shuffled]) => {
          const sum = sumFigures(edges);
          expect(sumFigures(shuffled)).toEqual(sum);
          for (const rate of [sum.rps, sum.sent, sum.denied]) if (rate !== undefined) expect(quantise(rate)).toBe(rate);
          for (const share of [sum.successRate, sum.tls, ...Object.values(sum.plaintext ?? {})]) {
            if (share !== undefined) expect(quantiseShare(share)).toBe(share);
          }
        },
      ),
    );
  });

  it('keeps what one part says', () => {
    fc.assert(
      fc.property(edge, (given) => {
        const { source: _, destination: __, service: ___, port: ____, protocol: _____, mesh: ______, ...figures } = given;
        expect(sumFigures([given])).toEqual(figures);
      }),
    );
  });
});

describe('slowestOf', () => {
  it('is undefined without a quantile', () => {
    expect(slowestOf([])).toBeUndefined();
    expect(slowestOf([undefined, {}])).toBeUndefined();
    expect(slowestOf([{ p50: 1 }, { p50: 3 }])).toEqual({ p50: 3 });
  });
});

describe('failuresOf', () => {
  it('is none where nothing says how many succeed', () => {
    expect(failuresOf({ rps: 10, successRate: 0.75 })).toBe(2.5);
    expect(failuresOf({ rps: 10 })).toBe(0);
    expect(failuresOf({ successRate: 0 })).toBe(0);
  });
});
