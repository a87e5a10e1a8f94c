import type { Owner, Pod } from './objects.ts';

/** Finds the workload that a pod belongs to; the pod itself where nothing owns it. */
export type WorkloadOf = (pod: Pod) => Owner;

/** What a controller appends to the names of its ReplicaSets, and sets on their pods as this label. */
const HASHES = [
  ['pod-template-hash', 'Deployment'],
  ['rollouts-pod-template-hash', 'Rollout'],
] as const;

/** An object that stands between pods and their workload. */
export interface Intermediate {
  readonly namespace: string;
  readonly name: string;
  readonly owner: Owner | undefined;
}

/**
 * Follows the controller references pod -> ReplicaSet -> Deployment (or whatever else owns the ReplicaSet, such as an Argo Rollout) and pod -> Job -> CronJob.
 * Other owners are the workload themselves.
 *
 * Pods and ReplicaSets are not listed at the same instant, and the list of ReplicaSets may be forbidden. For a ReplicaSet that is
 * missing, the Deployment's name is the ReplicaSet's less the hash that the Deployment controller appends to it and sets as the
 * label `pod-template-hash` on its pods (kubernetes, pkg/controller/deployment/sync.go: `getNewReplicaSet`; istio, pkg/kube: `GetDeployMetaFromPod` does the
 * same, and knows the label of Rollouts).
 */
export function ownerChains(replicaSets: readonly Intermediate[], jobs: readonly Intermediate[] = []): WorkloadOf {
  const owners = new Map<string, Owner>();
  for (const { namespace, name, owner } of replicaSets)
    owners.set(`ReplicaSet/${namespace}/${name}`, owner ?? { kind: 'ReplicaSet', name });
  for (const { namespace, name, owner } of jobs) owners.set(`Job/${namespace}/${name}`, owner ?? { kind: 'Job', name });
  return (pod) => {
    const owner = pod.owner;
    if (owner === undefined) return { kind: 'Pod', name: pod.name };
    const known = owners.get(`${owner.kind}/${pod.namespace}/${owner.name}`);
    if (known !== undefined || owner.kind !== 'ReplicaSet') return known ?? owner;
    for (const [label, kind] of HASHES) {
      const hash = pod.labels[label];
      if (hash === undefined || hash === '' || !owner.name.endsWith(`-${hash}`)) continue;
      const name = owner.name.slice(0, -hash.length - 1);
      if (name !== '') return { kind, name };
    }
    return owner;
  };
}
