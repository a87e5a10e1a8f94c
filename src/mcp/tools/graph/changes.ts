import { describeOperations } from '../../../graph/describe.ts';
import type { Operation } from '../../../graph/diff.ts';
import type { NodeId } from '../../../graph/model.ts';
import { touched, touches } from '../../../graph/touched.ts';
import { counted } from '../../../lib/wording.ts';
import { z } from '../../../lib/zod.ts';
import type { Delta } from '../../../store/graph/deltas.ts';
import { integer, optionalInteger, text, texts } from './shapes.ts';
import { timeText } from './status.ts';

/** Lines of one change; the rest of them is counted. */
const MAX_LINES = 20;

/** A change of the graph in words. */
export const changeShape = z.object({ generation: integer, at: text, lines: texts, omittedLines: optionalInteger });

export type Change = z.core.input<typeof changeShape>;

/** Which changes somebody wants to hear of. */
export interface ChangeFilter {
  readonly namespace: string | undefined;
  /** What a change must touch, where a workload is wanted. */
  readonly nodes: readonly NodeId[] | undefined;
}

/** A delta in words, as far as it is wanted; undefined where nothing of it is. */
export function changeOf({ generation, at, operations }: Delta, filter: ChangeFilter): Change | undefined {
  const { lines, omitted } = describeOperations(
    operations.filter((operation) => isWanted(operation, filter)),
    MAX_LINES,
  );
  return lines.length === 0 ? undefined : change(generation, timeText(at), lines, omitted);
}

function change(generation: number, at: string, lines: readonly string[], omitted: number): Change {
  return { generation, at, lines: [...lines], ...(omitted === 0 ? {} : { omittedLines: omitted }) };
}

function isWanted(operation: Operation, { namespace, nodes }: ChangeFilter): boolean {
  if (namespace === undefined) return true;
  const touch = touched([operation]);
  return nodes === undefined ? touch.namespaces.has(namespace) : nodes.some((node) => touches(touch, node));
}

/** What a change takes of an answer, in characters: its text or its JSON, whichever is longer. */
export function sizeOf(change: Change): number {
  const inText = changeLines(change).reduce((sum, line) => sum + line.length + 1, 0);
  return Math.max(inText, JSON.stringify(change).length + 1);
}

/** The change with as many of its lines as take no more than `room` characters; its first lines are those of objects, not of traffic. */
export function shorten(whole: Change, room: number): Change {
  let shown = whole;
  while (sizeOf(shown) > room && shown.lines.length > 0) {
    const lines = shown.lines.slice(0, -1);
    shown = change(whole.generation, whole.at, lines, (whole.omittedLines ?? 0) + whole.lines.length - lines.length);
  }
  return shown;
}

/** A change in an answer's text. */
export function changeLines(change: Change): readonly string[] {
  return [`Generation ${change.generation}, ${change.at}:`, ...linesOf(change).map((line) => `  ${line}`)];
}

/** A change as the message of a progress notification. */
export function changeMessage(change: Change): string {
  return [`Generation ${change.generation}`, ...linesOf(change)].join('\n');
}

function linesOf({ lines, omittedLines }: Change): readonly string[] {
  return omittedLines === undefined ? lines : [...lines, `and ${counted(omittedLines, 'more line')}`];
}
