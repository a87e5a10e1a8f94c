import type { Callee } from '../access/model.ts';
import { type HostPort, readHosts } from '../analyze/registry.ts';
import { compareAge } from '../objects/age.ts';
import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';

/** What a sidecar takes a port for. */
export type PortProtocol =
  | { readonly tag: 'http' | 'tcp'; readonly object: KubeObject; readonly field: Field }
  /** It looks at the first bytes. */
  | { readonly tag: 'detected' }
  /** The Services of the pods are not here. */
  | { readonly tag: 'unknown' };

/** The Services that select the callee's pods, as far as they are known, the oldest first. */
export function servicesOf(objects: readonly KubeObject[], { namespace, services }: Callee): readonly KubeObject[] {
  return objects
    .filter(
      (object) => object.kind === 'Service' && object.group === '' && object.namespace === namespace && services.includes(object.name),
    )
    .sort(compareAge);
}

/** The ports of a Service that lead to a port of the callee. */
export function portsTo(service: KubeObject, { ports }: Callee, port: number): readonly HostPort[] {
  // The cluster's domain is part of the host's name alone, which is not looked at.
  return readHosts(service, 'cluster.local').flatMap((host) =>
    host.ports.filter(({ target }) =>
      typeof target === 'number' ? target === port : ports?.some((own) => own.name === target && own.port === port),
    ),
  );
}

/**
 * What the oldest Service says that leads to the port; one that no Service leads to is detected (istio, pilot/pkg/networking/core/listener_inbound.go:
 * `getFilterChainsByServicePort`, `buildInboundPassthroughChains`).
 */
export function protocolOf(objects: readonly KubeObject[], callee: Callee, port: number): PortProtocol {
  const services = servicesOf(objects, callee);
  for (const object of services) {
    const found = portsTo(object, callee, port).find(({ protocol }) => protocol !== 'udp');
    if (found === undefined) continue;
    if (found.protocol === 'detected') return { tag: 'detected' };
    return { tag: found.protocol === 'http' ? 'http' : 'tcp', object, field: found.field };
  }
  return services.length === callee.services.length ? { tag: 'detected' } : { tag: 'unknown' };
}
