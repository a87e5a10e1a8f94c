import { increment } from 'wasi:keyvalue/atomics@0.2.0-draft';
import { deleteMany, getMany, setMany } from 'wasi:keyvalue/batch@0.2.0-draft';
import { type Bucket, open } from 'wasi:keyvalue/store@0.2.0-draft';
import { describe, MeshError } from '../../lib/errors.ts';
import type { KeyValue } from '../../ports/keyvalue.ts';
import { fromU64, toU64, witError, witTag } from './resource.ts';

/**
 * A bucket of the host's wasi:keyvalue. It is opened at the first operation and kept for the life of the instance: requests that never touch the store
 * do not pay for it, and a host without one serves everything else.
 */
export function wasiKeyValue(identifier: string): KeyValue {
  let bucket: Bucket | undefined;
  const attempt = <Result>(operation: (bucket: Bucket) => Result): Result => {
    try {
      bucket ??= open(identifier);
      return operation(bucket);
    } catch (thrown) {
      throw unavailable(identifier, thrown);
    }
  };
  return {
    get: (key) => attempt((store) => store.get(key) ?? undefined),
    set: (key, value) => attempt((store) => store.set(key, value)),
    delete: (key) => attempt((store) => store.delete(key)),
    exists: (key) => attempt((store) => store.exists(key)),
    keys: () => attempt(allKeys),
    getMany: (keys) => attempt((store) => inOrder(keys, getMany(store, [...keys]))),
    setMany: (entries) =>
      attempt((store) =>
        setMany(
          store,
          entries.map(([key, value]) => [key, value]),
        ),
      ),
    deleteMany: (keys) => attempt((store) => deleteMany(store, [...keys])),
    increment: (key, delta) => attempt((store) => fromU64(increment(store, key, toU64(delta)))),
  };
}

/** All pages: Redis may repeat a key or give an empty page in the middle, so only a missing cursor is the end. */
function allKeys(store: Bucket): readonly string[] {
  const keys = new Set<string>();
  let cursor: bigint | undefined;
  do {
    const page = store.listKeys(cursor);
    for (const key of page.keys) keys.add(key);
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined);
  return [...keys];
}

/** The batch interface promises no order and may leave absent keys out, so each pair is found by its key. */
function inOrder(keys: readonly string[], found: readonly ([string, Uint8Array] | undefined)[]): readonly (Uint8Array | undefined)[] {
  const values = new Map<string, Uint8Array>();
  for (const pair of found) if (pair) values.set(pair[0], pair[1]);
  return keys.map((key) => values.get(key));
}

function unavailable(identifier: string, thrown: unknown): MeshError {
  const cause = describe(witError(thrown));
  const advice =
    witTag(thrown) === 'no-such-store'
      ? `the host has no key-value bucket named "${identifier}"; set KEYVALUE_BUCKET to one it has, "(empty)" under wasmtime serve`
      : witTag(thrown) === 'access-denied'
        ? `the host denies access to the key-value bucket "${identifier}"; declare wasi:keyvalue for this component`
        : 'the key-value store does not answer; try again in a moment';
  return new MeshError('unavailable', `The store is unavailable: ${advice}.`, { cause, retryAfterMs: 1000 });
}
