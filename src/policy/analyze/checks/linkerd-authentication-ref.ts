import { type Field, quote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check, Report } from '../check.ts';
import { accountIsMissing, find, kindText, LINKERD_POLICY, type Reference, readReference } from '../references.ts';
import type { View } from '../view.ts';

/** What a policy can ask for, and its group. */
const KINDS: readonly { readonly kind: string; readonly group: string }[] = [
  { kind: 'MeshTLSAuthentication', group: LINKERD_POLICY },
  { kind: 'NetworkAuthentication', group: LINKERD_POLICY },
  { kind: 'ServiceAccount', group: '' },
];

/**
 * What a Linkerd AuthorizationPolicy asks for exists; with one reference that does not, all of the policy is ignored. It asks for at most one identity and one network
 * (linkerd2, policy-controller/runtime/src/admission.rs: `Validate<AuthorizationPolicySpec>`).
 */
export const linkerdAuthenticationRef: Check = {
  name: 'linkerd-authentication-ref',
  codes: ['MESH0702'],
  run(view, report) {
    for (const object of view.of('AuthorizationPolicy', LINKERD_POLICY)) {
      const list = object.spec.at('requiredAuthenticationRefs');
      if (list.size === 0) {
        const message = 'The policy asks for nothing, so everybody may call.';
        report({ object, field: list, message, fix: 'Name an authentication, unless that is meant.', severity: 'info' });
      }
      const kinds = list.items.flatMap((field) => checkReference(view, object, field, report) ?? []);
      const count = (...wanted: readonly string[]) => kinds.filter((kind) => wanted.includes(kind)).length;
      if (count('MeshTLSAuthentication', 'ServiceAccount') > 1) {
        const message = 'The policy asks for several identities at once; it is refused.';
        report({ object, field: list, message, fix: 'Put them into one MeshTLSAuthentication, of which any is enough.' });
      }
      if (count('NetworkAuthentication') > 1) {
        const message = 'The policy asks for several networks at once; it is refused.';
        report({ object, field: list, message, fix: 'Put them into one NetworkAuthentication, of which any is enough.' });
      }
    }
  },
};

/** Judges one reference; answers its kind where it is one that a policy can ask for. */
function checkReference(view: View, object: KubeObject, field: Field, report: Report): string | undefined {
  const reference = readReference(field, object.namespace, { group: '', kind: '' });
  const known = reference && KINDS.find(({ kind }) => kind.toLowerCase() === reference.kind.toLowerCase());
  if (reference === undefined || known === undefined || known.group !== reference.group.toLowerCase()) {
    const what = reference === undefined ? 'nothing that has a name' : `a ${quote(kindText(reference))}`;
    const fix =
      known === undefined
        ? 'Name a MeshTLSAuthentication, NetworkAuthentication or ServiceAccount.'
        : `Write group: ${quote(known.group)}.`;
    report({ object, field, message: `The policy asks for ${what}, which is no authentication: it is refused.`, fix });
    return undefined;
  }
  const exact: Pick<Reference, 'group' | 'kind' | 'namespace' | 'name'> = { ...reference, group: known.group, kind: known.kind };
  if (known.kind === 'ServiceAccount') {
    if (!accountIsMissing(view, exact.namespace, exact.name)) return known.kind;
    const message = `There is no ServiceAccount ${quote(exact.name)} in namespace ${quote(exact.namespace)}, so no client has its identity.`;
    report({ object, field: field.at('name'), message, fix: 'Correct the name or its namespace.', severity: 'warning' });
  } else if (find(view, exact).tag === 'missing') {
    const message = `There is no ${known.kind} ${quote(exact.name)} in namespace ${quote(exact.namespace)}, so all of the policy is ignored.`;
    report({ object, field: field.at('name'), message, fix: `Correct the name or its namespace, or add the ${known.kind}.` });
  }
  return known.kind;
}
