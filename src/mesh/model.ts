import type { Mesh } from './membership.ts';
import type { ServicePort } from './objects.ts';

/** A set of pods, seen by the meshes. */
export interface MeshedPods {
  readonly pods: number;
  /** How many of `pods` are in a mesh, whichever. */
  readonly meshedPods: number;
  /** The meshes that at least one of the pods is in, in the order of `MESHES`. */
  readonly meshes: readonly Mesh[];
}

/** A workload behind a Service, with those of its pods that the Service selects. */
export interface WorkloadSummary extends MeshedPods {
  readonly kind: string;
  readonly name: string;
}

/** A Service with what stands behind it. */
export interface ServiceSummary extends MeshedPods {
  readonly namespace: string;
  readonly name: string;
  /** The Service's type, a ClusterIP Service without an address being `Headless`. */
  readonly type: 'ClusterIP' | 'Headless' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  /** False: the Service names no pods (its endpoints are kept by someone else, or it is an alias), so nothing can be said of meshes. */
  readonly selects: boolean;
  readonly ports: readonly ServicePort[];
  /** How many ports were left out of `ports`. */
  readonly omittedPorts: number;
  /** By kind, then name. */
  readonly workloads: readonly WorkloadSummary[];
  readonly omittedWorkloads: number;
  readonly externalName?: string;
}

/** Which services an answer is about. */
export const SERVICE_FILTERS = ['all', 'unmeshed', 'linkerd', 'istio-sidecar', 'istio-ambient'] as const;
export type ServiceFilter = (typeof SERVICE_FILTERS)[number];

/** A namespace in figures. */
export interface NamespaceTotals {
  /** All its pods, whether a Service selects them or not. */
  readonly pods: number;
  readonly meshedPods: number;
  /** How many of its services pass each filter. */
  readonly services: { readonly [Filter in ServiceFilter]: number };
}

/** A namespace and its services, by name. */
export interface NamespaceTopology {
  readonly namespace: string;
  readonly totals: NamespaceTotals;
  readonly services: readonly ServiceSummary[];
}

/** Whether a service passes a filter. `unmeshed`: at least one of its pods is in no mesh; a mesh's name: at least one is in that mesh. */
export function passes(service: MeshedPods, filter: ServiceFilter): boolean {
  if (filter === 'all') return true;
  if (filter === 'unmeshed') return service.meshedPods < service.pods;
  return service.meshes.includes(filter);
}

/** The sum of several namespaces' totals. */
export function sumTotals(totals: Iterable<NamespaceTotals>): NamespaceTotals {
  let pods = 0;
  let meshedPods = 0;
  const services = { all: 0, unmeshed: 0, linkerd: 0, 'istio-sidecar': 0, 'istio-ambient': 0 };
  for (const one of totals) {
    pods += one.pods;
    meshedPods += one.meshedPods;
    for (const filter of SERVICE_FILTERS) services[filter] += one.services[filter];
  }
  return { pods, meshedPods, services };
}
