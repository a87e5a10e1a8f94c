import { isObject, type JsonObject } from '../../../lib/json.ts';
import { Malformed, objectAt } from '../decode/fields.ts';
import { keepConditions, keepParents } from './conditions.ts';

/** Deeper than any of the CustomResourceDefinitions nests. */
const MAX_DEPTH = 32;
/** About the length of its JSON. Few policies of thousands of rules come near; the store splits a namespace at twice this. */
const MAX_SIZE = 100_000;

/**
 * A policy or a route: its spec whole, because its meaning is judged elsewhere, but bounded in size and nesting; of its status the conditions, its parents'
 * and its own. Throws `Malformed`.
 */
export function keepPolicy(item: Record<string, unknown>): { readonly spec: JsonObject; readonly status?: JsonObject } {
  const spec = objectAt(item, 'spec', 'spec');
  if (sizeOf(spec, MAX_DEPTH, MAX_SIZE) > MAX_SIZE) throw new Malformed('spec', `shorter than ${MAX_SIZE} characters`);
  const status = isObject(item.status) ? item.status : {};
  const kept: JsonObject = { ...keepParents(status), ...keepConditions(status) };
  // What came from JSON is JSON.
  return { spec: spec as JsonObject, ...(Object.keys(kept).length === 0 ? {} : { status: kept }) };
}

/** What a value takes as JSON, about; counting stops a little beyond `most`. */
function sizeOf(value: unknown, depth: number, most: number): number {
  if (typeof value === 'string') return value.length + 3;
  if (typeof value !== 'object' || value === null) return 6;
  if (depth === 0) throw new Malformed('spec', `nested less than ${MAX_DEPTH} levels deep`);
  let size = 2;
  if (Array.isArray(value)) {
    for (const item of value) {
      size += sizeOf(item, depth - 1, most - size);
      if (size > most) break;
    }
    return size;
  }
  for (const [key, member] of Object.entries(value)) {
    size += key.length + 3 + sizeOf(member, depth - 1, most - size);
    if (size > most) break;
  }
  return size;
}
