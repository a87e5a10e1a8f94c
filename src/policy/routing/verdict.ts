/** What a condition says of a request. `unknown`: it cannot be told from what is here, and nothing is guessed. */
export type Verdict =
  | { readonly tag: 'yes' }
  | { readonly tag: 'no'; readonly because: string }
  | { readonly tag: 'unknown'; readonly because: string };

export const YES: Verdict = { tag: 'yes' };

export function no(because: string): Verdict {
  return { tag: 'no', because };
}

export function unknown(because: string): Verdict {
  return { tag: 'unknown', because };
}

/** Conditions that must hold together: one `no` decides, whatever is unknown beside it. */
export function all(verdicts: Iterable<Verdict>): Verdict {
  let doubt: Verdict | undefined;
  for (const verdict of verdicts) {
    if (verdict.tag === 'no') return verdict;
    if (verdict.tag === 'unknown') doubt ??= verdict;
  }
  return doubt ?? YES;
}
