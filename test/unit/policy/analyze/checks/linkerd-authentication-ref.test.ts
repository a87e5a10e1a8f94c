import { linkerdAuthenticationRef } from '../../../../../src/policy/analyze/checks/linkerd-authentication-ref.ts';
import { describeCheck } from '../describe-check.ts';
import { L5D, linkerdPolicy, onServer, payWith, ref } from '../linkerd-world.ts';

const asking = (...requiredAuthenticationRefs: readonly unknown[]) =>
  linkerdPolicy('x', { targetRef: onServer('api-http'), requiredAuthenticationRefs });

describeCheck(linkerdAuthenticationRef, [
  [
    'an authentication that is not there',
    payWith(asking(ref(L5D, 'MeshTLSAuthentication', 'none'))),
    ['error MESH0702 AuthorizationPolicy pay/x spec.requiredAuthenticationRefs[0].name'],
  ],
  [
    'one without its group',
    payWith(asking({ kind: 'MeshTLSAuthentication', name: 'clients' })),
    ['error MESH0702 AuthorizationPolicy pay/x spec.requiredAuthenticationRefs[0]'],
  ],
  [
    'a kind that is none',
    payWith(asking({ kind: 'Secret', name: 'clients' }, {})),
    [
      'error MESH0702 AuthorizationPolicy pay/x spec.requiredAuthenticationRefs[0]',
      'error MESH0702 AuthorizationPolicy pay/x spec.requiredAuthenticationRefs[1]',
    ],
  ],
  [
    'a network that is not there',
    payWith(asking(ref(L5D, 'NetworkAuthentication', 'none'))),
    ['error MESH0702 AuthorizationPolicy pay/x spec.requiredAuthenticationRefs[0].name'],
  ],
  [
    'a ServiceAccount that is not there',
    payWith(asking({ kind: 'ServiceAccount', name: 'none' })),
    ['warning MESH0702 AuthorizationPolicy pay/x spec.requiredAuthenticationRefs[0].name'],
  ],
  ['a ServiceAccount that some workload runs as', payWith(asking({ kind: 'ServiceAccount', name: 'api' })), []],
  ['the ServiceAccount that every namespace has', payWith(asking({ kind: 'ServiceAccount', name: 'default' })), []],
  [
    'two identities',
    payWith(asking(ref(L5D, 'MeshTLSAuthentication', 'clients'), { kind: 'ServiceAccount', name: 'client' })),
    ['error MESH0702 AuthorizationPolicy pay/x spec.requiredAuthenticationRefs'],
  ],
  [
    'two networks',
    payWith(asking(ref(L5D, 'NetworkAuthentication', 'nodes'), ref(L5D, 'NetworkAuthentication', 'nodes'))),
    ['error MESH0702 AuthorizationPolicy pay/x spec.requiredAuthenticationRefs'],
  ],
  [
    'an identity and a network',
    payWith(asking(ref(L5D, 'MeshTLSAuthentication', 'clients'), ref(L5D, 'NetworkAuthentication', 'nodes'))),
    [],
  ],
  ['nothing', payWith(asking()), ['info MESH0702 AuthorizationPolicy pay/x spec.requiredAuthenticationRefs']],
  ['another namespace of which nothing is known', payWith(asking(ref(L5D, 'MeshTLSAuthentication', 'none', { namespace: 'far' }))), []],
  [
    'the same, said to be complete',
    payWith(asking(ref(L5D, 'MeshTLSAuthentication', 'none', { namespace: 'far' }))),
    ['error MESH0702 AuthorizationPolicy pay/x spec.requiredAuthenticationRefs[0].name'],
    { complete: true },
  ],
]);
