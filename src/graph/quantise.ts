/** A rate below one in half an hour is nothing: what is left of a counter that stood still, and rounding. */
const LEAST_RATE = 0.0005;

/** Shares are told apart down to a hundredth of a percent. */
const SHARE_DECIMALS = 4;

/**
 * A rate, a number of bytes or milliseconds, to two significant digits: two readings of the same steady traffic should give the same figure. 0 below
 * 0.0005, and for what is no number: a negative one, NaN and the infinities, which PromQL gives for 0/0 and for a counter that began again.
 */
export function quantise(value: number): number {
  if (!Number.isFinite(value) || value < LEAST_RATE) return 0;
  // The largest numbers would be rounded up to infinity.
  return Math.min(Number(value.toPrecision(2)), Number.MAX_VALUE);
}

/**
 * A share, 0 to 1, to two significant digits of its distance from the nearer end, and to no more than four decimals: 0.99873 gives 0.9987, 0.4567 gives 0.46.
 * Two digits alone would not tell 99.9 % from 99 %.
 */
export function quantiseShare(share: number): number {
  if (!(share > 0)) return 0;
  if (share >= 1) return 1;
  const near = Math.min(share, 1 - share);
  const rounded = Number(Number(near.toPrecision(2)).toFixed(SHARE_DECIMALS));
  return share <= 0.5 ? rounded : Number((1 - rounded).toFixed(SHARE_DECIMALS));
}

/** `part` of `whole` as a share; undefined where there is no whole. */
export function shareOf(part: number, whole: number): number | undefined {
  return Number.isFinite(whole) && whole > 0 ? quantiseShare(part / whole) : undefined;
}
