import { compareText } from '../../lib/order.ts';
import type { KubeObject } from './kube-object.ts';

/** When an object was made, in milliseconds since 1970. One that does not say is yet to be made, and so younger than all others. */
export function createdAt(object: KubeObject): number {
  const created = Date.parse(object.root.at('metadata', 'creationTimestamp').text ?? '');
  return Number.isNaN(created) ? Number.POSITIVE_INFINITY : created;
}

/** Whether an object is thought of and not in the cluster yet, so that no controller can have said anything about it. */
export function isPlanned(object: KubeObject): boolean {
  return createdAt(object) === Number.POSITIVE_INFINITY;
}

/**
 * The oldest first, then by name, which is how both meshes settle most ties (linkerd2, policy-controller/k8s/index/src/inbound/index.rs: `reindex_servers`; istio,
 * pilot/pkg/model: `sortConfigByCreationTime`). Files say nothing of age, so that among them the name decides.
 */
export function compareAge(a: KubeObject, b: KubeObject): number {
  const [first, second] = [createdAt(a), createdAt(b)];
  return first === second ? compareText(a.name, b.name) : first < second ? -1 : 1;
}
