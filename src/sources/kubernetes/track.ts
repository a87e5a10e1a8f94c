import type { KeptKind } from '../../mesh/kept.ts';
import { KINDS, type Kind } from './kinds.ts';
import type { Refusal } from './outcome.ts';
import { type Collection, collectionOf } from './requests.ts';
import type { KindStatus } from './status.ts';
import { predicateOf } from './status.ts';
import { begin, step } from './watch.ts';
import { type Command, resumePoint, type Step, type WatchEvent, type WatchLimits, type WatchSpec, type WatchState } from './watch-state.ts';

/** After so many failures in a row a kind has had its chance. */
const FAILURES_TO_SETTLE = 3;

/** What a track adds to the state of its watch. */
export interface TrackOptions {
  readonly kind: KeptKind;
  /** The one namespace that is read; undefined for the whole cluster. */
  readonly namespace: string | undefined;
  /** As discovery gave them, the first to be tried first; none: the cluster does not serve the kind. */
  readonly versions: readonly string[];
  readonly resume: string | undefined;
  readonly limits: WatchLimits;
}

/** One kind, in the whole cluster or in one namespace, on its way: the only thing here that changes. */
export class Track {
  readonly name: KeptKind;
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly #spec: WatchSpec;
  #versions: readonly string[];
  #state: WatchState;
  /** What is to be done as soon as there is room; undefined while a stream is open, and when there is nothing to do. */
  due: Extract<Command, { tag: 'list' | 'watch' }> | undefined;
  /** Which of all watches its last one was; 0 before the first. */
  turn = 0;
  #wasLive = false;

  constructor({ kind, namespace, versions, resume, limits }: TrackOptions) {
    this.name = kind;
    this.kind = KINDS[kind];
    this.namespace = namespace;
    this.#spec = { kind, ...(namespace === undefined ? {} : { namespace }), limits };
    this.#versions = versions;
    this.#state = { tag: 'absent' };
    if (versions.length > 0) this.#enter(begin(resume, this.#spec));
  }

  get collection(): Collection {
    return collectionOf(this.kind, this.#versions[0] ?? this.kind.versions[0], this.namespace);
  }

  /** Takes what happened; the step says what changed, and whether the stream may stay open. */
  take(event: WatchEvent, nowMs: number, jitter: number): Step {
    const next = step(this.#state, event, this.#spec, { nowMs, jitter });
    const [, ...older] = this.#versions;
    // Discovery would not say which version is served, and it is not this one.
    const another = next.state.tag === 'absent' && older.length > 0;
    if (another) this.#versions = older;
    return this.#enter(another ? begin(undefined, this.#spec) : next);
  }

  /** When a wait is over, on the monotonic clock. */
  get untilMs(): number | undefined {
    return this.#state.tag === 'waiting' ? this.#state.untilMs : undefined;
  }

  /** Whether it watches or will, and so shares the streams with the others. */
  get isOnItsWay(): boolean {
    return this.#state.tag === 'listing' || this.#state.tag === 'watching' || this.#state.tag === 'waiting';
  }

  get resumePoint(): string | undefined {
    return resumePoint(this.#state);
  }

  /** `toWallMs` makes a time of day of a time on the monotonic clock. */
  status(toWallMs: (monotonicMs: number) => number): KindStatus {
    const state = this.#state;
    switch (state.tag) {
      case 'listing':
        return { tag: 'listing' };
      case 'watching':
        return { tag: state.live ? 'live' : 'starting' };
      case 'waiting':
        return { tag: 'waiting', untilMs: toWallMs(state.untilMs), why: predicateOf(state.why) };
      case 'forbidden':
        return { tag: 'forbidden' };
      case 'failed':
        return { tag: 'failed', why: predicateOf(state.why) };
      case 'absent':
        return this.kind.required ? { tag: 'failed', why: predicateOf({ tag: 'missing' }) } : { tag: 'absent' };
    }
  }

  /** Why it cannot be read now. */
  get refusal(): Refusal | undefined {
    const state = this.#state;
    if (state.tag === 'forbidden') return { tag: 'forbidden' };
    if (state.tag === 'absent') return this.kind.required ? { tag: 'missing' } : undefined;
    return state.tag === 'waiting' || state.tag === 'failed' ? state.why : undefined;
  }

  /** It was complete once. */
  get wasLive(): boolean {
    return this.#wasLive;
  }

  /** It was complete once, and nothing stands against its being so. */
  get isSynced(): boolean {
    return this.#wasLive && this.refusal === undefined;
  }

  /** It has come to its first state, or has shown that it will not soon. */
  get isSettled(): boolean {
    const state = this.#state;
    if (state.tag === 'waiting') return this.#wasLive || state.next.failures >= FAILURES_TO_SETTLE;
    return this.#wasLive || (state.tag !== 'listing' && state.tag !== 'watching');
  }

  #enter(next: Step): Step {
    const { state, command } = next;
    this.#state = state;
    if (state.tag === 'watching' && state.live) this.#wasLive = true;
    if (command.tag !== 'read') this.due = command.tag === 'list' || command.tag === 'watch' ? command : undefined;
    return next;
  }
}
