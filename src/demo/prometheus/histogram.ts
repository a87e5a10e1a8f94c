/** How many observations are at most `upperBound`, a second. */
export interface Bucket {
  readonly upperBound: number;
  readonly count: number;
}

/**
 * `histogram_quantile` for classic histograms: linear within a bucket, the last finite bound where it falls beyond it (Prometheus, promql/quantile.go,
 * `BucketQuantile`). NaN where there are no observations or no `+Inf` bucket.
 */
export function bucketQuantile(quantile: number, buckets: readonly Bucket[]): number {
  if (Number.isNaN(quantile)) return Number.NaN;
  if (quantile < 0) return Number.NEGATIVE_INFINITY;
  if (quantile > 1) return Number.POSITIVE_INFINITY;
  const sorted = monotonic(coalesce(buckets.toSorted((a, b) => a.upperBound - b.upperBound)));
  const last = sorted.at(-1);
  const secondLast = sorted.at(-2);
  if (last === undefined || secondLast === undefined || last.upperBound !== Number.POSITIVE_INFINITY || last.count === 0) return Number.NaN;
  const rank = quantile * last.count;
  const place = sorted.findIndex(({ count }) => count >= rank);
  const bucket = sorted[place];
  if (bucket === undefined || bucket === last) return secondLast.upperBound;
  const below = sorted[place - 1];
  if (below === undefined && bucket.upperBound <= 0) return bucket.upperBound;
  const { upperBound: start, count: before } = below ?? { upperBound: 0, count: 0 };
  return start + (bucket.upperBound - start) * ((rank - before) / (bucket.count - before));
}

/** Buckets of the same bound are one. */
function coalesce(sorted: readonly Bucket[]): readonly Bucket[] {
  const merged = new Map<number, number>();
  for (const { upperBound, count } of sorted) merged.set(upperBound, (merged.get(upperBound) ?? 0) + count);
  return [...merged].map(([upperBound, count]) => ({ upperBound, count }));
}

/** A count below the one before it is that one: it comes from rounding. */
function monotonic(sorted: readonly Bucket[]): readonly Bucket[] {
  let most = 0;
  return sorted.map(({ upperBound, count }) => {
    most = Math.max(most, count);
    return { upperBound, count: most };
  });
}
