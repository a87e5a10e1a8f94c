import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Element, ExecutionError, evaluate } from '../../../../src/demo/prometheus/evaluate.ts';
import { bucketQuantile } from '../../../../src/demo/prometheus/histogram.ts';
import { parseExpression } from '../../../../src/demo/prometheus/parse.ts';
import { keyOf, type Labels, makeSeries, SeriesSet } from '../../../../src/demo/prometheus/series.ts';

const NOW = 1_000_000;

/** A series of `name` that grows by so much a second. */
const growing = (name: string, labels: Labels, perSecond: number) =>
  makeSeries(name, 'counter', labels, {}, (ms) => (perSecond * ms) / 1000);

function run(query: string, series: SeriesSet): readonly Element[] {
  const value = evaluate(parseExpression(query), series, NOW);
  return value.tag === 'vector' ? value.elements : [{ labels: {}, value: value.value }];
}

const byKey = (elements: readonly Element[]) => Object.fromEntries(elements.map(({ labels, value }) => [keyOf(labels), value]));
const total = (elements: readonly Element[]) => elements.reduce((sum, { value }) => sum + value, 0);

/** Some series of `m` and of `n`, with labels out of a few; those that are the same are one. */
const someSeries = fc
  .array(
    fc.record({
      name: fc.constantFrom('m', 'n'),
      labels: fc.record({ a: fc.constantFrom('x', 'y', ''), b: fc.constantFrom('1', '2', '3'), c: fc.constantFrom('k', '') }),
      rate: fc.integer({ min: 0, max: 1000 }),
    }),
    { maxLength: 20 },
  )
  .map((rows) => new SeriesSet(rows.map(({ name, labels, rate }) => growing(name, labels, rate))));

const holds = (law: (series: SeriesSet) => void) => fc.assert(fc.property(someSeries, law));

