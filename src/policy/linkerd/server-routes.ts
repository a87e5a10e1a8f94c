import type { AccessStep } from '../access/model.ts';
import { about, named } from '../access/steps.ts';
import { GATEWAY_API, LINKERD_POLICY } from '../analyze/references.ts';
import { isPlanned } from '../objects/age.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import type { Authorization } from './authorization.ts';
import type { AuthorizationPolicies } from './authorization-policies.ts';
import { hostMatch } from './host-match.ts';
import { byPrecedence, readRoute } from './read-route.ts';
import type { Route } from './route.ts';
import { isAccepted, serverParents } from './route-status.ts';
import { type LinkerdWorld, objectsOf } from './world.ts';

/** The routes that hang on a Server. */
export interface ServerRoutes {
  /** In the order in which a tie is settled. */
  readonly routes: readonly Route[];
  /** What was looked at and passed over. */
  readonly steps: readonly AccessStep[];
  readonly assumed: readonly string[];
  /** Why the proxy cannot read what it is sent, so that it answers every request with an error. */
  readonly broken: AccessStep | undefined;
}

/** What the kinds of routes are called, in which group. */
const KINDS = {
  http: [
    [LINKERD_POLICY, 'HTTPRoute'],
    [GATEWAY_API, 'HTTPRoute'],
  ],
  grpc: [[GATEWAY_API, 'GRPCRoute']],
} as const;

/**
 * The HTTPRoutes of both groups, or the GRPCRoutes, that are attached to a Server and accepted, with the authorizations of each (linkerd2,
 * policy-controller/k8s/index/src/inbound/index.rs: `http_routes`, `grpc_routes`, `route_client_authzs`).
 */
export function serverRoutes(
  protocol: 'http' | 'grpc',
  server: KubeObject,
  world: LinkerdWorld,
  policies: AuthorizationPolicies,
): ServerRoutes {
  const objects = KINDS[protocol].flatMap(([group, kind]) => objectsOf(world, group, kind, server.namespace));
  const routes: Route[] = [];
  const steps: AccessStep[] = [];
  const assumed: string[] = [];
  let broken: AccessStep | undefined;
  for (const object of objects.sort(byPrecedence)) {
    const parents = serverParents(object);
    if ('because' in parents) {
      if (names(object, server)) steps.push(about(object, `${named(object)} is ignored: ${parents.because}.`, parents.field));
      continue;
    }
    if (!parents.servers.includes(server.name)) continue;
    if (!isAccepted(object, server, world)) {
      steps.push(about(object, `${named(object)} does not count: it is not accepted on Server ${server.name}.`, 'status.parents'));
      continue;
    }
    const read = readRoute(object, protocol);
    if ('unread' in read) {
      steps.push(about(object, `${named(object)} is ignored: Linkerd cannot read its ${read.unread}.`, `spec.${read.unread}`));
      continue;
    }
    if (isPlanned(object)) {
      assumed.push(`${named(object)} is not in the cluster yet; Linkerd's controller will accept it.`);
    } else if (isPlanned(server)) {
      assumed.push(`${named(server)} is not in the cluster yet; Linkerd's controller will accept ${named(object)} on it.`);
    }
    if (read.breaks)
      broken ??= about(object, `The proxy cannot read a match without a method in ${named(object)}, and fails every request.`);
    steps.push(about(object, `${named(object)} hangs on Server ${server.name}.`));
    const own = authorizationsOf(object, policies);
    steps.push(...own.steps);
    routes.push({
      title: named(object),
      object: object.reference,
      hosts: read.hosts.map(hostMatch),
      rules: read.rules,
      authorizations: own.authorizations,
    });
  }
  return { routes, steps, assumed, broken };
}

/** Whether a route that is ignored was meant for the Server. */
function names(route: KubeObject, server: KubeObject): boolean {
  return route.spec.at('parentRefs').items.some((parent) => parent.at('name').value === server.name);
}

/** The AuthorizationPolicies that are for a route; group, kind and name compare without case. */
function authorizationsOf(
  route: KubeObject,
  policies: AuthorizationPolicies,
): { readonly authorizations: Authorization[]; readonly steps: AccessStep[] } {
  const authorizations: Authorization[] = [];
  const steps: AccessStep[] = [];
  for (const { object, target, authorization, ignored } of policies.read) {
    const isForRoute =
      target.tag === 'route' &&
      target.name === route.name.toLowerCase() &&
      target.group === route.group.toLowerCase() &&
      target.kind === route.kind.toLowerCase();
    if (!isForRoute) continue;
    if (authorization !== undefined) authorizations.push(authorization);
    if (ignored !== undefined) steps.push(about(object, `${named(object)} is ignored: ${ignored.because}.`, ignored.field));
  }
  for (const { object, meantFor, ignored } of policies.unread) {
    if (meantFor === route.name) steps.push(about(object, `${named(object)} is ignored: ${ignored.because}.`, ignored.field));
  }
  return { authorizations, steps };
}
