/** JSON from outside: a value, or why there is none. */
export type BoundedJson = { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'syntax' } | { readonly kind: 'too-deep' };

/**
 * Deeper than any answer of an upstream and anything that we store. A parser recurses once a level, and in a WebAssembly host it cannot catch the end
 * of its stack: some three thousand levels end the instance with a trap.
 */
export const MAX_FOREIGN_DEPTH = 500;

/** Parses JSON that nests no deeper than `maxDepth`; never throws. What the parser says of bad text may quote it, so it goes nowhere. */
export function parseBounded(json: string, maxDepth: number = MAX_FOREIGN_DEPTH): BoundedJson {
  if (!staysWithin(json, maxDepth)) return { kind: 'too-deep' };
  try {
    return { kind: 'value', value: JSON.parse(json) };
  } catch {
    return { kind: 'syntax' };
  }
}

/** A string with its quotes, or one that never closes: so it matches at every quote, and no text makes it start over and over. */
const STRINGS = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"?/g;

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** How much is looked at in one native step. */
const CHUNK = 1024;

/**
 * Whether brackets outside of strings nest no deeper than `maxDepth`, up to the first error in malformed text. Native functions count whole chunks; a loop
 * over characters, ten times as slow in QuickJS, is left for a chunk that might go too deep.
 */
export function staysWithin(json: string, maxDepth: number): boolean {
  if (json.length <= maxDepth) return true;
  const bare = json.replace(STRINGS, '');
  let depth = 0;
  for (let at = 0; at < bare.length; at += CHUNK) {
    const chunk = bare.slice(at, at + CHUNK);
    const opening = count(chunk, '{') + count(chunk, '[');
    if (depth + opening > maxDepth && deepest(chunk, depth) > maxDepth) return false;
    depth += opening - count(chunk, '}') - count(chunk, ']');
  }
  return true;
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

/** The deepest level within a text that begins at `depth`. */
function deepest(text: string, depth: number): number {
  let level = depth;
  let most = depth;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === OPEN_BRACE || character === OPEN_BRACKET) most = Math.max(most, ++level);
    else if (character === CLOSE_BRACE || character === CLOSE_BRACKET) level--;
  }
  return most;
}
