import { afterAll, describe, expect, it } from 'vitest';
import { memoryStore } from '../../../../src/adapters/node/memory-store.ts';
import { perform, StoreFailure } from '../../../../src/adapters/node/store.ts';
import { startHostStore } from '../../../conformance-ports/host-store.ts';
import { describeKeyValue } from '../../../conformance-ports/keyvalue.ts';
import { wasiAdapter } from '../../../conformance-ports/wasi-keyvalue.ts';
import { witErrorOf } from './guest/line.ts';

const host = startHostStore('memory');
afterAll(() => host.close());
const { open } = host;

let serial = 0;
describeKeyValue('memory of the local host, from the component’s side', () => wasiAdapter(`bucket ${serial++}`, open));

describe('wasi:keyvalue of the local host', () => {
  it('keeps buckets apart, and opens any identifier', () => {
    open('').set('a', Uint8Array.of(1));
    open('default').set('a', Uint8Array.of(2));
    expect([...(open('').get('a') ?? [])]).toEqual([1]);
    expect([...(open('default').get('a') ?? [])]).toEqual([2]);
    expect(open('another').get('a')).toBeUndefined();
  });

  it('lists more keys than a page holds, each once', () => {
    const bucket = open('many');
    const names = Array.from({ length: 2500 }, (_, index) => `key-${String(index).padStart(4, '0')}`);
    bucket.setMany(names.map((name) => [name, Uint8Array.of(0)] as const));
    expect(bucket.listKeys(undefined).cursor).toBeTypeOf('bigint');
    expect(wasiAdapter('many', open).keys()).toEqual(names);
  });

  it('says what a store refuses as the WIT error', () => {
    expect(witErrorOf(() => open('').get('no key'))).toEqual({ tag: 'other', val: expect.stringContaining('Not a key') });
    expect(witErrorOf(() => open('').increment('n', 2n ** 60n))).toEqual({ tag: 'other', val: expect.stringContaining('2^53') });
  });
});

describe('a store that fails', () => {
  it('is told by its own error, or in words', async () => {
    const failing = (error: unknown) => ({ ...memoryStore(), open: () => Promise.reject(error) });
    expect(await perform(failing(new StoreFailure({ tag: 'access-denied' })), 'x', { tag: 'open' })).toEqual({
      tag: 'err',
      error: { tag: 'access-denied' },
    });
    expect(await perform(failing(new Error('gone')), 'x', { tag: 'open' })).toEqual({ tag: 'err', error: { tag: 'other', val: 'gone' } });
  });
});
