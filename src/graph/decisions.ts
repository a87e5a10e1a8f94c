import { groupBy } from '../lib/group.ts';
import { compareText } from '../lib/order.ts';
import { defined } from './defined.ts';
import type { Draft } from './drafts.ts';
import { type EdgeEnds, edgeKey } from './edges.ts';
import { namespaceOf, UNKNOWN } from './ids.ts';
import type { NodeId } from './model.ts';
import type { ObservedDecisions } from './observed.ts';
import { total } from './order.ts';
import { type KindOf, resolveEndpoint } from './resolve.ts';

/** The workloads that present an identity, from the topology; several may share a service account. */
export type WorkloadsOf = (identity: string) => readonly NodeId[];

/**
 * The drafts with what the destinations' policies decided, each decision on exactly one edge, so that the decisions on all edges into a workload add up to
 * what it reported:
 *  1. The caller is the node that the metric names; else the one workload that presents the client's identity, or of several that do, the one that has
 *     traffic to this destination; else `unknown`.
 *  2. The edge is the busiest from this caller to this destination, of the same sort (requests or connections) and port where there is one.
 *  3. Where there is none, a new edge with nothing but decisions: a caller that was always denied may show in no other metric.
 */
export function addDecisions(
  drafts: ReadonlyMap<string, Draft>,
  decisions: readonly ObservedDecisions[],
  kindOf: KindOf,
  workloadsOf: WorkloadsOf,
): ReadonlyMap<string, Draft> {
  const into = groupBy(drafts.values(), ({ ends }) => ends.destination);
  const byEdge = new Map<string, { readonly ends: EdgeEnds; readonly decisions: ObservedDecisions[] }>();
  for (const decision of decisions) {
    const destination = resolveEndpoint(decision.destination, kindOf);
    if (namespaceOf(destination) === undefined) continue;
    const candidates = into.get(destination) ?? [];
    const source = callerOf(decision, candidates, kindOf, workloadsOf);
    const ends = busiest(candidates, source, decision)?.ends ?? newEnds(source, destination, decision);
    const key = edgeKey(ends);
    const found = byEdge.get(key);
    if (found === undefined) byEdge.set(key, { ends, decisions: [decision] });
    else found.decisions.push(decision);
  }
  const all = new Map(drafts);
  for (const [key, { ends, decisions }] of byEdge) {
    const draft = drafts.get(key) ?? { ends, counted: [], repeated: [] };
    all.set(key, { ...draft, decisions });
  }
  return all;
}

function callerOf({ source, clientId }: ObservedDecisions, candidates: readonly Draft[], kindOf: KindOf, workloadsOf: WorkloadsOf): NodeId {
  if (source !== undefined && source.tag !== 'unknown') return resolveEndpoint(source, kindOf);
  const workloads = clientId === undefined ? [] : workloadsOf(clientId);
  const [only, ...others] = workloads;
  if (only !== undefined && others.length === 0) return only;
  const [caller, ...more] = workloads.filter((workload) => candidates.some(({ ends }) => ends.source === workload));
  return caller !== undefined && more.length === 0 ? caller : UNKNOWN;
}

function busiest(candidates: readonly Draft[], source: NodeId, { port, protocol = 'http' }: ObservedDecisions): Draft | undefined {
  const fitting = candidates.filter(({ ends }) => ends.source === source && (ends.protocol === 'tcp') === (protocol === 'tcp'));
  const samePort = fitting.filter(({ ends }) => port !== undefined && ends.port === port);
  const ranked = (samePort.length > 0 ? samePort : fitting).map((draft) => ({
    draft,
    requests: total(draft.counted.map(({ requests }) => requests)),
  }));
  ranked.sort((a, b) => b.requests - a.requests || compareText(edgeKey(a.draft.ends), edgeKey(b.draft.ends)));
  return ranked[0]?.draft;
}

function newEnds(source: NodeId, destination: NodeId, { port, protocol = 'http' }: ObservedDecisions): EdgeEnds {
  return { source, destination, ...defined({ port }), protocol };
}
