import type { NamespaceTopology, PolicyNode, RouteNode } from '../graph/model.ts';
import { compareText } from '../lib/order.ts';
import { asksFor } from './asks-for.ts';
import type { KeptObject } from './kept.ts';
import { NamespaceView } from './namespace-view.ts';
import { authenticationPolicies } from './policies/authentications.ts';
import { egressNetworks } from './policies/egress-networks.ts';
import { istioAuthorizations } from './policies/istio-authorizations.ts';
import { requestAuthentications, sidecars, telemetries } from './policies/istio-others.ts';
import { linkerdAuthorizations } from './policies/linkerd-authorizations.ts';
import { peerAuthentications } from './policies/peer-authentications.ts';
import { rateLimitPolicies } from './policies/rate-limits.ts';
import { serverAuthorizations } from './policies/server-authorizations.ts';
import { findServers, type Servers, serverPolicies } from './policies/servers.ts';
import { destinationRules } from './routes/destination-rules.ts';
import { gatewayApiRoutes } from './routes/gateway-api.ts';
import { istioGateways, kubernetesGateways } from './routes/gateways.ts';
import { serviceEntries } from './routes/service-entries.ts';
import { serviceProfiles } from './routes/service-profiles.ts';
import { virtualServices } from './routes/virtual-services.ts';
import { serviceNodes } from './service-node.ts';
import type { SharedContext } from './shared.ts';
import { workloadNodes } from './workload-node.ts';

/**
 * The topology of a namespace: pure, and the same for its objects in any order. Objects of other namespaces among `objects` do not count, and what the
 * objects say of other namespaces is shown and not judged (see `SharedContext`).
 *
 * Never throws, whatever specifications and status hold: a field that is not what its kind promises makes a problem of its route or policy, and is left out
 * of a workload or Service. Nothing from an object gets into the result unless it is in one of the alphabets of `words.ts`; names, labels and annotations of
 * the objects themselves are the source's to check.
 */
export function buildNamespace(namespace: string, objects: readonly KeptObject[], shared: SharedContext): NamespaceTopology {
  const view = new NamespaceView(namespace, objects, shared);
  const servers = findServers(view);
  const asked = asksFor(view.self);
  return {
    namespace,
    ...(asked === undefined ? {} : { asksFor: asked }),
    workloads: workloadNodes(view, servers),
    services: serviceNodes(view),
    routes: [
      ...gatewayApiRoutes(view, servers),
      ...serviceProfiles(view),
      ...virtualServices(view),
      ...destinationRules(view),
      ...kubernetesGateways(view),
      ...istioGateways(view),
      ...serviceEntries(view),
    ].sort(byKind),
    policies: [
      ...linkerdServerPolicies(view, servers),
      ...authenticationPolicies(view),
      ...rateLimitPolicies(view, servers),
      ...egressNetworks(view),
      ...peerAuthentications(view),
      ...istioAuthorizations(view),
      ...requestAuthentications(view),
      ...sidecars(view),
      ...telemetries(view),
    ].sort(byKind),
  };
}

/** Servers with whatever authorizes clients of them. */
function linkerdServerPolicies(view: NamespaceView, servers: Servers): readonly PolicyNode[] {
  const older = serverAuthorizations(view, servers);
  const newer = linkerdAuthorizations(view, servers);
  const whole = countEach([...older, ...newer].flatMap(({ holdsFor }) => holdsFor));
  const routes = countEach(newer.flatMap(({ holdsForRoutesOf }) => holdsForRoutesOf));
  return [...serverPolicies(view, servers, { whole, routes }), ...older.map(({ node }) => node), ...newer.map(({ node }) => node)];
}

function countEach<Item>(items: readonly Item[]): (item: Item) => number {
  const counts = new Map<Item, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return (item) => counts.get(item) ?? 0;
}

function byKind(a: RouteNode | PolicyNode, b: RouteNode | PolicyNode): number {
  return compareText(a.kind, b.kind) || compareText(a.group, b.group) || compareText(a.name, b.name);
}
