import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { decodeCounter } from '../../src/lib/counter.ts';
import { encodeUtf8 } from '../../src/lib/utf8.ts';
import type { KeyValue } from '../../src/ports/keyvalue.ts';

const bytes = (text: string): Uint8Array => encodeUtf8(text);

/**
 * What every adapter of the keyvalue port must do. `makeStore` gives an empty store: a fresh bucket, or one that was emptied.
 */
export function describeKeyValue(name: string, makeStore: () => KeyValue | Promise<KeyValue>): void {
  describe(`keyvalue port: ${name}`, () => {
    let store: KeyValue;
    beforeEach(async () => {
      store = await makeStore();
    });

    it('begins empty', () => {
      expect(store.keys()).toEqual([]);
      expect(store.get('a')).toBeUndefined();
      expect(store.exists('a')).toBe(false);
    });

    it('gives back what was set, and the last value of two', () => {
      store.set('a', bytes('one'));
      expect(store.get('a')).toEqual(bytes('one'));
      expect(store.exists('a')).toBe(true);
      store.set('a', bytes('two'));
      expect(store.get('a')).toEqual(bytes('two'));
      expect(store.keys()).toEqual(['a']);
    });

    it('keeps an empty value apart from no value', () => {
      store.set('empty', new Uint8Array());
      expect(store.get('empty')).toEqual(new Uint8Array());
      expect(store.exists('empty')).toBe(true);
      expect(store.getMany(['empty', 'absent'])).toEqual([new Uint8Array(), undefined]);
    });

    it('deletes, and does not mind that nothing is there', () => {
      store.set('a', bytes('one'));
      store.delete('a');
      store.delete('a');
      expect(store.get('a')).toBeUndefined();
      expect(store.exists('a')).toBe(false);
      expect(store.keys()).toEqual([]);
      store.set('a', bytes('again'));
      expect(store.get('a')).toEqual(bytes('again'));
    });

    it('takes every character that a key may have, and keeps keys apart', () => {
      const keys = [
        'a',
        'A',
        'a/b',
        'a/b/c',
        'a.b',
        'a-b',
        'a_b',
        'a=b',
        '/a',
        '-',
        '_',
        '=',
        '0',
        'mesh/shard/00ff',
        `k${'x'.repeat(200)}`,
      ];
      keys.forEach((key, place) => {
        store.set(key, bytes(String(place)));
      });
      keys.forEach((key, place) => {
        expect(store.get(key), key).toEqual(bytes(String(place)));
      });
      expect([...store.keys()].sort()).toEqual([...keys].sort());
    });

    it('carries any bytes unchanged', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 2000 }), (value) => {
          store.set('bytes', value);
          expect(store.get('bytes')).toEqual(value);
        }),
        { numRuns: 25 },
      );
    });

    it('carries a value just under 256 KiB', () => {
      const value = Uint8Array.from({ length: 256 * 1024 - 1 }, (_, place) => (place * 31) % 251);
      store.set('large', value);
      expect(store.get('large')).toEqual(value);
      expect(store.getMany(['large'])).toEqual([value]);
    });

    it('copies: neither side changes what the other holds', () => {
      const mine = bytes('mine');
      store.set('a', mine);
      mine[0] = 0;
      expect(store.get('a')).toEqual(bytes('mine'));
      const got = store.get('a');
      if (got !== undefined) got[0] = 0;
      expect(store.get('a')).toEqual(bytes('mine'));
    });

    it('sends the bytes of a view, not those of the buffer under it', () => {
      const buffer = bytes('head-body-tail');
      store.set('view', buffer.subarray(5, 9));
      store.setMany([['views', buffer.subarray(10)]]);
      expect(store.get('view')).toEqual(bytes('body'));
      expect(store.get('views')).toEqual(bytes('tail'));
    });

    it('reads many where their keys stand, absent and repeated ones included', () => {
      store.setMany([
        ['a', bytes('1')],
        ['b', bytes('2')],
      ]);
      expect(store.getMany(['b', 'absent', 'a', 'b'])).toEqual([bytes('2'), undefined, bytes('1'), bytes('2')]);
      expect(store.getMany([])).toEqual([]);
    });

    it('writes and deletes many', () => {
      store.set('a', bytes('old'));
      store.setMany([
        ['a', bytes('new')],
        ['b', bytes('2')],
        ['c', bytes('3')],
      ]);
      expect(store.get('a')).toEqual(bytes('new'));
      store.deleteMany(['a', 'c', 'absent']);
      expect(store.keys()).toEqual(['b']);
      store.setMany([]);
      store.deleteMany([]);
      expect(store.keys()).toEqual(['b']);
    });

    it('lists every key once, beyond the pages of a thousand in which stores list them', () => {
      const keys = Array.from({ length: 1100 }, (_, place) => `page/${place}`);
      for (let at = 0; at < keys.length; at += 100) store.setMany(keys.slice(at, at + 100).map((key) => [key, bytes('x')] as const));
      expect([...store.keys()].sort()).toEqual([...keys].sort());
    });

    it('counts from nothing, and answers the sum', () => {
      expect(store.increment('count', 0)).toBe(0);
      expect(store.increment('count', 5)).toBe(5);
      expect(store.increment('count', 37)).toBe(42);
      expect(store.increment('other', 1)).toBe(1);
      expect(store.increment('count', 2 ** 40)).toBe(2 ** 40 + 42);
    });

    it('keeps a counter in a form that can be read', () => {
      store.increment('count', 258);
      store.increment('count', 7);
      expect(decodeCounter(store.get('count') ?? new Uint8Array())).toBe(265);
      expect(store.keys()).toEqual(['count']);
    });

    it('counts again from nothing after a deletion', () => {
      store.increment('count', 5);
      store.delete('count');
      expect(store.increment('count', 2)).toBe(2);
    });
  });
}
