import { namespaceOf, parseNodeId, UNMESHED } from '../ids.ts';
import type { Edge, Mesh, NodeId, PodCounts } from '../model.ts';
import { passes } from '../passes.ts';
import { THRESHOLDS } from './thresholds.ts';
import { edgesIn, type GraphNode, type MeshView, nodesIn } from './view.ts';

/** What an answer is about: all that is given must hold. */
export interface GraphFilter {
  /** Nodes in it, and edges with an end in it. */
  readonly namespace?: string;
  /** By `name` or `Kind/name`: the workload, the Services in front of it, and its edges. */
  readonly workload?: string;
  /** Nodes with a pod in this mesh, and their edges. */
  readonly mesh?: Mesh;
  /** Edges of which a smaller share than `successBelow` succeeds, or with calls that were denied; nodes that these join. */
  readonly onlyErrors?: boolean;
  /** 0 to 1; by default what is good. */
  readonly successBelow?: number;
  /** Nodes with a pod outside every mesh, their edges, and those of unmeshed callers. */
  readonly unmeshedOnly?: boolean;
  /** Edges with so many requests a second, and nodes that these join. TCP edges have none. */
  readonly minRps?: number;
}

/** A part of the graph. */
export interface Subgraph {
  /** The loaded nodes in their order, then those of which only the id is known, by id. */
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly Edge[];
}

/** The part of a view that passes a filter: the edges that do, the nodes that do unless the filter is about edges alone, and both ends of every edge. */
export function filterGraph(view: MeshView, filter: GraphFilter): Subgraph {
  const known = nodesIn(view);
  const fits = nodeFilter(filter);
  const { onlyErrors = false, minRps = 0, successBelow = THRESHOLDS.success.good } = filter;
  const edges = edgesIn(view.traffic).filter((edge) => {
    if ((edge.rps ?? 0) < minRps) return false;
    if (onlyErrors && (edge.successRate ?? 1) >= successBelow && (edge.denied ?? 0) === 0) return false;
    const ends = [nodeAt(known, edge.source), nodeAt(known, edge.destination)];
    return fits.every((fitsOne) => ends.some(fitsOne));
  });
  const wanted = new Set(edges.flatMap(({ source, destination }) => [source, destination]));
  if (!onlyErrors && minRps === 0) {
    for (const node of known.values()) if (fits.every((fitsOne) => fitsOne(node))) wanted.add(node.id);
  }
  const others = [...wanted].filter((id) => !known.has(id)).sort();
  return {
    nodes: [...[...known.values()].filter(({ id }) => wanted.has(id)), ...others.map((id): GraphNode => ({ tag: 'other', id }))],
    edges,
  };
}

/**
 * What a filter asks of nodes. An edge needs an end for each condition, not one for all: what calls the unmeshed node of a namespace may be in another. But
 * namespace and workload together name one node.
 */
function nodeFilter({ namespace, workload, mesh, unmeshedOnly = false }: GraphFilter): readonly ((node: GraphNode) => boolean)[] {
  const conditions: ((node: GraphNode) => boolean)[] = [];
  conditions.push(
    (node) => (namespace === undefined || namespaceOf(node.id) === namespace) && (workload === undefined || isOrFronts(node, workload)),
  );
  if (mesh !== undefined) conditions.push((node) => podsOf(node)?.meshes.includes(mesh) ?? false);
  if (unmeshedOnly) conditions.push((node) => node.id === UNMESHED || isUnmeshed(podsOf(node)));
  return conditions;
}

function isUnmeshed(pods: PodCounts | undefined): boolean {
  return pods !== undefined && passes(pods, 'unmeshed');
}

function podsOf(node: GraphNode): PodCounts | undefined {
  return node.tag === 'other' ? undefined : node.node;
}

function isOrFronts(node: GraphNode, workload: string): boolean {
  if (node.tag === 'service') return node.node.workloads.some((behind) => isNamed(behind, workload));
  const ref = parseNodeId(node.id);
  return ref?.tag === 'workload' && isNamed(ref, workload);
}

function isNamed({ kind, name }: { readonly kind: string; readonly name: string }, wanted: string): boolean {
  return wanted === name || wanted === `${kind}/${name}`;
}

function nodeAt(known: ReadonlyMap<NodeId, GraphNode>, id: NodeId): GraphNode {
  return known.get(id) ?? { tag: 'other', id };
}
