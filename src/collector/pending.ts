import { listAt } from '../lib/group.ts';
import { type KeptKind, type KeptObject, objectKey } from '../mesh/kept.ts';
import { buildNamespace } from '../mesh/namespace.ts';
import { type SharedContext, type SharedOptions, sameShared, sharedContextOf } from '../mesh/shared.ts';
import type { Change } from '../sources/kubernetes/reflect.ts';
import type { NamespaceUpdate } from '../store/graph/publication.ts';

/** The objects that the last publication was made of. */
export interface KnownObjects {
  /** The names of all namespaces. */
  namespaces(): readonly string[];
  /** The objects of each of these namespaces; none where it is unknown. */
  objects(namespaces: readonly string[]): readonly (readonly KeptObject[])[];
}

type Event = Exclude<Change, { tag: 'replace' }>;
type Replacement = Extract<Change, { tag: 'replace' }>;

/** All objects of a kind: in every namespace, or in those alone that are named. */
interface Listed {
  readonly everywhere: boolean;
  readonly objects: ReadonlyMap<string, readonly KeptObject[]>;
}

// Enough for one batch of the store to pay, few enough for their objects to fit in memory beside a page of a list.
const BATCH = 32;

/**
 * What has been heard from Kubernetes since the last publication. What did not change stays in the store: a quiet cluster costs nothing here, an event costs the
 * objects of one namespace, and a list that was read anew those of all.
 */
export class PendingChanges {
  readonly #listed = new Map<KeptKind, Listed>();
  readonly #events = new Map<string, Event[]>();

  get any(): boolean {
    return this.lists || this.#events.size > 0;
  }

  /** Whether whole lists are among it, so that many namespaces have to be looked at. */
  get lists(): boolean {
    return this.#listed.size > 0;
  }

  fold(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.tag === 'replace') this.#replace(change);
      else this.#add(change);
    }
  }

  /** Forgets everything: it was published. */
  clear(): void {
    this.#listed.clear();
    this.#events.clear();
  }

  /**
   * The namespaces that are others now than what is known, one after the other, by name; nothing is forgotten by it. `optionsBefore` are those that the known graph was
   * built with: where something that all namespaces share is another, all are built anew. Throws what `known` throws.
   */
  *updates(known: KnownObjects, optionsBefore: SharedOptions, options: SharedOptions): Generator<NamespaceUpdate> {
    const root = options.istioRootNamespace;
    const [rootBefore = []] = known.objects([root]);
    const shared = sharedContextOf(options, this.#after(root, rootBefore));
    const rebuild = !sameShared(shared, sharedContextOf(optionsBefore, rootBefore));
    const everywhere = [...this.#listed.values()].some((listed) => listed.everywhere);
    const names = this.#touched(rebuild || everywhere ? known.namespaces() : []);
    for (let at = 0; at < names.length; at += BATCH) {
      const batch = names.slice(at, at + BATCH);
      const objects = known.objects(batch);
      for (const [place, namespace] of batch.entries()) {
        const update = this.#update(namespace, objects[place] ?? [], shared, rebuild);
        if (update !== undefined) yield update;
      }
    }
  }

  #replace({ kind, namespace, objects }: Replacement): void {
    const byNamespace = new Map<string, KeptObject[]>(namespace === undefined ? [] : [[namespace, []]]);
    for (const object of objects) listAt(byNamespace, object.namespace).push(object);
    const before = this.#listed.get(kind);
    if (namespace === undefined || before === undefined)
      this.#listed.set(kind, { everywhere: namespace === undefined, objects: byNamespace });
    else this.#listed.set(kind, { ...before, objects: new Map([...before.objects, ...byNamespace]) });
    // Whatever was heard of these before is in the list, or was undone before it was made.
    for (const [heardOf, events] of this.#events) {
      if (namespace !== undefined && heardOf !== namespace) continue;
      const left = events.filter((event) => kindOf(event) !== kind);
      if (left.length === 0) this.#events.delete(heardOf);
      else this.#events.set(heardOf, left);
    }
  }

  #add(event: Event): void {
    listAt(this.#events, event.tag === 'put' ? event.object.namespace : event.namespace).push(event);
  }

  /** These namespaces and all that something was heard of, sorted. */
  #touched(namespaces: readonly string[]): readonly string[] {
    const names = new Set([...namespaces, ...this.#events.keys()]);
    for (const { objects } of this.#listed.values()) for (const namespace of objects.keys()) names.add(namespace);
    return [...names].sort();
  }

  #update(namespace: string, before: readonly KeptObject[], shared: SharedContext, rebuild: boolean): NamespaceUpdate | undefined {
    const after = this.#after(namespace, before);
    if (after.length === 0) return before.length === 0 ? undefined : { tag: 'removed', namespace };
    if (!rebuild && sameObjects(before, after)) return undefined;
    return { tag: 'changed', namespace, objects: after, topology: buildNamespace(namespace, after, shared) };
  }

  /** What a whole list says of a namespace; undefined where there is none that says anything. */
  #listedIn(kind: KeptKind, namespace: string): readonly KeptObject[] | undefined {
    const listed = this.#listed.get(kind);
    return listed?.objects.get(namespace) ?? (listed?.everywhere === true ? [] : undefined);
  }

  /** The objects of a namespace with everything that was heard, by kind, then name. */
  #after(namespace: string, before: readonly KeptObject[]): readonly KeptObject[] {
    const events = this.#events.get(namespace);
    if (events === undefined && !this.lists) return before;
    const objects = new Map<string, KeptObject>();
    for (const object of before) if (this.#listedIn(object.kind, namespace) === undefined) objects.set(objectKey(object), object);
    for (const kind of this.#listed.keys())
      for (const object of this.#listedIn(kind, namespace) ?? []) objects.set(objectKey(object), object);
    for (const event of events ?? []) {
      if (event.tag === 'put') objects.set(objectKey(event.object), event.object);
      else objects.delete(objectKey(event));
    }
    return [...objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }
}

function kindOf(event: Event): KeptKind {
  return event.tag === 'put' ? event.object.kind : event.kind;
}

/** Both are in the same order; equal objects of one source have equal texts. */
function sameObjects(before: readonly KeptObject[], after: readonly KeptObject[]): boolean {
  return (
    before.length === after.length &&
    before.every((object, place) => object === after[place] || JSON.stringify(object) === JSON.stringify(after[place]))
  );
}
