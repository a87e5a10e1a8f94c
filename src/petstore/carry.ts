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
 */
export function carry(value: unknown): Carried {
  let inexact = false;
  const walk = (inner: unknown, depth: number): unknown => {
    if (inner === null || depth > MAX_DEPTH) return undefined;
    if (typeof inner === 'number' && Math.abs(inner) > Number.MAX_SAFE_INTEGER) {
      inexact = true;
      return undefined;
    }
    if (Array.isArray(inner)) return inner.map((item) => walk(item, depth + 1));
    if (!isObject(inner)) return inner;
    return Object.fromEntries(
      Object.entries(inner)
        .map(([key, member]) => [key, walk(member, depth + 1)] as const)
        .filter(([, member]) => member !== undefined),
    );
  };
  return { value: walk(value, 0), inexact };
}
