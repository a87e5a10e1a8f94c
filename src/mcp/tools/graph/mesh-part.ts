import type { Edge } from '../../../graph/model.ts';
import { filterGraph, type GraphFilter } from '../../../graph/query/filter-graph.ts';
import { neighbourhood } from '../../../graph/query/neighbourhood.ts';
import { type GraphNode, type MeshView, nodesIn } from '../../../graph/query/view.ts';
import type { GraphReader } from '../../../store/graph/reader.ts';
import { readNamespace, workloadsNamed } from './lookup.ts';
import type { MeshQuery } from './mesh-schemas.ts';
import { namespacesOf, passesOverview } from './overview.ts';

/** Namespaces whose workloads one answer looks at. */
const MAX_NAMESPACES = 16;

/** The part of the graph that is asked for. */
export interface MeshPart {
  readonly view: Pick<MeshView, 'topologies'>;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly Edge[];
  /** What was not looked at, a sentence each. */
  readonly notes: readonly string[];
}

/** Reads the part of the graph that passes. Throws `MeshError('invalid')` where there is no such namespace or workload. */
export function meshPart(reader: GraphReader, wanted: MeshQuery): MeshPart {
  const { namespace, workload } = wanted;
  const filter: GraphFilter = {
    ...(wanted.mesh === undefined ? {} : { mesh: wanted.mesh }),
    ...(wanted.minRps === undefined ? {} : { minRps: wanted.minRps }),
    onlyErrors: wanted.onlyErrors ?? false,
    unmeshedOnly: wanted.unmeshedOnly ?? false,
  };
  if (namespace === undefined) return busiestPart(reader, wanted, filter);
  const { view, topology } = readNamespace(reader, namespace);
  if (workload === undefined) return { view, ...filterGraph(view, { ...filter, namespace }), notes: omittedNotes(view) };
  const around = neighbourhood(workloadsNamed(topology, workload), wanted.depth, (namespaces) => reader.traffic(namespaces));
  const topologies = reader.topologies(namespacesOf([...around.distances.keys()]));
  // The edges of the walk, whatever the namespace that they were read in.
  const near: MeshView = { topologies, traffic: new Map([['', { namespace: '', edges: around.edges }]]) };
  const { nodes, edges } = filterGraph(near, filter);
  const known = nodesIn(near);
  const passed = new Set(nodes.map(({ id }) => id));
  return {
    view: near,
    nodes: [...around.distances.keys()].flatMap((id) => (passed.has(id) ? (known.get(id) ?? []) : [])),
    edges,
    notes: around.omittedNodes === 0 ? [] : [`${around.omittedNodes} more nodes are around it: ask for less depth.`],
  };
}

/** Of all namespaces the busiest, as many as one answer looks at. */
function busiestPart(reader: GraphReader, wanted: MeshQuery, filter: GraphFilter): MeshPart {
  const summaries = reader.summaries();
  // A namespace in figures hides a little traffic that fails in much that does not, so figures decide only where they must.
  const matching = summaries.length <= MAX_NAMESPACES ? summaries : summaries.filter((summary) => passesOverview(summary, wanted));
  const busiest = matching.toSorted((a, b) => b.rps - a.rps).slice(0, MAX_NAMESPACES);
  const view = reader.view(busiest.map((summary) => summary.namespace).sort());
  const left = matching.length - busiest.length;
  return {
    view,
    ...filterGraph(view, filter),
    notes: [
      ...(left === 0
        ? []
        : [`Only the ${MAX_NAMESPACES} busiest namespaces are in this answer, ${left} are not: name one, or ask for groupBy namespace.`]),
      ...omittedNotes(view),
    ],
  };
}

function omittedNotes({ traffic }: MeshView): readonly string[] {
  return [...traffic.values()].flatMap(({ namespace, omittedEdges = 0 }) =>
    omittedEdges === 0 ? [] : [`The graph leaves out the ${omittedEdges} least busy edges of ${namespace}.`],
  );
}
