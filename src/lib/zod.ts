/**
 * zod as the component uses it: `zod/mini`, whose schemas take far less heap than the classic API's (decisions/006). Nothing else in `src` imports zod.
 * `z` has no part that makes code at run time: that is in the classic objects alone.
 */
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

// zod/mini has no messages of its own; these are those of the classic API.
z.config(en());

export { z };

/** The schema with a description for readers of its JSON Schema. The schema itself stays as it was, so that a shared one can be described in many ways. */
export function described<Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema {
  // Not z.describe(), which zod runs as a check on every value: that makes a schema three times as large.
  const copy = schema.clone(schema.def);
  z.globalRegistry.add(copy, { ...z.globalRegistry.get(schema), description });
  return copy;
}

/** A string whose length, in UTF-16 code units, is within limits. */
export function limitedText({ min, max }: { readonly min?: number; readonly max: number }): z.ZodMiniString {
  const least = min === undefined ? [] : [z.minLength(min)];
  // Made at once: z.string().check() would keep the string without limits alive beside this one.
  return new z.ZodMiniString({ type: 'string', checks: [...least, z.maxLength(max)] });
}

/** An array whose length is within limits. */
export function limitedList<Item extends z.ZodMiniType>(
  item: Item,
  { min, max }: { readonly min?: number; readonly max: number },
): z.ZodMiniArray<Item> {
  const least = min === undefined ? [] : [z.minLength(min)];
  const list = z.array(item);
  return list.clone({ ...list.def, checks: [...least, z.maxLength(max)] });
}
