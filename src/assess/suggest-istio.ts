import { serviceTargets, tcpPorts } from '../mesh/access/target.ts';
import type { ServiceFacts } from '../mesh/service-facts.ts';
import { principalOf } from './identities.ts';
import { freeName, type Made, manifest, portsByClients, type SuggestionParts } from './suggestion-parts.ts';

/**
 * One AuthorizationPolicy that allows the principals that were seen on the ports that they call; whatever no ALLOW policy matches is denied from then on
 * (istio, security/v1: `AuthorizationPolicy`; principals are SPIFFE ids without their scheme).
 */
export function istioManifests({ namespace, name, selector, clients }: SuggestionParts, ambient: boolean): Made {
  const { view } = namespace;
  const rules = portsByClients(clients).map(({ ports, clients: own }) =>
    rule(
      ports.map(String),
      own.map(({ identity }) => identity),
    ),
  );
  if (rules.length === 0) return { manifests: [], notes: [NOBODY] };
  const spec = { selector: { matchLabels: selector }, action: 'ALLOW', rules };
  return {
    manifests: [
      manifest('istioAuthorizationPolicies', view.namespace, freeName(namespace, 'istioAuthorizationPolicies', `${name}-clients`), spec),
    ],
    notes: [
      ADD_UP,
      ambient
        ? 'ztunnel lets the kubelet’s probes through; calls that pass a waypoint come with its identity, which must then be let in.'
        : 'The kubelet’s probes are answered by the sidecar’s agent, so they stay let in.',
    ],
  };
}

/**
 * Two AuthorizationPolicies for a Service whose calls pass a waypoint: one that the waypoint enforces, and one for the pods, which then see the waypoint as their client,
 * and whoever calls them past it (istio, security/v1: `AuthorizationPolicy`, `targetRefs`; a waypoint sees the Service's port). `waypoint` is its SPIFFE id.
 */
export function waypointManifests({ namespace, name, selector, clients }: SuggestionParts, service: ServiceFacts, waypoint: string): Made {
  const { view } = namespace;
  const groups = portsByClients(clients);
  if (groups.length === 0) return { manifests: [], notes: [NOBODY] };
  const kind = 'istioAuthorizationPolicies';
  const portsOf = (ports: readonly number[]) =>
    tcpPorts(service)
      .filter((each) => serviceTargets(service, each).some(({ port }) => ports.includes(port)))
      .map(({ port }) => String(port));
  const atWaypoint = groups.map(({ ports, clients: own }) =>
    rule(
      portsOf(ports),
      own.map(({ identity }) => identity),
    ),
  );
  const atPods = groups.map(({ ports, clients: own }) =>
    rule(ports.map(String), [waypoint, ...own.filter(({ past }) => past).map(({ identity }) => identity)]),
  );
  const targetRefs = [{ group: '', kind: 'Service', name: service.name }];
  return {
    manifests: [
      manifest(kind, view.namespace, freeName(namespace, kind, `${name}-clients`), { targetRefs, action: 'ALLOW', rules: atWaypoint }),
      manifest(kind, view.namespace, freeName(namespace, kind, `${name}-waypoint`), {
        selector: { matchLabels: selector },
        action: 'ALLOW',
        rules: atPods,
      }),
    ],
    notes: [
      ADD_UP,
      'Calls of the Service pass its waypoint, which enforces the first policy; the second lets the waypoint in to the pods, and those who call them past it, such as sidecars.',
      'ztunnel lets the kubelet’s probes through.',
    ],
  };
}

function rule(ports: readonly string[], identities: readonly string[]) {
  return { from: [{ source: { principals: identities.map(principalOf) } }], to: [{ operation: { ports } }] };
}

const NOBODY = 'No caller was seen that could be let in by its identity, so no policy is suggested.';
const ADD_UP = 'ALLOW policies add up: what another one lets in stays let in.';
