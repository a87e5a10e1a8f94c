import { groupBy } from '../../lib/group.ts';
import { parseNodeId, serviceId, workloadId } from '../ids.ts';
import type { NodeId } from '../model.ts';
import type { MeshView } from './view.ts';

/**
 * The Service that a workload is known by: the only one in front of it, or of several the one with its name. Undefined where there is no such Service in the
 * view: a workload without one (a job, a test client), or one whose Services say too much.
 */
export function serviceOf({ topologies }: Pick<MeshView, 'topologies'>): (workload: NodeId) => NodeId | undefined {
  const pairs = [...topologies].flatMap(([namespace, { services }]) =>
    services.flatMap(({ name, workloads }) =>
      workloads.map((workload) => ({ workload: workloadId(namespace, workload.kind, workload.name), service: serviceId(namespace, name) })),
    ),
  );
  const byWorkload = groupBy(pairs, ({ workload }) => workload);
  return (workload) => {
    const services = (byWorkload.get(workload) ?? []).map(({ service }) => service);
    const [only, ...others] = services;
    if (others.length === 0) return only;
    const ref = parseNodeId(workload);
    return ref?.tag === 'workload' ? services.find((service) => service === serviceId(ref.namespace, ref.name)) : undefined;
  };
}
