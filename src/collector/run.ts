import type { Config } from '../config.ts';
import { MeshError } from '../lib/errors.ts';
import type { KeptKind } from '../mesh/kept.ts';
import type { Ports } from '../ports/ports.ts';
import { type Reflection, reflect } from '../sources/kubernetes/reflect.ts';
import { notesOf } from '../sources/kubernetes/status.ts';
import type { Circumstances } from '../store/graph/head.ts';
import { RENEW_MS, takeLease } from '../store/graph/lease.ts';
import type { RestartReason } from '../store/graph/publication.ts';
import { type GraphWriter, openWriter } from '../store/graph/writer.ts';
import { sharedOptionsOf, sourceOf, UNKNOWN_CIRCUMSTANCES, withKubernetes, withPrometheus } from './circumstances.ts';
import { PendingChanges } from './pending.ts';
import { askForTraffic, trafficOf } from './traffic.ts';

/** How often a run publishes at most. */
const PUBLISH_EVERY_MS = 1_000;

/** What a run is asked to do. */
export interface CollectRequest {
  /** Who asks: the same in every run of one ticker, another in any other. Printable ASCII. */
  readonly holder: string;
  /** How long to watch, in milliseconds; 0: read what there is, and end. */
  readonly windowMs: number;
}

/** What a run did. */
export interface CollectFigures {
  readonly generation: number | undefined;
  readonly namespaces: number;
  readonly synced: boolean;
  readonly publications: number;
  /** Values and bytes that were written to the store. */
  readonly values: number;
  readonly written: number;
  /** Requests to Kubernetes, events and bytes from it, and what went wrong there. */
  readonly requests: number;
  readonly events: number;
  readonly bytes: number;
  readonly errors: number;
  readonly trafficReadings: number;
  readonly trafficErrors: number;
  readonly durationMs: number;
  /** Another run changed the graph meanwhile, or the store lost it: the next run begins anew. */
  readonly restart?: RestartReason;
}

export type CollectReport =
  | { readonly leader: false; readonly holder: string; readonly retryAfterMs: number }
  | ({ readonly leader: true; readonly term: number } & CollectFigures);

/**
 * One bounded run of the collector: takes the lease or answers at once who has it, resumes the watches where the graph in the store ends (or lists the cluster
 * where there is none), publishes what changes at most once a second, asks Prometheus when its time has come, and ends with the window. Where the cluster has to be
 * listed first, it goes on until that is done, `COLLECT_SYNC_MS` at most.
 *
 * Throws `MeshError` when the store does not answer, or when there is no graph yet and Kubernetes cannot be read. A run that dies anywhere costs what it had not
 * published; the next one hears it again.
 */
export function collect(ports: Ports, config: Config, { holder, windowMs }: CollectRequest): CollectReport {
  const lease = takeLease(ports, { holder });
  if (!lease.leader) return { leader: false, holder: lease.holder, retryAfterMs: lease.retryAfterMs };
  const run = new Run(ports, config, { holder, windowMs, sweep: lease.taken, trafficAt: lease.trafficAt, leads: true });
  return { leader: true, term: lease.term, ...run.toEnd() };
}

/**
 * Reads the cluster once and publishes it, without the lease: for a call that finds no graph where no collector is at work. Throws as `collect` does, and at once where
 * Kubernetes cannot be reached.
 */
export function collectOnce(ports: Ports, config: Config): CollectFigures {
  return new Run(ports, config, { holder: 'reader', windowMs: 0, sweep: false, trafficAt: undefined, leads: false }).toEnd();
}

interface RunOptions extends CollectRequest {
  /** Look for leftovers in the store. */
  readonly sweep: boolean;
  /** When Prometheus last answered, milliseconds since 1970. */
  readonly trafficAt: number | undefined;
  /** It holds the lease, and renews it. */
  readonly leads: boolean;
}

class Run {
  readonly #ports: Ports;
  readonly #config: Config;
  readonly #options: RunOptions;
  readonly #writer: GraphWriter;
  readonly #reflection: Reflection;
  readonly #pending = new PendingChanges();
  readonly #startedAt: number;
  #circumstances: Circumstances;
  /** The kinds that were unread when the stored graph was built. */
  #unreadBefore: readonly KeptKind[];
  /** When Prometheus last answered, and when it was last asked; milliseconds since 1970. */
  #trafficAt: number | undefined;
  #askedAt: number | undefined;
  #renewedAt: number;
  #publishedAt = Number.NEGATIVE_INFINITY;
  /** `#statusText` at the last publication. */
  #told: string | undefined;
  #restart: RestartReason | undefined;
  #lostLease = false;
  #publications = 0;
  #values = 0;
  #written = 0;
  #trafficReadings = 0;
  #trafficErrors = 0;

