import { all, NO, YES } from '../access/truth.ts';
import type { Field } from '../objects/field.ts';
import { matchPath, type PathMatch, readPathMatch } from './path-match.ts';
import { meetsHeaders, meetsMethod, meetsParameters, readHeaderConditions, readNamedConditions } from './request-match.ts';
import type { RouteMatch, RouteRule } from './route.ts';
import { readFilters } from './route-filters.ts';

const METHODS = new Set<unknown>(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']);

const ROOT: PathMatch = { tag: 'prefix', value: '/' };

/** Without conditions a match is a prefix `/` (linkerd2-proxy, linkerd/http/route/src/http/match.rs: `RequestMatch::default`). */
export const ANY_REQUEST: RouteMatch = () => ({ rank: [1, 0, 0, 0], holds: YES });

/** GET on a path, which is what the kubelet's probes are. */
export function exactGet(path: string): RouteMatch {
  return (request) => {
    const matched = matchPath({ tag: 'exact', value: path }, request);
    return { rank: [matched.length, 0, 0, 1], holds: all(meetsMethod('GET', request), matched.holds) };
  };
}

/** Reads a rule of an HTTPRoute; undefined where Linkerd cannot (linkerd2, policy-controller/k8s/index/src/inbound/index/http.rs, routes/http.rs). */
export function readHttpRule(rule: Field, isGateway: boolean): RouteRule | undefined {
  const list = rule.at('matches');
  if (!rule.isObject || (list.exists && !Array.isArray(list.value))) return undefined;
  const redirects = readFilters(rule.at('filters'), isGateway ? 'gateway-http' : 'linkerd-http');
  const matches = list.items.flatMap((item) => readMatch(item) ?? []);
  if (redirects === undefined || matches.length < list.items.length) return undefined;
  return { field: rule.path, matches: matches.length === 0 ? [ANY_REQUEST] : matches, redirects };
}

function readMatch(field: Field): RouteMatch | undefined {
  const path = field.at('path').exists ? readPathMatch(field.at('path')) : ROOT;
  const headers = readHeaderConditions(field.at('headers'));
  const parameters = readNamedConditions(field.at('queryParams'), () => true);
  const method = field.at('method').value ?? undefined;
  if (!field.isObject || path === undefined || headers === undefined || parameters === undefined) return undefined;
  if (method !== undefined && !METHODS.has(method)) return undefined;
  const wanted = typeof method === 'string' ? method : undefined;
  return (request) => {
    const matched = matchPath(path, request);
    const rank = [matched.length, headers.length, parameters.length, wanted === undefined ? 0 : 1];
    // Most routes are for another path, and then nothing else is asked.
    if (matched.holds.tag === 'no') return { rank, holds: NO };
    return {
      rank,
      holds: all(meetsMethod(wanted, request), matched.holds, meetsHeaders(headers, request), meetsParameters(parameters, request)),
    };
  };
}