describe('the laws of the evaluator', () => {
  it('a sum over all is the sum of the sums over parts', () => {
    holds((series) => {
      const whole = run('sum(rate(m[1m]))', series);
      for (const by of ['a', 'b', 'a,b', 'a,b,c', 'nowhere'])
        expect(total(run(`sum by (${by}) (rate(m[1m]))`, series))).toBeCloseTo(total(whole));
      expect(whole.length).toBe(series.named('m').length === 0 ? 0 : 1);
    });
  });

  it('to leave out some labels is to keep the others', () => {
    holds((series) => {
      expect(byKey(run('sum without (a) (m)', series))).toEqual(byKey(run('sum by (b,c) (m)', series)));
      expect(byKey(run('count without (a,b,c) (m)', series))).toEqual(byKey(run('count(m)', series)));
    });
  });

  it('an average is a sum by a count, and lies between the least and the most', () => {
    holds((series) => {
      const averages = run('avg by (a) (m)', series);
      expect(byKey(averages)).toEqual(byKey(run('sum by (a) (m) / count by (a) (m)', series)));
      const [least, most] = [byKey(run('min by (a) (m)', series)), byKey(run('max by (a) (m)', series))];
      for (const { labels, value } of averages) {
        expect(value).toBeGreaterThanOrEqual((least[keyOf(labels)] ?? Number.NaN) * (1 - 1e-9));
        expect(value).toBeLessThanOrEqual((most[keyOf(labels)] ?? Number.NaN) * (1 + 1e-9));
      }
    });
  });

  it('an increase is a rate times its window, and a steady rate is the same over any', () => {
    holds((series) => {
      const rates = byKey(run('rate(m[1m])', series));
      for (const other of ['increase(m[1m]) / 60', 'irate(m[1m])', 'rate(m[5m])', 'rate(m[300])']) {
        const others = byKey(run(other, series));
        expect(Object.keys(others)).toEqual(Object.keys(rates));
        for (const key of Object.keys(rates)) expect(others[key]).toBeCloseTo(rates[key] ?? Number.NaN);
      }
    });
  });

  it('matchers part the series', () => {
    holds((series) => {
      for (const [one, other] of [
        ['a="x"', 'a!="x"'],
        ['a=~"x|y"', 'a!~"x|y"'],
        ['a=""', 'a=~".+"'],
        ['b=~"[12]"', 'b=~"3"'],
      ]) {
        expect(run(`m{${one}}`, series).length + run(`m{${other}}`, series).length).toBe(run('m', series).length);
      }
      expect(byKey(run('{__name__="m"}', series))).toEqual(byKey(run('m', series)));
      expect(run('{__name__=~"m|n",b=~"1|2|3"}', series).length).toBe(series.all.length);
    });
  });

  it('a comparison keeps what it holds for, as it is', () => {
    holds((series) => {
      const all = run('m', series);
      expect(byKey([...run('m > 500', series), ...run('m <= 500', series)])).toEqual(byKey(all));
      expect(byKey([...run('m == 0', series), ...run('m != 0', series)])).toEqual(byKey(all));
      expect(byKey(run('500 < m', series))).toEqual(byKey(run('m > 500', series)));
      expect(total(run('m >= bool 500', series))).toBe(run('m >= 500', series).length);
      expect(byKey(run('m == m', series))).toEqual(byKey(all));
    });
  });

  it('sets are sets', () => {
    holds((series) => {
      const [m, n] = [run('m', series), run('n', series)];
      expect(byKey(run('m and m', series))).toEqual(byKey(m));
      expect(run('m unless m', series)).toEqual([]);
      expect(byKey(run('m or m', series))).toEqual(byKey(m));
      expect(run('m and n', series).length + run('m unless n', series).length).toBe(m.length);
      expect(run('m or n', series).length).toBe(m.length + n.length - run('n and m', series).length);
      expect(byKey(run('m and on() m', series))).toEqual(byKey(m));
    });
  });

  it('arithmetic matches element to element', () => {
    holds((series) => {
      for (const { value } of run('m - m', series)) expect(value).toBe(0);
      expect(byKey(run('m + m', series))).toEqual(byKey(run('m * 2', series)));
      expect(byKey(run('-m', series))).toEqual(byKey(run('m * -1', series)));
      expect(run('m * ignoring() n', series).length).toBe(run('m and n', series).length);
    });
  });

  it('the k most are the most', () => {
    holds((series) => {
      const all = run('m', series).map(({ value }) => value);
      const most = run('topk(2, m)', series).map(({ value }) => value);
      expect(most).toEqual(all.toSorted((a, b) => b - a).slice(0, 2));
      expect(run('topk by (a) (100, m)', series).length).toBe(all.length);
      expect(run('topk(0, m)', series)).toEqual([]);
    });
  });
});