  constructor(ports: Ports, config: Config, options: RunOptions) {
    this.#ports = ports;
    this.#config = config;
    this.#options = options;
    this.#startedAt = ports.clock.monotonic();
    this.#renewedAt = this.#startedAt;
    this.#writer = openWriter(ports, { collector: options.holder, source: sourceOf(config), ring: config.deltaRing, sweep: options.sweep });
    const { start } = this.#writer;
    this.#circumstances = start.tag === 'graph' ? start.head : UNKNOWN_CIRCUMSTANCES;
    this.#unreadBefore = this.#circumstances.unread;
    this.#trafficAt = start.tag === 'graph' ? (options.trafficAt ?? start.head.trafficAt) : undefined;
    this.#askedAt = this.#trafficAt;
    this.#reflection = reflect(
      ports,
      { baseUrl: config.kubernetesUrl, token: () => config.kubernetesToken },
      { namespaces: config.namespaces, windowMs: options.windowMs, requestMs: config.upstreamTimeoutMs },
      start.tag === 'graph' ? start.resume : {},
    );
  }

  /** Runs to its end. Throws `MeshError`. */
  toEnd(): CollectFigures {
    try {
      this.#watch();
      this.#finish();
    } finally {
      this.#reflection.close();
    }
    return this.#figures();
  }

  get #known(): boolean {
    return this.#writer.head !== undefined;
  }

  #watch(): void {
    const { clock } = this.#ports;
    while (this.#restart === undefined && !this.#lostLease) {
      const now = clock.monotonic();
      const until = Math.min(this.#endsAt(), this.#nextDuty());
      this.#pending.fold(this.#reflection.next(Math.max(0, until - now)));
      this.#renew();
      if (clock.monotonic() >= this.#endsAt() || this.#isInVain()) return;
      this.#publishWhenDue();
      // A reading blocks: a watch that was on its way would be taken for a silent one afterwards, and by then the window may be over.
      if (this.#isHeard()) this.#askWhenDue();
    }
  }

  /** Kubernetes has shown what there is of it for now. */
  #isHeard(): boolean {
    const { settled, error } = this.#reflection.status();
    return settled || error !== undefined;
  }

  /** A caller waits for the answer, and Kubernetes cannot be reached at the moment: to try again is the caller's. */
  #isInVain(): boolean {
    return !this.#options.leads && this.#reflection.status().error?.code === 'unavailable';
  }

  /** On the monotonic clock. Lists that are on their way may go on beyond the window, or the next run would begin with them again. */
  #endsAt(): number {
    const { windowMs } = this.#options;
    const { settled } = this.#reflection.status();
    return this.#startedAt + (settled ? windowMs : Math.max(windowMs, this.#config.collectSyncMs));
  }

  /** When something other than an event needs doing, on the monotonic clock. */
  #nextDuty(): number {
    const { clock } = this.#ports;
    const renew = this.#options.leads ? this.#renewedAt + RENEW_MS : Number.POSITIVE_INFINITY;
    const publish = this.#mayPublish() ? this.#publishedAt + PUBLISH_EVERY_MS : Number.POSITIVE_INFINITY;
    const ask = this.#known && this.#isHeard() ? clock.monotonic() + this.#untilTraffic() : Number.POSITIVE_INFINITY;
    return Math.min(renew, publish, ask);
  }

  #renew(): void {
    const { clock } = this.#ports;
    if (!this.#options.leads || clock.monotonic() - this.#renewedAt < RENEW_MS) return;
    this.#renewedAt = clock.monotonic();
    this.#lostLease = !this.#takeLease();
  }

  #takeLease(): boolean {
    const { holder } = this.#options;
    const { synced } = this.#reflection.status();
    return takeLease(this.#ports, {
      holder,
      ...(synced ? { kubernetesAt: this.#ports.clock.now() } : {}),
      ...(this.#trafficAt === undefined ? {} : { trafficAt: this.#trafficAt }),
    }).leader;
  }

  /**
   * Whether what was heard can be shown. Without a graph in the store it has to be everything; with one, whole lists wait for each other, because each costs a look at
   * all namespaces.
   */
  #mayPublish(): boolean {
    const { settled, synced, error } = this.#reflection.status();
    if (!this.#known) return settled && synced;
    const isNews = this.#pending.any && (settled || !this.#pending.lists);
    return isNews || ((settled || error !== undefined) && this.#statusText() !== this.#told);
  }

  /** What a publication would say of Kubernetes besides its objects. */
  #statusText(): string {
    const { synced, error, kinds, warnings, omittedWarnings } = this.#reflection.status();
    return JSON.stringify([synced, error?.message, notesOf({ kinds }), warnings, omittedWarnings]);
  }

  #publishWhenDue(): void {
    if (this.#mayPublish() && this.#ports.clock.monotonic() - this.#publishedAt >= PUBLISH_EVERY_MS) this.#publish();
  }

  #publish(): void {
    const { clock } = this.#ports;
    const status = this.#reflection.status();
    if (status.settled || status.error !== undefined) {
      this.#circumstances = withKubernetes(this.#circumstances, status, clock.now());
      this.#told = this.#statusText();
    }
    this.#publishedAt = clock.monotonic();
    const options = sharedOptionsOf(this.#config, this.#circumstances.unread);
    const before = sharedOptionsOf(this.#config, this.#unreadBefore);
    // Lists wait for each other; then there is only the sources' state to be told.
    const isTold = status.settled || !this.#pending.lists;
    if (!this.#write(isTold ? { updates: this.#pending.updates(this.#writer, before, options) } : {}) || !isTold) return;
    this.#pending.clear();
    this.#unreadBefore = this.#circumstances.unread;
  }

  /** Milliseconds until Prometheus is asked again; 0: now. A time ahead of ours is of another clock, and counts by its distance. */
  #untilTraffic(): number {
    if (this.#askedAt === undefined) return 0;
    return Math.max(0, this.#config.trafficIntervalMs - Math.abs(this.#ports.clock.now() - this.#askedAt));
  }

  #askWhenDue(): void {
    const { head } = this.#writer;
    if (head === undefined || this.#restart !== undefined || this.#untilTraffic() > 0) return;
    const { clock } = this.#ports;
    const reading = askForTraffic(this.#ports, this.#config, head.totals);
    const now = clock.now();
    this.#askedAt = now;
    if (reading !== undefined) this.#trafficReadings++;
    if (reading?.tag === 'failed') this.#trafficErrors++;
    this.#circumstances = withPrometheus(this.#circumstances, reading, this.#trafficAt, now);
    if (reading?.tag !== 'read') {
      this.#write({});
      return;
    }
    this.#trafficAt = now;
    this.#write({ traffic: trafficOf(reading.observation, this.#writer), trafficAt: now });
  }

  /** Publishes; false where this run cannot go on. */
  #write(what: Partial<Pick<Parameters<GraphWriter['publish']>[0], 'updates' | 'traffic' | 'trafficAt'>>): boolean {
    const trafficAt = what.trafficAt ?? this.#trafficAt;
    const { demo, sources, notes, trafficNotes, unread } = this.#circumstances;
    const outcome = this.#writer.publish({
      updates: what.updates ?? [],
      ...(what.traffic === undefined ? {} : { traffic: what.traffic }),
      ...(trafficAt === undefined ? {} : { trafficAt }),
      ...{ demo, sources, notes, trafficNotes, unread },
      resume: what.updates === undefined ? this.#resumeOfGraph() : this.#reflection.resumePoints(),
    });
    if (outcome.tag === 'restart') {
      this.#restart = outcome.why;
      return false;
    }
    if (outcome.tag === 'published') {
      this.#publications++;
      this.#values += outcome.values;
      this.#written += outcome.bytes;
    }
    return true;
  }

  /** Where the watches of what is published go on, while there is something pending that is not. */
  #resumeOfGraph() {
    return this.#pending.any ? (this.#writer.head?.resume ?? {}) : this.#reflection.resumePoints();
  }

  #finish(): void {
    if (this.#restart !== undefined || this.#lostLease) return;
    const { error, settled, synced } = this.#reflection.status();
    if (!this.#known && !(settled && synced)) throw this.#whyNothing(error);
    // Once more, for the sources' state and for what came at the last moment.
    if (this.#mayPublish()) this.#publish();
    this.#askWhenDue();
    if (this.#restart !== undefined) return;
    if (!this.#pending.any) this.#writer.saveResume(this.#reflection.resumePoints());
    if (!this.#options.leads) return;
    this.#takeLease();
    // Last, because it takes seconds where the mesh is large, once in five minutes.
    this.#writer.saveSnapshot();
  }

  /** There is no graph, and none could be made. */
  #whyNothing(error: MeshError | undefined): MeshError {
    return (
      error ??
      new MeshError(
        'unavailable',
        'The cluster could not be listed in the time that a run may take. Raise COLLECT_SYNC_MS, or name the NAMESPACES to read.',
      )
    );
  }

  #figures(): CollectFigures {
    const { counters, synced } = this.#reflection.status();
    const { head } = this.#writer;
    return {
      generation: head?.generation,
      namespaces: head?.totals.namespaces ?? 0,
      synced,
      publications: this.#publications,
      values: this.#values,
      written: this.#written,
      ...counters,
      trafficReadings: this.#trafficReadings,
      trafficErrors: this.#trafficErrors,
      durationMs: Math.round(this.#ports.clock.monotonic() - this.#startedAt),
      ...(this.#restart === undefined ? {} : { restart: this.#restart }),
    };
  }
}
