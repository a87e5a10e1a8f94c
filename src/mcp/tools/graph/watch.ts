import type { NamespaceSummary } from '../../../graph/model.ts';
import { sumSummaries } from '../../../graph/summary.ts';
import { counted } from '../../../lib/wording.ts';
import type { Delta, Deltas } from '../../../store/graph/deltas.ts';
import type { GraphReader } from '../../../store/graph/reader.ts';
import type { GraphStatus } from '../../../store/graph/status.ts';
import { type Change, type ChangeFilter, changeLines, changeOf, shorten, sizeOf } from './changes.ts';
import { type Budget, budgetOf, fitRows, shortNotes } from './fit-rows.ts';
import { topologyOf, workloadsNamed } from './lookup.ts';
import { namespaceData, namespaceTable, totalLines } from './overview.ts';
import { graphAnswer } from './status.ts';

/** Namespaces of the overview that stands for changes which are no longer known. */
const MAX_NAMESPACES = 40;
/** Kept free for what is said of the graph at the end, should it be more than at the beginning. */
const RESERVED_CHARACTERS = 500;

/** What is to be watched. */
export interface WatchRequest {
  readonly since?: number | undefined;
  readonly namespace?: string | undefined;
  readonly workload?: string | undefined;
  readonly maxChanges?: number | undefined;
}

/** The graph at one look. */
export type Seen =
  | { readonly tag: 'deltas'; readonly status: GraphStatus; readonly deltas: readonly Delta[] }
  | { readonly tag: 'gap'; readonly status: GraphStatus; readonly why: GapReason; readonly summaries: readonly NamespaceSummary[] };

export type GapReason = Extract<Deltas, { readonly tag: 'gap' }>['why'];

/** A watch from its first look to its answer. */
export class Watch {
  readonly #since: number;
  readonly #filter: ChangeFilter;
  readonly #maxChanges: number;
  readonly #budget: Budget;
  readonly #told: Change[] = [];
  #status: GraphStatus;
  /** How many characters of changes the answer can still hold. */
  #room: number;
  #isFull = false;

  /** Throws `MeshError('invalid')` where what is wanted does not exist, before anybody waits for it. */
  constructor(reader: GraphReader, { since, namespace, workload, maxChanges }: WatchRequest, maxCharacters: number) {
    const topology = namespace === undefined ? undefined : topologyOf(reader, namespace);
    const nodes = topology === undefined || workload === undefined ? undefined : workloadsNamed(topology, workload);
    this.#filter = { namespace, nodes };
    this.#maxChanges = maxChanges ?? Number.POSITIVE_INFINITY;
    this.#budget = budgetOf(maxCharacters);
    this.#since = since ?? reader.status.generation;
    this.#status = { ...reader.status, generation: this.#since };
    const { text, structured } = this.answer();
    this.#room = maxCharacters - Math.max(text.length, JSON.stringify(structured).length) - RESERVED_CHARACTERS;
  }

  /** Nothing more can be told. */
  get isOver(): boolean {
    return this.#isFull || this.#told.length >= this.#maxChanges;
  }

  get hasTold(): boolean {
    return this.#told.length > 0;
  }

  /** What happened since the last look. */
  look(reader: GraphReader): Seen {
    const { status } = reader;
    const found = status.generation === this.#status.generation ? NO_DELTAS : reader.deltasSince(this.#status.generation);
    if (found.tag === 'deltas') return { tag: 'deltas', status, deltas: found.deltas };
    const { namespace } = this.#filter;
    const summaries = namespace === undefined ? reader.summaries() : [reader.summary(namespace)].flatMap((each) => each ?? []);
    return { tag: 'gap', status, why: found.why, summaries };
  }

  /** Takes in what was seen, and tells each change that is wanted. */
  follow({ status, deltas }: Extract<Seen, { readonly tag: 'deltas' }>, tell: (change: Change) => void): void {
    for (const delta of deltas) {
      const whole = changeOf(delta, this.#filter);
      if (whole !== undefined) {
        // Of the first at least something, or a watch that goes on from its answer would come no further.
        const change = this.hasTold ? whole : shorten(whole, this.#room);
        this.#isFull = this.hasTold && sizeOf(change) > this.#room;
        if (this.#isFull) return;
        this.#room -= sizeOf(change);
        this.#told.push(change);
        tell(change);
      }
      this.#status = { ...status, generation: delta.generation, at: delta.at };
      if (this.isOver) return;
    }
    this.#status = status;
  }

  /** The changes so far. */
  answer(notes: readonly string[] = []) {
    const { generation } = this.#status;
    const changes =
      this.#told.length === 0 ? `No ${this.#filter.namespace === undefined ? '' : 'such '}change` : counted(this.#told.length, 'change');
    return graphAnswer(this.#status, this.#budget, {
      lines: [
        `${changes} since generation ${this.#since}. To go on, pass since ${generation}${this.#isFull ? ': this answer is full, and there is more' : ''}.`,
        ...this.#told.flatMap(changeLines),
      ],
      data: { since: this.#since, changes: this.#told },
      notes,
    });
  }

  /** The changes so far, and the graph as it is now instead of those that are not known. */
  answerGap({ status, why, summaries }: Extract<Seen, { readonly tag: 'gap' }>) {
    const most = Math.min(MAX_NAMESPACES, summaries.length);
    return fitRows({ most, least: 0 }, this.#budget, (rows, items) => {
      const shown = summaries.slice(0, rows);
      const left = summaries.length - shown.length;
      return graphAnswer(status, this.#budget, {
        lines: [
          ...this.#told.flatMap(changeLines),
          `The changes since generation ${this.#status.generation} are not known (${WHY_GAP[why]}); this is the graph as it is now. To go on, pass since ${status.generation}.`,
          ...totalLines(sumSummaries(summaries), summaries),
          ...(shown.length === 0 ? [] : ['', ...namespaceTable(shown)]),
        ],
        data: { since: this.#since, changes: this.#told, gap: why, namespaces: shown.map((summary) => namespaceData(summary, items)) },
        notes: [...(left === 0 ? [] : [`${counted(left, 'more namespace')}: get_mesh_graph has them.`]), ...shortNotes(items)],
      });
    });
  }
}

const NO_DELTAS: Deltas = { tag: 'deltas', deltas: [] };

const WHY_GAP: Readonly<Record<GapReason, string>> = {
  'unknown-generation': 'this graph never had that generation: the store was emptied, or another collector took over',
  'too-old': 'they are kept no longer',
  'too-large': 'one of them was too large to keep',
};
