import type { NamespaceTopology, NamespaceTraffic } from '../../graph/model.ts';
import { same } from '../../graph/same.ts';
import { MeshError } from '../../lib/errors.ts';
import { hexOf } from '../../lib/hex.ts';
import { encodeUtf8 } from '../../lib/utf8.ts';
import type { KeptObject } from '../../mesh/kept.ts';
import type { Ports } from '../../ports/ports.ts';
import { type Attempt, beginAttempt, type Origin, Restart } from './attempt.ts';
import { ContentCache, type PartContent } from './contents.ts';
import type { Draft } from './draft.ts';
import { MissingValue } from './fetch.ts';
import { type Head, NO_PAGES, type ResumePoints } from './head.ts';
import { EPOCH_KEY, HEAD_KEY, RESUME_KEY, SNAPSHOT_KEY } from './keys.ts';
import type { Part } from './pages.ts';
import type { Publication, PublishOutcome, RestartReason } from './publication.ts';
import { GROUP, Publishing, type PublishingOptions } from './publishing.ts';
import { decodeResume, encodeResume } from './resume.ts';
import { decodeRecord, isSnapshotDue, type SnapshotOutcome, type SnapshotRecord, writeSnapshot } from './snapshot.ts';
import { readState, reportMissing, type StoreState } from './state.ts';
import { StoredGraph } from './stored-graph.ts';

/**
 * `source` tells clusters apart: a hash of the cluster's URL and of what is read of it. `collector` is a text of our own that names who
 * publishes.
 */
export interface WriterOptions extends PublishingOptions {
  /** Look through the whole store for leftovers at the first publication: what the first run of a new leader does. */
  readonly sweep: boolean;
}

/** What a writer starts with. */
export type Start =
  | { readonly tag: 'graph'; readonly head: Head; readonly resume: ResumePoints }
  /** Nothing that can be gone on from: the first publication must be everything. */
  | { readonly tag: 'nothing'; readonly why: NothingReason };

export type NothingReason = 'empty' | 'unreadable' | 'wiped' | 'damaged' | 'other-cluster';

type WriterPorts = Pick<Ports, 'keyvalue' | 'clock' | 'random'>;

/** How often points are saved of a graph that does not change. */
const RESUME_EVERY_MS = 60_000;
const COLLECT_EVERY_MS = 10_000;
const CACHED_CONTENTS = 2 * GROUP;
const EPOCH_BYTES = 12;

/**
 * Takes up the graph that the store holds, for one run of a collector. Writes a new epoch where the store has none: then it is empty, or
 * was wiped. Throws `MeshError` when the store does not answer.
 */
export function openWriter(ports: WriterPorts, options: WriterOptions): GraphWriter {
  const state = readState(ports.keyvalue, [RESUME_KEY, SNAPSHOT_KEY]);
  const epoch = state.epoch ?? newEpoch(ports);
  const { mark, written, stored } = state;
  const [resume, snapshotValue] = state.others;
  const snapshot = decodeRecord(snapshotValue);
  const why = whyNothing(state, options.source);
  if (why !== undefined || stored === undefined) {
    const start: Start = { tag: 'nothing', why: why ?? 'empty' };
    return new GraphWriter(ports, options, { origin: { epoch, mark, written, head: undefined }, start, pointsAt: 0, snapshot });
  }
  const { head } = stored;
  const saved = decodeResume(resume, stored.mark);
  const start: Start = { tag: 'graph', head, resume: saved?.points ?? head.resume };
  return new GraphWriter(ports, options, { origin: { epoch, mark, written, head }, start, pointsAt: saved?.at ?? head.at, snapshot });
}

/** What was found in the store. */
interface Found {
  readonly origin: Origin;
  readonly start: Start;
  /** When the points were saved that the start has. */
  readonly pointsAt: number;
  readonly snapshot: SnapshotRecord | undefined;
}

function newEpoch({ keyvalue, random }: WriterPorts): string {
  const epoch = hexOf(random.bytes(EPOCH_BYTES));
  keyvalue.set(EPOCH_KEY, encodeUtf8(epoch));
  return epoch;
}

function whyNothing({ mark, written, stored, damaged }: StoreState, source: string): NothingReason | undefined {
  if (mark === undefined) return 'empty';
  if (written === undefined) return 'unreadable';
  if (stored === undefined) return 'wiped';
  if (damaged) return 'damaged';
  return stored.head.source === source ? undefined : 'other-cluster';
}

/**
 * Publishes the graph. Of two at once neither can spoil what the other wrote: values are never changed while a head names them, the head is
 * one write, and who finds another head than the one that it started from publishes nothing and must be opened anew (`restart`). Of two
 * heads that are written within the same moment the later stands, whole, with the points where its watches go on; the other's events are
 * heard again.
 */
export class GraphWriter {
  readonly start: Start;
  readonly #ports: WriterPorts;
  readonly #options: WriterOptions;
  readonly #cache = new ContentCache(CACHED_CONTENTS);
  #origin: Origin;
  #graph: StoredGraph;
  #points: ResumePoints;
  #pointsAt: number;
  #snapshot: SnapshotRecord | undefined;
  #restart: RestartReason | undefined;
  /** The last publication came to an end, so the store holds all that the caller knew. */
  #settled = true;
  #sweep: boolean;
  #collectedAt = Number.NEGATIVE_INFINITY;

