import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteLength, decodePortably, decodeUtf8, encodePortably, encodeUtf8 } from '../../../src/lib/utf8.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
);
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  // Mostly lead and continuation bytes, so that truncated and overlong sequences are common.
  fc
    .array(fc.constantFrom(0x41, 0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xa0, 0x9f, 0xed, 0xf0, 0x90, 0xf4, 0x8f, 0xff), { maxLength: 40 })
    .map((bytes) => Uint8Array.from(bytes)),
);
const reference = new TextDecoder('utf-8', { ignoreBOM: true });

describe('the portable UTF-8 codec', () => {
  it('encodes as TextEncoder does, lone surrogates included', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect([...encodePortably(text)]).toEqual([...new TextEncoder().encode(text)]);
        expect(byteLength(text)).toBe(encodePortably(text).length);
      }),
    );
  });

  it('decodes as TextDecoder does, malformed bytes included', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(decodePortably(bytes)).toBe(reference.decode(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  it('brings long texts back whole, across the pieces it decodes in', () => {
    const text = `${'a'.repeat(5000)}€${'😀'.repeat(5000)}z`;
    expect(decodePortably(encodePortably(text))).toBe(text);
  });

  it('finds the one byte that is not ASCII, wherever it stands and wherever the bytes lie in memory', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9000 }),
        fc.nat(),
        fc.nat(7),
        fc.constantFrom('é', '€', '😀'),
        (length, place, offset, character) => {
          const at = place % length;
          const text = `${'a'.repeat(at)}${character}${'b'.repeat(length - at)}`;
          const encoded = new TextEncoder().encode(text);
          const memory = new Uint8Array(encoded.length + offset + 3).fill(0xff);
          memory.set(encoded, offset);
          expect(decodePortably(memory.subarray(offset, offset + encoded.length))).toBe(text);
          const cut = encoded.slice(0, at + 1);
          expect(decodePortably(cut)).toBe(reference.decode(cut));
          const alone = new Uint8Array(length).fill(0x61);
          alone[at] = 0x80;
          expect(decodePortably(alone)).toBe(reference.decode(alone));
        },
      ),
    );
  });

  it('is what the engine’s own codec is, where there is one', () => {
    expect(decodeUtf8(encodeUtf8('ä€😀\ufeff'))).toBe('ä€😀\ufeff');
  });
});
