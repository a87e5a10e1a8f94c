import { encodeTopology } from '../../graph/codec/topology.ts';
import { encodeTraffic } from '../../graph/codec/traffic.ts';
import { diffNamespace } from '../../graph/diff.ts';
import type { NamespaceSummary } from '../../graph/model.ts';
import { type PublicNamespace, publicNamespace } from '../../graph/public.ts';
import { same } from '../../graph/same.ts';
import { summarize, sumSummaries } from '../../graph/summary.ts';
import { MeshError } from '../../lib/errors.ts';
import type { Attempt, Origin } from './attempt.ts';
import type { ContentCache, PartContent } from './contents.ts';
import { deltaKey, encodeDelta, PatchText } from './deltas.ts';
import { type AllPages, Draft } from './draft.ts';
import { MissingValue } from './fetch.ts';
import { encodeRetired, retiredKey } from './garbage.ts';
import { circumstancesOf, encodeHead, type Head, markOf, NO_PAGES, type StoredHead } from './head.ts';
import { MAX_VALUE_BYTES } from './keys.ts';
import { encodeObjects } from './objects.ts';
import { encodeIndexPage, type IndexEntry, PARTS, type Part } from './pages.ts';
import { changesOf, type NamespaceChange, type Publication } from './publication.ts';
import { cut, isStored, type Piece } from './stored.ts';
import type { StoredGraph } from './stored-graph.ts';
import { encodeSummaryPage } from './summaries.ts';

/** A head that is ready to be written: all that it names has been. */
export interface Ready extends StoredHead {
  readonly value: Uint8Array;
  readonly pages: AllPages;
}

export interface PublishingOptions {
  readonly collector: string;
  readonly source: string;
  readonly ring: number;
}

/** So many namespaces are looked at together; their old contents are read in one batch. */
export const GROUP = 32;

/** The parts that readers see. */
type PublicPart = 'topology' | 'traffic';

/** What becomes of a namespace. */
interface Plan {
  readonly change: NamespaceChange;
  /** Where its parts lie so far. */
  readonly before: IndexEntry | undefined;
  /** The parts that are others than before. */
  readonly pieces: { readonly [Kind in Part]?: readonly Piece[] };
}

const NOWHERE: IndexEntry = { topology: '', traffic: '', objects: '' };
const EMPTY_NAMESPACE: PublicNamespace = publicNamespace(undefined, undefined);

/**
 * The work on one publication: everything but the head. Nothing is written before the first change is found. Throws `Restart`,
 * `MissingValue`, and `MeshError` when the store does not answer; whatever was written by then is named by nothing.
 */
export class Publishing {
  readonly #graph: StoredGraph;
  readonly #cache: ContentCache;
  readonly #origin: Origin;
  readonly #options: PublishingOptions;
  readonly #begin: (draft: Draft) => Attempt;
  readonly #patch = new PatchText();
  #draft: Draft | undefined;
  #attempt: Attempt | undefined;

  constructor(graph: StoredGraph, cache: ContentCache, origin: Origin, options: PublishingOptions, begin: (draft: Draft) => Attempt) {
    this.#graph = graph;
    this.#cache = cache;
    this.#origin = origin;
    this.#options = options;
    this.#begin = begin;
  }

  /** Writes what the head will name; undefined where nothing changed. */
  prepare(publication: Publication): Ready | undefined {
    const namespaces = publication.traffic === undefined ? [] : this.#drafted().namespaces();
    for (const group of groups(changesOf(publication, namespaces))) this.#apply(group);
    const { head, mark } = this.#origin;
    if (this.#attempt === undefined && head !== undefined && same(circumstancesOf(head), circumstancesOf(publication))) return undefined;

    const attempt = this.#attempted();
    const ready = this.#nextHead(attempt, publication);
    const { ring } = this.#options;
    if (head !== undefined && mark !== undefined)
      attempt.buffer.add(deltaKey(attempt.beginning.sequence, ring), encodeDelta({ head, mark }, ready, this.#patch));
    const { turn, at } = attempt.beginning;
    attempt.buffer.add(retiredKey(turn), encodeRetired({ turn, at, places: attempt.retired }));
    attempt.buffer.flush();
    attempt.checkAgain();
    return ready;
  }

  get written(): { readonly values: number; readonly bytes: number } {
    return this.#attempt?.buffer.written ?? { values: 0, bytes: 0 };
  }

  #drafted(): Draft {
    this.#draft ??= new Draft(this.#graph.pages());
    return this.#draft;
  }

  #attempted(): Attempt {
    this.#attempt ??= this.#begin(this.#drafted());
    return this.#attempt;
  }

  #apply(changes: readonly NamespaceChange[]): void {
    const draft = this.#drafted();
    const plans = changes.flatMap((change) => planOf(change, draft.index.get(change.namespace)) ?? []);
    const old = (part: PublicPart) => ({
      part,
      namespaces: plans.filter((plan) => needsOld(plan, part, this.#tells)).map(({ change }) => change.namespace),
    });
    this.#graph.load([old('topology'), old('traffic')]);
    for (const plan of plans) this.#carryOut(plan);
  }

  /** Whether there is somebody to tell of changes, and room to do so. */
  get #tells(): boolean {
    return this.#origin.head !== undefined && !this.#patch.isFull;
  }

  #carryOut(plan: Plan): void {
    const { change, before = NOWHERE, pieces } = plan;
    const { namespace } = change;
    const attempt = this.#attempted();
    const draft = this.#drafted();
    if (change.removed) {
      for (const part of PARTS) attempt.replace(before[part], []);
      draft.delete(namespace);
      if (this.#tells) this.#patch.add(diffNamespace(namespace, EMPTY_NAMESPACE, undefined));
      return;
    }
    const summary = isPublic(plan) ? this.#tell(plan) : draft.summaries.get(namespace);
    if (summary === undefined) throw new MissingValue();
    const place = (part: Part) => (pieces[part] === undefined ? before[part] : attempt.replace(before[part], pieces[part]));
    const entry: IndexEntry = { topology: place('topology'), traffic: place('traffic'), objects: place('objects') };
    draft.index.set(namespace, entry);
    if (summary !== draft.summaries.get(namespace)) draft.summaries.set(namespace, summary);
    // The next publication of this run will want to compare.
    this.#keep('topology', entry, change.topology);
    this.#keep('traffic', entry, change.traffic === 'none' ? undefined : change.traffic);
    this.#keep('objects', entry, change.objects);
  }

  /** Puts down how the public graph changes; answers the namespace in figures. */
  #tell({ change, before, pieces }: Plan): NamespaceSummary {
    const { namespace } = change;
    const stored = <Kind extends PublicPart>(part: Kind) => this.#graph.contents(part, [namespace])[0];
    const topology = change.topology ?? stored('topology');
    const traffic = change.traffic === undefined ? stored('traffic') : change.traffic === 'none' ? undefined : change.traffic;
    if (topology === undefined) throw new MissingValue();
    if (this.#tells) {
      const topologyBefore = pieces.topology === undefined ? topology : stored('topology');
      const trafficBefore = pieces.traffic === undefined ? traffic : stored('traffic');
      const publicBefore = before && publicNamespace(topologyBefore, trafficBefore);
      this.#patch.add(diffNamespace(namespace, publicBefore, publicNamespace(topology, traffic)));
    }
    return summarize(topology, traffic);
  }

