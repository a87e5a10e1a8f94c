import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashText } from '../../../src/lib/hash.ts';

describe('hashText', () => {
  it('names the same text the same, for ever: names in the store must outlive a release', () => {
    expect(hashText('')).toBe('02c4c42f6db807f9');
    expect(hashText('mesh')).toBe('f29afd59ae903a07');
    expect(hashText('mesh')).toBe(hashText(['me', 'sh'].join('')));
  });

  it('has no two names alike among many near texts', () => {
    const names = new Set<string>();
    for (let i = 0; i < 50_000; i++) names.add(hashText(`shop/service-${i}`));
    for (let i = 0; i < 2_000; i++) names.add(hashText('a'.repeat(i)));
    for (let i = 0; i < 2_000; i++) names.add(hashText(`${'a'.repeat(i)}b${'a'.repeat(2_000 - i)}`));
    expect(names.size).toBe(54_000);
  });

  it('tells every text from another', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => (a === b) === (hashText(a) === hashText(b))),
    );
  });

  it('tells a text from itself with a U+0000 at the end, and its halves swapped', () => {
    expect(hashText('ab\0')).not.toBe(hashText('ab'));
    expect(hashText('\0')).not.toBe(hashText(''));
    expect(hashText('abcd')).not.toBe(hashText('cdab'));
  });

  it('changes about half of its bits with any one bit of the text, in both halves', () => {
    const bits = (text: string) => BigInt(`0x${hashText(text)}`);
    let high = 0;
    let low = 0;
    const texts = Array.from({ length: 500 }, (_, i) => `service-${i}`);
    for (const text of texts) {
      const changed = bits(text) ^ bits(text.replace('s', 'r'));
      high += count(changed >> 32n);
      low += count(changed & 0xffffffffn);
    }
    expect(high / texts.length).toBeGreaterThan(15);
    expect(high / texts.length).toBeLessThan(17);
    expect(low / texts.length).toBeGreaterThan(15);
    expect(low / texts.length).toBeLessThan(17);
  });
});

function count(bits: bigint): number {
  return bits.toString(2).replace(/0/g, '').length;
}
