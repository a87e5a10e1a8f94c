import { quote } from '../../objects/field.ts';
import type { Check } from '../check.ts';
import { find, GATEWAY_API, kindText, LINKERD_POLICY, readReference } from '../references.ts';

/** What an AuthorizationPolicy can be for (linkerd2, policy-controller/k8s/index/src/inbound/authorization_policy.rs: `target`). */
const TARGETS: readonly { readonly kind: string; readonly groups: readonly string[] }[] = [
  { kind: 'Server', groups: [LINKERD_POLICY] },
  { kind: 'Namespace', groups: [''] },
  { kind: 'HTTPRoute', groups: [LINKERD_POLICY, GATEWAY_API] },
  { kind: 'GRPCRoute', groups: [GATEWAY_API] },
];

/** What a Linkerd AuthorizationPolicy is for exists in its namespace, and is something that it can be for. */
export const linkerdTargetRef: Check = {
  name: 'linkerd-target-ref',
  codes: ['MESH0701'],
  run(view, report) {
    for (const object of view.of('AuthorizationPolicy', LINKERD_POLICY)) {
      const field = object.spec.at('targetRef');
      const target = readReference(field, object.namespace, { group: '', kind: '' });
      if (target === undefined) {
        report({
          object,
          field,
          message: 'The policy does not say what it is for.',
          fix: 'Add targetRef: group, kind and name of a Server, for instance.',
        });
        continue;
      }
      const known = TARGETS.find(({ kind }) => kind.toLowerCase() === target.kind.toLowerCase());
      const group = known?.groups.find((each) => each === target.group.toLowerCase());
      if (known === undefined || group === undefined) {
        const message = `The policy is for a ${quote(kindText(target))}, and it cannot be for that: it is refused.`;
        const fix = known === undefined ? 'Name a Server, a route or the Namespace.' : `Write group: ${quote(known.groups[0] ?? '')}.`;
        report({ object, field, message, fix });
        continue;
      }
      if (known.kind === 'Namespace') {
        if (target.name === object.namespace) continue;
        const message = `A policy is for its own namespace ${quote(object.namespace)} only, and this names ${quote(target.name)}.`;
        report({ object, field: field.at('name'), message, fix: 'Put the policy into that namespace.' });
        continue;
      }
      const { namespace } = object;
      if (find(view, { group, kind: known.kind, namespace, name: target.name }).tag !== 'missing') continue;
      const message = `There is no ${known.kind} ${quote(target.name)} in namespace ${quote(namespace)}, so the policy lets nobody in.`;
      report({ object, field: field.at('name'), message, fix: `Correct the name, or add the ${known.kind}.` });
    }
  },
};
