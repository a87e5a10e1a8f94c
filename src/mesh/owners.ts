import type { Owner, Pod, ReplicaSet } from './objects.ts';

/** Finds the workload that a pod belongs to; the pod itself where nothing owns it. */
export type WorkloadOf = (pod: Pod) => Owner;

const POD_TEMPLATE_HASH = 'pod-template-hash';

/**
 * Follows the controller references pod -> ReplicaSet -> Deployment (or whatever else owns the ReplicaSet, such as an Argo Rollout). Other owners
 * are the workload themselves.
 *
 * Pods and ReplicaSets are not listed at the same instant, and the list of ReplicaSets may be forbidden. For a ReplicaSet that is
 * missing, the Deployment's name is the ReplicaSet's less the hash that the Deployment controller appends to it and sets as the
 * label `pod-template-hash` on its pods (kubernetes, pkg/controller/deployment/sync.go: `getNewReplicaSet`).
 */
export function ownerChains(replicaSets: readonly ReplicaSet[]): WorkloadOf {
  const owners = new Map<string, Owner>();
  for (const { namespace, name, owner } of replicaSets) owners.set(`${namespace}/${name}`, owner ?? { kind: 'ReplicaSet', name });
  return (pod) => {
    const owner = pod.owner;
    if (owner === undefined) return { kind: 'Pod', name: pod.name };
    if (owner.kind !== 'ReplicaSet') return owner;
    const known = owners.get(`${pod.namespace}/${owner.name}`);
    if (known !== undefined) return known;
    const hash = pod.labels[POD_TEMPLATE_HASH];
    if (hash === undefined || hash === '' || !owner.name.endsWith(`-${hash}`)) return owner;
    const name = owner.name.slice(0, -hash.length - 1);
    return name === '' ? owner : { kind: 'Deployment', name };
  };
}
