import { groupBy } from '../lib/group.ts';
import { compareText } from '../lib/order.ts';
import { defined } from './defined.ts';
import { securityOf, weightedSuccess } from './figures.ts';
import { namespaceOf, parseNodeId } from './ids.ts';
import {
  type Edge,
  MAX_LINKS,
  MESHES,
  type NamespaceLink,
  type NamespaceSummary,
  type NamespaceTopology,
  type NamespaceTraffic,
  type PodCounts,
  SERVICE_FILTERS,
} from './model.ts';
import { total } from './order.ts';
import { passes } from './passes.ts';
import { quantise } from './quantise.ts';

/** What stands for every destination outside the cluster in `NamespaceSummary.links`. */
export const EXTERNAL_LINK = 'external';

/**
 * A namespace in figures. Its pods are those of its workloads. `rps`, `successRate` and `denied` are of the edges that end in it, links are of those that
 * leave it; destinations that nobody could name are in no link. Without traffic (no Prometheus, or none observed) these are 0 and empty.
 */
export function summarize(topology: NamespaceTopology, traffic: NamespaceTraffic | undefined): NamespaceSummary {
  const { namespace, workloads, services, routes, policies } = topology;
  const edges = traffic?.edges ?? [];
  const answered = edges.filter(({ destination }) => namespaceOf(destination) === namespace);
  return {
    namespace,
    ...sumPods(workloads),
    workloads: workloads.length,
    services: countServices((filter) => services.filter((service) => passes(service, filter)).length),
    problems: [...routes, ...policies].filter(({ problems }) => problems.length > 0).length,
    unhealthy: workloads.filter(({ health }) => health === 'degraded' || health === 'down').length,
    rps: quantise(total(answered.map(({ rps = 0 }) => rps))),
    ...defined({ successRate: weightedSuccess(answered) }),
    denied: quantise(total(answered.map(({ denied = 0 }) => denied))),
    links: linksOf(namespace, edges),
  };
}

function linksOf(namespace: string, edges: readonly Edge[]): readonly NamespaceLink[] {
  const leaving = edges.filter(({ source }) => namespaceOf(source) === namespace);
  const byTarget = groupBy(leaving, ({ destination }) => linkTarget(destination));
  return [...byTarget]
    .flatMap(([to, edges]): NamespaceLink[] => {
      if (to === undefined || to === namespace) return [];
      const rps = quantise(total(edges.map(({ rps = 0 }) => rps)));
      return [{ to, rps, ...defined({ successRate: weightedSuccess(edges), tls: securityOf(edges).tls }) }];
    })
    .sort((a, b) => b.rps - a.rps || compareText(a.to, b.to))
    .slice(0, MAX_LINKS);
}

function linkTarget(destination: string): string | undefined {
  return namespaceOf(destination) ?? (parseNodeId(destination)?.tag === 'external' ? EXTERNAL_LINK : undefined);
}

/** Several namespaces in figures. */
export interface MeshSummary extends Omit<NamespaceSummary, 'namespace' | 'links'> {
  readonly namespaces: number;
}

/** The sum of several namespaces. A request counts once, in the namespace that answers it. */
export function sumSummaries(summaries: Iterable<NamespaceSummary>): MeshSummary {
  const all = [...summaries];
  const sum = (figureOf: (summary: NamespaceSummary) => number) => total(all.map(figureOf));
  return {
    namespaces: all.length,
    ...sumPods(all),
    workloads: sum(({ workloads }) => workloads),
    services: countServices((filter) => sum(({ services }) => services[filter])),
    problems: sum(({ problems }) => problems),
    unhealthy: sum(({ unhealthy }) => unhealthy),
    rps: quantise(sum(({ rps }) => rps)),
    ...defined({ successRate: weightedSuccess(all) }),
    denied: quantise(sum(({ denied }) => denied)),
  };
}

/** Several sets of pods that have none in common, as one. */
export function sumPods(sets: readonly PodCounts[]): PodCounts {
  return {
    pods: total(sets.map(({ pods }) => pods)),
    meshedPods: total(sets.map(({ meshedPods }) => meshedPods)),
    meshes: MESHES.filter((mesh) => sets.some(({ meshes }) => meshes.includes(mesh))),
  };
}

function countServices(countOf: (filter: (typeof SERVICE_FILTERS)[number]) => number): NamespaceSummary['services'] {
  const [all, unmeshed, linkerd, sidecar, ambient] = SERVICE_FILTERS.map(countOf) as [number, number, number, number, number]; // One a filter.
  return { all, unmeshed, linkerd, 'istio-sidecar': sidecar, 'istio-ambient': ambient };
}
