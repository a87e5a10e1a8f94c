import { type Field, quote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check, Report } from '../check.ts';
import { identityProblem } from '../linkerd-identities.ts';
import { accountIsMissing, kindText, LINKERD_POLICY, readReference } from '../references.ts';
import type { View } from '../view.ts';

/** The names of identities and the references in MeshTLSAuthentications are such as clients have (linkerd2, policy-controller/runtime/src/validation.rs: `validate_identity`). */
export const linkerdIdentity: Check = {
  name: 'linkerd-identity',
  codes: ['MESH0707'],
  run(view, report) {
    for (const object of view.of('MeshTLSAuthentication', LINKERD_POLICY)) {
      const [identities, references] = [object.spec.at('identities'), object.spec.at('identityRefs')];
      if (identities.size === 0 && references.size === 0) {
        const message = 'No identity is named, so whatever asks for this authentication is ignored.';
        report({ object, field: 'spec', message, fix: 'Add identities or identityRefs; identities: ["*"] is everybody in the mesh.' });
      }
      checkIdentities(object, identities, report);
      for (const field of references.items) checkReference(view, object, field, report);
    }
    for (const object of view.of('ServerAuthorization', LINKERD_POLICY)) {
      checkIdentities(object, object.spec.at('client', 'meshTLS', 'identities'), report);
    }
  },
};

function checkIdentities(object: KubeObject, list: Field, report: Report): void {
  for (const field of list.items) {
    const problem = identityProblem(field.value);
    if (problem !== undefined) report({ object, field, ...problem });
  }
}

function checkReference(view: View, object: KubeObject, field: Field, report: Report): void {
  const reference = readReference(field, object.namespace, { group: '', kind: '' });
  const kind = ['ServiceAccount', 'Namespace'].find((each) => each.toLowerCase() === reference?.kind.toLowerCase());
  if (reference === undefined || kind === undefined || reference.group !== '') {
    const what = reference === undefined ? 'This' : quote(kindText(reference));
    report({
      object,
      field,
      message: `${what} has no identity: the authentication is refused.`,
      fix: 'Name a ServiceAccount or a Namespace, without a group.',
    });
    return;
  }
  const { namespace, name } = reference;
  if (kind === 'Namespace') {
    if (field.at('namespace').exists) {
      const message = 'A Namespace lies in no namespace; the authentication is refused.';
      report({ object, field: field.at('namespace'), message, fix: 'Remove it, and name the Namespace in name.' });
    } else if (namespaceIsMissing(view, name)) {
      report({
        object,
        field: field.at('name'),
        message: `There is no namespace ${quote(name)}.`,
        fix: 'Correct the name.',
        severity: 'warning',
      });
    }
  } else if (accountIsMissing(view, namespace, name)) {
    const message = `There is no ServiceAccount ${quote(name)} in namespace ${quote(namespace)}, so no client has its identity.`;
    report({ object, field: field.at('name'), message, fix: 'Correct the name, or add its namespace.', severity: 'warning' });
  }
}

function namespaceIsMissing(view: View, name: string): boolean {
  if (view.extent !== undefined)
    return view.extent.namespaces !== undefined && view.knows('Namespace', '') && !view.extent.namespaces.has(name);
  return view.complete && !view.namespaces.has(name);
}
