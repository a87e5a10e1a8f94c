import type { KeptKind, KeptObject } from '../../../../../src/mesh/kept.ts';
import { keep } from '../../../../../src/sources/kubernetes/keep.ts';
import { KINDS } from '../../../../../src/sources/kubernetes/kinds.ts';
import type { Change } from '../../../../../src/sources/kubernetes/watch-state.ts';

/** What an object of the model can be like: as it should be, going, or not as its kind promises. */
export type Condition = 'fine' | 'going' | 'malformed';

/** One thing that happens in a cluster. */
export interface Deed {
  readonly kind: KeptKind;
  readonly namespace: string;
  readonly name: string;
  /** `gone`: deleted, if it is there. */
  readonly condition: Condition | 'gone';
  readonly label: string;
}

interface Entry {
  readonly resourceVersion: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly key: string;
  readonly kind: KeptKind;
  readonly object: Record<string, unknown>;
}

/** What a cluster answers a watch with, before it is cut into pieces. */
export type ModelWatch = { readonly tag: 'expired' } | { readonly tag: 'events'; readonly lines: readonly string[] };

/** A cluster with a memory of all its states: what a list of any moment shows, and what happened since. Its resourceVersions are shared by all kinds, as etcd's are. */
export class ModelCluster {
  readonly #history: Entry[] = [];
  #resourceVersion = 100;
  #compacted = 0;

  get resourceVersion(): number {
    return this.#resourceVersion;
  }

  do({ kind, namespace, name, condition, label }: Deed): void {
    const key = `${kind}/${namespace}/${KINDS[kind].namespaced ? name : namespace}`;
    const before = this.#history.findLast((entry) => entry.key === key);
    const isThere = before !== undefined && before.type !== 'DELETED';
    if (condition === 'gone' && !isThere) return;
    this.#resourceVersion += 1 + (label.length % 3);
    const object =
      condition === 'gone' && before !== undefined
        ? withVersion(before.object, this.#resourceVersion)
        : rawObject({ kind, namespace, name, condition, label }, this.#resourceVersion);
    const type = condition === 'gone' ? 'DELETED' : isThere ? 'MODIFIED' : 'ADDED';
    this.#history.push({ resourceVersion: this.#resourceVersion, type, key, kind, object });
  }

  /** Forgets what happened before now, as etcd does every few minutes. */
  compact(): void {
    this.#compacted = this.#resourceVersion;
  }

  /** Whether what happened since is still known. */
  remembers(resourceVersion: number): boolean {
    return resourceVersion >= this.#compacted;
  }

  /** The objects of a kind as they were, in the order of a list. */
  objects(kind: KeptKind, namespace: string | undefined, at: number = this.#resourceVersion): readonly Record<string, unknown>[] {
    const latest = new Map<string, Entry>();
    for (const entry of this.#history) if (entry.kind === kind && entry.resourceVersion <= at) latest.set(entry.key, entry);
    return [...latest.values()]
      .filter(({ type, object }) => type !== 'DELETED' && (namespace === undefined || namespaceOf(kind, object) === namespace))
      .sort((one, other) => (one.key < other.key ? -1 : 1))
      .map(({ object }) => object);
  }

  /** The lines of a watch: everything of a kind after a moment. */
  events(kind: KeptKind, namespace: string | undefined, after: number): readonly string[] {
    return this.#history
      .filter((entry) => entry.kind === kind && entry.resourceVersion > after)
      .filter(({ object }) => namespace === undefined || namespaceOf(kind, object) === namespace)
      .map(({ type, object }) => JSON.stringify({ type, object: whole(kind, object) }));
  }

  /** What a fresh list of these kinds comes to. */
  kept(kinds: readonly KeptKind[], namespaces?: readonly string[]): ReadonlyMap<string, KeptObject> {
    const kept = new Map<string, KeptObject>();
    for (const kind of kinds) {
      for (const item of (namespaces ?? [undefined]).flatMap((namespace) => this.objects(kind, namespace))) {
        const object = keepOrUndefined(kind, item);
        if (object !== undefined) kept.set(`${object.kind}/${object.namespace}/${object.name}`, object);
      }
    }
    return kept;
  }
}

/** Adds changes up, as whoever hears of them does. */
export function fold(into: Map<string, KeptObject>, changes: readonly Change[]): void {
  for (const change of changes) {
    switch (change.tag) {
      case 'put':
        into.set(`${change.object.kind}/${change.object.namespace}/${change.object.name}`, change.object);
        break;
      case 'delete':
        into.delete(`${change.kind}/${change.namespace}/${change.name}`);
        break;
      case 'replace':
        for (const [key, { kind, namespace }] of into) {
          if (kind === change.kind && (change.namespace === undefined || namespace === change.namespace)) into.delete(key);
        }
        for (const object of change.objects) into.set(`${object.kind}/${object.namespace}/${object.name}`, object);
    }
  }
}

/** Sorted, so that two of them compare. */
export function sorted(objects: ReadonlyMap<string, KeptObject>): readonly KeptObject[] {
  return [...objects].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, object]) => object);
}

function rawObject(
  { kind, namespace, name, condition, label }: Deed & { readonly condition: Condition | 'gone' },
  version: number,
): Record<string, unknown> {
  const row = KINDS[kind];
  return {
    metadata: {
      ...(row.namespaced ? { namespace } : {}),
      name: row.namespaced ? name : namespace,
      resourceVersion: String(version),
      creationTimestamp: '2026-01-02T03:04:05Z',
      labels: { app: label },
      annotations: { 'config.linkerd.io/opaque-ports': '3306', note: 'Grüße ☃ 𝄞' },
      managedFields: [],
      ...(condition === 'going' ? { deletionTimestamp: '2026-01-02T03:04:06Z' } : {}),
      ...(condition === 'malformed' ? { labels: { app: 'not a label' } } : {}),
    },
    ...(row.form === 'metadata' ? {} : { spec: {}, status: {} }),
  };
}

function withVersion(object: Record<string, unknown>, version: number): Record<string, unknown> {
  return { ...object, metadata: { ...(object.metadata as object), resourceVersion: String(version) } };
}

/** In a watch every object says what it is. */
export function whole(kind: KeptKind, object: Record<string, unknown>): Record<string, unknown> {
  const { form, group, versions, kind: name } = KINDS[kind];
  return form === 'metadata'
    ? { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', ...object }
    : { kind: name, apiVersion: group === '' ? versions[0] : `${group}/${versions[0]}`, ...object };
}

function namespaceOf(kind: KeptKind, { metadata }: Record<string, unknown>): unknown {
  const { namespace, name } = metadata as Record<string, unknown>;
  return KINDS[kind].namespaced ? namespace : name;
}

function keepOrUndefined(kind: KeptKind, item: Record<string, unknown>): KeptObject | undefined {
  try {
    return keep(kind, item);
  } catch {
    return undefined;
  }
}
