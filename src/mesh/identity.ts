import type { NamespaceView } from './namespace-view.ts';
import type { WorkloadFacts } from './workload-facts.ts';

/**
 * The identity that a workload's proxies present, where some pod of it is in a mesh and its ServiceAccount is known. Linkerd: `<account>.<namespace>.
 * serviceaccount.identity.<control plane's namespace>.<trust domain>` (linkerd2, charts/partials: `_proxy.tpl`; policy-controller/k8s/index: `ClusterInfo`).
 * Istio: a SPIFFE id (istio, pkg/spiffe: `Identity`). Of a workload in both, Linkerd's.
 */
export function identityOf({ namespace, shared: { options } }: NamespaceView, workload: WorkloadFacts): string | undefined {
  const account = workload.template.containers?.serviceAccount;
  if (account === undefined) return undefined;
  if (workload.pods.some(({ mesh }) => mesh === 'linkerd')) {
    return `${account}.${namespace}.serviceaccount.identity.${workload.linkerdNamespace ?? options.linkerdNamespace}.${options.linkerdTrustDomain}`;
  }
  // A machine has no pods; that it has an entry means that it has a proxy.
  const machine = workload.object?.kind === 'istioWorkloadEntries';
  return machine || workload.pods.some(({ mesh }) => mesh !== undefined)
    ? `spiffe://${options.istioTrustDomain}/ns/${namespace}/sa/${account}`
    : undefined;
}
