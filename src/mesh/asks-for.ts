import type { Mesh } from '../graph/model.ts';
import { injects } from '../policy/analyze/workloads.ts';
import { INJECT } from '../policy/objects/linkerd-words.ts';
import type { KeptObject } from './kept.ts';
import { asKubeObject } from './kube-object.ts';

/**
 * The mesh that a namespace asks for, the first in the order of `MESHES` where it asks for several: Linkerd's annotation (linkerd2, pkg/inject: `linkerd.io/inject`),
 * Istio's labels for sidecars, and for ambient `istio.io/dataplane-mode`.
 */
export function asksFor(namespace: KeptObject | undefined): Mesh | undefined {
  if (namespace === undefined) return undefined;
  const object = asKubeObject(namespace);
  const inject = object.annotations.get(INJECT);
  if (inject === 'enabled' || inject === 'ingress') return 'linkerd';
  if (injects(object)) return 'istio-sidecar';
  return object.labels.get('istio.io/dataplane-mode') === 'ambient' ? 'istio-ambient' : undefined;
}