  #keep<Kind extends Part>(part: Kind, entry: IndexEntry, content: PartContent[Kind] | undefined): void {
    if (content === undefined) return;
    this.#cache.makeRoom(part, [entry[part]]);
    this.#cache.set(part, entry[part], content);
  }

  #nextHead(attempt: Attempt, publication: Publication): Ready {
    const draft = this.#drafted();
    const { collector, source, ring } = this.#options;
    const { epoch, head: before } = this.#origin;
    const index = [...(before ?? NO_PAGES).index];
    const summaries = [...(before ?? NO_PAGES).summaries];
    for (const [page, rows] of draft.index.changed) index[page] = attempt.replace(index[page] ?? '', cut(encodeIndexPage(rows)));
    for (const [page, rows] of draft.summaries.changed)
      summaries[page] = attempt.replace(summaries[page] ?? '', cut(encodeSummaryPage(rows)));
    const { resume, trafficAt = before?.trafficAt } = publication;
    const head: Head = {
      ...attempt.beginning,
      ...{ epoch, collector, source },
      ...circumstancesOf(publication),
      totals: sumSummaries(draft.allSummaries()),
      ...{ index, summaries, resume, ring },
      ...(trafficAt === undefined ? {} : { trafficAt }),
    };
    const value = encodeHead(head);
    if (value.length > MAX_VALUE_BYTES)
      throw new MeshError('internal', `The head of the graph is too large for the store: ${value.length} bytes.`);
    return { head, mark: markOf(value), value, pages: { index: draft.index.pages, summaries: draft.summaries.pages } };
  }
}

function planOf(change: NamespaceChange, before: IndexEntry | undefined): Plan | undefined {
  if (change.removed) return before && { change, before, pieces: {} };
  // Prometheus knows of it, Kubernetes does not: it is gone, or not ours to read.
  if (before === undefined && change.topology === undefined) return undefined;
  const { namespace, topology, traffic, objects } = change;
  const pieces = {
    ...fresh('topology', before, topology && encodeTopology(topology)),
    ...fresh('traffic', before, traffic === 'none' ? '' : traffic && encodeTraffic(traffic)),
    ...fresh('objects', before, objects && encodeObjects(namespace, objects)),
  };
  return Object.keys(pieces).length === 0 ? undefined : { change, before, pieces };
}

/** The text of a part in pieces, where it is another than the one that lies there. */
function fresh(part: Part, before: IndexEntry | undefined, text: string | undefined): Plan['pieces'] {
  if (text === undefined) return {};
  const pieces = cut(text);
  return before !== undefined && isStored(before[part], pieces) ? {} : { [part]: pieces };
}

function isPublic({ pieces }: Plan): boolean {
  return pieces.topology !== undefined || pieces.traffic !== undefined;
}

/**
 * Whether the stored content of a part is needed: to tell what changed in it, or because the other part changed and this one was not given.
 */
function needsOld(plan: Plan, part: PublicPart, tells: boolean): boolean {
  const { change, before, pieces } = plan;
  if (before === undefined || change.removed || !isPublic(plan)) return false;
  return pieces[part] === undefined ? change[part] === undefined : tells;
}

function* groups<Item>(items: Iterable<Item>): Generator<readonly Item[]> {
  let group: Item[] = [];
  for (const item of items) {
    group.push(item);
    if (group.length < GROUP) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
