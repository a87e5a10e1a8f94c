import type { Config } from '../config.ts';
import { describe } from '../lib/errors.ts';
import { hashText } from '../lib/hash.ts';
import type { NamespaceTopology, NamespaceTotals, ServiceSummary } from '../mesh/model.ts';
import { buildTopology } from '../mesh/topology.ts';
import type { Ports } from '../ports/ports.ts';
import { KINDS } from '../sources/kubernetes/kinds.ts';
import { LISTING_LIMITS, type Listing, listObjects } from '../sources/kubernetes/listing.ts';
import { rulesFor } from '../sources/kubernetes/refusals.ts';
import type { Scope } from '../sources/kubernetes/requests.ts';
import type { Head } from '../store/head.ts';
import { type Publication, publish, readHead, readNamespaces } from '../store/topology.ts';

/** The mesh as an answer sees it: figures of every namespace at once, services when they are asked for. */
export interface TopologyView {
  /** When the reading of Kubernetes began that this shows, milliseconds since 1970. */
  readonly asOf: number;
  readonly origin: 'store' | 'kubernetes';
  /** Read from a demo API, not from a cluster. */
  readonly demo: boolean;
  /** False: a limit ended the reading, and some namespaces are missing. */
  readonly complete: boolean;
  /** What a reader should know about what is missing or was skipped: sentences of our own. */
  readonly notes: readonly string[];
  /** By name. In the scope of one namespace, that one, or none where it does not exist. */
  readonly namespaces: readonly { readonly namespace: string; readonly totals: NamespaceTotals }[];
  /** The services of each of these namespaces, by name; from the store, all in one batch. */
  readonly servicesOf: (namespaces: readonly string[]) => readonly (readonly ServiceSummary[])[];
}

/**
 * Answers from the store while what it holds is younger than `listCacheMs`, else from Kubernetes, and leaves in the store what it read there
 * for the next instance. `use` makes the answer; it may run twice, when the store fails half-way. A store that does not answer
 * costs freshness for the next call, not this answer: a note says so. Throws `MeshError` when Kubernetes cannot be read.
 */
export function withTopology<Answer>(ports: Ports, config: Config, scope: Scope, use: (view: TopologyView) => Answer): Answer {
  const store = new StoreAttempt(ports, config);
  const fromStore = store.answer(scope, use);
  if (fromStore !== undefined) return fromStore.answer;
  const at = ports.clock.now();
  const connection = { baseUrl: config.kubernetesUrl, token: config.kubernetesToken };
  const listing = listObjects(ports, connection, scope, { ...LISTING_LIMITS, requestMs: config.upstreamTimeoutMs });
  const namespaces = buildTopology(listing.objects).filter(({ namespace }) => scope.tag === 'cluster' || namespace === scope.namespace);
  const notes = listingNotes(listing);
  if (listing.stopped === undefined) {
    const [topology] = namespaces;
    const content: Publication['content'] =
      scope.tag === 'cluster' ? { tag: 'cluster', namespaces } : { tag: 'namespace', namespace: scope.namespace, topology };
    store.publish({ source: sourceOf(config), at, demo: listing.demo, notes, content });
  }
  return use(viewOf(namespaces, at, listing, [...notes, ...store.notes()]));
}

function viewOf(namespaces: readonly NamespaceTopology[], asOf: number, listing: Listing, notes: readonly string[]): TopologyView {
  const byName = new Map(namespaces.map((topology) => [topology.namespace, topology.services]));
  return {
    asOf,
    origin: 'kubernetes',
    demo: listing.demo,
    complete: listing.stopped === undefined,
    notes,
    namespaces,
    servicesOf: (names) => names.map((name) => byName.get(name) ?? []),
  };
}

/** Tells the clusters apart that one store may see. */
function sourceOf(config: Config): string {
  return hashText(config.kubernetesUrl);
}

// One publication in so many looks for what two writers at once left behind.
const SWEEP_EVERY = 64;

/** One call's dealings with the store; none of its failures fails the call. */
class StoreAttempt {
  readonly #ports: Ports;
  readonly #config: Config;
  #head: Head | undefined;
  #damaged = false;
  #note: string | undefined;

  constructor(ports: Ports, config: Config) {
    this.#ports = ports;
    this.#config = config;
  }

