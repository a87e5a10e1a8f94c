import { isObject } from '../lib/json.ts';

/** A value read from JSON, made fit for our schemas. */
export interface Carried {
  readonly value: unknown;
  /** A number was too large to be exact and was left out. */
  readonly inexact: boolean;
}

/** Nothing of the API nests deeper than a list of pets with tags. */
const MAX_DEPTH = 8;

/**
 * A value from JSON without nulls, which stand for absent members on this API, and without numbers too large to be exact: JSON.parse has rounded them
 * already, and an id that is wrong is worse than none. What nests deeper than anything of the API is left out too.
 *
 * Changes the value in place: it was parsed for this, and in QuickJS a copy costs four times as much.
 */
export function carry(value: unknown): Carried {
  let inexact = false;
  const isLost = (inner: unknown, depth: number): boolean => {
    if (inner === null || depth > MAX_DEPTH) return true;
    if (typeof inner === 'number') {
      const isExact = Math.abs(inner) <= Number.MAX_SAFE_INTEGER;
      inexact ||= !isExact;
      return !isExact;
    }
    // A lost item keeps its place, or the items behind it would change theirs.
    if (Array.isArray(inner)) for (let at = 0; at < inner.length; at++) inner[at] = isLost(inner[at], depth + 1) ? undefined : inner[at];
    else if (isObject(inner)) for (const key in inner) if (isLost(inner[key], depth + 1)) delete inner[key];
    return false;
  };
  const lost = isLost(value, 0);
  return { value: lost ? undefined : value, inexact };
}
