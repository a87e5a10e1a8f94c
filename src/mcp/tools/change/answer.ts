import { CHANGE_STATUSES, type ChangeReport } from '../../../change/change.ts';
import { diffLines } from '../../../change/diff.ts';
import { targetText } from '../../../change/manifest.ts';
import type { Config } from '../../../config.ts';
import { defined } from '../../../graph/defined.ts';
import { objectId } from '../../../graph/ids.ts';
import { described, z } from '../../../lib/zod.ts';
import { KINDS } from '../../../sources/kubernetes/kinds.ts';
import type { ToolAnswer } from '../../tool.ts';
import { budgetOf, fitRows } from '../graph/fit-rows.ts';
import { integer, optionalInteger, optionalText, text, texts } from '../graph/shapes.ts';
import { timeText } from '../graph/status.ts';
import { effectData, effectLines, effectShape } from '../policy/effects.ts';

/** Rows of a list in one answer. */
const MAX_ROWS = 60;

/** What every tool answers that changes something. */
export const changeOutput = z.object({
  status: described(z.enum(CHANGE_STATUSES), 'planned: nothing was done yet; pass confirm. blocked: accept each impact first.'),
  object: text,
  operation: z.enum(['create', 'update', 'delete']),
  diff: z.array(z.object({ path: text, before: optionalText, after: optionalText })),
  omitted: described(integer, 'Differences, impacts and edges that are left out.'),
  effect: z.optional(z.object(effectShape)),
  impact: z.array(z.object({ id: text, why: text, accepted: z.boolean() })),
  confirm: described(optionalText, 'The token that makes it.'),
  expires: optionalText,
  change: described(optionalInteger, 'Its number in the change log: revert_change takes it back.'),
  demo: z.boolean(),
  notes: texts,
});

type Output = z.core.input<typeof changeOutput>;

/** The report of a change, for a reader and as data, within the size of an answer. */
export function changeAnswer(report: ChangeReport, { maxAnswerCharacters }: Pick<Config, 'maxAnswerCharacters'>): ToolAnswer<Output> {
  return fitRows({ most: MAX_ROWS, least: 1 }, budgetOf(maxAnswerCharacters), (rows) => render(report, rows));
}

function render(report: ChangeReport, rows: number): ToolAnswer<Output> {
  const { status, target, operation, diff, foreseen, impacts, open, notes, token, expiresAt, change, demo } = report;
  const effect = foreseen.tag === 'effect' ? foreseen.effect : undefined;
  const edges = effect?.edges.slice(0, rows) ?? [];
  // What is not accepted yet comes first: that is what there is to do.
  const shown = [...open, ...impacts.filter((impact) => !open.includes(impact))].slice(0, rows);
  const differences = diff.differences.slice(0, rows);
  const omitted = diff.omitted + (diff.differences.length - differences.length);
  const left = (what: string, all: number, some: number) => (all > some ? [`and ${all - some} more ${what}`] : []);
  const allNotes = [...notes, ...(effect?.notes ?? [])];
  const { kind, group } = KINDS[target.kind];
  return {
    text: [
      ...(demo ? ['DEMO DATA: a sample cluster, not a real one.'] : []),
      headline(report),
      ...section('Diff', diffLines({ differences, omitted })),
      ...section('Impact', [
        ...shown.map((impact) => `${open.includes(impact) ? 'NOT ACCEPTED' : 'accepted'}: "${impact.id}": ${impact.why}`),
        ...left('impacts; accept_impact takes ids of nodes, too', impacts.length, shown.length),
      ]),
      ...(effect === undefined ? [] : effectLines(effect, edges, target.namespace)),
      ...section('Notes', allNotes),
    ].join('\n'),
    structured: {
      status,
      object: objectId(target.namespace, { group, kind, name: target.name }),
      operation,
      diff: differences.map((difference) => ({ ...difference })),
      omitted: omitted + (impacts.length - shown.length) + ((effect?.edges.length ?? 0) - edges.length),
      ...(effect === undefined ? {} : { effect: effectData(effect, edges) }),
      impact: shown.map((impact) => ({ id: impact.id, why: impact.why, accepted: !open.includes(impact) })),
      ...defined({ confirm: token, expires: expiresAt === undefined ? undefined : timeText(expiresAt), change }),
      demo,
      notes: allNotes,
    },
  };
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)];
}

const VERBS = { create: 'created', update: 'changed', delete: 'deleted' } as const;

function headline({ status, target, operation, token, expiresAt, change }: ChangeReport): string {
  const what = targetText(target);
  const verb = VERBS[operation];
  switch (status) {
    case 'unchanged':
      return `${what} is already so: there is nothing to change.`;
    case 'blocked':
      return `${what} would be ${verb}, but that would cut what was not accepted. Nothing was done. To go on, call again with accept_impact naming each impact below.`;
    case 'planned':
      return `${what} would be ${verb}. NOTHING WAS DONE YET. To make it, repeat this call with confirm: "${token ?? ''}"${expiresAt === undefined ? '' : ` before ${timeText(expiresAt)}`}.`;
    case 'made':
      return `${what} was ${verb}: change ${change ?? 0}. To undo it, call revert_change with change: ${change ?? 0}. The graph shows it a moment later.`;
    case 'unknown':
      return `Whether ${what} was ${verb} is not known: change ${change ?? 0}.`;
  }
}
