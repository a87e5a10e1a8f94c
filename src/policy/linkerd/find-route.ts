import { all, type Truth, YES } from '../access/truth.ts';
import { ANY_HOST, type HostRank } from './host-match.ts';
import type { Request } from './request-match.ts';
import type { Rank, Route, RouteRule } from './route.ts';

/** A rule that a request goes by, or may go by. */
export interface Found {
  readonly route: Route;
  readonly rule: RouteRule;
  /** What it depends on; none for the rule that the request goes by unless one of the others takes it. */
  readonly on: readonly string[];
}

/** Where a request goes: by the last of these if none of the others takes it; `undefined` stands for no rule at all, which is a 404. */
export type Ways = readonly (Found | undefined)[];

interface Candidate {
  readonly route: Route;
  readonly rule: RouteRule;
  readonly rank: Rank;
  readonly holds: Truth;
}

/**
 * Finds the rule that matches best: by host, then by what the match says of itself (of HTTP the characters of the path, then headers, query parameters and
 * method; of gRPC the characters of service and method, then headers); on a tie the first rule of the first route (linkerd2-proxy, linkerd/http/route/src/lib.rs:
 * `find`, `best`). Gateway API would have an exact path before a prefix of the same length; the proxy counts characters alone (…/http/match/path.rs: `Ord`).
 */
export function findRoute(routes: readonly Route[], request: Request): Ways {
  const candidates = routes.flatMap((route) => candidatesOf(route, request));
  let best: number | undefined;
  for (const [index, { holds, rank }] of candidates.entries()) {
    if (holds.tag === 'yes' && (best === undefined || isBetter(rank, candidates[best]?.rank ?? []))) best = index;
  }
  const sure = best === undefined ? undefined : candidates[best];
  const ways: (Found | undefined)[] = [];
  for (const [index, { route, rule, rank, holds }] of candidates.entries()) {
    if (holds.tag !== 'unknown') continue;
    const beats = sure === undefined || isBetter(rank, sure.rank) || (best !== undefined && index < best && !isBetter(sure.rank, rank));
    if (beats) ways.push({ route, rule, on: holds.on });
  }
  ways.push(sure && { route: sure.route, rule: sure.rule, on: [] });
  return ways;
}

function candidatesOf(route: Route, request: Request): readonly Candidate[] {
  const candidates: Candidate[] = [];
  for (const [host, hostRank] of hostsOf(route, request)) {
    for (const rule of route.rules) {
      for (const match of rule.matches) {
        const { rank, holds } = match(request);
        if (holds.tag === 'no') continue;
        candidates.push({ route, rule, rank: [...hostRank, ...rank], holds: all(host, holds) });
      }
    }
  }
  return candidates;
}

/** The host names of the route that match: of those that surely do the best, and all that may. */
function hostsOf({ hosts }: Route, request: Request): readonly (readonly [Truth, HostRank])[] {
  if (hosts.length === 0) return [[YES, ANY_HOST]];
  const matched = hosts.map(({ matches, rank }) => [matches(request), rank] as const).filter(([{ tag }]) => tag !== 'no');
  const sure = matched.filter(([{ tag }]) => tag === 'yes').map(([, rank]) => rank);
  const [first, ...others] = sure;
  if (first === undefined) return matched;
  return [[YES, others.reduce((best, rank) => (isBetter(rank, best) ? rank : best), first)]];
}

function isBetter(a: Rank, b: Rank): boolean {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0;
    if (value !== other) return value > other;
  }
  return false;
}
