import { activityOf } from '../graph/edges.ts';
import { sumFigures } from '../graph/figures.ts';
import type { Edge, NodeId } from '../graph/model.ts';
import { groupBy } from '../lib/group.ts';
import { compareText } from '../lib/order.ts';
import type { AccessCall } from '../policy/access/model.ts';
import { judgeEdge, namespacesOfEdges } from './edges.ts';
import { type Judgement, judge } from './judgement.ts';
import type { AccessWorld } from './world.ts';

/** What the policies say of one caller of a Service or workload. */
export interface MatrixRow extends Judgement {
  readonly source: NodeId;
  /** The pods' ports that it calls. */
  readonly ports: readonly number[];
  /** Requests a second; undefined where there were none. */
  readonly rps: number | undefined;
  /** Decisions a second against it that were observed. */
  readonly denied: number | undefined;
}

/** The callers that were observed, the busiest first. `edges`: the traffic that ends there; `call`: what they send. Throws what the reader throws. */
export function accessMatrix(world: AccessWorld, edges: readonly Edge[], call: AccessCall): readonly MatrixRow[] {
  world.load(namespacesOfEdges(edges));
  const rows = [...groupBy(edges, ({ source }) => source)].map(([source, own]) => {
    const parts = own.flatMap((edge) => judgeEdge(world, edge, call).parts);
    const { rps, denied } = sumFigures(own);
    return {
      source,
      ...judge(parts, 'What it calls is not known.'),
      ports: [...new Set(parts.map(({ port }) => port))].sort((a, b) => a - b),
      rps,
      denied,
      activity: Math.max(...own.map(activityOf)),
    };
  });
  return rows.sort((a, b) => b.activity - a.activity || compareText(a.source, b.source)).map(({ activity: _, ...row }) => row);
}
