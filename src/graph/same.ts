/** Whether two JSON values are equal, whatever the order of members. What is the same object is not looked into. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, place) => same(item, b[place]));
  if (Array.isArray(b)) return false;
  const entries = Object.entries(a);
  // The cast says what the checks above found out.
  const others = b as Readonly<Record<string, unknown>>;
  return entries.length === Object.keys(b).length && entries.every(([key, value]) => Object.hasOwn(b, key) && same(value, others[key]));
}
