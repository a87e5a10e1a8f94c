import { type BoundedJson, parseBounded } from '../../lib/json-text.ts';

/** What a request body turned out to be. */
export type ParsedJson = BoundedJson | { readonly kind: 'forbidden-key' };

const BYTE_ORDER_MARK = '\ufeff';

/**
 * Parses JSON from a caller. An object with a key `__proto__` is refused, so that copying what came in can never change a prototype.
 */
export function parseJson(text: string, maxDepth: number): ParsedJson {
  // RFC 8259, section 8.1: a parser may ignore a byte order mark; Windows shells like to send one.
  const json = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  const parsed = parseBounded(json, maxDepth);
  if (parsed.kind !== 'value') return parsed;
  // The key can only be there if the text spells it out or hides some of it behind \u escapes.
  const suspicious = json.includes('__proto__') || json.includes('\\u00');
  return suspicious && hasPrototypeKey(parsed.value) ? { kind: 'forbidden-key' } : parsed;
}

/** Recursion is bounded: the value's depth was checked. */
function hasPrototypeKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(hasPrototypeKey);
  return Object.keys(value).includes('__proto__') || Object.values(value).some(hasPrototypeKey);
}
