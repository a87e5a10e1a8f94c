import { compareText } from '../../lib/order.ts';
import { failuresOf } from '../figures.ts';
import type { NodeId } from '../model.ts';
import { type GroupedEdge, groupEdges } from './group-edges.ts';
import { type LoadTraffic, type TrafficIndex, trafficIndex, walk } from './walk.ts';

/** Nodes on either side of a call graph, unless said otherwise. */
export const MAX_CALL_NODES = 100;

export interface CallGraphOptions {
  /** How many calls far on either side. */
  readonly depth: number;
  readonly direction?: 'callers' | 'callees' | 'both';
  /** On either side, the start included. */
  readonly maxNodes?: number;
}

/** The callers or the callees of the start, theirs, and so on. */
export interface CallSide {
  /** How many calls each node is away, the start with 0 first. */
  readonly nodes: readonly { readonly id: NodeId; readonly distance: number }[];
  /** By what they join, whatever the port or protocol; the busiest first. */
  readonly edges: readonly GroupedEdge[];
  /** Ids from the start outwards, always along the slowest call: a call's latency contains that of the calls that it waits for. Empty: no latency is known. */
  readonly slowest: readonly NodeId[];
  /** Ids from the start outwards, always along the call of which most requests fail a second. Empty: none fails. */
  readonly mostFailing: readonly NodeId[];
  /** How many nodes more there would be within the depth, next to the ones here. */
  readonly omittedNodes: number;
}

export interface CallGraph {
  readonly callers?: CallSide;
  readonly callees?: CallSide;
}

/**
 * Who calls some nodes and whom they call, to a depth. The traffic of namespaces is loaded as the walk comes to them. A node may be on both sides, and calls in a
 * circle end where they began.
 */
export function callGraph(start: readonly NodeId[], options: CallGraphOptions, load: LoadTraffic): CallGraph {
  const { direction = 'both' } = options;
  const index = trafficIndex(load);
  return {
    ...(direction === 'callees' ? {} : { callers: side(start, 'callers', options, index) }),
    ...(direction === 'callers' ? {} : { callees: side(start, 'callees', options, index) }),
  };
}

type SideName = 'callers' | 'callees';

function side(start: readonly NodeId[], direction: SideName, options: CallGraphOptions, index: TrafficIndex): CallSide {
  const { depth, maxNodes = MAX_CALL_NODES } = options;
  const { distances, edges, omittedNodes } = walk(start, { direction, depth, maxNodes }, index);
  const grouped = groupEdges(edges, 'workload', { topologies: new Map() });
  return {
    nodes: [...distances].map(([id, distance]) => ({ id, distance })),
    edges: grouped,
    slowest: pathAlong(start, grouped, direction, ({ latency }) => latency?.p99 ?? latency?.p95 ?? latency?.p50 ?? 0),
    mostFailing: pathAlong(start, grouped, direction, failuresOf),
    omittedNodes,
  };
}

/** From the start always along the edge with the most of something, until there is none with any, or it leads back. */
function pathAlong(
  start: readonly NodeId[],
  edges: readonly GroupedEdge[],
  direction: SideName,
  amountOf: (edge: GroupedEdge) => number,
): readonly NodeId[] {
  const [nearOf, farOf] = direction === 'callees' ? [sourceOf, destinationOf] : [destinationOf, sourceOf];
  const path: NodeId[] = [];
  let from = new Set(start);
  for (;;) {
    const [best] = edges
      .filter((edge) => from.has(nearOf(edge)) && !start.includes(farOf(edge)) && !path.includes(farOf(edge)) && amountOf(edge) > 0)
      .sort((a, b) => amountOf(b) - amountOf(a) || compareText(farOf(a), farOf(b)));
    if (best === undefined) return path;
    if (path.length === 0) path.push(nearOf(best));
    path.push(farOf(best));
    from = new Set([farOf(best)]);
  }
}

const sourceOf = ({ source }: GroupedEdge): NodeId => source;
const destinationOf = ({ destination }: GroupedEdge): NodeId => destination;
