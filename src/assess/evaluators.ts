import type { Callee, InboundPolicy } from '../policy/access/model.ts';
import { istioInbound } from '../policy/istio/inbound.ts';
import type { IstioSettings } from '../policy/istio/world.ts';
import { linkerdInbound } from '../policy/linkerd/inbound.ts';
import type { LinkerdSettings } from '../policy/linkerd/world.ts';
import type { KubeObject } from '../policy/objects/kube-object.ts';

/** What an evaluator may look at. */
export interface PolicyObjects {
  /** Of the callee's namespace, of those that its policies refer to, and of Istio's root namespace. */
  readonly objects: readonly KubeObject[];
  readonly linkerd: LinkerdSettings;
  readonly istio: IstioSettings;
}

/** What holds for a port of a callee, by the mesh that it is in. */
export function inboundPolicy(callee: Callee, port: number, { objects, linkerd, istio }: PolicyObjects): InboundPolicy {
  switch (callee.mesh) {
    case 'linkerd':
      return linkerdInbound(callee, port, { objects, settings: linkerd });
    case 'istio-sidecar':
    case 'istio-ambient':
      return istioInbound(callee, port, { objects, settings: istio });
    case undefined:
      return unenforced(callee);
  }
}

/** Nobody stands before a callee in no mesh, so that every call reaches it. */
function unenforced({ kind, name }: Callee): InboundPolicy {
  const step = { says: `${kind} ${name} is in no mesh, so no policy of a mesh is enforced there.` };
  const answer = { verdict: 'allowed', decidedBy: step, chain: [step], dependsOn: [], assumed: [], remarks: [] } as const;
  return { decide: () => answer };
}
