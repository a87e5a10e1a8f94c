import type { StoreOperation, StoreResult, StoreValue } from '../protocol.ts';
import type { Mailbox } from './mailbox.ts';
import { throwWit } from './wit-error.ts';

/** Has an operation done by the store in the main thread, and sleeps until it is. */
function perform(mailbox: Mailbox, bucket: string, operation: StoreOperation): StoreValue {
  const call = mailbox.next();
  let result: StoreResult | undefined;
  mailbox.listen(call, (event) => {
    if (event.tag === 'stored') result = event.result;
  });
  mailbox.send({ tag: 'store', call, bucket, operation });
  mailbox.wait(() => result !== undefined);
  mailbox.forget(call);
  // The wait without a deadline returns only when the listener has set it.
  const { tag, ...rest } = result as unknown as StoreResult;
  return tag === 'ok' && 'value' in rest ? rest.value : throwWit('error' in rest ? rest.error : undefined);
}

/** wasi:keyvalue/store `bucket`. The casts say what each operation answers, see `src/adapters/node/store.ts`. */
export class Bucket {
  readonly #mailbox: Mailbox;
  readonly #name: string;

  constructor(mailbox: Mailbox, name: string) {
    this.#mailbox = mailbox;
    this.#name = name;
  }

  get(key: string): Uint8Array | undefined {
    return this.perform({ tag: 'get', key }) as Uint8Array | undefined;
  }

  set(key: string, value: Uint8Array): void {
    this.perform({ tag: 'set', key, value });
  }

  delete(key: string): void {
    this.perform({ tag: 'delete', key });
  }

  exists(key: string): boolean {
    return this.perform({ tag: 'exists', key }) as boolean;
  }

  listKeys(cursor: bigint | undefined): { keys: readonly string[]; cursor: bigint | undefined } {
    return this.perform({ tag: 'list-keys', cursor }) as { keys: readonly string[]; cursor: bigint | undefined };
  }

  perform(operation: StoreOperation): StoreValue {
    return perform(this.#mailbox, this.#name, operation);
  }

  [Symbol.dispose](): void {}
}

/** The three interfaces of wasi:keyvalue. */
export function keyvalueImports(mailbox: Mailbox) {
  return {
    'wasi:keyvalue/store': {
      Bucket,
      open: (identifier: string) => {
        perform(mailbox, identifier, { tag: 'open' });
        return new Bucket(mailbox, identifier);
      },
    },
    'wasi:keyvalue/atomics': {
      increment: (bucket: Bucket, key: string, delta: bigint) => bucket.perform({ tag: 'increment', key, delta }),
    },
    'wasi:keyvalue/batch': {
      getMany: (bucket: Bucket, keys: readonly string[]) => bucket.perform({ tag: 'get-many', keys }),
      setMany: (bucket: Bucket, entries: readonly (readonly [string, Uint8Array])[]) => bucket.perform({ tag: 'set-many', entries }),
      deleteMany: (bucket: Bucket, keys: readonly string[]) => bucket.perform({ tag: 'delete-many', keys }),
    },
  };
}
