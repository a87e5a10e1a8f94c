import { listAt } from '../lib/group.ts';
import { defined } from './defined.ts';
import { type EdgeEnds, edgeKey } from './edges.ts';
import type { ObservedDecisions, ObservedTraffic } from './observed.ts';
import { type Once, pairKey } from './once.ts';
import type { Row } from './resolve.ts';

/** An edge on its way: all that was observed of it. */
export interface Draft {
  readonly ends: EdgeEnds;
  readonly counted: readonly ObservedTraffic[];
  /** The same traffic as its destination reports it. */
  readonly repeated: readonly ObservedTraffic[];
  readonly decisions: readonly ObservedDecisions[];
}

/** Puts together what belongs to the same edge, by `edgeKey`. */
export function draftEdges({ counted, repeated }: Once): ReadonlyMap<string, Draft> {
  const echoes = echoesOf(repeated);
  const drafts = new Map<string, Draft & { readonly counted: ObservedTraffic[] }>();
  for (const row of counted) {
    const { observed, source, destination, service } = row;
    const { port, protocol } = observed;
    const key = edgeKey({ source, destination, service, port, protocol });
    const found = drafts.get(key);
    if (found !== undefined) {
      found.counted.push(observed);
      continue;
    }
    const ends = { source, destination, ...defined({ service, port }), protocol };
    drafts.set(key, { ends, counted: [observed], repeated: echoes.get(pairKey(row, destination)) ?? [], decisions: [] });
  }
  return drafts;
}

/** What destinations repeat, by the pair of nodes; and by caller and Service, for a source that knew no more than that. */
function echoesOf(repeated: readonly Row[]): ReadonlyMap<string, readonly ObservedTraffic[]> {
  const echoes = new Map<string, ObservedTraffic[]>();
  for (const row of repeated) {
    for (const end of row.service === undefined ? [row.destination] : [row.destination, row.service]) {
      listAt(echoes, pairKey(row, end)).push(row.observed);
    }
  }
  return echoes;
}
