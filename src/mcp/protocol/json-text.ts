/** What a request body turned out to be. */
export type ParsedJson =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'syntax' }
  | { readonly kind: 'too-deep' }
  | { readonly kind: 'forbidden-key' };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BYTE_ORDER_MARK = '\ufeff';

/**
 * Parses JSON from a caller. Nesting is counted on the text first, so that no parser has to recurse deeper than `maxDepth`; an
 * object with a key `__proto__` is refused, so that copying what came in can never change a prototype.
 */
export function parseJson(text: string, maxDepth: number): ParsedJson {
  // RFC 8259, section 8.1: a parser may ignore a byte order mark; Windows shells like to send one.
  const json = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  if (!staysWithin(json, maxDepth)) return { kind: 'too-deep' };
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { kind: 'syntax' };
  }
  // The key can only be there if the text spells it out or hides some of it behind \u escapes.
  const suspicious = json.includes('__proto__') || json.includes('\\u00');
  return suspicious && hasPrototypeKey(value) ? { kind: 'forbidden-key' } : { kind: 'value', value };
}

/** Whether brackets outside of strings nest no deeper than `maxDepth`. Says nothing about malformed text beyond that. */
export function staysWithin(json: string, maxDepth: number): boolean {
  if (json.length <= maxDepth) return true;
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    switch (json.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(json, i);
        break;
      case 0x7b:
      case 0x5b:
        if (++depth > maxDepth) return false;
        break;
      case 0x7d:
      case 0x5d:
        depth--;
        break;
    }
  }
  return true;
}

/** Where the string that opens at `start` closes; the text's end where it does not. Native search: uploads are one long string. */
function endOfString(json: string, start: number): number {
  let end = start;
  for (;;) {
    end = json.indexOf('"', end + 1);
    if (end < 0) return json.length;
    let backslashes = 0;
    while (json.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}

/** Recursion is bounded: the value's depth was checked. */
function hasPrototypeKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(hasPrototypeKey);
  return Object.keys(value).includes('__proto__') || Object.values(value).some(hasPrototypeKey);
}
