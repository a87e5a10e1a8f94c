import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import { DiscoveryDocument, PageAnswer } from './answers.ts';
import {
  type Asking,
  afterAnswers,
  BEGIN_DISCOVERY,
  DISCOVERY_ACCEPT,
  type Discovery,
  type DiscoveryAnswer,
  type VersionsByKind,
} from './discovery.ts';
import type { Exchanges } from './exchanges.ts';
import type { Refusal } from './outcome.ts';
import { apiRequest, type Collection, pageRequest } from './requests.ts';
import { compareResourceVersions } from './resource-version.ts';

/** Discovery on its way, or over. */
type Phase =
  | { readonly tag: 'due'; readonly state: Asking }
  | { readonly tag: 'asked' }
  | { readonly tag: 'waiting'; readonly untilMs: number; readonly why: Refusal }
  | { readonly tag: 'failed'; readonly why: Refusal }
  | { readonly tag: 'done' };

/** A resume point, and the collection that it is for. */
export interface KnownPoint {
  readonly collection: Collection;
  readonly resourceVersion: string;
}

export interface DiscoveryRunOptions {
  readonly requestMs: number;
  readonly maxDocumentBytes: number;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /**
   * Asked at the same time: whether the cluster has come as far as this. If not, it was restored from a backup, or another stands in its place, and a
   * watch from a resume point would stay silent without an error until it has: the API server only looks for events that are newer (kubernetes, apiserver
   * pkg/storage/cacher/watch_cache.go: `getAllEventsSinceLocked`).
   */
  readonly known?: KnownPoint | undefined;
}

/** What the cluster serves. `wentBack`: it has not come as far as what is known of it. */
export type DiscoveryDone = (versions: VersionsByKind, wentBack: boolean) => void;

/** Asks what the cluster serves, until it is known or cannot be. */
export class DiscoveryRun {
  readonly #ports: { readonly clock: Clock; readonly random: Random };
  readonly #exchanges: Exchanges;
  readonly #options: DiscoveryRunOptions;
  readonly #done: DiscoveryDone;
  #phase: Phase = { tag: 'due', state: BEGIN_DISCOVERY };
  #versions: VersionsByKind | undefined;
  #known: 'unasked' | 'asked' | 'there' | 'went-back' = 'unasked';
  #failures = 0;
  #renewed = false;

  /** `done` is called once, when it is known. */
  constructor(
    ports: { readonly clock: Clock; readonly random: Random },
    exchanges: Exchanges,
    options: DiscoveryRunOptions,
    done: DiscoveryDone,
  ) {
    this.#ports = ports;
    this.#exchanges = exchanges;
    this.#options = options;
    this.#done = done;
  }

  get tag(): Phase['tag'] {
    return this.#phase.tag;
  }

  /** Why it is not known yet, or never will be. */
  get refusal(): Refusal | undefined {
    return this.#phase.tag === 'waiting' || this.#phase.tag === 'failed' ? this.#phase.why : undefined;
  }

  /** When a wait is over, on the monotonic clock. */
  get untilMs(): number | undefined {
    return this.#phase.tag === 'waiting' ? this.#phase.untilMs : undefined;
  }

  /** Sends what is due. */
  open(): void {
    const phase = this.#phase;
    if (phase.tag === 'waiting' && phase.untilMs <= this.#ports.clock.monotonic()) this.#ask(BEGIN_DISCOVERY);
    else if (phase.tag === 'due') this.#ask(phase.state);
  }

  #ask(state: Asking): void {
    this.#phase = { tag: 'asked' };
    const { requestMs, maxDocumentBytes, known } = this.#options;
    const bounds = { timeoutMs: requestMs, maxBodyBytes: maxDocumentBytes };
    const answers = new Map<string, DiscoveryAnswer>();
    for (const path of state.paths) {
      this.#exchanges.open({
        ...bounds,
        request: (credentials) => apiRequest(credentials, path, DISCOVERY_ACCEPT),
        reader: new DiscoveryDocument(),
        take: (answer, token) => {
          answers.set(path, answer);
          if (answers.size === state.paths.length) this.#answered(afterAnswers(state, answers), token);
          return false;
        },
      });
    }
    if (known !== undefined && this.#known === 'unasked') this.#askKnown(known, bounds);
  }

  /** The shortest list, which is of the newest state. Where it is refused nothing is known, and a watch will find out what is wrong. */
  #askKnown({ collection, resourceVersion }: KnownPoint, bounds: { readonly timeoutMs: number; readonly maxBodyBytes: number }): void {
    this.#known = 'asked';
    this.#exchanges.open({
      ...bounds,
      request: (credentials) => pageRequest(credentials, collection, { limit: 1 }),
      reader: new PageAnswer(),
      take: (event) => {
        const later = event.tag === 'page' ? compareResourceVersions(resourceVersion, event.list.resourceVersion) : undefined;
        this.#known = event.tag !== 'page' ? 'unasked' : later !== undefined && later > 0 ? 'went-back' : 'there';
        this.#finish();
        return false;
      },
    });
  }

  #answered(next: Discovery, token: string): void {
    switch (next.tag) {
      case 'asking':
        this.#phase = { tag: 'due', state: next };
        return;
      case 'done':
        this.#versions = next.versions;
        this.#finish();
        return;
      case 'refused':
        this.#phase = this.#afterRefusal(next.refusal, token);
    }
  }

  #finish(): void {
    if (this.#versions === undefined || this.#known === 'asked' || this.#phase.tag === 'done') return;
    this.#phase = { tag: 'done' };
    this.#done(this.#versions, this.#known === 'went-back');
  }

  #afterRefusal(why: Refusal, token: string): Phase {
    if (why.tag === 'unauthorized' && !this.#renewed) {
      this.#renewed = true;
      this.#exchanges.renewToken(token);
      return { tag: 'due', state: BEGIN_DISCOVERY };
    }
    const passes = why.tag === 'unreachable' || why.tag === 'timeout' || why.tag === 'throttled' || why.tag === 'failing';
    if (!passes) return { tag: 'failed', why };
    const { backoffMs, maxBackoffMs } = this.#options;
    const { clock, random } = this.#ports;
    const asked = 'retryAfterMs' in why ? why.retryAfterMs : undefined;
    const waitMs = asked ?? Math.min(maxBackoffMs, backoffMs * 2 ** this.#failures) * (0.5 + random.fraction());
    this.#failures++;
    return { tag: 'waiting', untilMs: clock.monotonic() + Math.round(waitMs), why };
  }
}
