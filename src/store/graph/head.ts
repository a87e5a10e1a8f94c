import type { MeshSummary } from '../../graph/summary.ts';
import { hashBytes } from '../../lib/hash.ts';
import { isObject } from '../../lib/json.ts';
import { encodeUtf8 } from '../../lib/utf8.ts';
import { KEPT_KINDS, type KeptKind } from '../../mesh/kept.ts';
import { decodeAll, isCount, isOptional, isText, isTexts, parseStoredBytes } from './fields.ts';
import { INDEX_PAGES, SUMMARY_PAGES } from './pages.ts';
import type { Refs } from './stored.ts';
import { totalsCodec } from './summaries.ts';

/** How a source of the graph does. `why` is a sentence of our own. */
export type SourceState =
  | { readonly state: 'synced' }
  /** What there is of it is older than it should be. `since` in milliseconds since 1970. */
  | { readonly state: 'stale'; readonly since: number; readonly why: string }
  /** There is nothing of it: it is not configured, or has never answered. */
  | { readonly state: 'absent'; readonly why: string };

/** Where each kind's watch goes on: its resourceVersion. */
export type ResumePoints = Readonly<Partial<Record<KeptKind, string>>>;

/** What is known of the graph as a whole, besides its namespaces. */
export interface Circumstances {
  /** Read from a demo API, not from a cluster. */
  readonly demo: boolean;
  readonly sources: { readonly kubernetes: SourceState; readonly prometheus: SourceState };
  /** What a reader should know about what is missing or was skipped: sentences of our own. */
  readonly notes: readonly string[];
  /** The same of the traffic. */
  readonly trafficNotes: readonly string[];
  /** The kinds of objects that could not be read: what the graph says of them is not known to be true. */
  readonly unread: readonly KeptKind[];
}

/** The circumstances out of whatever has them. */
export function circumstancesOf({ demo, sources, notes, trafficNotes, unread }: Circumstances): Circumstances {
  return { demo, sources, notes, trafficNotes, unread };
}

/** Where the pages lie: `INDEX_PAGES` of the index, `SUMMARY_PAGES` of summaries. */
export interface PageRefs {
  readonly index: readonly Refs[];
  readonly summaries: readonly Refs[];
}

/** The pages of a graph without namespaces. */
export const NO_PAGES: PageRefs = {
  index: Array.from({ length: INDEX_PAGES }, () => ''),
  summaries: Array.from({ length: SUMMARY_PAGES }, () => ''),
};

/** What is kept under `mesh/head`: which values make up the graph. */
export interface Head extends Circumstances, PageRefs {
  /** The store's epoch when this was written. */
  readonly epoch: string;
  /** Grows with every publication, also over a store that was wiped. */
  readonly generation: number;
  /** The attempt that it came of. */
  readonly turn: number;
  /** Counts publications without a gap, so that rings can be kept by it. */
  readonly sequence: number;
  /** When it was published, milliseconds since 1970. */
  readonly at: number;
  /** Who published it. */
  readonly collector: string;
  /** Tells the clusters apart that one store may see: a hash of the cluster's URL and of what is read of it. */
  readonly source: string;
  readonly totals: MeshSummary;
  /** Where the watches of this very state go on. */
  readonly resume: ResumePoints;
  /** When Prometheus was read for it, milliseconds since 1970. */
  readonly trafficAt?: number;
  /** How many deltas are kept. */
  readonly ring: number;
  /** The turn from which on records of retired values may be left. */
  readonly retiredFrom: number;
}

/** A head as it lies in the store. */
export interface StoredHead {
  readonly head: Head;
  readonly mark: Mark;
}

/** Tells heads apart: the hash of the stored bytes. A generation alone could be given twice where the host's counter is not atomic. */
export type Mark = string;

export function markOf(value: Uint8Array): Mark {
  return hashBytes(value);
}

const VERSION = 1;

export function encodeHead(head: Head): Uint8Array {
  return encodeUtf8(JSON.stringify({ version: VERSION, ...head, totals: totalsCodec.encode(head.totals) }));
}

/** The head back from its bytes, or undefined where they are absent or not one of ours. */
export function decodeHead(value: Uint8Array | undefined): Head | undefined {
  const members = parseStoredBytes(value, VERSION);
  if (members === undefined) return undefined;
  const { epoch, collector, source, trafficAt } = members;
  if (!isText(epoch) || !isText(collector) || !isText(source) || !isOptional(trafficAt, isCount)) return undefined;
  const counts = decodeCounts(members);
  const circumstances = decodeCircumstances(members);
  const totals = totalsCodec.decode(members.totals);
  const index = decodePageRefs(members.index, INDEX_PAGES);
  const summaries = decodePageRefs(members.summaries, SUMMARY_PAGES);
  const resume = decodeResumePoints(members.resume);
  if (!counts || !circumstances || !totals || !index || !summaries || !resume) return undefined;
  const traffic = trafficAt === undefined ? {} : { trafficAt };
  return { epoch, ...counts, collector, source, ...circumstances, totals, index, summaries, resume, ...traffic };
}

type Counts = Pick<Head, 'generation' | 'turn' | 'sequence' | 'at' | 'ring' | 'retiredFrom'>;

function decodeCounts({ generation, turn, sequence, at, ring, retiredFrom }: Readonly<Record<string, unknown>>): Counts | undefined {
  if (!isCount(generation) || !isCount(turn) || !isCount(sequence) || !isCount(at) || !isCount(ring) || !isCount(retiredFrom))
    return undefined;
  return { generation, turn, sequence, at, ring, retiredFrom };
}

function decodePageRefs(value: unknown, pages: number): readonly Refs[] | undefined {
  return isTexts(value) && value.length === pages ? value : undefined;
}

/** The circumstances among the members of a stored object, or undefined where they are not there. */
export function decodeCircumstances(members: Readonly<Record<string, unknown>>): Circumstances | undefined {
  const { demo, sources, notes, trafficNotes } = members;
  const unread = decodeAll(members.unread, (item): KeptKind | undefined => KEPT_KINDS.find((kind) => kind === item));
  if (typeof demo !== 'boolean' || !isObject(sources) || !isTexts(notes) || !isTexts(trafficNotes) || !unread) return undefined;
  const kubernetes = decodeSource(sources.kubernetes);
  const prometheus = decodeSource(sources.prometheus);
  return kubernetes && prometheus && { demo, sources: { kubernetes, prometheus }, notes, trafficNotes, unread };
}

function decodeSource(value: unknown): SourceState | undefined {
  if (!isObject(value)) return undefined;
  const { state, since, why } = value;
  if (state === 'synced') return { state };
  if (state === 'stale' && isCount(since) && isText(why)) return { state, since, why };
  return state === 'absent' && isText(why) ? { state, why } : undefined;
}

/** Points by kind, or undefined where the value is none; kinds that we do not know are dropped. */
export function decodeResumePoints(value: unknown): ResumePoints | undefined {
  if (!isObject(value)) return undefined;
  const points: Partial<Record<KeptKind, string>> = {};
  for (const kind of KEPT_KINDS) {
    const point = value[kind];
    if (!isOptional(point, isText)) return undefined;
    if (point !== undefined) points[kind] = point;
  }
  return points;
}
