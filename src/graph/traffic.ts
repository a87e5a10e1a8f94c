import { groupBy, listAt } from '../lib/group.ts';
import { compareText } from '../lib/order.ts';
import { addDecisions, type WorkloadsOf } from './decisions.ts';
import { defined } from './defined.ts';
import { draftEdges } from './drafts.ts';
import { activityOf } from './edges.ts';
import { namespaceOf } from './ids.ts';
import { isIdle, toEdge } from './measure.ts';
import type { Edge, NamespaceTraffic } from './model.ts';
import type { Observation } from './observed.ts';
import { countOnce } from './once.ts';
import { type KindOf, resolveRow } from './resolve.ts';
import { routeTraffic } from './route-traffic.ts';

/** The most edges, and the most rows of route traffic, that a namespace keeps. */
export const MAX_EDGES = 2000;

export interface TrafficOptions {
  /** The workloads that present an identity; without it, decisions by identity count for `unknown` callers. */
  readonly workloadsOf?: WorkloadsOf;
  readonly maxEdges?: number;
}

/**
 * What was observed, as the edges of each namespace that has any, by namespace. The same rows in any order give the same edges. Rows with the same ends,
 * Service, port and protocol are one edge; an edge with neither traffic nor decisions is none.
 *  - What both ends report is counted once (`countOnce`).
 *  - Rates are summed; the success rate is 1 - failures / requests; a latency quantile is the largest of the rows'.
 *  - TLS is the share of what was carried by mutual TLS in what is known of the edge: by the rows that count, or, where these do not say, by what the
 *    destination reported of the same traffic.
 *  - Decisions stand on one edge each (`addDecisions`).
 *  - A namespace with more than `maxEdges` keeps the busiest, and says how many it left out.
 */
export function buildTraffic(
  observation: Observation,
  kindOf: KindOf,
  options: TrafficOptions = {},
): ReadonlyMap<string, NamespaceTraffic> {
  const { workloadsOf = () => [], maxEdges = MAX_EDGES } = options;
  const drafts = draftEdges(countOnce(observation.traffic.map((observed) => resolveRow(observed, kindOf))));
  const decided = addDecisions(drafts, observation.decisions, kindOf, workloadsOf);
  const edges = new Map<string, Keyed[]>();
  for (const [key, draft] of decided) {
    const edge = toEdge(draft);
    if (isIdle(edge, draft)) continue;
    const [from, to] = [namespaceOf(edge.source), namespaceOf(edge.destination)];
    if (from !== undefined) listAt(edges, from).push({ key, edge });
    if (to !== undefined && to !== from) listAt(edges, to).push({ key, edge });
  }
  const routes = groupBy(observation.routes, ({ namespace }) => namespace);
  const traffic = new Map<string, NamespaceTraffic>();
  for (const namespace of [...new Set([...edges.keys(), ...routes.keys()])].sort(compareText)) {
    const kept = busiest(edges.get(namespace) ?? [], maxEdges);
    const routed = routeTraffic(routes.get(namespace) ?? [], maxEdges);
    if (kept.edges.length + (routed.routes?.length ?? 0) > 0) traffic.set(namespace, { namespace, ...kept, ...routed });
  }
  return traffic;
}

interface Keyed {
  readonly key: string;
  readonly edge: Edge;
}

/** The busiest edges, by key. */
function busiest(edges: readonly Keyed[], maxEdges: number): Pick<NamespaceTraffic, 'edges' | 'omittedEdges'> {
  const byKey = (a: Keyed, b: Keyed) => compareText(a.key, b.key);
  const kept = edges.length <= maxEdges ? edges : edges.toSorted((a, b) => activityOf(b.edge) - activityOf(a.edge) || byKey(a, b));
  const omittedEdges = edges.length <= maxEdges ? undefined : edges.length - maxEdges;
  return {
    edges: kept
      .slice(0, maxEdges)
      .sort(byKey)
      .map(({ edge }) => edge),
    ...defined({ omittedEdges }),
  };
}
