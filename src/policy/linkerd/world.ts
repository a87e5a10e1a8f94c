import { compareText } from '../../lib/order.ts';
import { canonical } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';

/** What Linkerd's control plane is told when it is installed, and what no object of the cluster says. */
export interface LinkerdSettings {
  /** The namespace of the control plane, which is part of every identity. */
  readonly controlNamespace: string;
  readonly trustDomain: string;
  readonly clusterDomain: string;
  /** What holds for ports that no Server selects: `proxy.defaultInboundPolicy` of the chart. */
  readonly defaultInboundPolicy: string;
  /** `clusterNetworks` of the chart. */
  readonly clusterNetworks: readonly string[];
  /** `policyController.probeNetworks` of the chart. */
  readonly probeNetworks: readonly string[];
  /** What is taken for granted of the default policy; a sentence each, for answers on which it decides. */
  readonly assumed: readonly string[];
  /** `egress.globalEgressNetworkNamespace` of the chart; its default where it is absent. */
  readonly globalEgressNamespace?: string;
}

/** The objects and settings that decide on calls. */
export interface LinkerdWorld {
  /** Of the callee's namespace and of those that `referredNamespaces` names; their order does not matter. */
  readonly objects: readonly KubeObject[];
  readonly settings: LinkerdSettings;
}

/** The objects of a kind in a namespace, sorted by name, each name once. */
export function objectsOf(world: LinkerdWorld, group: string, kind: string, namespace: string): readonly KubeObject[] {
  const byName = new Map<string, KubeObject>();
  for (const object of world.objects) {
    if (object.kind !== kind || object.group !== group || object.namespace !== namespace) continue;
    const other = byName.get(object.name);
    // No cluster holds two of a name. Where somebody gives two, their order must not decide.
    if (other === undefined || canonical(object.root.value) < canonical(other.root.value)) byName.set(object.name, object);
  }
  return [...byName.values()].sort((a, b) => compareText(a.name, b.name));
}
