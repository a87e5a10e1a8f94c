import { listAt } from '../lib/group.ts';
import type { Labels } from './membership.ts';

export {
  type Expression,
  type LabelSelector,
  meets,
  readLabelSelector,
} from '../policy/objects/label-selector.ts';

/** A set of `label=value` requirements, all of which must hold; empty selects nothing (that is a Service's rule, not a policy's). */
export type Selector = readonly (readonly [label: string, value: string])[];

/**
 * Prepares objects of one namespace to be found by selector: one index from `label=value` to the objects that bear it, so that a selector costs the
 * objects under its rarest requirement and not all of them. The index is made when something is looked for. Order is kept.
 */
export function indexByLabels<Item>(items: readonly Item[], labelsOf: (item: Item) => Labels): (selector: Selector) => readonly Item[] {
  let made: ReadonlyMap<string, readonly Item[]> | undefined;
  return (selector) => {
    if (selector.length === 0) return [];
    made ??= indexOf(items, labelsOf);
    const index = made;
    let rarest: readonly Item[] | undefined;
    for (const [label, value] of selector) {
      const found = index.get(`${label}=${value}`) ?? [];
      if (rarest === undefined || found.length < rarest.length) rarest = found;
    }
    if (rarest === undefined || selector.length === 1) return rarest ?? [];
    return rarest.filter((item) => {
      const labels = labelsOf(item);
      return selector.every(([label, value]) => labels[label] === value);
    });
  };
}

/** Neither a label's name nor its value can contain `=`. */
function indexOf<Item>(items: readonly Item[], labelsOf: (item: Item) => Labels): ReadonlyMap<string, readonly Item[]> {
  const index = new Map<string, Item[]>();
  for (const item of items) for (const [label, value] of Object.entries(labelsOf(item))) listAt(index, `${label}=${value}`).push(item);
  return index;
}
