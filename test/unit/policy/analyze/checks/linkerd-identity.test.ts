import { linkerdIdentity } from '../../../../../src/policy/analyze/checks/linkerd-identity.ts';
import { describeCheck } from '../describe-check.ts';
import { L5D, meshTls, onServer, payWith, ref, serverAuthorization } from '../linkerd-world.ts';

const naming = (...identities: readonly unknown[]) => meshTls('x', { identities });
const referring = (...identityRefs: readonly unknown[]) => meshTls('x', { identityRefs });

describeCheck(linkerdIdentity, [
  ['a wildcard at the end', payWith(naming('web.pay.*')), ['error MESH0707 MeshTLSAuthentication pay/x spec.identities[0]']],
  [
    'a wildcard without its dot',
    payWith(naming('*pay.serviceaccount.identity.linkerd.cluster.local')),
    ['error MESH0707 MeshTLSAuthentication pay/x spec.identities[0]'],
  ],
  [
    'a principal of Istio',
    payWith(naming('cluster.local/ns/pay/sa/client')),
    ['error MESH0707 MeshTLSAuthentication pay/x spec.identities[0]'],
  ],
  ['capitals', payWith(naming('Client.pay')), ['error MESH0707 MeshTLSAuthentication pay/x spec.identities[0]']],
  ['no text', payWith(naming(1)), ['error MESH0707 MeshTLSAuthentication pay/x spec.identities[0]']],
  ['an empty segment of a SPIFFE id', payWith(naming('spiffe://td/')), ['error MESH0707 MeshTLSAuthentication pay/x spec.identities[0]']],
  ['a wildcard in a SPIFFE id', payWith(naming('spiffe://td/ns/*')), ['error MESH0707 MeshTLSAuthentication pay/x spec.identities[0]']],
  [
    'good ones',
    payWith(naming('*', '*.pay.serviceaccount.identity.linkerd.cluster.local', 'a.b', 'spiffe://td', 'spiffe://td/a/b-c_d.e')),
    [],
  ],
  ['none at all', payWith(meshTls('x', {})), ['error MESH0707 MeshTLSAuthentication pay/x spec']],
  [
    'a ServiceAccount that is not there',
    payWith(referring({ kind: 'ServiceAccount', name: 'none' })),
    ['warning MESH0707 MeshTLSAuthentication pay/x spec.identityRefs[0].name'],
  ],
  ['one of a namespace of which nothing is known', payWith(referring({ kind: 'ServiceAccount', name: 'none', namespace: 'far' })), []],
  [
    'a ServiceAccount with a group',
    payWith(referring(ref(L5D, 'ServiceAccount', 'client'))),
    ['error MESH0707 MeshTLSAuthentication pay/x spec.identityRefs[0]'],
  ],
  ['a Server', payWith(referring(onServer('api-http'))), ['error MESH0707 MeshTLSAuthentication pay/x spec.identityRefs[0]']],
  [
    'a Namespace in a namespace',
    payWith(referring({ kind: 'Namespace', name: 'pay', namespace: 'pay' })),
    ['error MESH0707 MeshTLSAuthentication pay/x spec.identityRefs[0].namespace'],
  ],
  ['a Namespace', payWith(referring({ kind: 'Namespace', name: 'pay' })), []],
  [
    'a Namespace that is not there',
    payWith(referring({ kind: 'Namespace', name: 'none' })),
    ['warning MESH0707 MeshTLSAuthentication pay/x spec.identityRefs[0].name'],
    { complete: true },
  ],
  [
    'a ServerAuthorization',
    payWith(serverAuthorization('x', { server: { name: 'api-http' }, client: { meshTLS: { identities: ['a.*'] } } })),
    ['error MESH0707 ServerAuthorization pay/x spec.client.meshTLS.identities[0]'],
  ],
  [
    'a kind without an identity',
    payWith(referring({ kind: 'Secret', name: 'client' })),
    ['error MESH0707 MeshTLSAuthentication pay/x spec.identityRefs[0]'],
  ],
  ['a Namespace of which nothing is known', payWith(referring({ kind: 'Namespace', name: 'far' })), []],
]);
