import { quote } from '../../objects/field.ts';
import type { Check } from '../check.ts';
import { LINKERD_POLICY } from '../references.ts';

/** Kinds and the versions that their CustomResourceDefinitions serve (linkerd2, charts/linkerd-crds/templates/policy). */
const SERVED: ReadonlyMap<string, readonly string[]> = new Map([
  ['Server', ['v1beta3', 'v1beta2', 'v1beta1', 'v1alpha1']],
  ['ServerAuthorization', ['v1beta1', 'v1alpha1']],
  ['AuthorizationPolicy', ['v1alpha1']],
  ['MeshTLSAuthentication', ['v1alpha1']],
  ['NetworkAuthentication', ['v1alpha1']],
  ['EgressNetwork', ['v1alpha1']],
  ['HTTPLocalRateLimitPolicy', ['v1alpha1']],
  ['HTTPRoute', ['v1beta3', 'v1beta2', 'v1beta1', 'v1alpha1']],
]);

/** A Linkerd object’s kind and version are served by Linkerd’s CRDs. */
export const linkerdApiVersion: Check = {
  name: 'linkerd-api-version',
  codes: ['MESH0002'],
  run(view, report) {
    if (view.extent !== undefined) return;
    for (const object of view.objects) {
      if (object.group !== LINKERD_POLICY) continue;
      const served = SERVED.get(object.kind);
      if (served === undefined) {
        const message = `${LINKERD_POLICY} has no kind ${quote(object.kind)}.`;
        report({ object, field: 'kind', message, fix: 'Correct the kind or the group.' });
      } else if (!served.includes(object.version)) {
        const message = `${object.kind} has no version ${quote(object.version)}.`;
        report({ object, field: 'apiVersion', message, fix: `Write ${LINKERD_POLICY}/${served[0] ?? ''}.` });
      }
    }
  },
};
