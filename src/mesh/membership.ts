import type { Mesh } from '../graph/model.ts';

export type { Mesh } from '../graph/model.ts';

/** Labels or annotations of an object. */
export type Labels = Readonly<Record<string, string>>;

/**
 * The mesh that a pod belongs to, or undefined. Told by the marks that each mesh puts on the pod itself: the pod's metadata is enough, and
 * a pod that only should have been injected does not count.
 *  - Linkerd's injector sets the label `linkerd.io/control-plane-ns`; Linkerd's own policy controller watches meshed pods by it
 *    (linkerd2, policy-controller: pods are watched with the label selector `linkerd.io/control-plane-ns`). The proxy container is no mark:
 *    since 2.20 it is a native sidecar among the init containers.
 *  - Istio's injector sets the label `security.istio.io/tlsMode: istio` and the annotation `sidecar.istio.io/status`. istiod reads the label as
 *    "takes mutual TLS" (istio, pilot/pkg/model: `GetTLSModeFromEndpointLabels`), and a user may set it to `disabled` on a pod that has the
 *    sidecar all the same: therefore either mark counts.
 *  - Istio's CNI agent sets the annotation `ambient.istio.io/redirection: enabled` once ztunnel carries the pod's traffic (istio, pilot's ambient
 *    index: `setTunnelProtocol`). The label `istio.io/dataplane-mode` of a namespace only asks for it.
 *
 * A pod that bears the marks of two meshes counts for the first in this order.
 */
export function meshOf(labels: Labels, annotations: Labels): Mesh | undefined {
  if ((labels['linkerd.io/control-plane-ns'] ?? '') !== '') return 'linkerd';
  if (labels['security.istio.io/tlsMode'] === 'istio' || (annotations['sidecar.istio.io/status'] ?? '') !== '') return 'istio-sidecar';
  if (annotations['ambient.istio.io/redirection'] === 'enabled') return 'istio-ambient';
  return undefined;
}
