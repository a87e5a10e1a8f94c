import { linkerdNetwork } from '../../../../../src/policy/analyze/checks/linkerd-network.ts';
import { describeCheck } from '../describe-check.ts';
import { egressNetwork, networks, payWith, serverAuthorization } from '../linkerd-world.ts';

describeCheck(linkerdNetwork, [
  ['no network', payWith(networks('x', { networks: [] })), ['error MESH0708 NetworkAuthentication pay/x spec.networks']],
  [
    'no address',
    payWith(networks('x', { networks: [{ cidr: '10.0.0/8' }] })),
    ['error MESH0708 NetworkAuthentication pay/x spec.networks[0].cidr'],
  ],
  [
    'too long a prefix',
    payWith(networks('x', { networks: [{ cidr: '10.0.0.0/33' }] })),
    ['error MESH0708 NetworkAuthentication pay/x spec.networks[0].cidr'],
  ],
  [
    'an exception outside',
    payWith(networks('x', { networks: [{ cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] }] })),
    ['error MESH0708 NetworkAuthentication pay/x spec.networks[0].except[0]'],
  ],
  [
    'an exception of another family',
    payWith(networks('x', { networks: [{ cidr: '10.0.0.0/8', except: ['fd00::/16'] }] })),
    ['error MESH0708 NetworkAuthentication pay/x spec.networks[0].except[0]'],
  ],
  [
    'an exception of everything',
    payWith(networks('x', { networks: [{ cidr: '10.0.0.0/8', except: ['10.0.0.0/8'] }] })),
    ['error MESH0708 NetworkAuthentication pay/x spec.networks[0].except[0]'],
  ],
  [
    'an exception that is none',
    payWith(networks('x', { networks: [{ cidr: '10.0.0.0/8', except: ['x'] }] })),
    ['error MESH0708 NetworkAuthentication pay/x spec.networks[0].except[0]'],
  ],
  [
    'single addresses',
    payWith(networks('x', { networks: [{ cidr: '10.0.0.1' }, { cidr: 'fd00::1/128' }, { cidr: '10.0.0.0/8', except: ['10.0.0.1'] }] })),
    [],
  ],
  [
    'an EgressNetwork',
    payWith(egressNetwork('x', { trafficPolicy: 'Allow', networks: [] })),
    ['error MESH0708 EgressNetwork pay/x spec.networks'],
  ],
  ['an EgressNetwork of everything', payWith(egressNetwork('x', { trafficPolicy: 'Allow' })), []],
  [
    'a ServerAuthorization',
    payWith(serverAuthorization('x', { server: { name: 'api-http' }, client: { unauthenticated: true, networks: [{ cidr: 'x' }] } })),
    ['error MESH0708 ServerAuthorization pay/x spec.client.networks[0].cidr'],
  ],
]);
