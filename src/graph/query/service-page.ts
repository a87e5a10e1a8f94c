import { groupBy } from '../../lib/group.ts';
import { sumFigures } from '../figures.ts';
import type { ServiceNode, WorkloadNode } from '../model.ts';
import { type Attached, attachedTo } from './attached.ts';
import { type GoldenSignals, inboundEdges, serviceNode, signalsOf, workloadsBehind } from './golden-signals.ts';
import { type GroupedEdge, groupEdges } from './group-edges.ts';
import { type Problems, problemsIn } from './problems.ts';
import { edgesIn, type MeshView } from './view.ts';

/** All that there is to say of a Service. */
export interface ServicePage extends Attached {
  readonly service: ServiceNode;
  /** The workloads behind it, as far as the topology has them. */
  readonly workloads: readonly WorkloadNode[];
  readonly golden: GoldenSignals;
  /** Traffic to it, by the workload that calls, the busiest first. */
  readonly callers: readonly GroupedEdge[];
  /** Traffic of the workloads behind it, by the Service that is called. */
  readonly callees: readonly GroupedEdge[];
  /** Those of the Service, its workloads, and what is attached to them. */
  readonly problems: Problems;
}

/**
 * The page of a Service, out of the topology and the traffic of its namespace (those of other namespaces add nothing but the names of Services that it calls).
 * Undefined where the view has no Service of that name.
 */
export function servicePage(view: MeshView, namespace: string, name: string): ServicePage | undefined {
  const node = serviceNode(view, namespace, name);
  if (node === undefined) return undefined;
  const behind = workloadsBehind(node);
  const inbound = inboundEdges(view, node);
  const outbound = edgesIn(view.traffic).filter(({ source }) => behind.has(source));
  const attached = attachedTo([node.id, ...behind], view);
  const subjects = new Set([node.id, ...behind, ...[...attached.routes, ...attached.policies].map(({ id }) => id)]);
  const names = groupBy(node.node.workloads, ({ kind, name }) => `${kind}/${name}`);
  return {
    service: node.node,
    workloads: view.topologies.get(namespace)?.workloads.filter(({ kind, name }) => names.has(`${kind}/${name}`)) ?? [],
    golden: signalsOf(sumFigures(inbound), node.node),
    callers: groupEdges(inbound, 'workload', view),
    callees: groupEdges(outbound, 'service', view),
    ...attached,
    problems: problemsIn(view, ({ subject }) => subjects.has(subject)),
  };
}
