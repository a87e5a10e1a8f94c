import type { Json } from './json.ts';

/**
 * JSON with one spelling for each value: object keys sorted by UTF-16 code units, no spaces, numbers and strings as JSON.stringify writes
 * them (the rules of RFC 8785). Equal values give equal texts, whatever order their keys were set in. Keys that hold undefined are left
 * out, as JSON.stringify does. Recurses as deep as the value is nested.
 */
export function canonicalJson(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(',')}}`;
}

// Array.isArray does not narrow a readonly array out of a union.
function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
