import type { JsonObject } from '../../lib/json.ts';
import { objectAt, withMember } from './json.ts';
import { RESOURCE_KEYS, type ResourceKey } from './resources.ts';
import { type DemoObject, keyOf, stored } from './stored.ts';

/** Something that happened to an object. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** The state of the cluster from then on. */
  readonly revision: number;
  readonly resource: ResourceKey;
  /** As it is now; as it was last, with the resourceVersion of its end, where it was deleted. */
  readonly object: DemoObject;
  /** As it was before; undefined where it was added. */
  readonly previous: DemoObject | undefined;
}

/** Where a cluster's objects begin. */
export interface Beginning {
  readonly objects: Readonly<Record<ResourceKey, readonly DemoObject[]>>;
  /** The state that they are in; later ones count on from it. */
  readonly revision: number;
  /** How many changes are remembered. */
  readonly history: number;
}

/** The objects of a cluster, with their latest history: what etcd and its watch are for an API server. */
export interface Storage {
  /** The state of the cluster now. */
  readonly revision: number;
  /** The oldest state that can still be told; older ones are forgotten. */
  readonly oldest: number;
  /** The objects of a resource in the order of their keys, now or in a state that is not forgotten. */
  list(resource: ResourceKey, revision?: number): readonly DemoObject[];
  get(resource: ResourceKey, namespace: string, name: string): DemoObject | undefined;
  /** Keeps an object as it is, with a new resourceVersion, in place of the one of its name if there is one. */
  put(resource: ResourceKey, object: JsonObject): DemoObject;
  /** Removes an object. The answer is as it was last, or undefined where there was none. */
  remove(resource: ResourceKey, namespace: string, name: string): DemoObject | undefined;
  /** What happened since a state that is not forgotten, oldest first. */
  since(revision: number): readonly Change[];
  /** Calls for every change from now on, until the function that it returns is called. */
  onChange(listener: (change: Change) => void): () => void;
}

export function createStorage({ objects, revision: first, history }: Beginning): Storage {
  // In the order of their keys; made when a list asks for it.
  const sorted = new Map<ResourceKey, readonly DemoObject[]>();
  const listeners = new Set<(change: Change) => void>();
  const changes: Change[] = [];
  let revision = first;
  let oldest = first;
  // Object.fromEntries forgets the literal key type.
  const tables = Object.fromEntries(
    RESOURCE_KEYS.map((resource) => [
      resource,
      new Map(objects[resource].map((object) => [keyOf(object), withRevision(object.object, first)])),
    ]),
  ) as Readonly<Record<ResourceKey, Map<string, DemoObject>>>;

  const publish = (change: Change): void => {
    revision = change.revision;
    sorted.delete(change.resource);
    changes.push(change);
    if (changes.length > history) oldest = changes.shift()?.revision ?? oldest;
    for (const listener of [...listeners]) listener(change);
  };

  return {
    get revision() {
      return revision;
    },
    get oldest() {
      return oldest;
    },
    list: (resource, at = revision) => {
      if (at === revision) {
        const now = sorted.get(resource) ?? inOrder(tables[resource]);
        sorted.set(resource, now);
        return now;
      }
      const then = new Map(tables[resource]);
      for (const change of changes.filter((each) => each.resource === resource && each.revision > at).reverse()) {
        if (change.previous === undefined) then.delete(keyOf(change.object));
        else then.set(keyOf(change.object), change.previous);
      }
      return inOrder(then);
    },
    get: (resource, namespace, name) => tables[resource].get(keyOf({ namespace, name })),
    put: (resource, object) => {
      const next = withRevision(object, revision + 1);
      const table = tables[resource];
      const previous = table.get(keyOf(next));
      table.set(keyOf(next), next);
      publish({ type: previous === undefined ? 'ADDED' : 'MODIFIED', revision: revision + 1, resource, object: next, previous });
      return next;
    },
    remove: (resource, namespace, name) => {
      const table = tables[resource];
      const previous = table.get(keyOf({ namespace, name }));
      if (previous === undefined) return undefined;
      table.delete(keyOf(previous));
      const object = withRevision(previous.object, revision + 1);
      publish({ type: 'DELETED', revision: revision + 1, resource, object, previous });
      return object;
    },
    since: (from) => changes.filter((change) => change.revision > from),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function withRevision(object: JsonObject, revision: number): DemoObject {
  return stored(withMember(object, 'metadata', withMember(objectAt(object, 'metadata'), 'resourceVersion', String(revision))));
}

function inOrder(table: ReadonlyMap<string, DemoObject>): readonly DemoObject[] {
  return [...table].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
}
