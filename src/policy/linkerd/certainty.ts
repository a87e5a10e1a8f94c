/** Whether something holds for a call. `unsure`: that depends on what `on` names, a phrase each, and nothing is guessed. */
export type Certainty = { readonly tag: 'yes' } | { readonly tag: 'no' } | { readonly tag: 'unsure'; readonly on: readonly string[] };

export const YES: Certainty = { tag: 'yes' };
export const NO: Certainty = { tag: 'no' };

export function unsure(...on: readonly string[]): Certainty {
  return { tag: 'unsure', on };
}

export function when(holds: boolean): Certainty {
  return holds ? YES : NO;
}

/** Conditions that must hold together: one that does not decides, whatever is unsure beside it. */
export function every(conditions: readonly Certainty[]): Certainty {
  let on: Set<string> | undefined;
  for (const condition of conditions) {
    if (condition.tag === 'no') return NO;
    if (condition.tag === 'unsure') on = withAll(on, condition.on);
  }
  return on === undefined ? YES : unsure(...on);
}

/** Conditions of which one must hold: one that does decides. */
export function some(conditions: readonly Certainty[]): Certainty {
  let on: Set<string> | undefined;
  for (const condition of conditions) {
    if (condition.tag === 'yes') return YES;
    if (condition.tag === 'unsure') on = withAll(on, condition.on);
  }
  return on === undefined ? NO : unsure(...on);
}

function withAll(set: Set<string> | undefined, phrases: readonly string[]): Set<string> {
  return new Set([...(set ?? []), ...phrases]);
}
