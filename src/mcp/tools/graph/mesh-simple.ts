import { defined } from '../../../graph/defined.ts';
import { simpleGraph } from '../../../graph/query/simple.ts';
import { MeshError } from '../../../lib/errors.ts';
import type { GraphReader } from '../../../store/graph/reader.ts';
import { budgetOf, fitRows } from './fit-rows.ts';
import { meshPart } from './mesh-part.ts';
import type { MeshAnswer, MeshQuery } from './mesh-schemas.ts';
import { graphText } from './status.ts';

/**
 * The graph in the shape of the design notes, which has no room for a status: the text has it. Where it is too large, each of its lists is cut, edges to the busiest.
 * Throws `MeshError('invalid')` for a cursor: there is no place to give one either.
 */
export function meshSimple(reader: GraphReader, wanted: MeshQuery, maxCharacters: number): MeshAnswer {
  if (wanted.cursor !== undefined)
    throw new MeshError('invalid', 'cursor: format simple has no pages. Ask for one namespace, or for format table.');
  const part = meshPart(reader, wanted);
  const { services, edges, authPolicies } = simpleGraph(part.view.topologies, part.edges);
  const longest = Math.max(services.length, edges.length, authPolicies.length);
  const most = Math.min(wanted.limit ?? longest, longest);
  const budget = budgetOf(maxCharacters);
  return fitRows({ most, least: 0 }, budget, (rows) => {
    const structured = {
      services: services.slice(0, rows),
      edges: edges.slice(0, rows).map(({ src, dst, rps, tls }) => ({ src, dst, rps, tls })),
      authPolicies: authPolicies
        .slice(0, rows)
        .map(({ namespace, name, kind, action }) => ({ namespace, name, kind, ...defined({ action }) })),
    };
    const left = [services, edges, authPolicies].map((list) => Math.max(0, list.length - rows));
    const [noServices, noEdges, noPolicies] = left;
    const cut = left.some((count) => count > 0)
      ? [
          `Left out: ${noServices} services, ${noEdges} edges (the least busy), ${noPolicies} policies. Ask for one namespace, a workload, or a higher minRps or limit.`,
        ]
      : [];
    return { text: graphText(reader.status, budget, [JSON.stringify(structured)], [...part.notes, ...cut]), structured };
  });
}
