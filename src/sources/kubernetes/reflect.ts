import { KEPT_KINDS, type KeptKind } from '../../mesh/kept.ts';
import type { Ports } from '../../ports/ports.ts';
import { PageAnswer, WatchAnswer } from './answers.ts';
import type { VersionsByKind } from './discovery.ts';
import { DiscoveryRun, type KnownPoint } from './discovery-run.ts';
import { Exchanges, type LiveConnection } from './exchanges.ts';
import { KINDS } from './kinds.ts';
import { type KindRefusal, refusalError } from './refusals.ts';
import { collectionOf, type PageQuery, pageRequest, type Scope, watchRequest } from './requests.ts';
import { type ResumePoints, readPoint, writePoint } from './resume-points.ts';
import { type KindStatus, type KubernetesStatus, mergeStatuses, predicateOf } from './status.ts';
import { Track } from './track.ts';
import { Warnings } from './warnings.ts';
import { type Change, type Step, WATCH_LIMITS, type WatchEvent, type WatchLimits } from './watch-state.ts';

export type { LiveConnection } from './exchanges.ts';
export type { ResumePoints } from './resume-points.ts';
export type { KindStatus, KubernetesStatus } from './status.ts';
export type { Change } from './watch-state.ts';

/** How much a reflection may take at once. */
export interface ReflectLimits extends WatchLimits {
  /** Streams that are open at the same time. */
  readonly maxStreams: number;
  /** How many of them may be lists: each holds a page, and its objects while they are cut down. */
  readonly maxLists: number;
  /** A page of a list, or a document of discovery. */
  readonly maxPageBytes: number;
  /** An object in a watch: etcd holds none over 1.5 MiB, which JSON may make some more. */
  readonly maxLineBytes: number;
  /** All of a watch, which then goes on in another. */
  readonly maxWatchBytes: number;
  /** How much longer than the server was asked to keep a watch open we wait for its end. */
  readonly graceMs: number;
}

export const REFLECT_LIMITS: ReflectLimits = {
  ...WATCH_LIMITS,
  maxStreams: 36,
  maxLists: 6,
  maxPageBytes: 16 * 1024 * 1024,
  maxLineBytes: 8 * 1024 * 1024,
  maxWatchBytes: 256 * 1024 * 1024,
  graceMs: 2_000,
};

export interface ReflectOptions {
  /** Only these namespaces, for whoever may not read the whole cluster: every kind is then read in each of them. Absent or empty: all. */
  readonly namespaces?: readonly string[];
  /** Only these kinds. */
  readonly kinds?: readonly KeptKind[];
  /** For how long watches are opened, from the call of `reflect`, in milliseconds. A list that is on its way may go on beyond. */
  readonly windowMs: number;
  /** Time for one page of a list, or one document of discovery, in milliseconds. */
  readonly requestMs: number;
  readonly limits?: Partial<ReflectLimits>;
}

/** A picture of the cluster on its way: what changes, as it happens. */
export interface Reflection {
  /** Blocks until something changed or a status did, or the time is over; gives all changes, in order. Throws what reading the token throws. */
  next(maxWaitMs: number): readonly Change[];
  status(): KubernetesStatus;
  /** Up to where what `next` has given is complete, for the kinds (or namespaces of kinds) where it is: from there another reflection goes on. */
  resumePoints(): ResumePoints;
  /** Leaves every stream. */
  close(): void;
}

type NeededPorts = Pick<Ports, 'clock' | 'http' | 'random'>;

/**
 * Lists and watches every kind that the cluster serves, all at the same time. Kinds with a resume point are watched from there; the others are listed, and what a
 * list shows comes as one `replace` when it is whole. For a kind that the cluster no longer serves, and that has a resume point, comes an
 * empty `replace`; so it does for every absent kind where there are no resume points at all.
 *
 * Discovery comes first, every time: it is cheap, and finds CustomResourceDefinitions that were added since. At the same time one short list tells whether the
 * cluster has come as far as the resume points; if not, it was restored or made anew, and everything is listed. When a kind's status says `forbidden` or `failed`,
 * what was told of it before stays told, and its resume point stays too.
 *
 * Once the window is over no watch is opened, except for a second where a kind has not been complete yet; what is complete stays so up to its resume point.
 */
