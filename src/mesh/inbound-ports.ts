import { OPAQUE_PORTS, SKIP_INBOUND_PORTS } from '../policy/objects/linkerd-words.ts';
import { type PortList, parsePortList, parseSkippedPorts, singlePorts } from '../policy/objects/port-list.ts';
import type { KeptObject } from './kept.ts';
import type { NamespaceView } from './namespace-view.ts';
import type { WorkloadFacts } from './workload-facts.ts';

const ISTIO_EXCLUDED = 'traffic.sidecar.istio.io/excludeInboundPorts';

/** Ports whose protocol Linkerd does not look at. It reads that also of pods that are in no mesh (linkerd2, `GetAnnotatedOpaquePorts`). */
export function opaquePorts(view: NamespaceView, workload: WorkloadFacts): PortList {
  return parsePortList(setting(view, workload, OPAQUE_PORTS));
}

/** Ports of a Service that clients take for opaque, by number or name (linkerd2, controller/api/destination/watcher: `getServiceOpaquePortsAnnotation`). */
export function opaqueServicePorts(service: KeptObject): PortList {
  return parsePortList(service.annotations[OPAQUE_PORTS]);
}

/** Ports on which connections reach the container without passing the proxy. */
export function skippedPorts(view: NamespaceView, workload: WorkloadFacts): PortList {
  const linkerd = parseSkippedPorts(setting(view, workload, SKIP_INBOUND_PORTS));
  // Istio reads it from the pod alone (istio, manifests/charts/istio-control/istio-discovery: `files/injection-template.yaml`).
  const istio = parsePortList(workload.template.annotations[ISTIO_EXCLUDED]);
  return { ranges: [...linkerd.ranges, ...istio.ranges], names: [] };
}

/** Single ports that the pod template itself speaks of; what a namespace says is meant for whoever has such a port. */
export function statedPorts({ template }: WorkloadFacts): readonly number[] {
  // Of a template that is not known, there are only the annotations of a pod, in which the injector wrote the namespace's.
  if (template.containers === undefined) return [];
  return [OPAQUE_PORTS, SKIP_INBOUND_PORTS, ISTIO_EXCLUDED].flatMap((annotation) =>
    singlePorts(parsePortList(template.annotations[annotation])),
  );
}

/**
 * An annotation of the pod template, else of the namespace: Linkerd's injector copies to the pod what its namespace says and it does not (linkerd2,
 * pkg/inject: `GetConfigOverride`, `AppendNamespaceAnnotations`). A pod bears what the injector made of all that, and so comes first.
 */
function setting(view: NamespaceView, workload: WorkloadFacts, annotation: string): string | undefined {
  // Whatever Linkerd's annotations say, Istio's proxies do not read them.
  const meshes = new Set(workload.pods.flatMap(({ mesh }) => mesh ?? []));
  if (meshes.size > 0 && !meshes.has('linkerd')) return undefined;
  return workload.podAnnotations[annotation] ?? workload.template.annotations[annotation] ?? view.self?.annotations[annotation];
}
