import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64, encodeBase64, encodedLength } from '../../../src/lib/base64.ts';

describe('encodeBase64', () => {
  it('writes what Buffer writes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
      }),
    );
  });
});

describe('decodeBase64', () => {
  it('undoes what Buffer encodes, byte for byte', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(text).toHaveLength(encodedLength(bytes.length));
        expect(decodeBase64(text)).toEqual(bytes);
      }),
    );
  });

  it('takes exactly the texts that are the encoding of their bytes', () => {
    const almost = fc.string({ unit: fc.constantFrom(...'AZaz09+/=-_ \n'), maxLength: 12 });
    fc.assert(
      fc.property(almost, (text) => {
        const canonical = Buffer.from(text, 'base64').toString('base64') === text;
        expect(decodeBase64(text) !== undefined).toBe(canonical);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['A', 'AA', 'AAA', 'AA=A', '====', 'A===', 'AB==', 'AAB=', 'AA A', 'AA-_', 'data:;base64,AAAA', 'AAA€', 'ÿÿÿÿ'])(
    'refuses %j',
    (text) => {
      expect(decodeBase64(text)).toBeUndefined();
    },
  );

  it('takes any text without throwing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        decodeBase64(text);
      }),
    );
    expect(decodeBase64('')).toEqual(new Uint8Array(0));
  });
});
