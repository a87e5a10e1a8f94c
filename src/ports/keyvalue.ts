/**
 * A bucket of keys shared by all instances, blocking. Keys match `[A-Za-z0-9/_=.-]+` and neither begin nor end with a dot, so that NATS
 * and Redis both take them; values stay under 256 KiB. Every operation throws `MeshError('unavailable')` when the store does not answer.
 */
export interface KeyValue {
  /** The value, or undefined where the key is absent. */
  get(key: string): Uint8Array | undefined;
  /** Writes a value; the last writer wins. */
  set(key: string, value: Uint8Array): void;
  /** Removes a key; an absent one is no error. */
  delete(key: string): void;
  exists(key: string): boolean;
  /** Every key once, in no particular order; costs the size of the bucket. */
  keys(): readonly string[];
  /** The values of several keys, each where its key stood. Not atomic as a whole. */
  getMany(keys: readonly string[]): readonly (Uint8Array | undefined)[];
  setMany(entries: readonly (readonly [key: string, value: Uint8Array])[]): void;
  deleteMany(keys: readonly string[]): void;
  /** Adds `delta` (a non-negative integer) to a counter, an absent one counting as 0, and answers the sum. Atomic where the host's store is. */
  increment(key: string, delta: number): number;
}
