import type { AccessStep, Callee } from '../access/model.ts';
import { about, named } from '../access/steps.ts';
import { finderOf } from './asked.ts';
import { type Authorization, LOCALHOST } from './authorization.ts';
import type { AuthorizationPolicies } from './authorization-policies.ts';
import { defaultAuthorizations } from './default-policy.ts';
import { defaultRoute, probesOf, withProbes } from './default-routes.ts';
import type { PortPolicy } from './port-policy.ts';
import { rateLimitOf } from './rate-limits.ts';
import type { ServerAuthorization } from './server-authorizations.ts';
import { serverRoutes } from './server-routes.ts';
import type { Protocol, Server } from './servers.ts';
import type { LinkerdWorld } from './world.ts';

/** What authorizes in a namespace. */
export interface NamespaceRules {
  readonly policies: AuthorizationPolicies;
  readonly serverAuthorizations: readonly ServerAuthorization[];
}

const WORDS: Readonly<Record<Protocol, string>> = {
  detect: 'detects the protocol',
  http1: 'takes it for HTTP/1',
  http2: 'takes it for HTTP/2',
  grpc: 'takes it for gRPC',
  opaque: 'does not look at what is spoken',
  tls: 'takes it for TLS of the application',
};

/** What the proxy is told of a port that a Server selects; `shadowed`: younger ones that select it too (linkerd2, …/inbound/index.rs: `inbound_server`). */
export function serverPortPolicy(
  server: Server,
  shadowed: readonly Server[],
  rules: NamespaceRules,
  callee: Callee,
  port: number,
  world: LinkerdWorld,
): PortPolicy {
  const { object, protocol, accessPolicy } = server;
  const steps: AccessStep[] = [
    about(object, `${named(object)} selects port ${port} of ${named(callee)} and ${WORDS[protocol]}.`, 'spec.port'),
    ...shadowed.map((other) => about(other.object, `${named(other.object)} selects it too and is passed over: ${named(object)} is older.`)),
  ];
  const authorizations = [
    ...serverRules(server, rules, steps),
    ...(accessPolicy === undefined ? [] : defaultAuthorizations(accessPolicy, world.settings)),
    LOCALHOST,
  ];
  const kind = protocol === 'grpc' ? 'grpc' : 'http';
  // Whatever hangs on an opaque port, it has no requests.
  const attached = protocol === 'opaque' || protocol === 'tls' ? undefined : serverRoutes(kind, object, world, rules.policies);
  const routes = attached?.routes ?? [];
  const probes = routes.length === 0 && kind === 'http' ? probesOf(callee, port, world.settings) : undefined;
  return {
    title: named(object),
    steps: [...steps, ...(attached?.steps ?? [])],
    assumed: attached?.assumed ?? [],
    protocol,
    authorizations,
    find: finderOf(routes.length === 0 ? withProbes([defaultRoute(kind)], probes) : routes),
    probes,
    broken: attached?.broken,
    rateLimit: rateLimitOf(object, world),
  };
}

/** The authorizations of a Server as a whole; says in `steps` which are ignored (linkerd2, …/inbound/index.rs: `client_authzs`). */
function serverRules(
  server: Server,
  { policies, serverAuthorizations: older }: NamespaceRules,
  steps: AccessStep[],
): readonly Authorization[] {
  const { name, namespace } = server.object;
  const found: Authorization[] = [];
  for (const { object, target, authorization, ignored } of policies.read) {
    if (target.tag === 'route' || (target.tag === 'server' && target.name !== name)) continue;
    if (authorization !== undefined) found.push(authorization);
    if (ignored !== undefined) steps.push(about(object, `${named(object)} is ignored: ${ignored.because}.`, ignored.field));
  }
  for (const { object, meantFor, ignored } of policies.unread) {
    if (meantFor !== name && meantFor !== namespace) continue;
    steps.push(about(object, `${named(object)} is ignored: ${ignored.because}.`, ignored.field));
  }
  for (const { object, selects, authorization } of older) {
    if (!selects(server)) continue;
    if ('because' in authorization) {
      steps.push(about(object, `${named(object)} is ignored: ${authorization.because}.`, authorization.field));
    } else {
      found.push(authorization);
    }
  }
  return found;
}