  constructor(ports: WriterPorts, options: WriterOptions, { origin, start, pointsAt, snapshot }: Found) {
    this.start = start;
    this.#ports = ports;
    this.#options = options;
    this.#origin = origin;
    this.#graph = new StoredGraph(ports, origin.head, this.#cache);
    this.#points = start.tag === 'graph' ? start.resume : {};
    this.#pointsAt = pointsAt;
    this.#snapshot = snapshot;
    this.#sweep = options.sweep;
  }

  /** The head that was published last, or that this writer started with; undefined: there is none. */
  get head(): Head | undefined {
    return this.#origin.head;
  }

  /** The names of all namespaces, sorted. As the following, throws `MeshError` when the store does not answer or lacks something. */
  namespaces(): readonly string[] {
    return this.#read((graph) => graph.namespaces());
  }

  /** The objects that each of these namespaces was made of; none where it is unknown. */
  objects(namespaces: readonly string[]): readonly (readonly KeptObject[])[] {
    return this.#contents('objects', namespaces).map((objects) => objects ?? []);
  }

  topologies(namespaces: readonly string[]): readonly (NamespaceTopology | undefined)[] {
    return this.#contents('topology', namespaces);
  }

  traffics(namespaces: readonly string[]): readonly (NamespaceTraffic | undefined)[] {
    return this.#contents('traffic', namespaces);
  }

  /**
   * Publishes what is new: the values, then the head. Nothing is written where nothing is new. Throws `MeshError` when the store does not
   * answer; the same publication can then be tried again, with what has been heard since.
   */
  publish(publication: Publication): PublishOutcome {
    if (this.#restart !== undefined) return { tag: 'restart', why: this.#restart };
    this.#settled = false;
    try {
      const outcome = this.#publish(publication);
      this.#settled = true;
      return outcome;
    } catch (error) {
      const why = error instanceof Restart ? error.why : error instanceof MissingValue ? this.#whyMissing() : undefined;
      if (why === undefined) throw error;
      this.#restart = why;
      return { tag: 'restart', why };
    }
  }

  /**
   * Saves where the watches go on, at the end of a run in which little or nothing changed; the head has them otherwise. To be called only
   * when everything up to these points has been published. Does nothing where they have not moved, were saved less than a minute ago, or a
   * publication failed. Answers whether it wrote. Throws `MeshError` when the store does not answer.
   */
  saveResume(points: ResumePoints): boolean {
    const { head, mark } = this.#origin;
    const now = this.#ports.clock.now();
    if (!this.#settled || this.#restart !== undefined || head === undefined || mark === undefined) return false;
    if (same(points, this.#points) || Math.abs(now - this.#pointsAt) < RESUME_EVERY_MS) return false;
    this.#ports.keyvalue.set(RESUME_KEY, encodeResume({ head: mark, at: now, points }));
    this.#points = points;
    this.#pointsAt = now;
    return true;
  }

  /**
   * Writes a snapshot of what was published last, where five minutes have passed since the one before; undefined where they have not, or
   * there is nothing to write. Throws `MeshError` when the store does not answer or lacks something.
   */
  saveSnapshot(): SnapshotOutcome | undefined {
    const { head } = this.#origin;
    const now = this.#ports.clock.now();
    if (head === undefined || this.#restart !== undefined || !isSnapshotDue(this.#snapshot, now)) return undefined;
    const { record, outcome } = this.#read((graph) => writeSnapshot(this.#ports.keyvalue, graph, head, this.#snapshot, now));
    this.#snapshot = record;
    return outcome;
  }

  #publish(publication: Publication): PublishOutcome {
    const publishing = new Publishing(this.#graph, this.#cache, this.#origin, this.#options, (draft) => this.#begin(draft));
    const ready = publishing.prepare(publication);
    if (ready === undefined) return { tag: 'unchanged' };
    const { head, mark, value, pages } = ready;
    this.#ports.keyvalue.set(HEAD_KEY, value);
    this.#origin = { epoch: this.#origin.epoch, mark, written: head, head };
    this.#graph = new StoredGraph(this.#ports, head, this.#cache, pages);
    this.#points = head.resume;
    this.#pointsAt = head.at;
    const { values, bytes } = publishing.written;
    return { tag: 'published', generation: head.generation, values: values + 1, bytes: bytes + value.length };
  }

  #begin(draft: Draft): Attempt {
    const now = this.#ports.clock.monotonic();
    const duties = { collect: now - this.#collectedAt >= COLLECT_EVERY_MS, sweep: this.#sweep };
    const named = draft.namesWith(this.#origin.head ?? NO_PAGES);
    const attempt = beginAttempt(this.#ports, this.#origin, named, this.#options.ring, duties);
    if (duties.collect) this.#collectedAt = now;
    this.#sweep = false;
    return attempt;
  }

  #contents<Kind extends Part>(part: Kind, namespaces: readonly string[]): readonly (PartContent[Kind] | undefined)[] {
    return this.#read((graph) => graph.contents(part, namespaces));
  }

  #read<Result>(read: (graph: StoredGraph) => Result): Result {
    try {
      return read(this.#graph);
    } catch (error) {
      if (!(error instanceof MissingValue)) throw error;
      this.#restart = this.#whyMissing();
      throw new MeshError('unavailable', 'The store lost a part of the mesh graph; the next run of the collector writes it anew.', {
        retryAfterMs: 1000,
      });
    }
  }

  #whyMissing(): RestartReason {
    const { head, mark } = this.#origin;
    return head === undefined || mark === undefined ? 'overtaken' : reportMissing(this.#ports.keyvalue, { head, mark });
  }
}
