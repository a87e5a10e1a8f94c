import { MeshError } from '../../../../../src/lib/errors.ts';
import type { KeyValue } from '../../../../../src/ports/keyvalue.ts';

const KEY = /^(?!\.)[A-Za-z0-9/_=.-]+(?<!\.)$/;
const MAX_VALUE_BYTES = 256 * 1024;

/** What one of several clients of a store asks of it, in steps that nothing comes between. */
export type Step =
  | { readonly tag: 'get'; readonly key: string }
  | { readonly tag: 'set'; readonly key: string; readonly value: Uint8Array }
  | { readonly tag: 'delete'; readonly key: string }
  | { readonly tag: 'keys' }
  | { readonly tag: 'increment'; readonly key: string; readonly delta: number }
  /** The second half of an increment on NATS: it fails where the value has been changed since. */
  | { readonly tag: 'update'; readonly key: string; readonly value: number; readonly revision: number | undefined };

/** What the store held at some time. */
export type Dump = ReadonlyMap<string, Uint8Array>;

/** A store that several clients use step by step. */
export class Bucket {
  #values = new Map<string, Uint8Array>();
  #revisions = new Map<string, number>();
  #revision = 0;
  /** Every key that was ever written. */
  readonly everWritten = new Set<string>();

  perform(step: Step): unknown {
    switch (step.tag) {
      case 'get':
        return { value: this.#values.get(step.key)?.slice(), revision: this.#revisions.get(step.key) };
      case 'set':
        return this.#write(step.key, step.value);
      case 'delete':
        this.#values.delete(step.key);
        this.#revisions.delete(step.key);
        return undefined;
      case 'keys':
        return [...this.#values.keys()];
      case 'increment': {
        const sum = Number(new TextDecoder().decode(this.#values.get(step.key) ?? new TextEncoder().encode('0'))) + step.delta;
        this.#write(step.key, new TextEncoder().encode(String(sum)));
        return sum;
      }
      case 'update': {
        // wasmCloud on NATS: an update by revision, but a plain put where the key was absent.
        if (step.revision !== undefined && this.#revisions.get(step.key) !== step.revision)
          throw new MeshError('unavailable', 'wrong last sequence');
        const bytes = new Uint8Array(8);
        new DataView(bytes.buffer).setBigUint64(0, BigInt(step.value));
        return this.#write(step.key, bytes);
      }
    }
  }

  get dump(): Dump {
    return new Map(this.#values);
  }

  get bytes(): number {
    return [...this.#values.values()].reduce((sum, value) => sum + value.length, 0);
  }

  get keys(): readonly string[] {
    return [...this.#values.keys()];
  }

  /** Everything is gone, or is again as it was. */
  restore(dump: Dump = new Map()): void {
    this.#values = new Map(dump);
    this.#revisions = new Map([...dump.keys()].map((key) => [key, ++this.#revision]));
  }

  #write(key: string, value: Uint8Array): void {
    if (!KEY.test(key)) throw new Error(`not a key that every store takes: ${key}`);
    if (value.length >= MAX_VALUE_BYTES) throw new Error(`too large: ${value.length} bytes under ${key}`);
    this.#values.set(key, value.slice());
    this.#revisions.set(key, ++this.#revision);
    this.everWritten.add(key);
  }
}

export type Perform = (step: Step) => unknown;

export interface ClientOptions {
  /** As wasmCloud does it on NATS: read, then update by revision, eight bytes. */
  readonly natsCounter?: boolean;
  /** A batch is concurrent: its parts come in any order. */
  readonly backwards?: boolean;
}

/** The port over single steps: a batch is as many steps as it has keys. */
export function clientOf(perform: Perform, { natsCounter = false, backwards = false }: ClientOptions = {}): KeyValue {
  const ordered = <Item>(items: readonly Item[]) => (backwards ? items.toReversed() : items);
  const read = (key: string) => perform({ tag: 'get', key }) as { readonly value?: Uint8Array; readonly revision?: number };
  const store: KeyValue = {
    get: (key) => read(key).value,
    set: (key, value) => {
      perform({ tag: 'set', key, value });
    },
    delete: (key) => {
      perform({ tag: 'delete', key });
    },
    exists: (key) => read(key).value !== undefined,
    keys: () => perform({ tag: 'keys' }) as readonly string[],
    getMany: (keys) => {
      const values = ordered(keys).map(store.get);
      return ordered(values);
    },
    setMany: (entries) => {
      for (const [key, value] of ordered(entries)) store.set(key, value);
    },
    deleteMany: (keys) => {
      for (const key of ordered(keys)) store.delete(key);
    },
    increment: (key, delta) => {
      if (!natsCounter) return perform({ tag: 'increment', key, delta }) as number;
      const { value, revision } = read(key);
      const sum = (value === undefined ? 0 : Number(new DataView(value.buffer, value.byteOffset, 8).getBigUint64(0))) + delta;
      perform({ tag: 'update', key, value: sum, revision });
      return sum;
    },
  };
  return store;
}
