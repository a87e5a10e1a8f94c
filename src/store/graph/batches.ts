import type { KeyValue } from '../../ports/keyvalue.ts';

// A batch goes out as one message, or all of it at once: this is what every store and host takes.
const MAX_WRITE_BYTES = 1024 * 1024;
const MAX_WRITE_KEYS = 64;
const MAX_READ_KEYS = 128;
const MAX_DELETE_KEYS = 256;

export type StoreEntry = readonly [key: string, value: Uint8Array];

/** Collects values and writes them in batches. */
export class WriteBuffer {
  readonly #keyvalue: KeyValue;
  #entries: StoreEntry[] = [];
  #bytes = 0;
  #written = { values: 0, bytes: 0 };

  constructor(keyvalue: KeyValue) {
    this.#keyvalue = keyvalue;
  }

  /** What was written so far. */
  get written(): { readonly values: number; readonly bytes: number } {
    return this.#written;
  }

  /** Throws what the store throws, since it may write what came before. */
  add(key: string, value: Uint8Array): void {
    if (this.#entries.length >= MAX_WRITE_KEYS || this.#bytes + value.length > MAX_WRITE_BYTES) this.flush();
    this.#entries.push([key, value]);
    this.#bytes += value.length;
  }

  flush(): void {
    if (this.#entries.length === 0) return;
    this.#keyvalue.setMany(this.#entries);
    this.#written = { values: this.#written.values + this.#entries.length, bytes: this.#written.bytes + this.#bytes };
    this.#entries = [];
    this.#bytes = 0;
  }
}

/** The values of any number of keys, each where its key stood: one operation for as many as one answer needs. */
export function readAll(keyvalue: KeyValue, keys: readonly string[]): readonly (Uint8Array | undefined)[] {
  if (keys.length <= MAX_READ_KEYS) return keys.length === 0 ? [] : keyvalue.getMany(keys);
  return slices(keys, MAX_READ_KEYS).flatMap((batch) => keyvalue.getMany(batch));
}

export function deleteAll(keyvalue: KeyValue, keys: readonly string[]): void {
  for (const batch of slices(keys, MAX_DELETE_KEYS)) keyvalue.deleteMany(batch);
}

/** A list in pieces of a length. */
export function slices<Item>(items: readonly Item[], length: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / length) }, (_, place) => items.slice(place * length, (place + 1) * length));
}
