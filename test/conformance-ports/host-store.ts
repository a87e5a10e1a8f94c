import { MessageChannel, Worker } from 'node:worker_threads';
import { type Bucket, keyvalueImports } from '../../src/adapters/node/guest/keyvalue.ts';
import { Mailbox } from '../../src/adapters/node/guest/mailbox.ts';
import { SIGNAL_SLOTS } from '../../src/adapters/node/protocol.ts';
import type { WasiBucket } from './wasi-keyvalue.ts';

/** wasi:keyvalue as a component on the local host has it: the calls block, and a thread carries them out. */
export interface HostStore {
  readonly open: (identifier: string) => WasiBucket;
  readonly close: () => Promise<unknown>;
}

/** Starts the thread with a store, named as on the command line. */
export function startHostStore(name: string): HostStore {
  const { port1, port2 } = new MessageChannel();
  const signal = new Int32Array(new SharedArrayBuffer(SIGNAL_SLOTS * Int32Array.BYTES_PER_ELEMENT));
  const thread = new Worker(new URL('./store-thread.ts', import.meta.url), {
    workerData: { port: port2, signal, name },
    transferList: [port2],
    execArgv: [],
  });
  const mailbox = new Mailbox();
  mailbox.begin({ port: port1, signal });
  const imports = keyvalueImports(mailbox);
  return {
    open: (identifier) => bucketOver(imports, imports['wasi:keyvalue/store'].open(identifier)),
    close: () => {
      port1.close();
      return thread.terminate();
    },
  };
}

/** The casts are the types that the WIT gives the functions. */
function bucketOver(imports: ReturnType<typeof keyvalueImports>, bucket: Bucket): WasiBucket {
  const { increment } = imports['wasi:keyvalue/atomics'];
  const { getMany, setMany, deleteMany } = imports['wasi:keyvalue/batch'];
  return {
    get: (key) => bucket.get(key),
    set: (key, value) => bucket.set(key, value),
    delete: (key) => bucket.delete(key),
    exists: (key) => bucket.exists(key),
    listKeys: (cursor) => bucket.listKeys(cursor),
    increment: (key, delta) => increment(bucket, key, delta) as bigint,
    getMany: (keys) => getMany(bucket, keys) as ([string, Uint8Array] | undefined)[],
    setMany: (entries) => void setMany(bucket, entries),
    deleteMany: (keys) => void deleteMany(bucket, keys),
  };
}
