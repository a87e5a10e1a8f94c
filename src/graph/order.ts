/** The sum, the same whatever order the numbers come in: floating-point addition is not associative. */
export function total(values: readonly number[]): number {
  let sum = 0;
  for (const value of values.length < 3 ? values : values.toSorted((a, b) => a - b)) sum += value;
  return sum;
}

/** The sum of rates as an upstream gives them: what is no number, or negative, is nothing. */
export function sumRates<Item>(items: readonly Item[], rateOf: (item: Item) => number): number {
  const rates: number[] = [];
  for (const item of items) {
    const rate = rateOf(item);
    if (rate > 0 && rate < Number.POSITIVE_INFINITY) rates.push(rate);
  }
  return total(rates);
}
