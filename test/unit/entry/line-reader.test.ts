import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineReader } from '../../../src/entry/host/line-reader.ts';

const text = (line: Uint8Array | 'too-long' | undefined) => (line instanceof Uint8Array ? Buffer.from(line).toString() : line);

function cut(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const edges = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
}

describe('LineReader', () => {
  it('finds the same lines however the input is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' }).map((line) => line.replaceAll('\n', ''))),
        fc.array(fc.nat()),
        (lines, places) => {
          const reader = new LineReader(10_000);
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          expect(
            cut(bytes, places)
              .flatMap((piece) => reader.push(piece))
              .map(text),
          ).toEqual(lines);
          expect(reader.end()).toBeUndefined();
        },
      ),
    );
  });

  it('gives a last line without a line feed at the end', () => {
    const reader = new LineReader(100);
    expect(reader.push(Buffer.from('one\ntwo')).map(text)).toEqual(['one']);
    expect(text(reader.end())).toBe('two');
  });

  it('drops a line beyond the limit, whole and once, and goes on', () => {
    const reader = new LineReader(3);
    const pieces = ['123\n12', '34', '56789', '\n12\n', '4444'].map((piece) => Buffer.from(piece));
    expect(pieces.flatMap((piece) => reader.push(piece)).map(text)).toEqual(['123', 'too-long', '12']);
    expect(reader.end()).toBe('too-long');
  });
});
