import type { NamespaceSummary } from '../../graph/model.ts';
import { summarize, sumSummaries } from '../../graph/summary.ts';
import { MeshError } from '../../lib/errors.ts';
import { compareText } from '../../lib/order.ts';
import type { GraphReader } from './graph-reader.ts';
import { circumstancesOf } from './head.ts';
import type { Snapshot } from './snapshot.ts';

/** The graph of a snapshot: stale, and without what it was made of. `why` is a sentence of our own. */
export function snapshotReader(snapshot: Snapshot, why: string): GraphReader {
  const { generation, at, takenAt, topologies, traffic } = snapshot;
  const summaries = new Map<string, NamespaceSummary>();
  for (const [namespace, topology] of [...topologies].sort(([a], [b]) => compareText(a, b)))
    summaries.set(namespace, summarize(topology, traffic.get(namespace)));
  return {
    status: { generation, at, ...circumstancesOf(snapshot), synced: false, stale: { since: takenAt, why } },
    totals: sumSummaries(summaries.values()),
    namespaces: () => [...summaries.keys()],
    summaries: () => [...summaries.values()],
    summary: (namespace) => summaries.get(namespace),
    topologies: (namespaces) => only(topologies, namespaces),
    traffic: (namespaces) => only(traffic, namespaces),
    view: (namespaces) => ({ topologies: only(topologies, namespaces), traffic: only(traffic, namespaces) }),
    objects: () => {
      throw new MeshError('unavailable', `${why} Policies cannot be judged by it; try again in a few seconds.`, { retryAfterMs: 5000 });
    },
    deltasSince: (since) => (since === generation ? { tag: 'deltas', deltas: [] } : { tag: 'gap', why: 'unknown-generation' }),
  };
}

function only<Content>(contents: ReadonlyMap<string, Content>, namespaces: readonly string[]): ReadonlyMap<string, Content> {
  const found = new Map<string, Content>();
  for (const namespace of namespaces) {
    const content = contents.get(namespace);
    if (content !== undefined) found.set(namespace, content);
  }
  return found;
}
