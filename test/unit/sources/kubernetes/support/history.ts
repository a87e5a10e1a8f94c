import fc from 'fast-check';
import type { KeptObject } from '../../../../../src/mesh/kept.ts';
import type { Refusal } from '../../../../../src/sources/kubernetes/outcome.ts';
import type { PageQuery } from '../../../../../src/sources/kubernetes/requests.ts';
import { begin, step } from '../../../../../src/sources/kubernetes/watch.ts';
import {
  type Command,
  resumePoint,
  WATCH_LIMITS,
  type WatchEvent,
  type WatchSpec,
  type WatchState,
} from '../../../../../src/sources/kubernetes/watch-state.ts';
import { type Deed, fold, ModelCluster } from './model-cluster.ts';
import { bookmark, event, failing, line, lines, pod, status, throttled } from './pods.ts';

export const POD_SPEC: WatchSpec = { kind: 'pods', limits: { ...WATCH_LIMITS, pageSize: 3 } };

export const deed = fc.record<Deed>({
  kind: fc.constant('pods'),
  namespace: fc.constantFrom('shop', 'bank'),
  name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
  condition: fc.constantFrom('fine', 'fine', 'fine', 'gone', 'gone', 'going', 'malformed'),
  label: fc.constantFrom('x', 'yy', 'zzz'),
});

const TROUBLES = [
  'none',
  'none',
  'throttled',
  'failing',
  'gateway-timeout',
  'unreachable',
  'timeout',
  'unauthorized',
  'expired',
  'compacted',
  'drift',
  'too-large',
  'nonsense',
  'noise',
  'error-500',
  'error-410',
  'foreign',
  'replay',
  'old-bookmark',
  'bookmark',
  'short',
  'crash',
] as const;
/** One turn of the server: what happens in the cluster meanwhile, and how the answer is spoilt. */
export const turn = fc.record({ deeds: fc.array(deed, { maxLength: 4 }), trouble: fc.constantFrom(...TROUBLES), part: fc.nat(6) });
export type Turn = typeof turn extends fc.Arbitrary<infer Value> ? Value : never;

/** A machine, a cluster and what was told of it. */
export class History {
  readonly cluster = new ModelCluster();
  readonly told = new Map<string, KeptObject>();
  nowMs = 0;
  state: WatchState;
  command: Command;
  /** Up to where the open watch has told. */
  seen = 0;

  constructor() {
    const first = begin(undefined, POD_SPEC);
    this.state = first.state;
    this.command = first.command;
  }

  play({ deeds, trouble, part }: Turn): void {
    for (const each of deeds) this.cluster.do(each);
    if (trouble === 'crash') this.restart();
    else if (this.command.tag === 'wait') this.sitOut(this.command.untilMs);
    else if (this.command.tag === 'list') this.list(this.command.page, trouble);
    else if (this.command.tag === 'watch') this.watch(this.command.resourceVersion, trouble, part);
    else if (this.command.tag === 'read') this.goOn(trouble, part);
    else this.restart();
  }

  take(event: WatchEvent): void {
    const next = step(this.state, event, POD_SPEC, { nowMs: this.nowMs, jitter: 0.3 });
    fold(this.told, next.changes);
    this.state = next.state;
    this.command = next.command;
  }

  /** A new run, which knows what was kept and nothing else. */
  restart(): void {
    const first = begin(resumePoint(this.state), POD_SPEC);
    this.state = first.state;
    this.command = first.command;
  }

  sitOut(untilMs: number): void {
    this.nowMs = Math.max(this.nowMs, untilMs);
    this.take({ tag: 'due' });
  }

  refusal(trouble: Turn['trouble']): Refusal | undefined {
    switch (trouble) {
      case 'throttled':
        return throttled(2_000);
      case 'failing':
        return failing();
      case 'gateway-timeout':
        return failing(504);
      case 'unreachable':
      case 'timeout':
        return { tag: trouble, detail: '' };
      case 'unauthorized':
      case 'expired':
      case 'too-large':
        return { tag: trouble };
      case 'nonsense':
        return { tag: 'not-kubernetes', detail: '' };
      default:
        return undefined;
    }
  }