describe('evaluate', () => {
  const series = new SeriesSet([growing('m', { a: 'x', b: '1' }, 2), growing('m', { a: 'x', b: '2' }, 4), growing('n', { a: 'x' }, 8)]);

  it('computes with numbers', () => {
    expect(run('1 + 2 * 3 - 4 / 8', series)).toEqual([{ labels: {}, value: 6.5 }]);
    expect(run('(1 + 2) * -3', series)).toEqual([{ labels: {}, value: -9 }]);
    expect(run('1 >= bool 2', series)).toEqual([{ labels: {}, value: 0 }]);
  });

  it('drops the name from what it computes, and keeps it on what it selects', () => {
    expect(run('n', series)).toEqual([{ labels: { __name__: 'n', a: 'x' }, value: 8000 }]);
    expect(run('rate(n[1m])', series)).toEqual([{ labels: { a: 'x' }, value: 8 }]);
    expect(run('n * 2', series)[0]?.labels).toEqual({ a: 'x' });
    expect(run('n > 1', series)[0]?.labels).toEqual({ __name__: 'n', a: 'x' });
    expect(run('sum by (__name__) (m)', series)[0]?.labels).toEqual({ __name__: 'm' });
  });

  it('cannot carry out what would make two elements one', () => {
    expect(() =>
      run(
        'rate({a="x",b=""}[1m]) + rate({__name__=~"m|n"}[1m])',
        new SeriesSet([growing('m', { a: 'x' }, 1), growing('n', { a: 'x' }, 1)]),
      ),
    ).toThrow(ExecutionError);
    expect(() => run('m + on(a) n', series)).toThrow('found duplicate series for the match group on the left hand-side');
    expect(() => run('n + on(a) m', series)).toThrow('found duplicate series for the match group on the right hand-side');
  });

  it('reads quantiles off buckets, group by group', () => {
    const bucket = (group: string, le: string, perSecond: number) => growing('h_bucket', { group, le }, perSecond);
    const buckets = new SeriesSet([
      bucket('p', '10', 50),
      bucket('p', '20', 90),
      bucket('p', '+Inf', 100),
      bucket('q', '10', 0),
      bucket('q', '+Inf', 0),
      growing('h_bucket', { group: 'r', le: 'x' }, 1),
      growing('h_bucket', { group: 's' }, 1),
    ]);
    const at = (quantile: number) => byKey(run(`histogram_quantile(${quantile}, sum by (le, group) (rate(h_bucket[1m])))`, buckets));
    const p = keyOf({ group: 'p' });
    expect(at(0.5)[p]).toBeCloseTo(10);
    expect(at(0.7)[p]).toBeCloseTo(15);
    // Beyond the last finite bound: that bound.
    expect(at(0.99)[p]).toBe(20);
    expect(at(0.5)[keyOf({ group: 'q' })]).toBeNaN();
    expect(Object.keys(at(0.5))).toEqual([p, keyOf({ group: 'q' })]);
  });
});

describe('bucketQuantile', () => {
  it('never goes down as the quantile goes up, and stays within the bounds', () => {
    const bounds = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 8 });
    // Not 0: where the first bucket is empty, Prometheus divides by nothing, and so does this.
    const quantile = fc.double({ min: 0.001, max: 1, noNaN: true });
    fc.assert(
      fc.property(bounds, fc.array(fc.nat(100), { minLength: 9, maxLength: 9 }), quantile, quantile, (uppers, counts, one, other) => {
        let sum = 0;
        const buckets = [...uppers.toSorted((a, b) => a - b), Number.POSITIVE_INFINITY].map((upperBound, place) => {
          sum += counts[place] ?? 0;
          return { upperBound, count: sum };
        });
        const [low, high] = [Math.min(one, other), Math.max(one, other)].map((q) => bucketQuantile(q, buckets));
        if (sum === 0) expect(low).toBeNaN();
        else {
          expect(low).toBeLessThanOrEqual((high ?? Number.NaN) + 1e-9);
          expect(high).toBeLessThanOrEqual(Math.max(...uppers));
          expect(low).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it('is what Prometheus says at the edges', () => {
    const buckets = [
      { upperBound: 10, count: 5 },
      { upperBound: Number.POSITIVE_INFINITY, count: 10 },
    ];
    expect(bucketQuantile(-0.1, buckets)).toBe(Number.NEGATIVE_INFINITY);
    expect(bucketQuantile(1.1, buckets)).toBe(Number.POSITIVE_INFINITY);
    expect(bucketQuantile(Number.NaN, buckets)).toBeNaN();
    expect(bucketQuantile(0.5, buckets.slice(0, 1))).toBeNaN();
    expect(bucketQuantile(0.5, buckets.slice(1))).toBeNaN();
    expect(bucketQuantile(0.5, [])).toBeNaN();
    // Rounding may have a bucket hold less than the one before it: it then holds as much.
    const rounded = [
      { upperBound: 5, count: 6 },
      { upperBound: 7, count: 5.9 },
      { upperBound: 9, count: 8 },
      { upperBound: Number.POSITIVE_INFINITY, count: 10 },
    ];
    expect(bucketQuantile(0.605, rounded)).toBeCloseTo(7.05);
  });
});
