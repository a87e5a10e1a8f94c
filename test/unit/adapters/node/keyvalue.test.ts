import { MessageChannel, Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import { type Bucket, keyvalueImports } from '../../../../src/adapters/node/guest/keyvalue.ts';
import { Mailbox } from '../../../../src/adapters/node/guest/mailbox.ts';
import { memoryStore } from '../../../../src/adapters/node/memory-store.ts';
import { SIGNAL_SLOTS } from '../../../../src/adapters/node/protocol.ts';
import { perform, StoreFailure } from '../../../../src/adapters/node/store.ts';
import type { KeyValue } from '../../../../src/ports/keyvalue.ts';
import { describeKeyValue } from '../../../conformance-ports/keyvalue.ts';
import { witErrorOf } from './guest/line.ts';

const { port1, port2 } = new MessageChannel();
const signal = new Int32Array(new SharedArrayBuffer(SIGNAL_SLOTS * Int32Array.BYTES_PER_ELEMENT));
const thread = new Worker(new URL('./store-thread.ts', import.meta.url), {
  workerData: { port: port2, signal },
  transferList: [port2],
  execArgv: [],
});
const mailbox = new Mailbox();
mailbox.begin({ port: port1, signal });
afterAll(() => thread.terminate());

const imports = keyvalueImports(mailbox);
const { open } = imports['wasi:keyvalue/store'];
const { increment } = imports['wasi:keyvalue/atomics'];
const { getMany, setMany, deleteMany } = imports['wasi:keyvalue/batch'];

/** The port over the WIT functions, as `src/adapters/wasi/keyvalue.ts` puts it inside a component. The casts are the types that the WIT gives them. */
function portOver(bucket: Bucket): KeyValue {
  const keys = () => {
    const all: string[] = [];
    let cursor: bigint | undefined;
    do {
      const page = bucket.listKeys(cursor);
      all.push(...page.keys);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return all;
  };
  return {
    get: (key) => bucket.get(key),
    set: (key, value) => bucket.set(key, value),
    delete: (key) => bucket.delete(key),
    exists: (key) => bucket.exists(key),
    keys,
    getMany: (wanted) => (getMany(bucket, wanted) as ([string, Uint8Array] | undefined)[]).map((pair) => pair?.[1]),
    setMany: (entries) => void setMany(bucket, entries),
    deleteMany: (unwanted) => void deleteMany(bucket, unwanted),
    increment: (key, delta) => Number(increment(bucket, key, BigInt(delta))),
  };
}

let serial = 0;
describeKeyValue('wasi:keyvalue of the local host, from the worker’s side', () => portOver(open(`bucket ${serial++}`)));

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
    setMany(
      bucket,
      names.map((name) => [name, Uint8Array.of(0)] as const),
    );
    expect(bucket.listKeys(undefined).cursor).toBeTypeOf('bigint');
    expect(portOver(bucket).keys()).toEqual(names);
  });

  it('says what a store refuses as the WIT error', () => {
    expect(witErrorOf(() => open('').get('no key'))).toEqual({ tag: 'other', val: expect.stringContaining('Not a key') });
    expect(witErrorOf(() => increment(open(''), 'n', 2n ** 60n))).toEqual({ tag: 'other', val: expect.stringContaining('2^53') });
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
