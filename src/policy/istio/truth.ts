/**
 * What a condition says of a call: three values, after Kleene. Unlike `routing/verdict.ts`, which keeps one reason, an unknown keeps all that it depends on,
 * since an answer names them.
 */
export type Truth =
  | { readonly tag: 'yes' }
  | { readonly tag: 'no' }
  /** Phrases such as `the client's address`. */
  | { readonly tag: 'unknown'; readonly on: readonly string[] };

export const YES: Truth = { tag: 'yes' };
export const NO: Truth = { tag: 'no' };

export function unknown(...on: readonly string[]): Truth {
  return { tag: 'unknown', on };
}

export function truth(value: boolean): Truth {
  return value ? YES : NO;
}

export function not(value: Truth): Truth {
  if (value.tag === 'unknown') return value;
  return value.tag === 'yes' ? NO : YES;
}

/** One `yes` decides, whatever is unknown beside it. */
export function anyOf<Item>(items: readonly Item[], test: (item: Item) => Truth): Truth {
  let doubts: readonly string[] | undefined;
  for (const item of items) {
    const value = test(item);
    if (value.tag === 'yes') return value;
    if (value.tag === 'unknown') doubts = doubts === undefined ? value.on : [...doubts, ...value.on];
  }
  return doubts === undefined ? NO : unknown(...new Set(doubts));
}

/** One `no` decides, whatever is unknown beside it. */
export function allOf<Item>(items: readonly Item[], test: (item: Item) => Truth): Truth {
  let doubts: readonly string[] | undefined;
  for (const item of items) {
    const value = test(item);
    if (value.tag === 'no') return value;
    if (value.tag === 'unknown') doubts = doubts === undefined ? value.on : [...doubts, ...value.on];
  }
  return doubts === undefined ? YES : unknown(...new Set(doubts));
}