export function reflect(ports: NeededPorts, connection: LiveConnection, options: ReflectOptions, resume: ResumePoints): Reflection {
  return new Reflector(ports, connection, options, resume);
}

class Reflector implements Reflection {
  readonly #ports: NeededPorts;
  readonly #options: ReflectOptions;
  readonly #limits: ReflectLimits;
  readonly #resume: ResumePoints;
  readonly #windowEnds: number;
  readonly #exchanges: Exchanges;
  readonly #discovery: DiscoveryRun;
  readonly #warnings = new Warnings();
  #tracks: readonly Track[] = [];
  #changes: Change[] = [];
  /** A status is another since `next` last returned. */
  #news = false;
  #listsOpen = 0;
  /** Counts the watches that were opened, so that the one which has waited longest is next. */
  #turns = 0;
  #events = 0;
  #errors = 0;

  constructor(ports: NeededPorts, connection: LiveConnection, options: ReflectOptions, resume: ResumePoints) {
    this.#ports = ports;
    this.#options = options;
    this.#limits = { ...REFLECT_LIMITS, ...options.limits };
    this.#resume = resume;
    this.#windowEnds = ports.clock.monotonic() + options.windowMs;
    this.#exchanges = new Exchanges(ports.http, ports.clock, connection);
    const { maxPageBytes, backoffMs, maxBackoffMs } = this.#limits;
    this.#discovery = new DiscoveryRun(
      ports,
      this.#exchanges,
      { requestMs: options.requestMs, maxDocumentBytes: maxPageBytes, backoffMs, maxBackoffMs, known: this.#knownPoint },
      (versions, wentBack) => this.#begin(versions, wentBack ? {} : resume),
    );
  }

  next(maxWaitMs: number): readonly Change[] {
    const { clock } = this.#ports;
    const until = clock.monotonic() + maxWaitMs;
    for (;;) {
      this.#goOn();
      const waitMs = this.#hasNews ? 0 : Math.ceil(Math.min(until, this.#wakesAt) - clock.monotonic());
      const before = this.#discovery.tag;
      this.#exchanges.poll(Math.max(0, waitMs));
      if (this.#discovery.tag !== before) this.#news = true;
      if (!this.#hasNews && clock.monotonic() < until) continue;
      // What is due goes out before the caller does something else.
      this.#goOn();
      return this.#takeChanges();
    }
  }

  status(): KubernetesStatus {
    const required = this.#tracks.filter(({ kind }) => kind.required);
    const known = this.#discovery.tag === 'done';
    return {
      kinds: Object.fromEntries(this.#kinds.map((kind) => [kind, this.#statusOf(kind)])),
      synced: known && required.every((track) => track.isSynced),
      settled: this.#discovery.tag === 'failed' || (known && this.#tracks.every((track) => track.isSettled)),
      demo: this.#exchanges.demo,
      warnings: this.#warnings.named,
      omittedWarnings: this.#warnings.omitted,
      counters: { requests: this.#exchanges.requests, events: this.#events, bytes: this.#exchanges.bytes, errors: this.#errors },
      error: this.#error(),
    };
  }

  resumePoints(): ResumePoints {
    if (this.#discovery.tag !== 'done') return this.#resume;
    const points: Partial<Record<KeptKind, string>> = {};
    for (const kind of this.#kinds) {
      const point = writePoint(
        this.#tracksOf(kind).flatMap(({ namespace, resumePoint }) =>
          resumePoint === undefined ? [] : [{ namespace, resourceVersion: resumePoint }],
        ),
      );
      if (point !== undefined) points[kind] = point;
    }
    return points;
  }

  close(): void {
    this.#exchanges.closeAll();
  }

  get #kinds(): readonly KeptKind[] {
    return this.#options.kinds ?? KEPT_KINDS;
  }

  /** The scopes that are read: one namespace each, or the whole cluster. */
  get #namespaces(): readonly (string | undefined)[] {
    const { namespaces = [] } = this.#options;
    return namespaces.length === 0 ? [undefined] : namespaces;
  }

  /** A point of a kind that every cluster has, of a required one if there is one. */
  get #knownPoint(): KnownPoint | undefined {
    const kinds = this.#kinds.filter((kind) => KINDS[kind].group === '');
    const ranked = [...kinds.filter((kind) => KINDS[kind].required), ...kinds];
    for (const kind of ranked) {
      for (const namespace of this.#namespaces) {
        const resourceVersion = readPoint(this.#resume[kind], namespace);
        if (resourceVersion !== undefined)
          return { collection: collectionOf(KINDS[kind], KINDS[kind].versions[0], namespace), resourceVersion };
      }
    }
    return undefined;
  }

  #tracksOf(kind: KeptKind): readonly Track[] {
    return this.#tracks.filter(({ name }) => name === kind);
  }

  get #hasNews(): boolean {
    return this.#news || this.#changes.length > 0;
  }

