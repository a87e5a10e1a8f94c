import { type Circumstances, circumstancesOf, type Head } from './head.ts';
import { MAX_SKEW_MS } from './keys.ts';
import { LEASE_MS, type Leader } from './lease.ts';

/** How far an answer from the graph can be trusted. */
export interface GraphStatus extends Circumstances {
  readonly generation: number;
  /** When this generation was published, milliseconds since 1970. */
  readonly at: number;
  /** Everything that Kubernetes has was read and is being watched. */
  readonly synced: boolean;
  /** Something in the graph is older than it should be. */
  readonly stale?: Stale;
  /** When Prometheus was read last, milliseconds since 1970; absent where it never was. */
  readonly trafficAt?: number;
}

export interface Stale {
  /** Milliseconds since 1970. */
  readonly since: number;
  /** A sentence of our own. */
  readonly why: string;
}

/** What a reader can say of the graph at `now`. */
export function statusOf(head: Head, leader: Leader | undefined, now: number): GraphStatus {
  const { generation, at, sources } = head;
  const stale = earliest([collectorStale(head, leader, now), sourceStale(sources.kubernetes), sourceStale(sources.prometheus)]);
  const trafficAt = leader?.trafficAt ?? head.trafficAt;
  return {
    ...{ generation, at, ...circumstancesOf(head), synced: sources.kubernetes.state === 'synced' },
    ...(stale === undefined ? {} : { stale }),
    ...(trafficAt === undefined ? {} : { trafficAt }),
  };
}

/**
 * Nothing is written while nothing changes, so it is the lease, renewed every ten seconds, that tells a quiet cluster from a dead
 * collector. A time that lies further ahead than clocks may be apart tells nothing.
 */
function collectorStale({ at }: Head, leader: Leader | undefined, now: number): Stale | undefined {
  const renewedAt = leader?.renewedAt ?? at;
  if (now - renewedAt <= LEASE_MS && renewedAt - now <= MAX_SKEW_MS) return undefined;
  return { since: Math.min(renewedAt, now), why: 'No collector has been here since then: check the ticker that calls /v1/collect.' };
}

function sourceStale(source: Circumstances['sources']['kubernetes']): Stale | undefined {
  return source.state === 'stale' ? { since: source.since, why: source.why } : undefined;
}

function earliest(all: readonly (Stale | undefined)[]): Stale | undefined {
  return all.filter((stale) => stale !== undefined).sort((a, b) => a.since - b.since)[0];
}