  list(query: PageQuery, trouble: Turn['trouble']): void {
    const refusal = this.refusal(trouble);
    if (refusal !== undefined) {
      this.take({ tag: 'refused', refusal });
      return;
    }
    if (trouble === 'compacted') this.cluster.compact();
    const [first = this.cluster.resourceVersion, from = 0] = (query.continueToken ?? '').split('/').filter(Boolean).map(Number);
    // A page that does not belong to the one before it.
    const version = trouble === 'drift' ? this.cluster.resourceVersion : first;
    if (query.continueToken !== undefined && !this.cluster.remembers(version)) {
      this.take({ tag: 'refused', refusal: { tag: 'expired' } });
      return;
    }
    const all = this.cluster.objects('pods', undefined, version);
    const items = all.slice(from, from + query.limit);
    const to = from + items.length;
    const continueToken = to < all.length ? `${version}/${to}` : undefined;
    this.take({ tag: 'page', list: { kind: 'PartialObjectMetadataList', items, resourceVersion: String(version), continueToken } });
  }

  watch(resourceVersion: string, trouble: Turn['trouble'], part: number): void {
    const refusal = this.refusal(trouble);
    if (refusal !== undefined) {
      this.take({ tag: 'refused', refusal });
      return;
    }
    if (trouble === 'compacted') this.cluster.compact();
    this.seen = Number(resourceVersion);
    this.take({ tag: 'opened' });
    if (this.cluster.remembers(this.seen)) this.goOn(trouble, part);
    else this.take(lines(status(410)));
  }

  /** The open watch tells some of what happened. */
  goOn(trouble: Turn['trouble'], part: number): void {
    this.nowMs += part * 200;
    const news = this.cluster.events('pods', undefined, this.seen);
    const some = trouble === 'none' ? news : news.slice(0, part);
    this.seen = versionOf(some.at(-1)) ?? this.seen;
    this.take(lines(...this.spoil(some, trouble, part)));
    if (this.command.tag !== 'read') return;
    if (trouble === 'short' || trouble === 'compacted') this.take({ tag: 'ended' });
    else if (trouble === 'unreachable' || trouble === 'timeout') this.take({ tag: 'refused', refusal: { tag: trouble, detail: '' } });
  }

  spoil(some: readonly string[], trouble: Turn['trouble'], part: number): readonly string[] {
    switch (trouble) {
      case 'noise':
        return [...some, '{"type":"ADDED","object":{', event('ADDED', 'ghost', '999999')];
      case 'error-500':
        return [...some, status(500), event('ADDED', 'ghost', '999999')];
      case 'error-410':
        return [...some, status(410), event('ADDED', 'ghost', '999999')];
      case 'foreign':
        return [event('RENAMED', 'ghost', '999999'), ...some, line('ADDED', { kind: 'Service', ...pod('ghost', '999999') })];
      case 'replay':
        // Everything from some earlier moment on, twice.
        return [...some, ...this.cluster.events('pods', undefined, this.seen - part * 3).slice(0, part), ...some].filter(
          (each) => (versionOf(each) ?? 0) <= this.seen,
        );
      case 'old-bookmark':
        return [...some, bookmark(String(Math.max(1, this.seen - part)))];
      case 'bookmark':
        if (this.cluster.events('pods', undefined, this.seen).length > 0) return some;
        this.seen = this.cluster.resourceVersion;
        return [...some, bookmark(String(this.seen))];
      default:
        return some;
    }
  }

  /** The server behaves from here on, until everything was told. */
  settle(): void {
    for (let count = 0; count < 60; count++) {
      const quiet = this.command.tag === 'read' && this.cluster.events('pods', undefined, this.seen).length === 0;
      if (quiet && this.state.tag === 'watching') return;
      this.play({ deeds: [], trouble: 'none', part: 6 });
    }
    throw new Error(`it does not come to rest: ${JSON.stringify(this.state).slice(0, 300)}`);
  }
}

function versionOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(JSON.parse(text).object.metadata.resourceVersion);
}
