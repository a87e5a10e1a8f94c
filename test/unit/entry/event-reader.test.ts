import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventReader } from '../../../src/entry/host/event-reader.ts';

describe('EventReader', () => {
  it('finds the same events however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.json()), fc.integer({ min: 1, max: 20 }), (values, size) => {
        const stream = values.map((value) => `event: message\ndata: ${value}\n\n`).join('');
        const reader = new EventReader();
        const pieces = Array.from({ length: Math.ceil(stream.length / size) }, (_, index) =>
          stream.slice(index * size, (index + 1) * size),
        );
        expect(pieces.flatMap((piece) => reader.push(piece))).toEqual(values);
      }),
    );
  });

  it('joins data lines, takes both line ends, and ignores comments and other fields', () => {
    const reader = new EventReader();
    expect(reader.push(': hello\r\nid: 1\r\ndata: a\r\ndata:b\r\n\r\nretry: 5\n\ndata: c\n\n')).toEqual(['a\nb', 'c']);
  });

  it('gives no event that has not ended', () => {
    const reader = new EventReader();
    expect(reader.push('data: half\n')).toEqual([]);
    expect(reader.push('\n')).toEqual(['half']);
  });
});
