import type { WireHeaders } from '../protocol.ts';
import { throwWit } from './wit-error.ts';

/** Fields that belong to the connection, which is the host's. The same list as wasmtime's. */
const FORBIDDEN: readonly string[] = [
  'connection',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
];

/** RFC 9110 section 5.6.2: token. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,1024}$/;

export function isForbidden(name: string): boolean {
  return FORBIDDEN.includes(name.toLowerCase());
}

/** RFC 9110 section 5.5: visible characters, spaces, tabs, and bytes above ASCII. */
function isValue(value: Uint8Array): boolean {
  return value.every((byte) => byte === 9 || (byte >= 32 && byte !== 127));
}

/** wasi:http/types `fields`. */
export class Fields {
  #entries: (readonly [name: string, value: Uint8Array])[] = [];
  #immutable = false;

  static fromList(entries: readonly (readonly [string, Uint8Array])[]): Fields {
    const fields = new Fields();
    for (const [name, value] of entries) fields.append(name, value);
    return fields;
  }

  /** Headers that came from outside, as the component may see them. */
  static received(headers: WireHeaders): Fields {
    const fields = new Fields();
    fields.#entries = headers.filter(([name]) => !isForbidden(name));
    return Fields.frozen(fields);
  }

  /** The same fields, not to be changed from now on. */
  static frozen(fields: Fields): Fields {
    fields.#immutable = true;
    return fields;
  }

  static wire(fields: Fields): WireHeaders {
    return fields.#entries.map(([name, value]) => [name.toLowerCase(), value]);
  }

  get(name: string): readonly Uint8Array[] {
    const wanted = name.toLowerCase();
    return this.#entries.filter(([candidate]) => candidate.toLowerCase() === wanted).map(([, value]) => value);
  }

  has(name: string): boolean {
    return this.get(name).length > 0;
  }

  set(name: string, values: readonly Uint8Array[]): void {
    this.#check(name, values);
    this.#remove(name);
    for (const value of values) this.#entries.push([name, value]);
  }

  delete(name: string): void {
    this.#check(name, []);
    this.#remove(name);
  }

  append(name: string, value: Uint8Array): void {
    this.#check(name, [value]);
    this.#entries.push([name, value]);
  }

  entries(): readonly (readonly [string, Uint8Array])[] {
    return this.#entries;
  }

  clone(): Fields {
    const copy = new Fields();
    copy.#entries = [...this.#entries];
    return copy;
  }

  #check(name: string, values: readonly Uint8Array[]): void {
    if (this.#immutable) throwWit({ tag: 'immutable' });
    if (!NAME.test(name) || !values.every(isValue)) throwWit({ tag: 'invalid-syntax' });
    if (isForbidden(name)) throwWit({ tag: 'forbidden' });
  }

  #remove(name: string): void {
    const unwanted = name.toLowerCase();
    this.#entries = this.#entries.filter(([candidate]) => candidate.toLowerCase() !== unwanted);
  }

  [Symbol.dispose](): void {}
}
