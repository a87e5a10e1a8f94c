import { linkerdClient } from '../../../../../src/policy/analyze/checks/linkerd-client.ts';
import { describeCheck } from '../describe-check.ts';
import { payWith, serverAuthorization } from '../linkerd-world.ts';

const letting = (client: unknown) => serverAuthorization('x', { server: { name: 'api-http' }, client });

describeCheck(linkerdClient, [
  [
    'both ways at once',
    payWith(letting({ unauthenticated: true, meshTLS: { identities: ['*'] } })),
    ['error MESH0713 ServerAuthorization pay/x spec.client'],
  ],
  ['no way', payWith(letting({ networks: [{ cidr: '10.0.0.0/8' }] })), ['error MESH0713 ServerAuthorization pay/x spec.client']],
  [
    'anybody in TLS, and names',
    payWith(letting({ meshTLS: { unauthenticatedTLS: true, serviceAccounts: [{ name: 'client' }] } })),
    ['error MESH0713 ServerAuthorization pay/x spec.client.meshTLS'],
  ],
  ['no name', payWith(letting({ meshTLS: {} })), ['error MESH0713 ServerAuthorization pay/x spec.client.meshTLS']],
  ['names', payWith(letting({ meshTLS: { identities: ['*'] } })), []],
  ['anybody in TLS', payWith(letting({ meshTLS: { unauthenticatedTLS: true } })), []],
  ['anybody', payWith(letting({ unauthenticated: true })), []],
]);
