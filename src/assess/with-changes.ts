import { groupBy } from '../lib/group.ts';
import { objectKey } from '../mesh/kept.ts';
import type { ObjectChange } from './effect.ts';
import type { ReadObjects } from './world.ts';

/** The same objects as they would be after the changes; of several changes of one object the last counts. */
export function withChanges(read: ReadObjects, changes: readonly ObjectChange[]): ReadObjects {
  const byKey = new Map(changes.map((change) => [keyOf(change), change]));
  const byNamespace = groupBy(byKey.values(), namespaceOfChange);
  return (namespaces) => {
    const found = new Map(read(namespaces));
    for (const namespace of namespaces) {
      const own = byNamespace.get(namespace);
      if (own === undefined) continue;
      const kept = (found.get(namespace) ?? []).filter((object) => !byKey.has(objectKey(object)));
      found.set(namespace, [...kept, ...own.flatMap((change) => (change.tag === 'put' ? [change.object] : []))]);
    }
    return found;
  };
}

export function keyOf(change: ObjectChange): string {
  return change.tag === 'put' ? objectKey(change.object) : change.key;
}

/** The namespace of the object that changes. */
export function namespaceOfChange(change: ObjectChange): string {
  return change.tag === 'put' ? change.object.namespace : (change.key.split('/')[1] ?? '');
}

/** The kind of the object that changes, by the name of its row in the table of kinds. */
export function kindOfChange(change: ObjectChange): string {
  return change.tag === 'put' ? change.object.kind : (change.key.split('/')[0] ?? '');
}
