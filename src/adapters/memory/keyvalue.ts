import { MeshError } from '../../lib/errors.ts';
import { decodeUtf8, encodeUtf8 } from '../../lib/utf8.ts';
import type { KeyValue } from '../../ports/keyvalue.ts';

const KEY = /^(?!\.)[A-Za-z0-9/_=.-]+(?<!\.)$/;
const MAX_VALUE_BYTES = 256 * 1024;

/**
 * A store in memory, as strict about keys and sizes as the strictest real one, so that what works here works on NATS and Redis too. Values are copied on
 * their way in and out, as they are on their way through a host.
 */
export function memoryKeyValue(): KeyValue {
  const values = new Map<string, Uint8Array>();
  const check = (key: string): string => {
    if (!KEY.test(key)) throw new MeshError('internal', `Not a key that every store takes: ${JSON.stringify(key)}.`);
    return key;
  };
  const store: KeyValue = {
    get: (key) => values.get(check(key))?.slice(),
    set: (key, value) => {
      if (value.length >= MAX_VALUE_BYTES) throw new MeshError('internal', `The value for ${key} is too large: ${value.length} bytes.`);
      values.set(check(key), value.slice());
    },
    delete: (key) => {
      values.delete(check(key));
    },
    exists: (key) => values.has(check(key)),
    keys: () => [...values.keys()],
    getMany: (keys) => keys.map(store.get),
    setMany: (entries) => {
      for (const [key, value] of entries) store.set(key, value);
    },
    deleteMany: (keys) => keys.forEach(store.delete),
    increment: (key, delta) => {
      const text = values.get(check(key));
      const sum = (text === undefined ? 0 : Number(decodeUtf8(text))) + delta;
      if (!Number.isSafeInteger(sum)) throw new MeshError('unavailable', `The value under ${key} is no counter.`);
      values.set(key, encodeUtf8(String(sum)));
      return sum;
    },
  };
  return store;
}
