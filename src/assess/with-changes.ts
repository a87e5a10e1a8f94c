import { groupBy } from '../lib/group.ts';
import { isObject, type JsonObject } from '../lib/json.ts';
import { type KeptObject, objectKey } from '../mesh/kept.ts';
import { Field } from '../policy/objects/field.ts';
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
      const there = found.get(namespace) ?? [];
      const old = new Map(there.filter((object) => byKey.has(objectKey(object))).map((object) => [objectKey(object), object]));
      const kept = there.filter((object) => !byKey.has(objectKey(object)));
      const put = own.flatMap((change) => (change.tag === 'put' ? [asItWillBe(change.object, old.get(objectKey(change.object)))] : []));
      found.set(namespace, [...kept, ...put]);
    }
    return found;
  };
}

/**
 * An object as its controllers will find it. One that is there keeps its age, by which policies are ranked, and what was said of it. Of one that is not there nobody has
 * said anything yet, though a dry run gives it an age: the evaluators foresee what will be said of whatever has none.
 */
function asItWillBe(object: KeptObject, old: KeptObject | undefined): KeptObject {
  const { created: _, status: __, ...fresh } = object;
  if (old === undefined) return fresh;
  const { created, status } = old;
  const said = withNewParents(status, object.spec);
  return { ...fresh, ...(created === undefined ? {} : { created }), ...(said === undefined ? {} : { status: said }) };
}

const LINKERD = { group: 'policy.linkerd.io', controllerName: 'linkerd.io/policy-controller' };

/** A route that is there is hung on something else: proxies obey those that are accepted, and this one will be. What its other parents say stays. */
function withNewParents(status: JsonObject | undefined, spec: JsonObject | undefined): JsonObject | undefined {
  const known = new Field(status).at('parents').items.map(({ value }) => value);
  const missing = new Field(spec)
    .at('parentRefs')
    .items.flatMap(({ value }) => (isObject(value) && !known.some((parent) => answers(parent, value)) ? [value] : []));
  if (missing.length === 0) return status;
  const accepted = missing.map((parentRef) => ({
    parentRef,
    ...(parentRef.group === LINKERD.group ? { controllerName: LINKERD.controllerName } : {}),
    conditions: [{ type: 'Accepted', status: 'True' }],
  }));
  // Parts of JSON are JSON.
  return { ...status, parents: [...known, ...accepted] } as JsonObject;
}

/** Whether an entry of a status is about a parent. */
function answers(parent: unknown, reference: Record<string, unknown>): boolean {
  if (!isObject(parent) || !isObject(parent.parentRef)) return false;
  const { kind, name, sectionName = '', port } = parent.parentRef;
  return kind === reference.kind && name === reference.name && sectionName === (reference.sectionName ?? '') && port === reference.port;
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
