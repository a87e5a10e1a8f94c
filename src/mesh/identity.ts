import type { Mesh } from '../graph/model.ts';
import { accountIdentity } from '../policy/linkerd/identities.ts';
import type { NamespaceView } from './namespace-view.ts';
import type { WorkloadFacts } from './workload-facts.ts';

/**
 * The identity that a workload's proxies present, where some pod of it is in a mesh and its ServiceAccount is known. Of a workload in both meshes, Linkerd's.
 */
export function identityOf(view: NamespaceView, workload: WorkloadFacts): string | undefined {
  if (workload.pods.some(({ mesh }) => mesh === 'linkerd')) return identityIn(view, workload, 'linkerd');
  // A machine has no pods; that it has an entry means that it has a proxy.
  const machine = workload.object?.kind === 'istioWorkloadEntries';
  return machine || workload.pods.some(({ mesh }) => mesh !== undefined) ? identityIn(view, workload, 'istio-sidecar') : undefined;
}

/**
 * The identity that a pod of a workload has in a mesh, where its ServiceAccount is known. Linkerd: as the chart tells
 * the proxy (linkerd2, charts/partials: `_proxy.tpl`). Istio: a SPIFFE id (istio, pkg/spiffe: `Identity`).
 */
export function identityIn({ namespace, shared: { options } }: NamespaceView, workload: WorkloadFacts, mesh: Mesh): string | undefined {
  const account = workload.template.containers?.serviceAccount;
  if (account === undefined) return undefined;
  const controlNamespace = workload.linkerdNamespace ?? options.linkerdNamespace;
  return mesh === 'linkerd'
    ? accountIdentity({ controlNamespace, trustDomain: options.linkerdTrustDomain }, namespace, account)
    : `spiffe://${options.istioTrustDomain}/ns/${namespace}/sa/${account}`;
}
