import { vi } from 'vitest';
import { wasiKeyValue } from '../../src/adapters/wasi/keyvalue.ts';
import type { KeyValue } from '../../src/ports/keyvalue.ts';

/** A bucket as wasi:keyvalue has it, its three interfaces in one object. Errors are thrown as the componentizers throw them. */
export interface WasiBucket {
  get(key: string): Uint8Array | undefined;
  set(key: string, value: Uint8Array): void;
  delete(key: string): void;
  exists(key: string): boolean;
  listKeys(cursor: bigint | undefined): { readonly keys: readonly string[]; readonly cursor: bigint | undefined };
  increment(key: string, delta: bigint): bigint;
  getMany(keys: readonly string[]): readonly ([key: string, value: Uint8Array] | undefined)[];
  setMany(entries: readonly (readonly [key: string, value: Uint8Array])[]): void;
  deleteMany(keys: readonly string[]): void;
}

const openers = new Map<string, (identifier: string) => WasiBucket>();

// The component's imports, which exist inside of a component alone. The functions of atomics and batch take their bucket as an argument.
vi.mock('wasi:keyvalue/store@0.2.0-draft', () => ({
  open: (identifier: string) => {
    const open = openers.get(identifier);
    if (open === undefined) throw { payload: { tag: 'no-such-store' } };
    return open(identifier);
  },
}));
vi.mock('wasi:keyvalue/atomics@0.2.0-draft', () => ({
  increment: (bucket: WasiBucket, key: string, delta: bigint) => bucket.increment(key, delta),
}));
vi.mock('wasi:keyvalue/batch@0.2.0-draft', () => ({
  getMany: (bucket: WasiBucket, keys: readonly string[]) => bucket.getMany(keys),
  setMany: (bucket: WasiBucket, entries: readonly (readonly [string, Uint8Array])[]) => bucket.setMany(entries),
  deleteMany: (bucket: WasiBucket, keys: readonly string[]) => bucket.deleteMany(keys),
}));
vi.mock('wasi:clocks/monotonic-clock@0.2.12', () => ({ now: () => 0n }));

/** The component's own adapter of the port, over a bucket that `open` gives. */
export function wasiAdapter(identifier: string, open: (identifier: string) => WasiBucket): KeyValue {
  openers.set(identifier, open);
  return wasiKeyValue(identifier);
}
