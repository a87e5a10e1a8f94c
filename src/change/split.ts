/** How calls are split between the backends of a rule: weights, which count relative to their sum. */
export type Weights = readonly number[];

/** What a step comes to. */
export interface Step {
  readonly weights: Weights;
  /** Whether these are the weights that were wanted, in the same proportion. */
  readonly last: boolean;
}

/** Steps are counted in hundredths of all calls. */
const WHOLE = 100;

/** The share of each weight, 0 to 1. Nothing goes anywhere where all are 0. */
export function sharesOf(weights: Weights): readonly number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => (sum === 0 ? 0 : weight / sum));
}

/**
 * The next weights on the way from one split to another, so that no share moves by more than `most` hundredths of all calls (1 to 100), give or take one for rounding.
 * Weights on the way add up to 100; the last step has exactly the weights that were wanted. Each step gets nearer, so the way ends. Both lists have the same length, and
 * weights are whole numbers from 0.
 */
export function nextStep(from: Weights, to: Weights, most: number): Step {
  const [shares, goal] = [sharesOf(from), sharesOf(to)];
  const farthest = Math.max(...goal.map((share, place) => Math.abs(share - (shares[place] ?? 0))));
  // Where nothing goes anywhere, there is nothing to do step by step.
  if (farthest * WHOLE <= most + ROUNDING || shares.every((share) => share === 0)) return { weights: to, last: true };
  const part = most / WHOLE / farthest;
  const weights = rounded(goal.map((share, place) => ((shares[place] ?? 0) + part * (share - (shares[place] ?? 0))) * WHOLE));
  // Rounding must not make a step of no length.
  return weights.every((weight, place) => weight === Math.round((shares[place] ?? 0) * WHOLE))
    ? { weights: to, last: true }
    : { weights, last: false };
}

/** What floating point adds to a share. */
const ROUNDING = 1e-9;

/** Whole numbers of the same sum, which is 100: the largest rests are rounded up (the method of largest remainders). */
function rounded(parts: readonly number[]): Weights {
  const whole = parts.map((part) => Math.floor(part + ROUNDING));
  const missing = WHOLE - whole.reduce((sum, part) => sum + part, 0);
  const byRest = parts
    .map((part, place) => ({ place, rest: part - (whole[place] ?? 0) }))
    .sort((a, b) => b.rest - a.rest || a.place - b.place);
  const raised = new Set(byRest.slice(0, missing).map(({ place }) => place));
  return whole.map((part, place) => (raised.has(place) ? part + 1 : part));
}
