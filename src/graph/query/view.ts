import { edgeKey, homeOf } from '../edges.ts';
import { namespaceOf, serviceId, workloadId } from '../ids.ts';
import type { Edge, NamespaceTopology, NamespaceTraffic, NodeId, ServiceNode, WorkloadNode } from '../model.ts';

/** What was loaded of the graph to answer a question: some namespaces, perhaps the traffic of more of them than the topology, or none. */
export interface MeshView {
  readonly topologies: ReadonlyMap<string, NamespaceTopology>;
  readonly traffic: ReadonlyMap<string, NamespaceTraffic>;
}

/** A node as a view shows it; `other` is one of which the view has no more than its name: in a namespace that was not loaded, or in none. */
export type GraphNode =
  | { readonly tag: 'workload'; readonly id: NodeId; readonly namespace: string; readonly node: WorkloadNode }
  | { readonly tag: 'service'; readonly id: NodeId; readonly namespace: string; readonly node: ServiceNode }
  | { readonly tag: 'other'; readonly id: NodeId };

/** All workloads and services of the loaded topologies, by id: namespaces and what is in them in their order, workloads first. */
export function nodesIn({ topologies }: MeshView): ReadonlyMap<NodeId, GraphNode> {
  const nodes = new Map<NodeId, GraphNode>();
  for (const [namespace, { workloads, services }] of topologies) {
    for (const node of workloads) {
      const id = workloadId(namespace, node.kind, node.name);
      nodes.set(id, { tag: 'workload', id, namespace, node });
    }
    for (const node of services) {
      const id = serviceId(namespace, node.name);
      nodes.set(id, { tag: 'service', id, namespace, node });
    }
  }
  return nodes;
}

/** All edges of the loaded traffic, each once though it may stand in two namespaces, in the order of the namespaces. */
export function edgesIn(traffic: MeshView['traffic']): readonly Edge[] {
  const edges: Edge[] = [];
  const visiting = new Set<string>();
  for (const [namespace, { edges: own }] of traffic) {
    for (const edge of own) {
      // Its home has it as well, where that is loaded and did not leave it out.
      const home = homeOf(edge);
      if (home === namespace || home === undefined || !traffic.has(home)) edges.push(edge);
      else visiting.add(edgeKey(edge));
    }
  }
  if (visiting.size === 0) return edges;
  for (const edge of edges) visiting.delete(edgeKey(edge));
  return [...edges, ...leftOut(traffic, visiting)];
}

/** Edges that their home left out because it has too many, by their keys. */
function leftOut(traffic: MeshView['traffic'], keys: ReadonlySet<string>): readonly Edge[] {
  if (keys.size === 0) return [];
  return [...traffic.values()].flatMap(({ namespace, edges }) =>
    edges.filter((edge) => namespaceOf(edge.destination) === namespace && keys.has(edgeKey(edge))),
  );
}
