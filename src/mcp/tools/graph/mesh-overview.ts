import type { GraphReader } from '../../../store/graph/reader.ts';
import { budgetOf, fitRows, LONG_CHARACTERS, shortNotes } from './fit-rows.ts';
import { readCursor, writeCursor } from './inputs.ts';
import { type MeshAnswer, type MeshQuery, queryOf } from './mesh-schemas.ts';
import { namespaceData, namespaceTable, passesOverview, totalLines } from './overview.ts';
import { graphAnswer } from './status.ts';

const DEFAULT_ROWS = 40;

/** All namespaces in figures, by name: reads no namespace. */
export function meshOverview(reader: GraphReader, wanted: MeshQuery, maxCharacters: number): MeshAnswer {
  const query = queryOf(wanted);
  const summaries = reader.summaries();
  const matching = summaries.filter((summary) => passesOverview(summary, wanted));
  const after = wanted.cursor === undefined ? '' : readCursor(wanted.cursor, query);
  const left = matching.filter(({ namespace }) => namespace > after);
  const most = Math.min(wanted.limit ?? DEFAULT_ROWS, left.length);
  const budget = budgetOf(maxCharacters, wanted.limit === undefined ? LONG_CHARACTERS : maxCharacters);
  return fitRows({ most, least: 1 }, budget, (rows, items) => {
    const page = left.slice(0, rows);
    const last = page.at(-1);
    const cursor = left.length > page.length && last !== undefined ? writeCursor(last.namespace, query) : undefined;
    return graphAnswer(reader.status, budget, {
      lines: [
        ...totalLines(reader.totals, summaries),
        ...(matching.length === summaries.length ? [] : [`Matching: ${matching.length} of ${summaries.length} namespaces.`]),
        ...(page.length === 0 ? [] : ['', ...namespaceTable(page)]),
      ],
      data: {
        groupBy: 'namespace' as const,
        namespaces: page.map((summary) => namespaceData(summary, items)),
        total: matching.length,
        ...(cursor === undefined ? {} : { nextCursor: cursor }),
      },
      notes: shortNotes(items),
      textNotes:
        cursor === undefined
          ? []
          : [
              `${left.length - page.length} more namespaces: pass cursor "${cursor}", or narrow by mesh, onlyErrors, unmeshedOnly or minRps.`,
            ],
    });
  });
}
