import { bucketsOf, meanOf } from './buckets.ts';
import { type Labels, makeSeries, type Series } from './series.ts';
import type { Quantiles } from './traffic.ts';
import type { Wave } from './wave.ts';

/** A counter that grows by so much a second, in the mean. */
export function counter(name: string, own: Labels, target: Labels, perSecond: number, wave: Wave): Series {
  return makeSeries(name, 'counter', own, target, (ms) => perSecond * wave(ms));
}

/** A gauge that stays where it is. */
export function gauge(name: string, own: Labels, target: Labels, value: number): Series {
  return makeSeries(name, 'gauge', own, target, () => value);
}

/** All series of a histogram. */
export function histogram(
  name: string,
  own: Labels,
  target: Labels,
  perSecond: number,
  quantiles: Quantiles,
  bounds: readonly number[],
  wave: Wave,
): readonly Series[] {
  const grows = (suffix: string, labels: Labels, rate: number) =>
    makeSeries(`${name}_${suffix}`, 'histogram', labels, target, (ms) => rate * wave(ms));
  return [
    ...bucketsOf(quantiles, bounds).map(([le, share]) => grows('bucket', { ...own, le }, perSecond * share)),
    grows('sum', own, perSecond * meanOf(quantiles)),
    grows('count', own, perSecond),
  ];
}
