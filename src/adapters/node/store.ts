import type { StoreErrorValue, StoreOperation, StoreResult, StoreValue } from './protocol.ts';

/** One page of keys, and where the next begins; no cursor at the end. */
export interface KeyPage {
  readonly keys: readonly string[];
  readonly cursor: bigint | undefined;
}

/** What the host needs of a bucket: wasi:keyvalue's operations, asynchronous, so that a store across the network fits. */
export interface Bucket {
  get(key: string): Promise<Uint8Array | undefined>;
  set(key: string, value: Uint8Array): Promise<void>;
  delete(key: string): Promise<void>;
  exists(key: string): Promise<boolean>;
  listKeys(cursor: bigint | undefined): Promise<KeyPage>;
  increment(key: string, delta: bigint): Promise<bigint>;
  getMany(keys: readonly string[]): Promise<readonly ([key: string, value: Uint8Array] | undefined)[]>;
  setMany(entries: readonly (readonly [key: string, value: Uint8Array])[]): Promise<void>;
  deleteMany(keys: readonly string[]): Promise<void>;
}

/** The one store of a host, shared by all its instances. Every operation may throw `StoreFailure`. */
export interface Store {
  /** The bucket under any identifier, made when it is first asked for. */
  open(identifier: string): Promise<Bucket>;
  close(): Promise<void>;
}

/** A failure that the component is to see as wasi:keyvalue's error; the detail of `other` goes to the component's log. */
export class StoreFailure extends Error {
  readonly error: StoreErrorValue;

  constructor(error: StoreErrorValue) {
    super(error.tag === 'other' ? error.val : error.tag);
    this.name = 'StoreFailure';
    this.error = error;
  }
}

/** Carries out one operation that a worker sent. Never rejects. */
export async function perform(store: Store, identifier: string, operation: StoreOperation): Promise<StoreResult> {
  try {
    const bucket = await store.open(identifier);
    return { tag: 'ok', value: await valueFrom(bucket, operation) };
  } catch (error) {
    if (error instanceof StoreFailure) return { tag: 'err', error: error.error };
    return { tag: 'err', error: { tag: 'other', val: error instanceof Error ? error.message : String(error) } };
  }
}

async function valueFrom(bucket: Bucket, operation: StoreOperation): Promise<StoreValue> {
  switch (operation.tag) {
    case 'open':
      return undefined;
    case 'get':
      return bucket.get(operation.key);
    case 'set':
      await bucket.set(operation.key, operation.value);
      return undefined;
    case 'delete':
      await bucket.delete(operation.key);
      return undefined;
    case 'exists':
      return bucket.exists(operation.key);
    case 'list-keys':
      return bucket.listKeys(operation.cursor);
    case 'increment':
      return bucket.increment(operation.key, operation.delta);
    case 'get-many':
      return bucket.getMany(operation.keys);
    case 'set-many':
      await bucket.setMany(operation.entries);
      return undefined;
    case 'delete-many':
      await bucket.deleteMany(operation.keys);
      return undefined;
  }
}
