import { all, NO, type Truth, truthOf, unknown, YES } from '../access/truth.ts';
import { PATH } from '../access/unknowns.ts';
import type { Field } from '../objects/field.ts';
import { textIn } from './references.ts';
import { meetsHeaders, meetsMethod, type Request, readHeaderConditions } from './request-match.ts';
import type { RouteMatch, RouteRule } from './route.ts';
import { readFilters } from './route-filters.ts';

/** Any call of gRPC: a POST to `/service/method` (linkerd2, policy-controller/core/src/inbound.rs: `InboundRoute<GrpcRouteMatch>::default`). */
export const ANY_CALL: RouteMatch = (request) => ({
  rank: [0, 0, 0],
  holds: all(meetsMethod('POST', request), meetsProcedure(undefined, undefined, request)),
});

/** A rule without matches takes everything, even what is no call of gRPC (linkerd2-proxy, linkerd/http/route/src/lib.rs: `find`). */
export const ANYTHING: RouteMatch = () => ({ rank: [0, 0, 0], holds: YES });

/** A rule of a GRPCRoute. */
export interface GrpcRule {
  readonly rule: RouteRule;
  /**
   * A match leaves out its method: the controller sends it on like that, and the proxy cannot read it (linkerd2, policy-controller/grpc/src/routes/grpc.rs:
   * `convert_match`; linkerd2-proxy, linkerd/http/route/src/grpc/match.rs: `MissingRpc`).
   */
  readonly breaks: boolean;
}

/** Reads a rule of a GRPCRoute; undefined where Linkerd cannot (linkerd2, policy-controller/k8s/index/src/inbound/index/grpc.rs, routes/grpc.rs). */
export function readGrpcRule(rule: Field): GrpcRule | undefined {
  const list = rule.at('matches');
  if (!rule.isObject || (list.exists && !Array.isArray(list.value))) return undefined;
  const filters = readFilters(rule.at('filters'), 'grpc');
  const matches = list.items.flatMap((item) => readMatch(item) ?? []);
  if (filters === undefined || matches.length < list.items.length) return undefined;
  return {
    rule: { field: rule.path, matches: matches.length === 0 ? [ANYTHING] : matches, redirects: [] },
    breaks: list.items.some((item) => !item.at('method').exists),
  };
}

function readMatch(field: Field): RouteMatch | undefined {
  const headers = readHeaderConditions(field.at('headers'));
  const method = field.at('method');
  const [type, service, name] = [method.at('type'), method.at('service'), method.at('method')];
  if (!field.isObject || headers === undefined || (method.exists && !method.isObject)) return undefined;
  if (type.exists && type.value !== 'Exact') return undefined;
  if ([service, name].some((part) => part.exists && textIn(part) === undefined)) return undefined;
  // An empty text is none.
  const [wantedService, wantedMethod] = [service.text, name.text];
  const rank = [wantedService?.length ?? 0, wantedMethod?.length ?? 0, headers.length];
  return (request) => ({
    rank,
    holds: all(meetsMethod('POST', request), meetsProcedure(wantedService, wantedMethod, request), meetsHeaders(headers, request)),
  });
}

/** Service and method of a path `/service/method` (linkerd2-proxy, linkerd/http/route/src/grpc/match.rs: `match_length`). */
function meetsProcedure(service: string | undefined, method: string | undefined, { path, isGrpc }: Request): Truth {
  if (path === undefined) return isGrpc && service === undefined && method === undefined ? YES : unknown(PATH);
  const [root, ...parts] = path.split('/');
  const [first, second] = parts;
  if (root !== '' || first === undefined || second === undefined) return NO;
  return truthOf((service === undefined || service === first) && (method === undefined || method === second));
}
