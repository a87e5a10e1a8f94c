import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_FOREIGN_DEPTH, parseBounded, staysWithin } from '../../../src/lib/json-text.ts';

/** The rule, straight: a bracket outside of strings opens or closes a level. */
function depthOf(json: string): number {
  let depth = 0;
  let most = 0;
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (inString && character === '\\') at++;
    else if (character === '"') inString = !inString;
    else if (!inString && (character === '{' || character === '[')) most = Math.max(most, ++depth);
    else if (!inString && (character === '}' || character === ']')) depth--;
  }
  return most;
}

describe('staysWithin', () => {
  it('counts as the rule says, over any number of chunks and with anything in strings', () => {
    const piece = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      '"[[["',
      '"\\"]]"',
      '"\\\\"',
      ',1',
      `"${'x'.repeat(700)}"`,
      ' '.repeat(500),
      '[]'.repeat(300),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (pieces, maxDepth) => {
        const json = pieces.join('');
        if (json.length > maxDepth) expect(staysWithin(json, maxDepth)).toBe(depthOf(json) <= maxDepth);
      }),
      { numRuns: 500 },
    );
  });
});

describe('parseBounded', () => {
  it('parses what is flat enough, and says what is wrong with the rest', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(parseBounded('{"a":1}')).toEqual({ kind: 'value', value: { a: 1 } });
    expect(parseBounded('{"a":')).toEqual({ kind: 'syntax' });
    expect(parseBounded(nested(MAX_FOREIGN_DEPTH)).kind).toBe('value');
    expect(parseBounded(nested(MAX_FOREIGN_DEPTH + 1))).toEqual({ kind: 'too-deep' });
    expect(parseBounded('{"a":'.repeat(100_000))).toEqual({ kind: 'too-deep' });
  });
});
