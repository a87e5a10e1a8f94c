import { groupBy } from '../lib/group.ts';
import { compareText } from '../lib/order.ts';
import { defined } from './defined.ts';
import type { Draft } from './drafts.ts';
import { activityOf } from './edges.ts';
import type { Edge, Latency } from './model.ts';
import type { ObservedTraffic } from './observed.ts';
import { sumRates, total } from './order.ts';
import { quantise, shareOf } from './quantise.ts';

/** Reasons against TLS that an edge keeps: the meshes know fewer. */
const MAX_REASONS = 8;

/** The security of a connection about which the reporter knows nothing: all that Istio's source-side metrics say (istio.io, "Istio Standard Metrics"). */
const NOT_SAID = 'unknown';
const MUTUAL_TLS = 'mutual_tls';

/** The figures of an edge out of what was observed of it. */
export function toEdge({ ends, counted, repeated, decisions }: Draft): Edge {
  const isTcp = ends.protocol === 'tcp';
  const requests = isTcp ? 0 : sumRates(counted, requestsOf);
  const failures = isTcp ? 0 : sumRates(counted, failuresOf);
  const decided = decisions.length > 0;
  const { tls, plaintext } = securityOf(counted, repeated);
  return {
    ...ends,
    mesh: meshOf(counted),
    ...defined({
      rps: isTcp ? undefined : quantise(requests),
      successRate: isTcp ? undefined : shareOf(Math.max(0, requests - failures), requests),
      latency: latencyOf(counted),
      tls,
      plaintext,
      sent: bytesOf(counted, 'sentBytes'),
      received: bytesOf(counted, 'receivedBytes'),
      allowed: decided ? quantise(sumRates(decisions, ({ allowed }) => allowed)) : undefined,
      denied: decided ? quantise(sumRates(decisions, ({ denied }) => denied)) : undefined,
    }),
  };
}

const requestsOf = ({ requests }: ObservedTraffic): number => requests;
const failuresOf = ({ failures }: ObservedTraffic): number => failures;

/** An edge of no request, byte, connection or decision. An open connection on which nothing was said is still one. */
export function isIdle(edge: Edge, { counted }: Draft): boolean {
  if (activityOf(edge) > 0) return false;
  return edge.protocol !== 'tcp' || !counted.some(({ security }) => Object.values(security).some((rate) => quantise(rate) > 0));
}

/** The mesh that reports most of it. Decisions alone come from Linkerd, since Istio has no metrics of them. */
function meshOf(rows: readonly ObservedTraffic[]): Edge['mesh'] {
  const istio = rows.filter(({ mesh }) => mesh === 'istio');
  if (istio.length === 0) return 'linkerd';
  if (istio.length === rows.length) return 'istio';
  const weightOf = (some: readonly ObservedTraffic[]) => sumRates(some, requestsOf) || sumRates(some, connectionsOf) || some.length;
  return weightOf(istio) > weightOf(rows.filter(({ mesh }) => mesh === 'linkerd')) ? 'istio' : 'linkerd';
}

const connectionsOf = ({ security }: ObservedTraffic): number => total(Object.values(security));

/** The largest of each quantile. One that is no number is that of a histogram without samples. */
function latencyOf(rows: readonly ObservedTraffic[]): Latency | undefined {
  let [p50, p95, p99] = [-1, -1, -1];
  for (const { latency } of rows) {
    if (latency === undefined) continue;
    p50 = Math.max(p50, finite(latency.p50));
    p95 = Math.max(p95, finite(latency.p95));
    p99 = Math.max(p99, finite(latency.p99));
  }
  if (p50 < 0 && p95 < 0 && p99 < 0) return undefined;
  return defined({
    p50: p50 < 0 ? undefined : quantise(p50),
    p95: p95 < 0 ? undefined : quantise(p95),
    p99: p99 < 0 ? undefined : quantise(p99),
  });
}

function finite(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) ? value : -1;
}

function securityOf(counted: readonly ObservedTraffic[], repeated: readonly ObservedTraffic[]): Pick<Edge, 'tls' | 'plaintext'> {
  const own = ratesByReason(counted);
  const known = own.length > 0 ? own : ratesByReason(repeated);
  if (known.length === 0) return {};
  const all = total(known.map(([, rate]) => rate));
  let secured = 0;
  const reasons: [string, number][] = [];
  for (const [reason, rate] of known) {
    if (reason === MUTUAL_TLS) secured = rate;
    else {
      const share = shareOf(rate, all) ?? 0;
      if (share > 0) reasons.push([reason, share]);
    }
  }
  const tls = shareOf(secured, all);
  if (reasons.length === 0) return defined({ tls });
  reasons.sort(([a, most], [b, least]) => least - most || compareText(a, b));
  return defined({ tls, plaintext: sharesOf(reasons.slice(0, MAX_REASONS)) });
}

function sharesOf(reasons: [string, number][]): Readonly<Record<string, number>> {
  return Object.fromEntries(reasons.sort(([a], [b]) => compareText(a, b)));
}

/** How traffic was carried, as far as the rows say it, and how much of it. */
function ratesByReason(rows: readonly ObservedTraffic[]): readonly (readonly [reason: string, rate: number])[] {
  const rates: [string, number][] = [];
  for (const { security } of rows) {
    for (const reason of Object.keys(security)) {
      const rate = security[reason] ?? 0;
      if (reason !== NOT_SAID && rate > 0 && rate < Number.POSITIVE_INFINITY) rates.push([reason, rate]);
    }
  }
  if (rows.length < 2) return rates;
  return [...groupBy(rates, ([reason]) => reason)].map(([reason, found]) => [reason, total(found.map(([, rate]) => rate))]);
}

function bytesOf(rows: readonly ObservedTraffic[], key: 'sentBytes' | 'receivedBytes'): number | undefined {
  return rows.some((row) => row[key] !== undefined) ? quantise(sumRates(rows, (row) => row[key] ?? 0)) : undefined;
}
