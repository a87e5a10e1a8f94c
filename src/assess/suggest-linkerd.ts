import type { JsonObject } from '../lib/json.ts';
import { serviceTargets, tcpPorts } from '../mesh/access/target.ts';
import { opaquePorts, opaqueServicePorts } from '../mesh/inbound-ports.ts';
import { findServers, portsOf, type ServerFacts } from '../mesh/policies/servers.ts';
import { lists } from '../policy/objects/port-list.ts';
import { KINDS } from '../sources/kubernetes/kinds.ts';
import { freeName, type Made, manifest, portsByClients, type SuggestionParts } from './suggestion-parts.ts';

const GROUP = KINDS.linkerdServers.group;

/**
 * A Server for each port that was called and has none, an AuthorizationPolicy for it, and a MeshTLSAuthentication that names the ServiceAccounts (linkerd2,
 * policy-controller/k8s/api: `Server`, `AuthorizationPolicy`, `MeshTLSAuthentication`). References need a group.
 */
export function linkerdManifests(parts: SuggestionParts): Made {
  const { namespace, name, selector, clients } = parts;
  const home = namespace.view.namespace;
  const servers = findServers(namespace.view).byAge;
  const manifests: JsonObject[] = [];
  const notes: string[] = [];
  let routed = 0;
  const groups = portsByClients(clients);
  for (const { ports, clients: own } of groups) {
    const wanted = groups.length === 1 ? `${name}-clients` : `${name}-${ports.join('-')}-clients`;
    const authentication = freeName(namespace, 'linkerdMeshTlsAuthentications', wanted);
    manifests.push(
      manifest('linkerdMeshTlsAuthentications', home, authentication, {
        identityRefs: own.map(({ namespace: from, serviceAccount }) => ({
          kind: 'ServiceAccount',
          name: serviceAccount,
          ...(from === home ? {} : { namespace: from }),
        })),
      }),
    );
    for (const port of ports) {
      const existing = serverFor(servers, parts, port);
      const server = existing?.name ?? freeName(namespace, 'linkerdServers', `${name}-${port}`);
      const policy = freeName(namespace, 'linkerdAuthorizationPolicies', `${name}-${port}-clients`);
      // Without a Server of its own the port follows its annotation; a Server must say so itself.
      const opaque = isOpaque(parts, port) ? { proxyProtocol: 'opaque' } : {};
      if (existing === undefined) {
        manifests.push(manifest('linkerdServers', home, server, { podSelector: { matchLabels: selector }, port, ...opaque }));
      } else {
        notes.push(`Server ${server} selects port ${port} already: whoever its other authorizations let in stays let in.`);
        if (hasRoutes(parts, server)) {
          routed += 1;
          notes.push(
            `Routes are attached to Server ${server}: what none of them takes, probes among it, is not found, whoever calls. A policy for the Server lets its clients in to every route; for one route alone name that in targetRef.`,
          );
        }
      }
      manifests.push(
        manifest('linkerdAuthorizationPolicies', home, policy, {
          targetRef: { group: GROUP, kind: 'Server', name: server },
          requiredAuthenticationRefs: [{ group: GROUP, kind: 'MeshTLSAuthentication', name: authentication }],
        }),
      );
    }
  }
  // The Servers last: until their authorizations are there, they deny everybody.
  const sorted = [...manifests.filter(({ kind }) => kind !== 'Server'), ...manifests.filter(({ kind }) => kind === 'Server')];
  if (clients.size === 0) notes.push('No caller was seen that could be let in by its identity, so no policy is suggested.');
  else notes.push(...(routed > 0 ? [] : [PROBES]), WITHOUT_IDENTITY, 'Ports that nobody was seen to call keep the default policy.');
  return { manifests: sorted, notes };
}

const PROBES = 'The kubelet’s HTTP probes stay let in as long as no route is attached to the Server.';
const WITHOUT_IDENTITY = 'gRPC probes, and Prometheus outside of the mesh, bring no identity and would need a NetworkAuthentication.';

/** The Server that decides on a port: the oldest that selects the pods and it. */
function serverFor(servers: readonly ServerFacts[], { workloads }: SuggestionParts, port: number): ServerFacts | undefined {
  return servers.find(
    (server) =>
      server.members.some(({ workload }) => workloads.includes(workload)) &&
      workloads.some((workload) => portsOf(server, workload).includes(port)),
  );
}

/** Whether a route is attached to a Server, so that its default and probe routes do not hold. */
function hasRoutes({ namespace: { view } }: SuggestionParts, server: string): boolean {
  const routes = [...view.of('linkerdHttpRoutes'), ...view.of('httpRoutes'), ...view.of('grpcRoutes')];
  return routes.some(({ spec }) =>
    spec.at('parentRefs').items.some((parent) => parent.at('kind').text === 'Server' && parent.at('name').text === server),
  );
}

function isOpaque({ namespace: { view }, workloads }: SuggestionParts, port: number): boolean {
  const named = (workload: (typeof workloads)[number]) => workload.template.containers?.ports.find((each) => each.port === port)?.name;
  return (
    workloads.some((workload) => lists(opaquePorts(view, workload), port, named(workload))) ||
    [...view.services.values()].some((service) => {
      const opaque = opaqueServicePorts(service.object);
      return tcpPorts(service).some(
        (each) =>
          lists(opaque, each.port, each.name) &&
          serviceTargets(service, each).some((target) => target.port === port && workloads.includes(target.workload)),
      );
    })
  );
}
