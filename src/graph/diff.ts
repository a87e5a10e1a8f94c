import { defined } from './defined.ts';
import { writePointer } from './pointer.ts';
import { COLLECTIONS, namespaceKey, type PublicGraph, type PublicNamespace } from './public.ts';
import { same } from './same.ts';

/**
 * A change of the public graph (RFC 6902). `was` is a member of our own, which every reader must ignore (section 4): what a figure or a word was before,
 * so that a change can be told in words by whoever has only the patch. Absent where that is long.
 */
export type Operation =
  | { readonly op: 'add'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'replace'; readonly path: string; readonly value: unknown; readonly was?: unknown };

const MAX_WAS_CHARACTERS = 100;

/**
 * What turns one state of a namespace into another; undefined where it does not exist. A namespace or an entry that comes or goes is one operation; of an
 * entry that changes, each member is. Arrays and nested objects within an entry are replaced whole, so no path has a position. Costs a look at each entry
 * of the namespace, and a closer one at those that are another object than before.
 */
export function diffNamespace(namespace: string, before: PublicNamespace | undefined, after: PublicNamespace | undefined): Operation[] {
  return diffAt(['namespaces', namespaceKey(namespace)], before, after);
}

/** All that changed between two states of the graph, by namespace. */
export function diffGraph(before: PublicGraph, after: PublicGraph): Operation[] {
  return keysOf(before.namespaces, after.namespaces).flatMap((key) =>
    diffAt(['namespaces', key], own(before.namespaces, key), own(after.namespaces, key)),
  );
}

function diffAt(path: readonly string[], before: PublicNamespace | undefined, after: PublicNamespace | undefined): Operation[] {
  if (before === after) return [];
  if (after === undefined) return [{ op: 'remove', path: writePointer(path) }];
  if (before === undefined) return [{ op: 'add', path: writePointer(path), value: after }];
  return [
    ...diffMembers(path, defined({ asksFor: before.asksFor }), defined({ asksFor: after.asksFor })),
    ...COLLECTIONS.flatMap((name) => diffEntries([...path, name], before[name], after[name])),
  ];
}

/** Members by name, of values that we do not look into. */
type Members = Readonly<Record<string, unknown>>;

function diffEntries(path: readonly string[], before: Members, after: Members): Operation[] {
  if (before === after) return [];
  return keysOf(before, after).flatMap((key): Operation[] => {
    const [old, fresh] = [own(before, key), own(after, key)];
    if (old === fresh) return [];
    const entry = [...path, key];
    if (isMembers(old) && isMembers(fresh)) return diffMembers(entry, old, fresh);
    return diffMember(entry, old, fresh);
  });
}

function diffMembers(path: readonly string[], before: Members, after: Members): Operation[] {
  return keysOf(before, after).flatMap((key) => diffMember([...path, key], own(before, key), own(after, key)));
}

function diffMember(path: readonly string[], before: unknown, after: unknown): Operation[] {
  if (same(before, after)) return [];
  if (after === undefined) return [{ op: 'remove', path: writePointer(path) }];
  if (before === undefined) return [{ op: 'add', path: writePointer(path), value: after }];
  const was = JSON.stringify(before).length <= MAX_WAS_CHARACTERS ? { was: before } : {};
  return [{ op: 'replace', path: writePointer(path), value: after, ...was }];
}

function keysOf(before: Members | PublicGraph['namespaces'], after: Members | PublicGraph['namespaces']): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
}

/** Not what every object inherits: a service may be called `constructor`. */
function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null;
}
