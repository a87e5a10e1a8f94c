import type { NamespaceTopology } from '../graph/model.ts';

/** Kinds of workloads that share a name, the likeliest source of traffic first; then any other, in the order of the topology. */
const PREFERRED = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'Rollout', 'ReplicaSet', 'Pod'];

/** Finds the kind of a namespace's workload by its name: Istio's metrics give the name alone. */
export function kindOf({ workloads }: Pick<NamespaceTopology, 'workloads'>): (name: string) => string | undefined {
  const rank = (kind: string) => (PREFERRED.includes(kind) ? PREFERRED.indexOf(kind) : PREFERRED.length);
  const kinds = new Map<string, string>();
  for (const { name, kind } of workloads) {
    const known = kinds.get(name);
    if (known === undefined || rank(kind) < rank(known)) kinds.set(name, kind);
  }
  return (name) => kinds.get(name);
}
