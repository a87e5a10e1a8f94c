import { permits } from '../../access/principal.ts';
import { type ChangeRecord, OUTCOMES, readLog } from '../../change/change-log.ts';
import { targetText } from '../../change/manifest.ts';
import { objectId } from '../../graph/ids.ts';
import { described, z } from '../../lib/zod.ts';
import { KINDS } from '../../sources/kubernetes/kinds.ts';
import { defineTool } from '../tool.ts';
import { budgetOf, fitRows } from './graph/fit-rows.ts';
import { cursorInput, optionalNamespace, readCursor, writeCursor } from './graph/inputs.ts';
import { integer, optionalInteger, optionalText, text, texts } from './graph/shapes.ts';
import { timeText } from './graph/status.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

const output = z.object({
  changes: z.array(
    z.object({
      change: integer,
      at: text,
      by: text,
      via: text,
      tool: text,
      operation: text,
      object: text,
      outcome: described(z.enum(OUTCOMES), 'begun: what became of it was never written down.'),
      forced: z.boolean(),
      accepted: texts,
      reverts: optionalInteger,
      diff: texts,
    }),
  ),
  nextCursor: optionalText,
});

/** What was changed through this server. */
export const getChangeLog = defineTool({
  name: 'get_change_log',
  title: 'What was changed',
  description:
    'The changes that were made through this server, the newest first: who, when, what and what became of it. revert_change takes one back by its number.',
  toolset: 'change',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: z.strictObject({
    namespace: described(optionalNamespace, 'Only changes in this namespace.'),
    limit: described(z.optional(z.int().check(z.minimum(1), z.maximum(MAX_LIMIT))), `At most so many; ${DEFAULT_LIMIT} by default.`),
    cursor: cursorInput,
  }),
  output,
  run: ({ namespace, limit = DEFAULT_LIMIT, cursor }, { ports, config, principal }) => {
    const query = ['get_change_log', namespace ?? ''];
    const below = cursor === undefined ? undefined : Number(readCursor(cursor, query));
    const passes = ({ target }: ChangeRecord) =>
      (namespace === undefined || target.namespace === namespace) && permits(principal, 'viewer', target.namespace);
    const { records, before } = readLog(ports, { below, limit, passes });
    const budget = budgetOf(config.maxAnswerCharacters);
    return fitRows({ most: records.length, least: Math.min(1, records.length) }, budget, (rows, items) => {
      const shown = records.slice(0, rows);
      const next = rows < records.length ? shown.at(-1)?.id : before;
      const nextCursor = next === undefined ? undefined : writeCursor(String(next), query);
      return {
        text: [
          ...(shown.length === 0 ? ['No change is recorded.'] : shown.flatMap((record) => recordLines(record, items))),
          ...(nextCursor === undefined ? [] : [`There are older ones: pass cursor "${nextCursor}".`]),
        ].join('\n'),
        structured: { changes: shown.map((record) => recordData(record, items)), ...(nextCursor === undefined ? {} : { nextCursor }) },
      };
    });
  },
});

function recordLines(
  { id, at, by, via, tool, operation, target, outcome, summary, force, reverts }: ChangeRecord,
  items: number,
): readonly string[] {
  const more = [...(force ? ['forced'] : []), ...(reverts === undefined ? [] : [`takes back ${reverts}`])];
  return [
    `${id}. ${timeText(at)} ${operation} ${targetText(target)} by ${by} (${via}) with ${tool}: ${outcome}${more.length === 0 ? '' : `, ${more.join(', ')}`}`,
    ...summary.slice(0, items).map((line) => `   ${line}`),
  ];
}

function recordData({ id, at, by, via, tool, operation, target, outcome, summary, force, accepted, reverts }: ChangeRecord, items: number) {
  const { group, kind } = KINDS[target.kind];
  return {
    change: id,
    at: timeText(at),
    by,
    via,
    tool,
    operation,
    object: objectId(target.namespace, { group, kind, name: target.name }),
    outcome,
    forced: force,
    accepted: accepted.slice(0, items),
    ...(reverts === undefined ? {} : { reverts }),
    diff: summary.slice(0, items),
  };
}
