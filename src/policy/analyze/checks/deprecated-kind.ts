import type { Check } from '../check.ts';
import { GATEWAY_API, LINKERD_POLICY } from '../references.ts';

/** Versions that a group still serves, and that another replaces. */
const REPLACED: Readonly<Record<string, { readonly versions: readonly string[]; readonly by: string }>> = {
  [`${LINKERD_POLICY}/Server`]: { versions: ['v1alpha1', 'v1beta1', 'v1beta2'], by: `${LINKERD_POLICY}/v1beta3` },
  [`${LINKERD_POLICY}/HTTPRoute`]: { versions: ['v1alpha1', 'v1beta1', 'v1beta2'], by: `${LINKERD_POLICY}/v1beta3` },
  [`${LINKERD_POLICY}/ServerAuthorization`]: { versions: ['v1alpha1'], by: `${LINKERD_POLICY}/v1beta1` },
  [`${GATEWAY_API}/Gateway`]: { versions: ['v1alpha2', 'v1beta1'], by: `${GATEWAY_API}/v1` },
  [`${GATEWAY_API}/HTTPRoute`]: { versions: ['v1alpha2', 'v1beta1'], by: `${GATEWAY_API}/v1` },
  [`${GATEWAY_API}/GRPCRoute`]: { versions: ['v1alpha2'], by: `${GATEWAY_API}/v1` },
};

/**
 * Objects of Linkerd and of the Gateway API use what is not on its way out: the stored version of their CustomResourceDefinitions (linkerd2, charts/linkerd-crds;
 * gateway-api, config/crd/standard), and AuthorizationPolicy instead of ServerAuthorization, which is deprecated as a kind.
 */
export const deprecatedKind: Check = {
  name: 'deprecated-kind',
  codes: ['MESH0005'],
  run(view, report) {
    // The API server serves an object in any version that there is.
    for (const object of view.extent === undefined ? view.objects : []) {
      const key = `${object.group}/${object.kind}`;
      const replaced = Object.hasOwn(REPLACED, key) ? REPLACED[key] : undefined;
      if (replaced === undefined || !replaced.versions.includes(object.version)) continue;
      report({ object, field: 'apiVersion', message: `${replaced.by} replaces ${object.version}.`, fix: `Write ${replaced.by}.` });
    }
    for (const object of view.of('ServerAuthorization', LINKERD_POLICY)) {
      const message = 'ServerAuthorization is deprecated: AuthorizationPolicy says the same and more.';
      report({
        object,
        field: 'kind',
        message,
        fix: 'Write an AuthorizationPolicy with a MeshTLSAuthentication or NetworkAuthentication.',
      });
    }
  },
};
