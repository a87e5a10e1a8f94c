import type { KeyValue } from '../../ports/keyvalue.ts';
import { memoryKeyValue } from '../memory/keyvalue.ts';
import { type Bucket, type Store, StoreFailure } from './store.ts';

/** Keys in one page of `list-keys`, as many as NATS gives. */
const PAGE = 1000;

/** A store that lives as long as the host does. */
export function memoryStore(): Store {
  const buckets = new Map<string, Bucket>();
  return {
    open: async (identifier) => {
      const known = buckets.get(identifier);
      if (known !== undefined) return known;
      const made = bucketOver(memoryKeyValue());
      buckets.set(identifier, made);
      return made;
    },
    close: async () => {},
  };
}

/** An asynchronous bucket over the port. */
function bucketOver(store: KeyValue): Bucket {
  return {
    get: async (key) => store.get(key),
    set: async (key, value) => store.set(key, value),
    delete: async (key) => store.delete(key),
    exists: async (key) => store.exists(key),
    listKeys: async (cursor) => {
      const from = Number(cursor ?? 0n);
      const keys = [...store.keys()].sort();
      const next = from + PAGE;
      return { keys: keys.slice(from, next), cursor: next < keys.length ? BigInt(next) : undefined };
    },
    increment: async (key, delta) => {
      const number = Number(delta);
      if (!Number.isSafeInteger(number)) throw new StoreFailure({ tag: 'other', val: 'the delta is beyond 2^53' });
      return BigInt(store.increment(key, number));
    },
    getMany: async (keys) => {
      const values = store.getMany(keys);
      return keys.map((key, index): [string, Uint8Array] | undefined => {
        const value = values[index];
        return value === undefined ? undefined : [key, value];
      });
    },
    setMany: async (entries) => store.setMany(entries),
    deleteMany: async (keys) => store.deleteMany(keys),
  };
}
