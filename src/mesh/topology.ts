import { MESHES } from './membership.ts';
import type { MeshedPods, NamespaceTopology, NamespaceTotals, ServiceSummary, WorkloadSummary } from './model.ts';
import { passes, SERVICE_FILTERS } from './model.ts';
import type { ClusterObjects, Owner, Pod, Service, Workload } from './objects.ts';
import { ownerChains, type WorkloadOf } from './owners.ts';
import { indexByLabels } from './selector.ts';

// What one Service may carry; more of either is a misuse that an answer needs to count, not to print.
const MAX_PORTS = 32;
const MAX_WORKLOADS = 32;

/**
 * The services of each namespace with what stands behind them, by namespace, then name. Every namespace that has an object appears, one
 * without services with an empty list. The same objects in any order give the same result.
 */
export function buildTopology(objects: ClusterObjects): NamespaceTopology[] {
  const groups = new Map<string, { services: Service[]; pods: Pod[]; workloads: Workload[] }>();
  const group = (namespace: string) => {
    let found = groups.get(namespace);
    if (found === undefined) {
      found = { services: [], pods: [], workloads: [] };
      groups.set(namespace, found);
    }
    return found;
  };
  for (const namespace of objects.namespaces) group(namespace);
  for (const service of objects.services) group(service.namespace).services.push(service);
  for (const pod of objects.pods) group(pod.namespace).pods.push(pod);
  for (const workload of objects.workloads) group(workload.namespace).workloads.push(workload);

  const workloadOf = ownerChains(objects.replicaSets);
  return [...groups]
    .sort(([a], [b]) => compare(a, b))
    .map(([namespace, { services, pods, workloads }]) => {
      const podsBy = indexByLabels(pods, (pod) => pod.labels);
      const workloadsBy = indexByLabels(workloads, (workload) => workload.podLabels);
      const summaries = services
        .map((service) => summarize(service, podsBy(service.selector), workloadsBy(service.selector), workloadOf))
        .sort((a, b) => compare(a.name, b.name));
      return { namespace, totals: totals(pods, summaries), services: summaries };
    });
}

function totals(pods: readonly Pod[], services: readonly ServiceSummary[]): NamespaceTotals {
  const counts = { all: 0, unmeshed: 0, linkerd: 0, 'istio-sidecar': 0, 'istio-ambient': 0 };
  for (const service of services) {
    for (const filter of SERVICE_FILTERS) if (passes(service, filter)) counts[filter]++;
  }
  return { pods: pods.length, meshedPods: pods.filter((pod) => pod.mesh !== undefined).length, services: counts };
}

/** `workloads` are those whose future pods the Service would select: so one that is scaled to zero still shows. */
function summarize(service: Service, pods: readonly Pod[], workloads: readonly Workload[], workloadOf: WorkloadOf): ServiceSummary {
  const byWorkload = new Map<string, { owner: Owner; pods: Pod[] }>();
  const add = (owner: Owner, pod?: Pod) => {
    const key = `${owner.kind}/${owner.name}`;
    const found = byWorkload.get(key);
    if (found === undefined) byWorkload.set(key, { owner, pods: pod === undefined ? [] : [pod] });
    else if (pod !== undefined) found.pods.push(pod);
  };
  for (const pod of pods) add(workloadOf(pod), pod);
  for (const { kind, name } of workloads) add({ kind, name });

  const summaries = [...byWorkload.values()]
    .map(({ owner, pods }): WorkloadSummary => ({ kind: owner.kind, name: owner.name, ...countPods(pods) }))
    .sort((a, b) => compare(a.kind, b.kind) || compare(a.name, b.name));
  return {
    namespace: service.namespace,
    name: service.name,
    type: service.type === 'ClusterIP' && service.headless ? 'Headless' : service.type,
    selects: service.selector.length > 0,
    ports: service.ports.slice(0, MAX_PORTS),
    omittedPorts: Math.max(0, service.ports.length - MAX_PORTS),
    workloads: summaries.slice(0, MAX_WORKLOADS),
    omittedWorkloads: Math.max(0, summaries.length - MAX_WORKLOADS),
    ...countPods(pods),
    ...(service.externalName === undefined ? {} : { externalName: service.externalName }),
  };
}

function countPods(pods: readonly Pod[]): MeshedPods {
  return {
    pods: pods.length,
    meshedPods: pods.filter((pod) => pod.mesh !== undefined).length,
    meshes: MESHES.filter((mesh) => pods.some((pod) => pod.mesh === mesh)),
  };
}

/** By UTF-16 code units: the same order on every engine, unlike localeCompare. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