  /** The answer from the store, or undefined where it holds nothing fresh. What `use` throws itself goes through. */
  answer<Answer>(scope: Scope, use: (view: TopologyView) => Answer): { readonly answer: Answer } | undefined {
    if (this.#config.listCacheMs === 0) return undefined;
    try {
      this.#head = this.#attempt('read', () => readHead(this.#ports.keyvalue));
      const view = this.#view(scope);
      return view === undefined ? undefined : { answer: use(view) };
    } catch (error) {
      if (error instanceof StoreMiss) return undefined;
      throw error;
    }
  }

  publish(publication: Publication): void {
    // A store that did not answer a moment ago would only cost this call more time.
    if (this.#config.listCacheMs === 0 || this.#note !== undefined) return;
    try {
      const sweep = this.#ports.random.fraction() * SWEEP_EVERY < 1;
      const options = { previous: this.#head, rewrite: this.#damaged, sweep };
      const fits = this.#attempt('written', () => publish(this.#ports.keyvalue, publication, options));
      if (!fits) this.#note = 'The cluster has too many namespaces for the store: every call reads Kubernetes.';
    } catch (error) {
      if (!(error instanceof StoreMiss)) throw error;
    }
  }

  notes(): readonly string[] {
    return this.#note === undefined ? [] : [this.#note];
  }

  #view(scope: Scope): TopologyView | undefined {
    const head = this.#head;
    if (head === undefined || head.source !== sourceOf(this.#config)) return undefined;
    const entry = scope.tag === 'namespace' ? head.namespaces.get(scope.namespace) : undefined;
    const asOf = scope.tag === 'cluster' ? head.listedAt : entry?.at;
    if (asOf === undefined || !this.#isFresh(asOf)) return undefined;
    const shown = scope.tag === 'cluster' ? [...head.namespaces] : entry === undefined ? [] : [[scope.namespace, entry] as const];
    return {
      asOf,
      origin: 'store',
      demo: head.demo,
      complete: true,
      notes: entry?.notes ?? head.notes,
      namespaces: shown.map(([namespace, { totals }]) => ({ namespace, totals })),
      servicesOf: (names) => {
        const services = this.#attempt('read', () => readNamespaces(this.#ports.keyvalue, head, names));
        if (services !== undefined) return services;
        this.#damaged = true;
        this.#ports.log.write('warn', 'the stored mesh lacks a shard, so Kubernetes is read again');
        throw new StoreMiss();
      },
    };
  }

  /** The clocks of two hosts differ: a time a little ahead of ours is as good as one behind. */
  #isFresh(at: number): boolean {
    return Math.abs(this.#ports.clock.now() - at) < this.#config.listCacheMs;
  }

  #attempt<Result>(what: 'read' | 'written', run: () => Result): Result {
    try {
      return run();
    } catch (error) {
      this.#note = `The store cannot be ${what}, so calls are slower: each reads Kubernetes. Check the wasi:keyvalue backend.`;
      this.#ports.log.write('warn', `the store cannot be ${what}`, { error: describe(error) });
      throw new StoreMiss();
    }
  }
}

/** The store cannot help with this call; why has been noted. */
class StoreMiss extends Error {}

const MAX_NAMED_OBJECTS = 5;

/** What a reading leaves to be said. */
function listingNotes({ unreadable, malformed, stopped }: Listing): string[] {
  const notes = unreadable.map(({ kind, refusal }) => {
    const { resource, without } = KINDS[kind];
    const why = refusal.tag === 'forbidden' ? `may not be listed (the rule ${rulesFor([KINDS[kind]])} is missing)` : 'are not served';
    return `${resource} ${why}: ${without}.`;
  });
  if (malformed.length > 0) {
    const named = malformed.slice(0, MAX_NAMED_OBJECTS).join('; ');
    const more = malformed.length > MAX_NAMED_OBJECTS ? `; and ${malformed.length - MAX_NAMED_OBJECTS} more` : '';
    notes.push(`Left out as malformed: ${named}${more}.`);
  }
  if (stopped !== undefined) {
    const limit = { time: 'time', bytes: 'data', objects: 'objects', pages: 'pages' }[stopped];
    notes.push(
      `The cluster is larger than one call may read (limit on ${limit}): later namespaces are missing. Ask for one namespace to see it.`,
    );
  }
  return notes;
}
