import { unescapeName } from './ids.ts';
import { readPointer } from './pointer.ts';
import { COLLECTIONS, type CollectionName } from './public.ts';

/** What a path of a patch is about. */
export type Place =
  | { readonly tag: 'namespace'; readonly namespace: string; readonly namespaceKey: string }
  /** A member of the namespace itself. */
  | { readonly tag: 'member'; readonly namespace: string; readonly member: string }
  | {
      readonly tag: 'entry';
      readonly namespace: string;
      readonly namespaceKey: string;
      readonly collection: CollectionName;
      readonly key: string;
      /** What of the entry; absent: all of it. */
      readonly member?: string;
    };

/** Where in the public graph a path leads; undefined for one that `diffNamespace` does not write. */
export function placeOf(path: string): Place | undefined {
  const [root, namespaceKey, part, key, member, ...more] = readPointer(path) ?? [];
  const namespace = namespaceKey === undefined ? undefined : unescapeName(namespaceKey);
  if (root !== 'namespaces' || namespaceKey === undefined || namespace === undefined || more.length > 0) return undefined;
  if (part === undefined) return { tag: 'namespace', namespace, namespaceKey };
  if (key === undefined) return { tag: 'member', namespace, member: part };
  const collection = COLLECTIONS.find((name) => name === part);
  if (collection === undefined) return undefined;
  return { tag: 'entry', namespace, namespaceKey, collection, key, ...(member === undefined ? {} : { member }) };
}
