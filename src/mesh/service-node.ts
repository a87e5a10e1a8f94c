import type { ServiceNode } from '../graph/model.ts';
import { compareText } from '../lib/order.ts';
import type { NamespaceView } from './namespace-view.ts';
import { cut } from './wording.ts';
import { countPods } from './workload-facts.ts';

// What one Service may carry; more of either is a misuse that an answer needs to count, not to print.
const MOST_PORTS = 32;
const MOST_WORKLOADS = 32;

/** The Services of a namespace, by name. */
export function serviceNodes(view: NamespaceView): readonly ServiceNode[] {
  return [...view.services.values()]
    .sort((a, b) => compareText(a.name, b.name))
    .map((service) => {
      const ports = cut(service.ports, MOST_PORTS);
      const workloads = cut(service.behind, MOST_WORKLOADS);
      return {
        name: service.name,
        type: service.type,
        selects: service.selector.length > 0,
        ports: ports.kept,
        omittedPorts: ports.omitted ?? 0,
        workloads: workloads.kept.map(({ workload: { kind, name }, pods }) => ({ kind, name, ...countPods(pods) })),
        omittedWorkloads: workloads.omitted ?? 0,
        ...countPods(service.behind.flatMap(({ pods }) => pods)),
        ...(service.externalName === undefined ? {} : { externalName: service.externalName }),
      };
    });
}
