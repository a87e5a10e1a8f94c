import { groupBy } from '../../lib/group.ts';
import { hostsOverlap } from '../analyze/registry.ts';
import type { View } from '../analyze/view.ts';
import { bears } from '../analyze/workloads.ts';
import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { selectionOf } from '../objects/selection.ts';
import type { Client } from './destination-rules.ts';
import { meshConfig } from './mesh-config.ts';
import { byAge } from './virtual-services.ts';

/** What a workload's proxy knows of the mesh, which a Sidecar object may narrow. */
export interface Scope {
  readonly object: KubeObject | undefined;
  /** Whether hosts of an object in the namespace are imported. */
  readonly imports: (namespace: string, hosts: readonly string[]) => boolean;
  /** What the proxy does with hosts that it does not know. */
  readonly outbound: 'ALLOW_ANY' | 'REGISTRY_ONLY';
}

const NO_LABELS: ReadonlyMap<string, string> = new Map();

/**
 * The Sidecar object that holds for a workload: one of its namespace that selects it, else the namespace's own, else the root namespace's; the oldest among
 * equals. Its egress hosts for the port, else those for all ports, say what is imported (istio, pilot/pkg/model: `getSidecarScope`,
 * `ConvertToSidecarScope`).
 */
export function scopeOf(client: Client, port: number, view: View): Scope {
  const sidecars = groupBy([...view.networking('Sidecar')].sort(byAge), ({ namespace }) => namespace);
  const own = sidecars.get(client.namespace) ?? [];
  const labelsOf = (sidecar: KubeObject) => selectionOf(sidecar)?.labels ?? NO_LABELS;
  const object =
    own.find((sidecar) => labelsOf(sidecar).size > 0 && bears(client.labels, labelsOf(sidecar))) ??
    own.find((sidecar) => labelsOf(sidecar).size === 0) ??
    sidecars.get(view.rootNamespace)?.find((sidecar) => labelsOf(sidecar).size === 0);
  const policies = [object?.spec.at('outboundTrafficPolicy'), meshConfig('outboundTrafficPolicy', view)];
  const mode = policies.find((policy) => policy?.exists)?.at('mode').text;
  const listeners = object?.spec.at('egress').items ?? [];
  const listener = listeners.find((each) => each.at('port', 'number').value === port) ?? listeners.find((each) => !each.at('port').exists);
  return {
    object,
    outbound: mode === 'REGISTRY_ONLY' ? 'REGISTRY_ONLY' : 'ALLOW_ANY',
    imports: listeners.length === 0 ? () => true : importer(listener, client.namespace),
  };
}

/** Reads `namespace/host` entries: `.` is the client's own namespace, `*` every one, `~` none. */
function importer(listener: Field | undefined, own: string): Scope['imports'] {
  const entries = (listener?.at('hosts').texts ?? []).map((entry) => {
    const [namespace = '', host = ''] = entry.split('/', 2);
    return { namespace: namespace === '.' ? own : namespace, host: host.toLowerCase() };
  });
  return (namespace, hosts) =>
    entries.some((entry) => {
      if (entry.namespace !== '*' && entry.namespace !== namespace) return false;
      return entry.host === '*' || hosts.some((host) => hostsOverlap(entry.host, host));
    });
}
