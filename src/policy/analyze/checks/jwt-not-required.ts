import type { Field } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import { reachOf, selectionOf, targetsOf } from '../../objects/selection.ts';
import type { Check } from '../check.ts';
import type { Workload } from '../workloads.ts';

/** A RequestAuthentication refuses bad tokens only: a request without any passes, unless an AuthorizationPolicy asks for one. */
export const jwtNotRequired: Check = {
  name: 'jwt-not-required',
  codes: ['MESH0505'],
  run(view, report) {
    if (!view.knows('AuthorizationPolicy', 'security.istio.io')) return;
    const askingWorkloads = new Set<Workload>();
    const askingNamespaces = new Set<string>();
    const attached = new Set<string>();
    let everywhere = false;
    for (const policy of view.security('AuthorizationPolicy')) {
      if (!asksForToken(policy)) continue;
      for (const target of targetsOf(policy)) attached.add(targetKey(policy, target));
      if (targetsOf(policy).length > 0) continue;
      const labels = selectionOf(policy)?.labels ?? new Map<string, string>();
      const reach = reachOf(policy, view.rootNamespace);
      if (labels.size > 0) for (const workload of view.workloads.select(labels, reach)) askingWorkloads.add(workload);
      else if (reach === undefined) everywhere = true;
      else askingNamespaces.add(reach);
      // A policy for what the set does not show counts for its whole namespace.
      if (labels.size > 0 && !view.showsWorkloads(reach)) askingNamespaces.add(policy.namespace);
    }
    const askingIn = new Set([...askingWorkloads].map(({ namespace }) => namespace));
    const asked = (object: KubeObject): boolean => {
      const targets = targetsOf(object);
      if (targets.length > 0) return targets.some((target) => attached.has(targetKey(object, target)));
      const reach = reachOf(object, view.rootNamespace);
      if (askingNamespaces.has(object.namespace)) return true;
      const labels = selectionOf(object)?.labels ?? new Map<string, string>();
      // Who asks may lie in any namespace.
      if (reach === undefined && view.extent !== undefined && !view.complete) return true;
      if (labels.size === 0) return reach === undefined ? askingIn.size + askingNamespaces.size > 0 : askingIn.has(reach);
      const workloads = view.workloads.select(labels, reach);
      return workloads.some((workload) => askingWorkloads.has(workload) || askingNamespaces.has(workload.namespace));
    };
    for (const object of view.security('RequestAuthentication')) {
      if (everywhere || object.spec.at('jwtRules').size === 0 || asked(object)) continue;
      const message = 'No AuthorizationPolicy asks for a token here, so a request without one passes.';
      report({
        object,
        field: 'spec.jwtRules',
        message,
        fix: 'Add one that DENYs notRequestPrincipals: ["*"], or ALLOWs requestPrincipals only.',
      });
    }
  },
};

function asksForToken(policy: KubeObject): boolean {
  return policy.spec
    .at('rules')
    .items.some(
      (rule) =>
        rule
          .at('from')
          .items.some((from) => from.at('source', 'requestPrincipals').size > 0 || from.at('source', 'notRequestPrincipals').size > 0) ||
        rule.at('when').items.some((when) => when.at('key').text?.startsWith('request.auth.')),
    );
}

function targetKey(object: KubeObject, target: Field): string {
  return [object.namespace, target.at('kind').text, target.at('name').text].join('/');
}