  #takeChanges(): readonly Change[] {
    const changes = this.#changes;
    this.#changes = [];
    this.#news = false;
    return changes;
  }

  /** Sets every kind on its way. */
  #begin(versions: VersionsByKind, points: ResumePoints): void {
    const fromNothing = Object.keys(points).length === 0;
    const tracks = this.#kinds.flatMap((kind) =>
      this.#namespaces.map((namespace) => {
        const served = versions.get(kind) ?? [];
        const resume = readPoint(points[kind], namespace);
        if (served.length === 0 && (fromNothing || resume !== undefined)) this.#changes.push(replacement(kind, namespace));
        return new Track({ kind, namespace, versions: served, resume, limits: this.#limits });
      }),
    );
    // Where there are more watches than streams, a window may close before each had a turn: so each reflection begins elsewhere.
    const first = tracks.length > this.#limits.maxStreams ? Math.floor(this.#ports.random.fraction() * tracks.length) : 0;
    this.#tracks = [...tracks.slice(first), ...tracks.slice(0, first)];
  }

  /** Does what waited for its time, and opens what is due. */
  #goOn(): void {
    this.#discovery.open();
    const now = this.#ports.clock.monotonic();
    for (const track of this.#tracks) if (track.untilMs !== undefined && track.untilMs <= now) this.#heed(track, { tag: 'due' }, '');
    // Lists first: they are the way to what is not known at all.
    this.#openLists();
    this.#openWatches(now);
  }

  /** The next time at which something is due, on the monotonic clock. */
  get #wakesAt(): number {
    return Math.min(...[this.#discovery, ...this.#tracks].map(({ untilMs }) => untilMs ?? Number.POSITIVE_INFINITY));
  }

  #openLists(): void {
    for (const track of this.#tracks) {
      const { due } = track;
      if (this.#listsOpen >= this.#limits.maxLists || this.#exchanges.count >= this.#limits.maxStreams) return;
      if (due?.tag === 'list') this.#openList(track, due.page);
    }
  }

  #openList(track: Track, page: PageQuery): void {
    track.due = undefined;
    this.#listsOpen++;
    if (page.continueToken === undefined) this.#warnings.clear(track.name, track.namespace);
    this.#exchanges.open({
      request: (credentials) => pageRequest(credentials, track.collection, page),
      timeoutMs: this.#options.requestMs,
      maxBodyBytes: this.#limits.maxPageBytes,
      reader: new PageAnswer(),
      take: (event, token) => this.#heed(track, event, token),
      over: () => {
        this.#listsOpen--;
      },
    });
  }

  #openWatches(now: number): void {
    const room = this.#limits.maxStreams - this.#exchanges.count;
    if (room <= 0) return;
    const left = this.#watchSeconds(now);
    const seconds = Math.max(1, left);
    // Where discovery had to wait until the window was over, a kind with a resume point would never be known to be complete.
    const waiting = this.#tracks.filter(({ due, wasLive }) => due?.tag === 'watch' && (left >= 1 || !wasLive));
    if (waiting.length > room) waiting.sort((one, other) => one.turn - other.turn);
    for (const track of waiting.slice(0, room)) {
      if (track.due?.tag === 'watch') this.#openWatch(track, track.due.resourceVersion, seconds);
    }
  }

  /** For how long the next watch may stand: to the end of the window, or its share of that where watches have to take turns. Less than 1: not at all. */
  #watchSeconds(now: number): number {
    const left = Math.floor((this.#windowEnds - now) / 1000);
    const watches = this.#tracks.filter((track) => track.isOnItsWay).length;
    return watches <= this.#limits.maxStreams ? left : Math.min(left, Math.max(1, Math.floor((left * this.#limits.maxStreams) / watches)));
  }

  #openWatch(track: Track, resourceVersion: string, timeoutSeconds: number): void {
    track.due = undefined;
    track.turn = ++this.#turns;
    this.#exchanges.open({
      request: (credentials) => watchRequest(credentials, track.collection, { resourceVersion, timeoutSeconds }),
      timeoutMs: timeoutSeconds * 1000 + this.#limits.graceMs,
      maxBodyBytes: this.#limits.maxWatchBytes,
      reader: new WatchAnswer(this.#limits.maxLineBytes),
      take: (event, token) => this.#heed(track, event, token),
    });
  }

  /** Takes what happened to a kind; whether its stream may stay open. `token` is what the request bore. */
  #heed(track: Track, event: WatchEvent, token: string): boolean {
    const before = this.#statusOfTrack(track).tag;
    const step = track.take(event, this.#ports.clock.monotonic(), this.#ports.random.fraction());
    const { command } = step;
    if (event.tag === 'lines') this.#events += event.lines.length;
    if (event.tag === 'refused') this.#errors++;
    if ((command.tag === 'list' || command.tag === 'watch') && command.renewToken) this.#exchanges.renewToken(token);
    this.#note(track.name, step);
    // One by one: a list may hold more than a call takes arguments.
    for (const change of step.changes) this.#changes.push(change);
    if (this.#statusOfTrack(track).tag !== before) this.#news = true;
    return command.tag === 'read';
  }

  #note(kind: KeptKind, { changes, remarks }: Step): void {
    for (const change of changes) {
      if (change.tag === 'put') this.#warnings.remove(kind, change.object);
      else if (change.tag === 'delete') this.#warnings.remove(kind, change);
    }
    for (const remark of remarks) {
      this.#errors++;
      if (remark.tag === 'malformed') this.#warnings.add(kind, remark.name, remark.problem);
    }
  }

  #statusOf(kind: KeptKind): KindStatus {
    const { refusal, untilMs, tag } = this.#discovery;
    if (tag === 'done')
      return mergeStatuses(this.#tracksOf(kind).map((track) => ({ namespace: track.namespace, status: this.#statusOfTrack(track) })));
    if (refusal === undefined) return { tag: 'starting' };
    const why = predicateOf(refusal);
    return untilMs === undefined ? { tag: 'failed', why } : { tag: 'waiting', untilMs: this.#toWall(untilMs), why };
  }

  #statusOfTrack(track: Track): KindStatus {
    return track.status((monotonicMs) => this.#toWall(monotonicMs));
  }

  #toWall(monotonicMs: number): number {
    const { clock } = this.#ports;
    return Math.round(clock.now() + monotonicMs - clock.monotonic());
  }

  #error(): KubernetesStatus['error'] {
    const { refusal } = this.#discovery;
    const refused: readonly KindRefusal[] =
      refusal === undefined
        ? this.#tracks.flatMap((track) => (track.refusal === undefined ? [] : [{ kind: track.name, refusal: track.refusal }]))
        : this.#kinds.map((kind) => ({ kind, refusal }));
    const [first, ...more] = refused.filter(({ kind }) => KINDS[kind].required);
    if (first === undefined) return undefined;
    const { namespaces = [] } = this.#options;
    const scope: Scope = namespaces.length === 0 ? { tag: 'cluster' } : { tag: 'namespace', namespace: namespaces.join(' and ') };
    return refusalError([first, ...more], refused, this.#exchanges.credentials, scope);
  }
}

/** All objects of a kind are gone. */
function replacement(kind: KeptKind, namespace: string | undefined): Change {
  return { tag: 'replace', kind, ...(namespace === undefined ? {} : { namespace }), objects: [] };
}
