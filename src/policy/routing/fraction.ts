/** An exact share of all requests, in lowest terms: `{numerator: 9, denominator: 10}`. */
export interface Fraction {
  readonly numerator: number;
  readonly denominator: number;
}

export const WHOLE: Fraction = { numerator: 1, denominator: 1 };

/** Both are whole numbers, the denominator above zero. */
export function fraction(numerator: number, denominator: number): Fraction {
  const divisor = greatestCommonDivisor(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

/** The share that each weight has of their sum, which is not zero. */
export function sharesOf(weights: readonly number[]): readonly Fraction[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => fraction(weight, sum));
}

/** How finely Envoy divides a percentage. */
const MILLION = 1_000_000;

/**
 * The share that Envoy makes of Istio's percentage: in millionths, what is finer being cut off (istio, pilot/pkg/networking/core/route:
 * `translatePercentToFractionalPercent`). Undefined for what is no percentage.
 */
export function percentage(percent: number): Fraction | undefined {
  if (!(percent >= 0 && percent <= 100)) return undefined;
  return fraction(Math.trunc(percent * 10_000), MILLION);
}

function greatestCommonDivisor(a: number, b: number): number {
  let [larger, smaller] = [a, b];
  while (smaller !== 0) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}
