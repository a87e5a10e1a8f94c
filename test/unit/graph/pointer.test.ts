import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPointer, writePointer } from '../../../src/graph/pointer.ts';

describe('JSON pointers', () => {
  // RFC 6901, section 5.
  it.each([
    ['', []],
    ['/foo', ['foo']],
    ['/', ['']],
    ['/a~1b', ['a/b']],
    ['/m~0n', ['m~n']],
    ['/~01', ['~1']],
    ['/foo/0', ['foo', '0']],
  ])('reads %s', (pointer, keys) => {
    expect(readPointer(pointer)).toEqual(keys);
    expect(writePointer(keys)).toBe(pointer);
  });

  it('come back', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom('~', '/', '~0', '~1', ''))), (keys) => {
        expect(readPointer(writePointer(keys))).toEqual(keys);
      }),
    );
  });

  it('are not read from other texts', () => {
    for (const text of ['a', 'a/b', '/~', '/~2', '/a~']) expect(readPointer(text), text).toBeUndefined();
  });
});
