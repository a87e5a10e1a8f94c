import fc from 'fast-check';
import { expect, it } from 'vitest';
import { accountIdentity, accountIn, namespaceIdentity } from '../../../../src/policy/linkerd/identities.ts';

const MESH = { controlNamespace: 'linkerd', trustDomain: 'cluster.local' };
const label = fc.stringMatching(/^[a-z0-9](?:[-a-z0-9]{0,5}[a-z0-9])?$/);

it('an identity names its account, which may have dots, and its namespace', () => {
  fc.assert(
    fc.property(fc.array(label, { minLength: 1, maxLength: 3 }), label, (parts, namespace) => {
      const serviceAccount = parts.join('.');
      expect(accountIn(accountIdentity(MESH, namespace, serviceAccount))).toEqual({ namespace, serviceAccount });
    }),
  );
});

it.each([
  [namespaceIdentity(MESH, 'shop'), { namespace: 'shop', serviceAccount: '*' }],
  ['*', undefined],
  ['spiffe://cluster.local/ns/shop/sa/web', undefined],
  ['shop.serviceaccount.identity.linkerd.cluster.local', undefined],
])('the account of %s', (identity, expected) => {
  expect(accountIn(identity)).toEqual(expected);
});
