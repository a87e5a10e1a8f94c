import { bears } from '../analyze/workloads.ts';
import type { Field } from '../objects/field.ts';
import { quote } from '../objects/field.ts';
import { gatewayKey } from './gateway-name.ts';
import type { Call } from './request.ts';
import { matchText, readTextMatch, readTextMatches, type TextMatch } from './text-match.ts';
import { all, no, unknown, type Verdict, YES } from './verdict.ts';

/** The proxy for which a rule is read. */
export interface ProxyContext {
  readonly namespace: string;
  readonly labels: ReadonlyMap<string, string>;
  /** `mesh`, or `namespace/name` of a Gateway. */
  readonly gateway: string;
  /** The port on which it listens. */
  readonly port: number;
}

/** The conditions that do not depend on a single request, for every protocol. */
export interface ProxyMatch {
  readonly port: number | undefined;
  readonly gateways: readonly string[];
  readonly sourceLabels: ReadonlyMap<string, string>;
  readonly sourceNamespace: string | undefined;
}

/** One block of an HTTP rule's `match`. */
export interface HttpMatch extends ProxyMatch {
  readonly path: string;
  readonly uri: TextMatch | undefined;
  readonly ignoreUriCase: boolean;
  readonly scheme: TextMatch | undefined;
  readonly method: TextMatch | undefined;
  readonly authority: TextMatch | undefined;
  readonly headers: ReadonlyMap<string, TextMatch>;
  readonly withoutHeaders: ReadonlyMap<string, TextMatch>;
  readonly queryParams: ReadonlyMap<string, TextMatch>;
}

export function readProxyMatch(field: Field, namespace: string): ProxyMatch {
  return {
    // Zero is unset.
    port: field.at('port').number || undefined,
    gateways: field.at('gateways').texts.map((name) => gatewayKey(name, namespace)),
    sourceLabels: field.at('sourceLabels').labels,
    sourceNamespace: field.at('sourceNamespace').text,
  };
}

export function readHttpMatch(field: Field, namespace: string): HttpMatch {
  return {
    ...readProxyMatch(field, namespace),
    path: field.path,
    uri: readTextMatch(field.at('uri')),
    ignoreUriCase: field.at('ignoreUriCase').value === true,
    scheme: readTextMatch(field.at('scheme')),
    method: readTextMatch(field.at('method')),
    authority: readTextMatch(field.at('authority')),
    headers: readTextMatches(field.at('headers')),
    withoutHeaders: readTextMatches(field.at('withoutHeaders')),
    queryParams: readTextMatches(field.at('queryParams')),
  };
}

/**
 * Whether the block is for this proxy at all. Where it names gateways, its source conditions are not looked at (istio,
 * pilot/pkg/networking/core/route: `TranslateRoute`, `sourceMatchHTTP`).
 */
export function matchHttpProxy(match: HttpMatch, proxy: ProxyContext): Verdict {
  const port = matchPort(match, proxy);
  if (port.tag !== 'yes') return port;
  return match.gateways.length > 0 ? matchGateway(match, proxy) : matchSource(match, proxy);
}

export function matchPort({ port }: ProxyMatch, proxy: ProxyContext): Verdict {
  return port === undefined || port === proxy.port ? YES : no(`it is for port ${port}`);
}

export function matchGateway({ gateways }: ProxyMatch, { gateway }: ProxyContext): Verdict {
  if (gateways.length === 0 || gateways.includes(gateway)) return YES;
  return no(`it is for gateway ${gateways.map(quote).join(' or ')}`);
}

export function matchSource({ sourceLabels, sourceNamespace }: ProxyMatch, proxy: ProxyContext): Verdict {
  if (!bears(proxy.labels, sourceLabels)) return no('the sender does not bear its sourceLabels');
  if (sourceNamespace !== undefined && sourceNamespace !== proxy.namespace) return no(`it is for senders in ${quote(sourceNamespace)}`);
  return YES;
}

/** Whether a request satisfies every condition of the block (istio, pilot/pkg/networking/core/route: `TranslateRouteMatch`). */
export function matchHttpCall(match: HttpMatch, call: Call): Verdict {
  return all(conditions(match, call));
}

function* conditions(match: HttpMatch, call: Call): Iterable<Verdict> {
  if (match.uri !== undefined) {
    // In the path, the lone star is an expression like others, and no valid one.
    yield matchText(match.uri, call.path, 'the path', match.ignoreUriCase);
  }
  if (match.scheme !== undefined) yield matchText(match.scheme, call.scheme, 'the scheme');
  if (match.method !== undefined) yield matchText(match.method, call.method, 'the method');
  if (match.authority !== undefined) yield matchText(match.authority, call.authority, 'the authority');
  for (const [name, condition] of match.headers) yield matchHeader(name, condition, call);
  for (const [name, condition] of match.withoutHeaders) yield matchWithoutHeader(name, condition, call);
  for (const [name, condition] of match.queryParams) {
    const value = call.query.get(name);
    const what = `the query parameter ${quote(name)}`;
    yield value === undefined ? no(`${what} is missing`) : matchText(star(condition), value, what);
  }
}

/** Istio's way to ask for a claim of the token instead of a header. */
const CLAIM = '@request.auth.claims';

function matchHeader(name: string, condition: TextMatch, call: Call): Verdict {
  if (name.startsWith(CLAIM)) return unknown('the request does not tell the claims of its token');
  const value = call.headers.get(name.toLowerCase());
  const what = `the header ${quote(name)}`;
  return value === undefined ? no(`${what} is missing`) : matchText(star(condition), value, what);
}

/** A missing header counts as an empty one, unless the condition only asks whether there is one. */
function matchWithoutHeader(name: string, condition: TextMatch, call: Call): Verdict {
  if (name.startsWith(CLAIM)) return unknown('the request does not tell the claims of its token');
  const value = call.headers.get(name.toLowerCase());
  const what = `the header ${quote(name)}`;
  const simple = star(condition);
  if (simple.tag === 'present') return value === undefined ? YES : no(`${what} is there`);
  const verdict = matchText(simple, value ?? '', what);
  if (verdict.tag === 'unknown') return verdict;
  return verdict.tag === 'yes' ? no(`${what} is what the rule excludes`) : YES;
}

/** The expression `*` asks only whether there is a value. */
function star(condition: TextMatch): TextMatch {
  return condition.tag === 'regex' && condition.value === '*' ? { tag: 'present' } : condition;
}

/** Whether the block lets every request of this proxy through (istio, pilot/pkg/networking/core/route: `IsCatchAllRoute`). */
export function isCatchAll(match: HttpMatch | undefined): boolean {
  if (match === undefined) return true;
  const { uri } = match;
  const anyPath =
    uri === undefined ||
    uri.tag === 'present' ||
    (uri.tag === 'prefix' && uri.value === '/') ||
    (uri.tag === 'regex' && uri.value === '.*');
  const others = match.headers.size + match.withoutHeaders.size + match.queryParams.size;
  return anyPath && others === 0 && match.method === undefined && match.authority === undefined && match.scheme === undefined;
}
