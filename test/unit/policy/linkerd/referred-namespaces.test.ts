import { describe, expect, it } from 'vitest';
import { referredNamespaces } from '../../../../src/policy/linkerd/referred-namespaces.ts';
import { accountRef, asObject, authorizationPolicy, meshTls, meshTlsRef, networkRef, serverRef } from './worlds.ts';

describe('referredNamespaces', () => {
  it.each([
    ['MeshTLSAuthentications', [meshTlsRef('m', 'other')], ['other']],
    ['NetworkAuthentications', [networkRef('n', 'other'), networkRef('n', 'another')], ['another', 'other']],
    ['nothing of its own namespace', [meshTlsRef('m'), networkRef('n', 'shop')], []],
    ['no ServiceAccounts, which nobody looks up', [accountRef('web', 'other')], []],
    ['nothing without a group', [{ kind: 'MeshTLSAuthentication', name: 'm', namespace: 'other' }], []],
    ['nothing of garbage', [null, 'x', { namespace: 'other' }], []],
  ])('names those of %s', (_, refs, expected) => {
    expect(referredNamespaces([asObject(authorizationPolicy('p', serverRef('a'), refs))])).toEqual(expected);
  });

  it('looks at AuthorizationPolicies alone', () => {
    const identityRefs = [{ kind: 'ServiceAccount', name: 'web', namespace: 'other' }];
    expect(referredNamespaces([asObject(meshTls('m', { identityRefs }))])).toEqual([]);
  });
});
