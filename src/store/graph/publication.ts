import type { NamespaceTopology, NamespaceTraffic } from '../../graph/model.ts';
import type { KeptObject } from '../../mesh/kept.ts';
import type { Circumstances, ResumePoints } from './head.ts';

/** A namespace whose objects changed. */
export type NamespaceUpdate =
  | { readonly tag: 'changed'; readonly namespace: string; readonly objects: readonly KeptObject[]; readonly topology: NamespaceTopology }
  | { readonly tag: 'removed'; readonly namespace: string };

/** What a collector has to say. Where the writer starts with nothing, it must be everything. */
export interface Publication extends Circumstances {
  /** Each namespace at most once; taken one after the other, so they need not be in memory together. */
  readonly updates: Iterable<NamespaceUpdate>;
  /** A whole reading of the traffic: a namespace that it lacks has none. Absent: the traffic stays as it is. */
  readonly traffic?: ReadonlyMap<string, NamespaceTraffic>;
  /** When that was read, milliseconds since 1970. */
  readonly trafficAt?: number;
  /** Where the watches go on after everything that this publication knows. */
  readonly resume: ResumePoints;
}

/** Why a writer must be opened anew: what it started from no longer holds. */
export type RestartReason = 'wiped' | 'overtaken' | 'damaged';

export type PublishOutcome =
  | { readonly tag: 'published'; readonly generation: number; readonly values: number; readonly bytes: number }
  /** Nothing changed, and nothing was written. */
  | { readonly tag: 'unchanged' }
  /** Nothing was published. */
  | { readonly tag: 'restart'; readonly why: RestartReason };

/** What is new of a namespace. */
export interface NamespaceChange {
  readonly namespace: string;
  readonly removed: boolean;
  readonly topology: NamespaceTopology | undefined;
  readonly objects: readonly KeptObject[] | undefined;
  /** Undefined: as it was. `none`: there is none any more. */
  readonly traffic: NamespaceTraffic | 'none' | undefined;
}

/** The changes of a publication, namespace by namespace: updates first, then those of whose traffic alone there is something to say. */
export function* changesOf({ updates, traffic }: Publication, namespaces: readonly string[]): Generator<NamespaceChange> {
  const told = new Set<string>();
  const trafficOf = (namespace: string): NamespaceChange['traffic'] => {
    const own = traffic?.get(namespace);
    return traffic && (own === undefined || isEmpty(own) ? 'none' : own);
  };
  for (const update of updates) {
    const { namespace } = update;
    told.add(namespace);
    if (update.tag === 'removed') yield { namespace, removed: true, topology: undefined, objects: undefined, traffic: undefined };
    else yield { namespace, removed: false, topology: update.topology, objects: update.objects, traffic: trafficOf(namespace) };
  }
  if (traffic === undefined) return;
  for (const namespace of namespaces) {
    if (told.has(namespace)) continue;
    yield { namespace, removed: false, topology: undefined, objects: undefined, traffic: trafficOf(namespace) };
  }
}

function isEmpty({ edges, routes = [] }: NamespaceTraffic): boolean {
  return edges.length + routes.length === 0;
}
