import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../../../src/lib/utf8.ts';
import { join, LineReader } from '../../../../src/sources/kubernetes/lines.ts';

function read(pieces: readonly Uint8Array[], maxLineBytes = 1_000) {
  const reader = new LineReader(maxLineBytes);
  return pieces.map((piece) => reader.push(piece));
}

describe('LineReader', () => {
  it('gives a line when its newline comes, and nothing for what follows the last one', () => {
    expect(read(['one\ntw', 'o', '\n\nthr', 'ee'].map(encodeUtf8))).toEqual([['one'], [], ['two', ''], []]);
  });

  it('does not mind where a text is cut', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', '')),
          { maxLength: 8 },
        ),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        (texts, cuts) => {
          const bytes = encodeUtf8(texts.map((text) => `${text}\n`).join(''));
          const pieces: Uint8Array[] = [];
          for (let at = 0, turn = 0; at < bytes.length; turn++) {
            const length = cuts[turn % cuts.length] ?? 1;
            pieces.push(bytes.subarray(at, at + length));
            at += length;
          }
          expect(read(pieces).flat()).toEqual(texts);
        },
      ),
    );
  });

  it('gives up on a line that is too long, whole or not', () => {
    expect(read([encodeUtf8('x'.repeat(10)), encodeUtf8('x')], 10)).toEqual([[], undefined]);
    expect(read([encodeUtf8(`${'x'.repeat(11)}\n`)], 10)).toEqual([undefined]);
    expect(read([encodeUtf8(`${'x'.repeat(10)}\n${'y'.repeat(10)}\n`)], 10)).toEqual([['x'.repeat(10), 'y'.repeat(10)]]);
    expect(read([encodeUtf8(`a\n${'y'.repeat(11)}`)], 10)).toEqual([undefined]);
  });

  it('costs what its bytes cost, however many pieces a line comes in', () => {
    const piece = encodeUtf8('x'.repeat(1_000));
    const reader = new LineReader(64_000_000);
    // Putting the line together anew for every piece would copy 200 GB, and outlast the test.
    for (let count = 0; count < 20_000; count++) reader.push(piece);
    expect(reader.push(encodeUtf8('\n'))?.[0]?.length).toBe(20_000_000);
  });
});

describe('join', () => {
  it('puts pieces together, and copies nothing for one', () => {
    const one = encodeUtf8('one');
    expect(join([one])).toBe(one);
    expect(join([])).toEqual(new Uint8Array());
    expect(join([one, encodeUtf8(''), encodeUtf8('two')])).toEqual(encodeUtf8('onetwo'));
  });
});
