import { memoryStore } from '../../src/adapters/node/memory-store.ts';
import type { Bucket, Store } from '../../src/adapters/node/store.ts';

/** What was done to a store. */
export interface StoreFigures {
  /** Operations, and the bytes of values that went either way. */
  readonly reads: number;
  readonly readBytes: number;
  readonly writes: number;
  readonly writtenBytes: number;
  /** Keys that were written or deleted, each as often as it was. */
  readonly keys: readonly string[];
}

/** A store in memory that counts. */
export interface CountedStore extends Store {
  /** What was done since this was last asked. */
  take(): StoreFigures;
  /** All that lies there: keys, and the bytes of values. */
  size(): Promise<{ readonly keys: number; readonly bytes: number }>;
}

/** `bucket`: the one whose size is told. */
export function countedStore(bucket: string): CountedStore {
  const store = memoryStore();
  let figures = { reads: 0, readBytes: 0, writes: 0, writtenBytes: 0 };
  let keys: string[] = [];
  const read = (bytes: number) => {
    figures = { ...figures, reads: figures.reads + 1, readBytes: figures.readBytes + bytes };
  };
  const wrote = (which: readonly string[], bytes: number) => {
    figures = { ...figures, writes: figures.writes + 1, writtenBytes: figures.writtenBytes + bytes };
    keys.push(...which);
  };
  const counted = (inner: Bucket): Bucket => ({
    get: async (key) => {
      const value = await inner.get(key);
      read(value?.length ?? 0);
      return value;
    },
    set: async (key, value) => {
      wrote([key], value.length);
      await inner.set(key, value);
    },
    delete: async (key) => {
      wrote([key], 0);
      await inner.delete(key);
    },
    exists: async (key) => {
      read(0);
      return inner.exists(key);
    },
    listKeys: async (cursor) => {
      read(0);
      return inner.listKeys(cursor);
    },
    increment: async (key, delta) => {
      wrote([key], 8);
      return inner.increment(key, delta);
    },
    getMany: async (wanted) => {
      const values = await inner.getMany(wanted);
      read(values.reduce((bytes, entry) => bytes + (entry?.[1].length ?? 0), 0));
      return values;
    },
    setMany: async (entries) => {
      wrote(
        entries.map(([key]) => key),
        entries.reduce((bytes, [, value]) => bytes + value.length, 0),
      );
      await inner.setMany(entries);
    },
    deleteMany: async (which) => {
      wrote(which, 0);
      await inner.deleteMany(which);
    },
  });
  return {
    open: async (identifier) => counted(await store.open(identifier)),
    close: () => store.close(),
    take: () => {
      const taken = { ...figures, keys };
      figures = { reads: 0, readBytes: 0, writes: 0, writtenBytes: 0 };
      keys = [];
      return taken;
    },
    size: async () => {
      const inner = await store.open(bucket);
      let count = 0;
      let bytes = 0;
      let cursor: bigint | undefined;
      do {
        const page = await inner.listKeys(cursor);
        for (const key of page.keys) bytes += (await inner.get(key))?.length ?? 0;
        count += page.keys.length;
        cursor = page.cursor;
      } while (cursor !== undefined);
      return { keys: count, bytes };
    },
  };
}
