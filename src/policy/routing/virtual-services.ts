import { compareText } from '../../lib/order.ts';
import { MESH } from '../analyze/routes.ts';
import type { View } from '../analyze/view.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { readVisibility, type Visibility } from '../objects/visibility.ts';
import { gatewayKey } from './gateway-name.ts';

/** A VirtualService that stands for hosts. One without hosts is a delegate, and is reached from the rule that names it alone. */
export interface HostRoutes {
  readonly object: KubeObject;
  /** Fully qualified, in lower case. */
  readonly hosts: readonly string[];
  /** `mesh` or `namespace/name`. */
  readonly gateways: ReadonlySet<string>;
  readonly visibility: Visibility;
}

/** Every VirtualService with hosts, the oldest first (istio, pilot/pkg/model: `sortMergedVirtualServicesByCreationTime`). */
export function readVirtualServices(view: View): readonly HostRoutes[] {
  return [...view.networking('VirtualService')].sort(byAge).flatMap((object) => {
    const { spec, namespace } = object;
    const hosts = spec.at('hosts').texts.map((host) => view.registry.qualify(host, namespace));
    const gateways = spec.at('gateways').texts.map((name) => gatewayKey(name, namespace));
    if (hosts.length === 0) return [];
    const visibility = readVisibility(spec.at('exportTo').texts, namespace);
    return [{ object, hosts, gateways: new Set(gateways.length > 0 ? gateways : [MESH]), visibility }];
  });
}

/**
 * Those bound to a gateway that proxies in a namespace see, in the order in which Istio asks them: private to the namespace, exported to it by name, exported
 * everywhere (istio, pilot/pkg/model: `initVirtualServices`, `VirtualServicesForGateway`, `SelectVirtualServices`).
 */
export function boundTo(gateway: string, namespace: string, all: readonly HostRoutes[]): readonly HostRoutes[] {
  const bound = all.filter(({ gateways }) => gateways.has(gateway));
  const named = bound.filter(
    ({ visibility: { everywhere, namespaces } }) => !everywhere && !namespaces.has('~') && namespaces.has(namespace),
  );
  return [
    ...named.filter(({ object }) => object.namespace === namespace),
    ...named.filter(({ object }) => object.namespace !== namespace),
    ...bound.filter(({ visibility }) => visibility.everywhere),
  ];
}

/** By creation, then name, then namespace (istio, pilot/pkg/model: `configCompareByCreationTime`). */
export function byAge(a: KubeObject, b: KubeObject): number {
  const created = (object: KubeObject) => object.root.at('metadata', 'creationTimestamp').text ?? '';
  return compareText(created(a), created(b)) || compareText(a.name, b.name) || compareText(a.namespace, b.namespace);
}
