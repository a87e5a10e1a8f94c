import { groupBy } from '../../lib/group.ts';
import { compareText } from '../../lib/order.ts';
import { activityOf, PROTOCOLS } from '../edges.ts';
import { type Figures, sumFigures } from '../figures.ts';
import { namespaceOf, parseNodeId } from '../ids.ts';
import type { Edge, NodeId } from '../model.ts';
import { serviceOf } from './service-of.ts';
import type { MeshView } from './view.ts';

export const GROUPINGS = ['workload', 'service', 'namespace'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** Traffic between two groups, with figures as `sumFigures` makes them. */
export interface GroupedEdge extends Figures {
  /** A node id, or the name of a namespace, `external`, `unmeshed` or `unknown`. */
  readonly source: string;
  readonly destination: string;
  /** In the order of `PROTOCOLS`. */
  readonly protocols: readonly Edge['protocol'][];
  /** How many edges it is made of. */
  readonly edges: number;
}

/**
 * Edges by what their ends belong to, the busiest first.
 *  - `workload`: the nodes themselves; only Service, port and protocol are looked past.
 *  - `service`: a destination is the Service that was called, and any workload of which that is not known, callers among them, is the Service that it is known
 *    by (`serviceOf`); one without stays itself.
 *  - `namespace`: the namespace of either end; what is in none is `external`, `unmeshed` or `unknown`.
 */
export function groupEdges(edges: readonly Edge[], grouping: Grouping, view: Pick<MeshView, 'topologies'>): readonly GroupedEdge[] {
  const endsOf = ENDS[grouping](view);
  const groups = groupBy(edges, (edge) => endsOf(edge).join('>'));
  const grouped = [...groups].flatMap(([key, parts]): (GroupedEdge & { readonly key: string })[] => {
    const [first] = parts;
    if (first === undefined) return [];
    const [source, destination] = endsOf(first);
    const protocols = PROTOCOLS.filter((protocol) => parts.some((part) => part.protocol === protocol));
    return [{ key, source, destination, protocols, edges: parts.length, ...sumFigures(parts) }];
  });
  grouped.sort((a, b) => activityOf(b) - activityOf(a) || compareText(a.key, b.key));
  return grouped.map(({ key: _, ...edge }) => edge);
}

type EndsOf = (edge: Edge) => readonly [source: string, destination: string];

const ENDS: Readonly<Record<Grouping, (view: Pick<MeshView, 'topologies'>) => EndsOf>> = {
  workload: () => (edge) => [edge.source, edge.destination],
  service: (view) => {
    const knownBy = serviceOf(view);
    const orItself = (id: NodeId) => knownBy(id) ?? id;
    return (edge) => [orItself(edge.source), edge.service ?? orItself(edge.destination)];
  },
  namespace: () => (edge) => [areaOf(edge.source), areaOf(edge.destination)],
};

/** The namespace of a node, or what it is instead. */
function areaOf(id: NodeId): string {
  return namespaceOf(id) ?? parseNodeId(id)?.tag ?? 'unknown';
}
