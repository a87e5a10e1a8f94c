import { describe, expect, it } from 'vitest';
import { memoryKeyValue } from '../../../../src/adapters/memory/keyvalue.ts';
import { describeKeyValue } from '../../../conformance-ports/keyvalue.ts';

describeKeyValue('memory', memoryKeyValue);

describe('memoryKeyValue', () => {
  it.each(['', '.a', 'a.', 'a b', 'a:b', 'ä', 'a\n', 'a*', 'a>'])('refuses the key %j, which some store would', (key) => {
    const store = memoryKeyValue();
    expect(() => store.set(key, new Uint8Array())).toThrow('Not a key that every store takes');
    expect(() => store.get(key)).toThrow('Not a key that every store takes');
    expect(() => store.increment(key, 1)).toThrow('Not a key that every store takes');
    expect(store.keys()).toEqual([]);
  });

  it('refuses a value of 256 KiB', () => {
    const store = memoryKeyValue();
    expect(() => store.set('a', new Uint8Array(256 * 1024))).toThrow('too large');
    expect(store.exists('a')).toBe(false);
  });

  it('refuses to count what is no number', () => {
    const store = memoryKeyValue();
    store.set('a', Uint8Array.of(120));
    expect(() => store.increment('a', 1)).toThrow('is no counter');
  });
});
