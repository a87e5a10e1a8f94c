import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCursor, writeCursor } from '../../../../../src/mcp/tools/graph/inputs.ts';

const position = fc.string({ unit: fc.constantFrom(...'abz019/>.- %') });

describe('a cursor', () => {
  it('gives its position to the query that it was made for', () => {
    fc.assert(
      fc.property(position, fc.array(fc.jsonValue()), (at, query) => {
        expect(readCursor(writeCursor(at, query), query)).toBe(at);
      }),
    );
  });

  it('is refused by any other', () => {
    fc.assert(
      fc.property(position, fc.array(fc.jsonValue()), fc.array(fc.jsonValue()), (at, query, other) => {
        fc.pre(JSON.stringify(query) !== JSON.stringify(other));
        expect(() => readCursor(writeCursor(at, query), other)).toThrow('cursor: not one that this query gave.');
      }),
    );
  });

  it('is refused when anything of it was changed', () => {
    fc.assert(
      fc.property(position, fc.nat(), fc.constantFrom(...'a0/>.'), (at, place, character) => {
        const cursor = writeCursor(at, ['q']);
        const changed = cursor.slice(0, place % cursor.length) + character + cursor.slice((place % cursor.length) + 1);
        fc.pre(changed !== cursor);
        expect(() => readCursor(changed, ['q'])).toThrow('cursor: not one that this query gave.');
      }),
    );
  });
});
