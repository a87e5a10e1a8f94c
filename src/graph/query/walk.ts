import { groupBy, listAt } from '../../lib/group.ts';
import { compareText } from '../../lib/order.ts';
import { activityOf, edgeKey } from '../edges.ts';
import { namespaceOf } from '../ids.ts';
import type { Edge, NamespaceTraffic, NodeId } from '../model.ts';

/** Gives the traffic of namespaces; one that there is none of may be missing. Called at most once a level, never twice for one namespace. */
export type LoadTraffic = (namespaces: readonly string[]) => ReadonlyMap<string, NamespaceTraffic>;

/** `callers` against the direction of calls, `callees` with it, `both` either way at every step. */
export type Direction = 'callers' | 'callees' | 'both';

export interface WalkOptions {
  readonly direction: Direction;
  /** How many calls far; 0 gives the start alone. */
  readonly depth: number;
  /** How many nodes at most, the start included: the busiest first. */
  readonly maxNodes: number;
}

/** What a walk along the edges found. */
export interface Walk {
  /** How many calls each node is away from the start, in the order in which they were found. */
  readonly distances: ReadonlyMap<NodeId, number>;
  /** The edges that were gone along, and those between nodes that were reached otherwise, nearest first. */
  readonly edges: readonly Edge[];
  /** How many nodes next to these were left out because of `maxNodes`. */
  readonly omittedNodes: number;
}

/** Edges by their ends, of the namespaces that were loaded so far. */
interface Loaded {
  readonly namespaces: Set<string>;
  readonly from: Map<NodeId, Edge[]>;
  readonly to: Map<NodeId, Edge[]>;
  readonly keys: Set<string>;
}

/** A loader that remembers, for several walks over the same traffic. */
export interface TrafficIndex {
  readonly load: LoadTraffic;
  readonly loaded: Loaded;
}

export function trafficIndex(load: LoadTraffic): TrafficIndex {
  return { load, loaded: { namespaces: new Set(), from: new Map(), to: new Map(), keys: new Set() } };
}

/**
 * Goes breadth first along the edges, level by level, loading the namespaces of a level's nodes together. A node is gone through once, so cycles end.
 * `unmeshed`, `unknown` and external nodes are reached and not gone through: they stand for many, or have no namespace to load.
 */
export function walk(start: readonly NodeId[], { direction, depth, maxNodes }: WalkOptions, index: TrafficIndex): Walk {
  const distances = new Map<NodeId, number>(start.slice(0, maxNodes).map((id) => [id, 0]));
  const omitted = new Set<NodeId>(start.slice(maxNodes));
  const seen: Edge[] = [];
  let frontier: readonly NodeId[] = [...distances.keys()];
  for (let distance = 1; distance <= depth && frontier.length > 0; distance++) {
    loadFor(frontier, index);
    const steps = frontier.flatMap((id) => (namespaceOf(id) === undefined ? [] : stepsFrom(id, direction, index.loaded)));
    steps.sort((a, b) => activityOf(b.edge) - activityOf(a.edge) || compareText(edgeKey(a.edge), edgeKey(b.edge)));
    const next: NodeId[] = [];
    for (const { to } of steps) {
      if (distances.has(to)) continue;
      if (distances.size >= maxNodes) omitted.add(to);
      else {
        distances.set(to, distance);
        next.push(to);
      }
    }
    seen.push(...steps.map(({ edge }) => edge));
    frontier = next;
  }
  const kept = seen.filter(({ source, destination }) => distances.has(source) && distances.has(destination));
  return { distances, edges: [...new Map(kept.map((edge) => [edgeKey(edge), edge])).values()], omittedNodes: omitted.size };
}

interface Step {
  readonly edge: Edge;
  readonly to: NodeId;
}

function stepsFrom(id: NodeId, direction: Direction, { from, to }: Loaded): readonly Step[] {
  const out = direction === 'callers' ? [] : (from.get(id) ?? []).map((edge) => ({ edge, to: edge.destination }));
  const back = direction === 'callees' ? [] : (to.get(id) ?? []).map((edge) => ({ edge, to: edge.source }));
  return [...out, ...back];
}

function loadFor(nodes: readonly NodeId[], { load, loaded }: TrafficIndex): void {
  const missing = [...groupBy(nodes, namespaceOf).keys()].flatMap((namespace) =>
    namespace === undefined || loaded.namespaces.has(namespace) ? [] : [namespace],
  );
  if (missing.length === 0) return;
  const traffic = load(missing.sort(compareText));
  for (const namespace of missing) {
    loaded.namespaces.add(namespace);
    for (const edge of traffic.get(namespace)?.edges ?? []) {
      const key = edgeKey(edge);
      if (loaded.keys.has(key)) continue;
      loaded.keys.add(key);
      listAt(loaded.from, edge.source).push(edge);
      listAt(loaded.to, edge.destination).push(edge);
    }
  }
}
