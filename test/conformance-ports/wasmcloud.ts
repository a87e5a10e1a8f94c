import type { WasiBucket } from './wasi-keyvalue.ts';

/**
 * The ways of wasmCloud's key-value backends, in memory: read in wasmCloud 2.7, crates/wash-runtime/src/plugin/wasi_keyvalue/{nats,redis,in_memory}.rs.
 * What they have in common is that a value is copied on its way, and that nothing is promised about the order of keys.
 */
export interface BackendWays {
  readonly decode: (bytes: Uint8Array) => bigint;
  readonly encode: (count: bigint) => Uint8Array;
  /** One page of the keys, in the order in which they were written. */
  readonly page: (keys: readonly string[], cursor: bigint) => { readonly keys: readonly string[]; readonly cursor: bigint | undefined };
  /** What happens between reading a counter and writing it; it may throw. */
  readonly beforeWrite?: () => void;
}

/** An empty bucket with those ways. */
export function bucketWith(ways: BackendWays): WasiBucket {
  const values = new Map<string, Uint8Array>();
  const bucket: WasiBucket = {
    get: (key) => values.get(key)?.slice(),
    set: (key, value) => {
      // A value that is written anew goes to the end of a stream.
      values.delete(key);
      values.set(key, value.slice());
    },
    delete: (key) => {
      values.delete(key);
    },
    exists: (key) => values.has(key),
    listKeys: (cursor) => ways.page([...values.keys()], cursor ?? 0n),
    increment: (key, delta) => {
      const before = values.get(key);
      const sum = (before === undefined ? 0n : ways.decode(before)) + delta;
      ways.beforeWrite?.();
      bucket.set(key, ways.encode(sum));
      return sum;
    },
    getMany: (keys) =>
      keys.map((key): [string, Uint8Array] | undefined => {
        const value = bucket.get(key);
        return value === undefined ? undefined : [key, value];
      }),
    setMany: (entries) => {
      for (const [key, value] of entries) bucket.set(key, value);
    },
    deleteMany: (keys) => keys.forEach(bucket.delete),
  };
  return bucket;
}

const NATS_PAGE = 1000;

/** NATS: counters are eight bytes, big end first; a page is a piece of the whole list; an increment fails where another came between, which `conflict` decides. */
export function natsWays(conflict: () => boolean = () => false): BackendWays {
  return {
    decode: (bytes) => new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0),
    encode: (count) => {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigUint64(0, count);
      return bytes;
    },
    page: (keys, cursor) => {
      const next = Number(cursor) + NATS_PAGE;
      return { keys: keys.slice(Number(cursor), next), cursor: next < keys.length ? BigInt(next) : undefined };
    },
    beforeWrite: () => {
      if (conflict()) throw { payload: { tag: 'other', val: 'JetStream error: wrong last revision' } };
    },
  };
}

const REDIS_PAGE = 10;

/** Redis: counters are decimal text; a page is a step of SCAN, which gives a key again that it has given, or no key at all, and goes on all the same. */
export function redisWays(): BackendWays {
  return {
    decode: (bytes) => BigInt(Buffer.from(bytes).toString()),
    encode: (count) => new Uint8Array(Buffer.from(String(count))),
    page: (keys, cursor) => {
      // Every other step finds nothing; the others begin one key early.
      const step = Number(cursor);
      const from = Math.floor(step / 2) * REDIS_PAGE;
      const found = step % 2 === 0 ? [] : keys.slice(Math.max(0, from - 1), from + REDIS_PAGE);
      const more = step % 2 === 0 || from + REDIS_PAGE < keys.length;
      return { keys: found, cursor: more ? BigInt(step + 1) : undefined };
    },
  };
}

const MEMORY_PAGE = 100;

/** wasmCloud's own memory: counters are eight bytes, little end first; a page is a piece of the sorted list. */
export function memoryWays(): BackendWays {
  return {
    decode: (bytes) => new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true),
    encode: (count) => {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigUint64(0, count, true);
      return bytes;
    },
    page: (keys, cursor) => {
      const next = Number(cursor) + MEMORY_PAGE;
      return { keys: [...keys].sort().slice(Number(cursor), next), cursor: next < keys.length ? BigInt(next) : undefined };
    },
  };
}
