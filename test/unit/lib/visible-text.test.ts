import { describe, expect, it } from 'vitest';
import { visibleText } from '../../../src/lib/visible-text.ts';

describe('a text in which nothing is hidden', () => {
  it('leaves plain text of every script as it is', () => {
    for (const text of ['', 'spec.rules[0] = "a b"', 'Grüße, мир, 世界, 🐈']) expect(visibleText(text)).toBe(text);
  });

  it.each([
    ['a line separator', 'a\u2028b', 'a\\u2028b'],
    ['a turn of the direction', 'a\u202eb', 'a\\u202eb'],
    ['a space without width', 'a\u200bb', 'a\\u200bb'],
    ['tags, which spell words that nobody sees', 'a\u{e0041}', 'a\\udb40\\udc41'],
    ['a variation selector', 'a\ufe0f', 'a\\ufe0f'],
    ['a Mongolian one', 'a\u180b', 'a\\u180b'],
    ['half a pair', 'a\ud83d', 'a\\ud83d'],
    ['a control character', 'a\u009b', 'a\\u009b'],
  ])('shows %s', (_what, text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });

  it('has no format characters, controls or separators of lines, of all that Unicode has, and is shown as it is itself', () => {
    const CODE_POINTS = 0x110000;
    const CHUNK = 0x1000;
    for (let from = 0; from < CODE_POINTS; from += CHUNK) {
      const shown = visibleText(String.fromCodePoint(...Array.from({ length: CHUNK }, (_, place) => from + place)));
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
      expect(visibleText(shown)).toBe(shown);
    }
  });
});
