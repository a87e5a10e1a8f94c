import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashBytes, hashText } from '../../../src/lib/hash.ts';

describe('hashText', () => {
  it('names the same text the same in every build: instances of two releases share a store', () => {
    expect(hashText('')).toBe('ba83c31a102ed048');
    expect(hashText('mesh')).toBe('bd283f71af638082');
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

  it('is the same wherever the bytes lie in memory, and looks at all of them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(7), fc.nat(), (bytes, offset, place) => {
        const memory = new Uint8Array(bytes.length + offset + 5).fill(0xee);
        memory.set(bytes, offset);
        const view = memory.subarray(offset, offset + bytes.length);
        const before = hashBytes(view);
        expect(before).toBe(hashBytes(bytes));
        const at = place % bytes.length;
        view[at] = (bytes[at] ?? 0) ^ 1;
        expect(hashBytes(view)).not.toBe(before);
      }),
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
