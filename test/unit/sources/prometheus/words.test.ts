import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_WORDS, quotable } from '../../../../src/sources/prometheus/words.ts';

/** Any UTF-16 at all, halves of surrogate pairs included; mostly of the kind that has to be looked at. */
const anyText = (maxLength: number) =>
  fc
    .array(fc.oneof(fc.nat(0x2ff), fc.integer({ min: 0x2000, max: 0x2070 }), fc.integer({ min: 0xd700, max: 0xe000 }), fc.nat(0xffff)), {
      maxLength,
    })
    .map((units) => String.fromCharCode(...units));

describe('quotable', () => {
  it('keeps what a parser says of a query', () => {
    const words = 'invalid parameter "query": 1:5: parse error: unexpected end of input';
    expect(quotable(words, [])).toBe(words);
    expect(quotable('naïve 猫 🐈', [])).toBe('naïve 猫 🐈');
  });

  it('makes one line of many, without anything that controls a terminal or the direction of text', () => {
    expect(quotable('a\r\n\tb\x1b[31mc\x00d\u2028e\u202ef\u200bg\x9bh', [])).toBe('a b [31mc d e f g h');
    expect(quotable('half a pair \ud83d here', [])).toBe('half a pair here');
    expect(quotable(' \n ', [])).toBe('');
    expect(quotable('“out of the quotation”', [])).toBe('"out of the quotation"');
  });

  it('cuts long words, and never within a character', () => {
    expect(quotable('x'.repeat(1000), [])).toBe(`${'x'.repeat(MAX_WORDS - 1)}…`);
    expect(quotable(`${'x'.repeat(MAX_WORDS - 2)}🐈🐈`, [])).toBe(`${'x'.repeat(MAX_WORDS - 2)}…`);
  });

  it('never repeats a secret, even where one holds another', () => {
    expect(quotable('bad header: Bearer s3cret-longer', ['s3cret', 's3cret-longer'])).toBe('bad header: Bearer [secret]');
    expect(quotable('s3cret s3cret', ['s3cret'])).toBe('[secret] [secret]');
  });

  it('holds all of this for any text', () => {
    const secret = fc.string({ unit: fc.constantFrom(...'XYZ012'), minLength: 4, maxLength: 12 });
    fc.assert(
      fc.property(anyText(100), anyText(250), secret, (before, after, hidden) => {
        const words = quotable(`${before}${hidden}${after}`, [hidden]);
        expect(words.length).toBeLessThanOrEqual(MAX_WORDS);
        expect(words.includes(hidden)).toBe(false);
        expect([...words].filter((character) => character < ' ' || (character >= '\x7f' && character < '\xa0'))).toEqual([]);
        expect(words.isWellFormed()).toBe(true);
      }),
    );
  });
});
