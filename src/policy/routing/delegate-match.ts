import type { HttpMatch } from './http-match.ts';
import type { TextMatch } from './text-match.ts';

/** How many blocks a delegate may have once it is merged: each of its own is paired with each above it. */
const MOST_MATCHES = 10_000;

/**
 * The blocks of a delegate's rule, each narrowed by every block of the rule above that it does not contradict; undefined where one contradicts them all, in
 * which case Istio drops the rule (istio, pilot/pkg/model: `mergeHTTPMatchRequests`).
 */
export function mergeMatches(above: readonly HttpMatch[], inner: readonly HttpMatch[]): readonly HttpMatch[] | undefined {
  if (above.length === 0) return inner;
  if (inner.length === 0) return above;
  if (above.length * inner.length > MOST_MATCHES) return undefined;
  const merged: HttpMatch[] = [];
  for (const own of inner) {
    const fitting = above.filter((outer) => !contradicts(outer, own));
    if (fitting.length === 0) return undefined;
    merged.push(...fitting.map((outer) => mergeMatch(outer, own)));
  }
  return merged;
}

function mergeMatch(outer: HttpMatch, own: HttpMatch): HttpMatch {
  return {
    path: own.path,
    uri: own.uri ?? outer.uri,
    ignoreUriCase: own.ignoreUriCase,
    scheme: own.scheme ?? outer.scheme,
    method: own.method ?? outer.method,
    authority: own.authority ?? outer.authority,
    headers: new Map([...outer.headers, ...own.headers]),
    withoutHeaders: new Map([...outer.withoutHeaders, ...own.withoutHeaders]),
    queryParams: new Map([...outer.queryParams, ...own.queryParams]),
    port: own.port ?? outer.port,
    sourceLabels: new Map([...outer.sourceLabels, ...own.sourceLabels]),
    sourceNamespace: own.sourceNamespace ?? outer.sourceNamespace,
    gateways: own.gateways.length > 0 ? own.gateways : outer.gateways,
  };
}

/** istio, pilot/pkg/model: `hasConflict`. */
function contradicts(outer: HttpMatch, own: HttpMatch): boolean {
  return (
    texts(outer.uri, own.uri) ||
    texts(outer.scheme, own.scheme) ||
    texts(outer.method, own.method) ||
    texts(outer.authority, own.authority) ||
    maps(outer.headers, own.headers) ||
    maps(outer.withoutHeaders, own.withoutHeaders) ||
    maps(outer.queryParams, own.queryParams) ||
    outer.ignoreUriCase !== own.ignoreUriCase ||
    (outer.port !== undefined && own.port !== undefined && outer.port !== own.port) ||
    (outer.sourceNamespace !== undefined && outer.sourceNamespace !== own.sourceNamespace) ||
    [...own.sourceLabels].some(([label, value]) => outer.sourceLabels.has(label) && outer.sourceLabels.get(label) !== value) ||
    (outer.gateways.length > 0 && own.gateways.some((gateway) => !outer.gateways.includes(gateway)))
  );
}

function maps(outer: ReadonlyMap<string, TextMatch>, own: ReadonlyMap<string, TextMatch>): boolean {
  return [...own].some(([key, match]) => texts(outer.get(key), match));
}

/** Whether the inner condition could hold where the outer one does not. Expressions are not compared: beside any other condition they contradict it. */
function texts(outer: TextMatch | undefined, own: TextMatch | undefined): boolean {
  if (outer === undefined || own === undefined) return false;
  if (outer.tag === 'exact') return own.tag !== 'exact' || own.value !== outer.value;
  if (outer.tag === 'prefix') return !((own.tag === 'exact' || own.tag === 'prefix') && own.value.startsWith(outer.value));
  return true;
}
