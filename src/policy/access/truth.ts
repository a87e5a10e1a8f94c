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

export function truthOf(holds: boolean): Truth {
  return holds ? YES : NO;
}

export function not(value: Truth): Truth {
  if (value.tag === 'unknown') return value;
  return truthOf(value.tag === 'no');
}

/** One `yes` decides, whatever is unknown beside it; what comes after it is not tested. */
export function anyOf<Item>(items: readonly Item[], test: (item: Item) => Truth): Truth {
  return decide('yes', items, test);
}

/** One `no` decides, whatever is unknown beside it; what comes after it is not tested. */
export function allOf<Item>(items: readonly Item[], test: (item: Item) => Truth): Truth {
  return decide('no', items, test);
}

/** The same of what is worked out already. */
export function any(...truths: readonly Truth[]): Truth {
  return anyOf(truths, (truth) => truth);
}

/** The same of what is worked out already. */
export function all(...truths: readonly Truth[]): Truth {
  return allOf(truths, (truth) => truth);
}

function decide<Item>(decisive: 'yes' | 'no', items: readonly Item[], test: (item: Item) => Truth): Truth {
  let doubts: readonly string[] | undefined;
  for (const item of items) {
    const value = test(item);
    if (value.tag === decisive) return value;
    if (value.tag === 'unknown') doubts = doubts === undefined ? value.on : [...doubts, ...value.on];
  }
  return doubts === undefined ? truthOf(decisive === 'no') : unknown(...new Set(doubts));
}
