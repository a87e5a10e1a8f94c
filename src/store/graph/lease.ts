import { defined } from '../../graph/defined.ts';
import { hashBytes, hashText } from '../../lib/hash.ts';
import { encodeUtf8 } from '../../lib/utf8.ts';
import type { KeyValue } from '../../ports/keyvalue.ts';
import type { Ports } from '../../ports/ports.ts';
import { isCount, isOptional, isText, parseStoredBytes } from './fields.ts';
import { LEADER_KEY, MAX_SKEW_MS, STANDBY_PREFIX } from './keys.ts';

/** How long a lease is good for once it was renewed, and how often its holder renews it. */
export const LEASE_MS = 30_000;
export const RENEW_MS = 10_000;

/**
 * What is kept under `mcp/leader`: the lease, and at the same time the heartbeat of the collector that holds it. Times are the holder's.
 */
export interface Leader {
  readonly holder: string;
  readonly until: number;
  /** Counts holders; a new one sweeps the store. */
  readonly term: number;
  readonly renewedAt: number;
  /** When the sources last answered. */
  readonly kubernetesAt?: number;
  readonly trafficAt?: number;
}

export interface LeaseRequest {
  /** The same in each run of one collector, another in any other. */
  readonly holder: string;
  /** When the sources last answered; what is not given stays as it was. */
  readonly kubernetesAt?: number;
  readonly trafficAt?: number;
}

export type Lease =
  /** `taken`: it was someone else's before, or nobody's. `trafficAt`: when Prometheus last answered to anyone. */
  | { readonly leader: true; readonly term: number; readonly taken: boolean; readonly trafficAt?: number }
  | { readonly leader: false; readonly holder: string; readonly retryAfterMs: number };

/**
 * Takes the lease, or renews it. Correctness never rests on it (each publication looks for others itself); it keeps two collectors from
 * doing the same work.
 *
 * Clocks may be a minute apart, so a standby does not compare the holder's times with its own clock: it writes down which record it saw and
 * when, on its own clock, and takes the lease when it has seen the same record for `LEASE_MS` (as client-go does: tools/leaderelection,
 * `observedRecord` and `observedTime`, "tolerant to arbitrary clock skew"). A living holder writes another record every `RENEW_MS`,
 * whatever its clock says, so it keeps the lease; a dead one loses it after at most `LEASE_MS` and one interval of the standby's attempts,
 * also where its `until` lies in the far future. Where an `until` has passed by more than clocks may be apart, there is nothing to wait
 * for.
 *
 * Of several that take a lease at once, the one whose record stands afterwards has it. Throws `MeshError` when the store does not answer.
 */
export function takeLease({ keyvalue, clock }: Pick<Ports, 'keyvalue' | 'clock'>, request: LeaseRequest): Lease {
  const { holder } = request;
  const standbyKey = standbyKeyOf(holder);
  const [value, standby] = keyvalue.getMany([LEADER_KEY, standbyKey]);
  const now = clock.now();
  const before = decodeLeader(value);
  const own = before?.holder === holder;
  if (value !== undefined && before !== undefined && !own && now - before.until <= MAX_SKEW_MS) {
    const waited = waitedFor(hashBytes(value), standby, now, (seen) => keyvalue.set(standbyKey, seen));
    if (waited < LEASE_MS) return { leader: false, holder: before.holder, retryAfterMs: Math.min(RENEW_MS, LEASE_MS - waited) };
  }
  const term = own ? before.term : (before?.term ?? 0) + 1;
  const trafficAt = request.trafficAt ?? before?.trafficAt;
  const times = defined({ kubernetesAt: request.kubernetesAt ?? before?.kubernetesAt, trafficAt });
  keyvalue.set(LEADER_KEY, encodeLeader({ holder, until: now + LEASE_MS, term, renewedAt: now, ...times }));
  if (own) return { leader: true, term, taken: false, ...defined({ trafficAt }) };
  const after = readLeader(keyvalue);
  if (after !== undefined && after.holder !== holder) return { leader: false, holder: after.holder, retryAfterMs: RENEW_MS };
  return { leader: true, term, taken: true, ...defined({ trafficAt }) };
}

/** The lease as it stands, or undefined where no collector has been here. Throws `MeshError` when the store does not answer. */
export function readLeader(keyvalue: KeyValue): Leader | undefined {
  return decodeLeader(keyvalue.get(LEADER_KEY));
}

/**
 * How long this standby has seen the same record, in milliseconds on its own clock; writes down what it sees for the first time. A time
 * before what was written down is of another clock, or of one that was set back: then the waiting begins anew, from the earlier time, so
 * that it ends.
 */
function waitedFor(record: string, standby: Uint8Array | undefined, now: number, write: (seen: Uint8Array) => void): number {
  const members = parseStoredBytes(standby, VERSION);
  if (members?.record === record && isCount(members.since) && members.since <= now) return now - members.since;
  write(encodeUtf8(JSON.stringify({ version: VERSION, record, since: now })));
  return 0;
}

// Few keys, however many holders there ever were: two that share one may take over too early, which costs work and nothing else.
const STANDBY_KEYS = 16;

function standbyKeyOf(holder: string): string {
  return STANDBY_PREFIX + (Number.parseInt(hashText(holder).slice(0, 8), 16) % STANDBY_KEYS).toString(16);
}

const VERSION = 1;

function encodeLeader(leader: Leader): Uint8Array {
  return encodeUtf8(JSON.stringify({ version: VERSION, ...leader }));
}

/** The leader back from its bytes, or undefined where they are absent or not ours. */
export function decodeLeader(value: Uint8Array | undefined): Leader | undefined {
  const members = parseStoredBytes(value, VERSION);
  if (members === undefined) return undefined;
  const { holder, until, term, renewedAt, kubernetesAt, trafficAt } = members;
  if (!isText(holder) || !isCount(until) || !isCount(term) || !isCount(renewedAt)) return undefined;
  if (!isOptional(kubernetesAt, isCount) || !isOptional(trafficAt, isCount)) return undefined;
  return { holder, until, term, renewedAt, ...defined({ kubernetesAt, trafficAt }) };
}
