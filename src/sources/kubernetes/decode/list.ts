import { isObject } from '../../../lib/json.ts';
import { Malformed } from './fields.ts';
import type { Decoder } from './kinds.ts';
import { decodeIdentity, decodeMetadata } from './metadata.ts';

/** A list as the API answers it, its objects still undecoded. */
export interface ListEnvelope {
  readonly items: readonly unknown[];
  /** The state of the cluster that the list shows. */
  readonly resourceVersion: string;
  /** Where the next page begins; absent at the end. */
  readonly continueToken: string | undefined;
}

/** The envelope of a list, or undefined when the value is no Kubernetes list at all. */
export function decodeList(value: unknown): ListEnvelope | undefined {
  if (!isObject(value)) return undefined;
  const { apiVersion, kind, metadata, items } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || !kind.endsWith('List') || !isObject(metadata)) return undefined;
  // Go writes an empty slice as null.
  if (items !== null && !Array.isArray(items)) return undefined;
  const { resourceVersion, continue: continueToken } = metadata;
  return {
    items: items ?? [],
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
    continueToken: typeof continueToken === 'string' && continueToken !== '' ? continueToken : undefined,
  };
}

/** One object of a list: decoded, of no account, or why it could not be decoded. */
export type DecodedItem<Value> =
  | { readonly tag: 'decoded'; readonly key: string; readonly value: Value }
  | { readonly tag: 'skipped'; readonly key: string }
  | { readonly tag: 'malformed'; readonly name: string; readonly problem: string };

/**
 * Decodes one object. `key` is `namespace/name`, or the name outside namespaces. A malformed object is told by its key where that is sound, else by its
 * place in the page.
 */
export function decodeItem<Value>(item: unknown, place: number, namespaced: boolean, decode: Decoder<Value>): DecodedItem<Value> {
  let name = `number ${place + 1} of its page`;
  try {
    if (!isObject(item)) throw new Malformed('it', 'an object');
    const identity = decodeIdentity(item, namespaced);
    const key = namespaced ? `${identity.namespace}/${identity.name}` : identity.name;
    name = key;
    const value = decode(decodeMetadata(identity, item), item);
    return value === undefined ? { tag: 'skipped', key } : { tag: 'decoded', key, value };
  } catch (error) {
    if (error instanceof Malformed) return { tag: 'malformed', name, problem: error.message };
    throw error;
  }
}
