import { type Truth, truthOf, unknown } from '../access/truth.ts';
import { HOST } from '../access/unknowns.ts';
import type { Request } from './request-match.ts';

/** How well a host name matched: an exact one is better than a suffix, and then a longer one (linkerd2-proxy, linkerd/http/route/src/http/match/host.rs). */
export type HostRank = readonly [kind: 0 | 1 | 2, length: number];

/** Of a route that is for any host. */
export const ANY_HOST: HostRank = [0, 0];

/** One host name of a route, `api.example.com` or `*.example.com`. */
export interface HostMatch {
  readonly rank: HostRank;
  readonly matches: (request: Request) => Truth;
}

/** Host names compare without case, and a dot at the end of the call's is not looked at unless the route has one (the same file). */
export function hostMatch(hostname: string): HostMatch {
  const isSuffix = hostname.startsWith('*.');
  const wanted = (isSuffix ? hostname.slice(1) : hostname).toLowerCase();
  const keepDot = wanted.endsWith('.');
  return {
    rank: [isSuffix ? 1 : 2, wanted.length],
    matches: ({ host }) => {
      if (host === undefined) return unknown(HOST);
      const lower = host.toLowerCase();
      const given = !keepDot && lower.endsWith('.') ? lower.slice(0, -1) : lower;
      return truthOf(isSuffix ? given.endsWith(wanted) : given === wanted);
    },
  };
}
