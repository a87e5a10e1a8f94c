import { principalOf } from './identities.ts';
import { freeName, type Made, manifest, portsByClients, type SuggestionParts } from './suggestion-parts.ts';

/**
 * One AuthorizationPolicy that allows the principals that were seen on the ports that they call; whatever no ALLOW policy matches is denied from then on
 * (istio, security/v1: `AuthorizationPolicy`; principals are SPIFFE ids without their scheme).
 */
export function istioManifests({ namespace, name, selector, clients }: SuggestionParts, ambient: boolean): Made {
  const { view } = namespace;
  const rules = portsByClients(clients).map(({ ports, clients: own }) => ({
    from: [{ source: { principals: own.map(({ identity }) => principalOf(identity)) } }],
    to: [{ operation: { ports: ports.map(String) } }],
  }));
  if (rules.length === 0)
    return { manifests: [], notes: ['No caller was seen that could be let in by its identity, so no policy is suggested.'] };
  const spec = { selector: { matchLabels: selector }, action: 'ALLOW', rules };
  return {
    manifests: [
      manifest('istioAuthorizationPolicies', view.namespace, freeName(namespace, 'istioAuthorizationPolicies', `${name}-clients`), spec),
    ],
    notes: [
      'ALLOW policies add up: what another one lets in stays let in.',
      ambient
        ? 'ztunnel lets the kubelet’s probes through; calls that pass a waypoint come with its identity, which must then be let in.'
        : 'The kubelet’s probes are answered by the sidecar’s agent, so they stay let in.',
    ],
  };
}
