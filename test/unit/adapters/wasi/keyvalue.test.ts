import { describe, expect, it } from 'vitest';
import { MeshError } from '../../../../src/lib/errors.ts';
import type { KeyValue } from '../../../../src/ports/keyvalue.ts';
import { describeKeyValue } from '../../../conformance-ports/keyvalue.ts';
import { type WasiBucket, wasiAdapter } from '../../../conformance-ports/wasi-keyvalue.ts';
import { bucketWith, memoryWays, natsWays, redisWays } from '../../../conformance-ports/wasmcloud.ts';

let serial = 0;
const over = (bucket: WasiBucket): KeyValue => wasiAdapter(`bucket ${serial++}`, () => bucket);

describeKeyValue('the component on wasmCloud with NATS', () => over(bucketWith(natsWays())));
describeKeyValue('the component on wasmCloud with Redis', () => over(bucketWith(redisWays())));
describeKeyValue('the component on wasmCloud’s memory', () => over(bucketWith(memoryWays())));

function thrownBy(run: () => unknown): MeshError {
  try {
    run();
  } catch (error) {
    if (error instanceof MeshError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('the component’s key-value store', () => {
  it('tells of an increment that met another: nothing was counted, and the next may', () => {
    let conflict = false;
    const store = over(bucketWith(natsWays(() => conflict)));
    store.increment('count', 5);
    conflict = true;
    const error = thrownBy(() => store.increment('count', 1));
    expect(error.code).toBe('unavailable');
    expect(error.retryAfterMs).toBe(1000);
    expect(error.message).not.toContain('revision');
    conflict = false;
    expect(store.increment('count', 1)).toBe(6);
  });

  it('finds each key once in pages that are empty or repeat one', () => {
    const bucket = bucketWith(redisWays());
    const names = Array.from({ length: 25 }, (_, index) => `key-${index}`);
    bucket.setMany(names.map((name) => [name, new Uint8Array()] as const));
    expect(bucket.listKeys(undefined)).toEqual({ keys: [], cursor: 1n });
    expect(over(bucket).keys()).toEqual(names);
  });

  it('finds each value where the host leaves absent keys out of a batch, or changes its order', () => {
    const bucket = bucketWith(natsWays());
    const shuffled: WasiBucket = {
      ...bucket,
      getMany: (keys) =>
        bucket
          .getMany(keys)
          .filter((pair) => pair !== undefined)
          .reverse(),
    };
    const store = over(shuffled);
    store.set('a', Uint8Array.of(1));
    store.set('b', Uint8Array.of(2));
    expect(store.getMany(['b', 'absent', 'a'])).toEqual([Uint8Array.of(2), undefined, Uint8Array.of(1)]);
  });

  it.each([
    ['no-such-store', 'set KEYVALUE_BUCKET'],
    ['access-denied', 'declare wasi:keyvalue'],
    ['other', 'does not answer'],
  ])('says what to do about %s, and keeps the host’s words for the log', (tag, advice) => {
    for (const thrown of [{ tag, val: 'secret words' }, { payload: { tag, val: 'secret words' } }]) {
      const store = wasiAdapter(`bucket ${serial++}`, () => {
        throw thrown;
      });
      const error = thrownBy(() => store.get('a'));
      expect(error.code).toBe('unavailable');
      expect(error.message).toContain(advice);
      expect(error.message).not.toContain('secret');
      expect(String(error.cause)).toContain('secret words');
    }
  });

  it('opens its bucket when it is first used, and again only after that failed', () => {
    let opened = 0;
    const bucket = bucketWith(memoryWays());
    const store = wasiAdapter(`bucket ${serial++}`, () => {
      opened++;
      if (opened === 1) throw { payload: { tag: 'other', val: 'not yet' } };
      return bucket;
    });
    expect(opened).toBe(0);
    thrownBy(() => store.get('a'));
    store.set('a', Uint8Array.of(1));
    expect(store.get('a')).toEqual(Uint8Array.of(1));
    expect(opened).toBe(2);
  });
});
