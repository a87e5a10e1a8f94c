import type { Ports } from '../../ports/ports.ts';
import { ContentCache, type PartContent } from './contents.ts';
import { readDeltas } from './deltas.ts';
import type { GraphReader } from './graph-reader.ts';
import type { StoredHead } from './head.ts';
import type { Leader } from './lease.ts';
import type { Part } from './pages.ts';
import { statusOf } from './status.ts';
import { StoredGraph } from './stored-graph.ts';

/** The graph of a head. Its methods throw `MissingValue` besides what they promise. */
export function headReader(ports: Pick<Ports, 'keyvalue' | 'clock'>, stored: StoredHead, leader: Leader | undefined): GraphReader {
  const { head } = stored;
  const graph = new StoredGraph(ports, head, new ContentCache(Number.POSITIVE_INFINITY));
  const contents = <Kind extends Part>(part: Kind, namespaces: readonly string[]): ReadonlyMap<string, PartContent[Kind]> => {
    const found = new Map<string, PartContent[Kind]>();
    graph.contents(part, namespaces).forEach((content, place) => {
      const namespace = namespaces[place];
      if (namespace !== undefined && content !== undefined) found.set(namespace, content);
    });
    return found;
  };
  return {
    status: statusOf(head, leader, ports.clock.now()),
    totals: head.totals,
    namespaces: () => graph.namespaces(),
    summaries: () => graph.summaries(),
    summary: (namespace) => graph.summary(namespace),
    topologies: (namespaces) => contents('topology', namespaces),
    traffic: (namespaces) => contents('traffic', namespaces),
    view: (namespaces) => {
      graph.load([
        { part: 'topology', namespaces },
        { part: 'traffic', namespaces },
      ]);
      return { topologies: contents('topology', namespaces), traffic: contents('traffic', namespaces) };
    },
    objects: (namespaces) => contents('objects', namespaces),
    deltasSince: (generation) => readDeltas(ports.keyvalue, generation, stored),
  };
}
