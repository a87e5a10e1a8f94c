import { counted } from '../../../lib/wording.ts';
import { described, z } from '../../../lib/zod.ts';
import type { GraphStatus } from '../../../store/graph/status.ts';
import type { ToolAnswer } from '../../tool.ts';
import type { Budget } from './fit-rows.ts';
import { integer, text, texts } from './shapes.ts';

const boolean = z.boolean();

/** What every answer from the graph says of it, as members of an output schema. */
export const statusShape = {
  generation: described(integer, 'Grows with every change of the graph.'),
  asOf: z.string().register(z.globalRegistry, { format: 'date-time' }),
  synced: described(boolean, 'False: the cluster is not wholly watched at the moment.'),
  stale: described(z.optional(z.object({ since: text, why: text })), 'Something is older than it should be.'),
  demo: described(boolean, 'True: sample data, no real cluster.'),
  notes: described(texts, 'What is missing, and why.'),
};

/** An answer without what is said in each. */
export interface GraphFacts<Data> {
  readonly lines: readonly string[];
  readonly data: Data;
  /** What is missing from this very answer. */
  readonly notes?: readonly string[];
  /** The same where the data has a member that says it. */
  readonly textNotes?: readonly string[];
}

/**
 * An answer from the graph: what must be known of the graph first, notes last. Notes about the graph, of which there are many where little may be read, get no more
 * than a part of what the text may hold.
 */
export function graphAnswer<Data extends object>(
  status: GraphStatus,
  budget: Budget,
  { lines, data, notes = [], textNotes = [] }: GraphFacts<Data>,
) {
  const known = graphNotes(status, budget);
  const { generation, at, synced, stale, demo } = status;
  return {
    text: graphText(status, budget, lines, [...notes, ...textNotes]),
    structured: {
      generation,
      asOf: timeText(at),
      synced,
      ...(stale === undefined ? {} : { stale: { since: timeText(stale.since), why: stale.why } }),
      demo,
      ...data,
      notes: [...known, ...notes],
    },
  } satisfies ToolAnswer<object>;
}

/** The text of an answer whose data has no room for the status. */
export function graphText(status: GraphStatus, budget: Budget, lines: readonly string[], notes: readonly string[]): string {
  const all = [...graphNotes(status, budget), ...notes];
  return [...statusLines(status), ...lines, ...(all.length === 0 ? [] : ['', ...all])].join('\n');
}

function statusLines({ generation, at, synced, stale, demo }: GraphStatus): readonly string[] {
  return [
    ...(demo ? ['DEMO DATA: a sample cluster, not a real one.'] : []),
    `Generation ${generation}, ${timeText(at)}${synced ? '' : ', not synced'}.`,
    ...(stale === undefined ? [] : [`STALE since ${timeText(stale.since)}: ${stale.why}`]),
  ];
}

const NOTES_PART = 4;
const MAX_NOTES_CHARACTERS = 1_200;

/** An absent source is a note, too: an answer without traffic must not read as one about a silent mesh. */
function graphNotes({ sources, notes, trafficNotes }: GraphStatus, { text }: Budget): readonly string[] {
  const absent = [sources.kubernetes, sources.prometheus].flatMap((source) => (source.state === 'absent' ? [source.why] : []));
  const all = [...absent, ...trafficNotes, ...notes];
  const limit = Math.min(MAX_NOTES_CHARACTERS, Math.floor(text / NOTES_PART));
  let left = limit;
  const shown: string[] = [];
  for (const note of all) {
    left -= note.length;
    if (left < 0) break;
    shown.push(note);
  }
  if (shown.length === all.length) return all;
  const [first = ''] = all;
  if (shown.length === 0) shown.push(`${first.slice(0, limit)}…`);
  const more = all.length - shown.length;
  return more === 0 ? shown : [...shown, `And ${counted(more, 'more note')}.`];
}

/** ISO 8601 to the second. */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
