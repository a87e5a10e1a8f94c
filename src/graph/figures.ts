import { defined } from './defined.ts';
import type { Edge, Latency } from './model.ts';
import { total } from './order.ts';
import { quantise, quantiseShare } from './quantise.ts';

/** What is measured of an edge, or of several together. */
export type Figures = Pick<Edge, 'rps' | 'successRate' | 'latency' | 'tls' | 'plaintext' | 'sent' | 'received' | 'allowed' | 'denied'>;

/**
 * The figures of several edges as those of one, quantised again:
 *  - requests, bytes and decisions are summed;
 *  - success is that of all their requests;
 *  - a latency quantile is the largest of them: quantiles cannot be added, and the largest is never too good;
 *  - TLS and the reasons why not are those of all their requests; where no part has requests (TCP), those of the part with the least TLS, so that
 *    plaintext does not hide in an average that nobody can weigh.
 * What no part has is absent. The same parts in any order give the same figures.
 */
export function sumFigures(parts: readonly Figures[]): Figures {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return figuresOf(only);
  return defined({
    rps: sumOf(parts, 'rps'),
    successRate: weightedSuccess(parts),
    latency: slowestOf(parts.map(({ latency }) => latency)),
    ...securityOf(parts),
    sent: sumOf(parts, 'sent'),
    received: sumOf(parts, 'received'),
    allowed: sumOf(parts, 'allowed'),
    denied: sumOf(parts, 'denied'),
  });
}

/** Without whatever else the part is. */
function figuresOf({ rps, successRate, latency, tls, plaintext, sent, received, allowed, denied }: Figures): Figures {
  return defined({ rps, successRate, latency, tls, plaintext, sent, received, allowed, denied });
}

function sumOf(parts: readonly Figures[], key: 'rps' | 'sent' | 'received' | 'allowed' | 'denied'): number | undefined {
  const values = parts.flatMap((part) => part[key] ?? []);
  return values.length === 0 ? undefined : quantise(total(values));
}

/** The share of requests that succeeded, of all parts that say so; undefined where none does. */
export function weightedSuccess(parts: readonly Pick<Figures, 'rps' | 'successRate'>[]): number | undefined {
  return weightedMean(
    parts.flatMap(({ rps = 0, successRate }) => (successRate === undefined ? [] : [{ weight: rps, value: successRate }])),
  );
}

/** Failed requests a second. */
export function failuresOf({ rps = 0, successRate = 1 }: Pick<Figures, 'rps' | 'successRate'>): number {
  return rps * (1 - successRate);
}

/** The largest of each quantile; undefined where there is none. */
export function slowestOf(latencies: readonly (Latency | undefined)[]): Latency | undefined {
  const largest = (quantile: keyof Latency): number | undefined => {
    const values = latencies.flatMap((latency) => latency?.[quantile] ?? []);
    return values.length === 0 ? undefined : Math.max(...values);
  };
  const slowest = defined({ p50: largest('p50'), p95: largest('p95'), p99: largest('p99') });
  return Object.keys(slowest).length === 0 ? undefined : slowest;
}

/** TLS and plaintext of several parts together, as `sumFigures` says. */
export function securityOf(parts: readonly Pick<Figures, 'rps' | 'tls' | 'plaintext'>[]): Pick<Figures, 'tls' | 'plaintext'> {
  const known = parts.flatMap(({ rps = 0, tls, plaintext = {} }) => (tls === undefined ? [] : [{ weight: rps, tls, plaintext }]));
  const weighed = known.some(({ weight }) => weight > 0) ? known : leastSecure(known);
  const reasons = [...new Set(weighed.flatMap(({ plaintext }) => Object.keys(plaintext)))].sort();
  const shares = reasons.flatMap((reason): [string, number][] => {
    const values = weighed.map(({ weight, plaintext }) => ({
      weight,
      value: Object.hasOwn(plaintext, reason) ? (plaintext[reason] ?? 0) : 0,
    }));
    const share = weightedMean(values) ?? 0;
    return share === 0 ? [] : [[reason, share]];
  });
  const tls = weightedMean(weighed.map(({ weight, tls }) => ({ weight, value: tls })));
  return defined({ tls, plaintext: shares.length === 0 ? undefined : Object.fromEntries(shares) });
}

/** Those with the least TLS, with a weight of their own. */
function leastSecure<Part extends { readonly tls: number }>(parts: readonly Part[]): (Part & { readonly weight: number })[] {
  const least = Math.min(...parts.map(({ tls }) => tls));
  return parts.filter(({ tls }) => tls === least).map((part) => ({ ...part, weight: 1 }));
}

/** Undefined where nothing has a weight. */
function weightedMean(parts: readonly { readonly weight: number; readonly value: number }[]): number | undefined {
  const weight = total(parts.map((part) => part.weight));
  return weight > 0 ? quantiseShare(total(parts.map((part) => part.weight * part.value)) / weight) : undefined;
}
