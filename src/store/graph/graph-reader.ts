import type { NamespaceSummary, NamespaceTopology, NamespaceTraffic } from '../../graph/model.ts';
import type { MeshView } from '../../graph/query/view.ts';
import type { MeshSummary } from '../../graph/summary.ts';
import type { KeptObject } from '../../mesh/kept.ts';
import type { Deltas } from './deltas.ts';
import type { GraphStatus } from './status.ts';

/**
 * One generation of the graph. Each method reads what it is asked for in one batch, nothing twice; what is not there is absent from its
 * map. Each throws `MeshError` when the store does not answer, and what `withGraph` catches.
 */
export interface GraphReader {
  readonly status: GraphStatus;
  readonly totals: MeshSummary;
  /** The names of all namespaces, sorted. */
  namespaces(): readonly string[];
  /** All namespaces in figures, by name. */
  summaries(): readonly NamespaceSummary[];
  summary(namespace: string): NamespaceSummary | undefined;
  topologies(namespaces: readonly string[]): ReadonlyMap<string, NamespaceTopology>;
  traffic(namespaces: readonly string[]): ReadonlyMap<string, NamespaceTraffic>;
  /** Topology and traffic in one batch. */
  view(namespaces: readonly string[]): MeshView;
  /** What Kubernetes said of these namespaces: for whoever judges policies again. */
  objects(namespaces: readonly string[]): ReadonlyMap<string, readonly KeptObject[]>;
  /** How the public graph came here from another generation. */
  deltasSince(generation: number): Deltas;
}
