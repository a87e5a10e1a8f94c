import type { Quantiles } from './traffic.ts';

/** In milliseconds (linkerd2-proxy, linkerd/metrics/src/latency.rs, `BOUNDS`). */
export const LINKERD_BOUNDS: readonly number[] = [
  1, 2, 3, 4, 5, 10, 20, 30, 40, 50, 100, 200, 300, 400, 500, 1000, 2000, 3000, 4000, 5000, 10_000, 20_000, 30_000, 40_000, 50_000,
];

/** In milliseconds (envoy, source/common/stats/histogram_impl.cc, `ConstSupportedBuckets::defaultBuckets`). */
export const ISTIO_BOUNDS: readonly number[] = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000,
];

/** The share of answers that take at most so long: a line between the quantiles, the slowest taking twice the 99th percentile. */
export function shareWithin([p50, p95, p99]: Quantiles, bound: number): number {
  const points: readonly (readonly [number, number])[] = [
    [0, 0],
    [p50, 0.5],
    [p95, 0.95],
    [p99, 0.99],
    [2 * p99, 1],
  ];
  const at = points.findIndex(([time]) => time >= bound);
  const [upper, lower] = [points[at], points[at - 1]];
  if (upper === undefined) return 1;
  if (lower === undefined) return 0;
  return lower[1] + ((upper[1] - lower[1]) * (bound - lower[0])) / (upper[0] - lower[0]);
}

/** The mean that goes with it. */
export function meanOf([p50, p95, p99]: Quantiles): number {
  return 0.5 * (p50 / 2) + 0.45 * ((p50 + p95) / 2) + 0.04 * ((p95 + p99) / 2) + 0.01 * ((p99 + 2 * p99) / 2);
}

/** The buckets of a histogram, cumulative, the last being all: the text of `le` and the share. */
export function bucketsOf(quantiles: Quantiles, bounds: readonly number[]): readonly (readonly [le: string, share: number])[] {
  return [...bounds.map((bound): readonly [string, number] => [String(bound), shareWithin(quantiles, bound)]), ['+Inf', 1]];
}
