import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCounter } from '../../../src/lib/counter.ts';

const count = fc.integer({ min: 0, max: 2 ** 32 - 1 });

function eightBytes(value: number, littleEnd: boolean): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), littleEnd);
  return bytes;
}

describe('decodeCounter', () => {
  it('reads a counter however the host stores it', () => {
    fc.assert(
      fc.property(count, (value) => {
        expect(decodeCounter(new TextEncoder().encode(String(value)))).toBe(value);
        expect(decodeCounter(eightBytes(value, true))).toBe(value);
        expect(decodeCounter(eightBytes(value, false))).toBe(value);
      }),
    );
  });

  it('says of anything else that it is no counter', () => {
    for (const text of ['', 'abc', '1.5', '-1', '{"a":1}', '1'.repeat(21)]) {
      expect(decodeCounter(new TextEncoder().encode(text)), text).toBeUndefined();
    }
  });
});
