import { egressNetworkOverlap } from '../../../../../src/policy/analyze/checks/egress-network-overlap.ts';
import { describeCheck } from '../describe-check.ts';
import { egressNetwork, payWith } from '../linkerd-world.ts';

const egress = (name: string, cidr: string) => egressNetwork(name, { trafficPolicy: 'Allow', networks: [{ cidr }] });

describeCheck(egressNetworkOverlap, [
  [
    'the same network',
    payWith(egress('a', '10.0.0.0/8'), egress('b', '10.0.0.0/8')),
    ['warning MESH0709 EgressNetwork pay/b spec.networks[0]'],
  ],
  [
    'the same written otherwise',
    payWith(egress('a', '10.0.0.0/8'), egress('b', '10.1.2.3/8')),
    ['warning MESH0709 EgressNetwork pay/b spec.networks[0]'],
  ],
  [
    'both everything',
    payWith(egressNetwork('a', { trafficPolicy: 'Allow' }), egressNetwork('b', { trafficPolicy: 'Deny' })),
    ['warning MESH0709 EgressNetwork pay/b spec.networks'],
  ],
  ['a narrower network, which wins', payWith(egress('a', '10.0.0.0/8'), egress('b', '10.0.0.0/9')), []],
  [
    'the same of IPv6',
    payWith(egress('a', 'fd00::/40'), egress('b', 'fd00:0:1::/40')),
    ['warning MESH0709 EgressNetwork pay/b spec.networks[0]'],
  ],
  [
    'the same network twice in one',
    payWith(egressNetwork('a', { trafficPolicy: 'Allow', networks: [{ cidr: '10.0.0.0/8' }, { cidr: '10.0.0.0/8' }] })),
    [],
  ],
  [
    'other exceptions',
    payWith(egressNetwork('a', { networks: [{ cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] }] }), egress('b', '10.0.0.0/8')),
    [],
  ],
  [
    'another namespace',
    payWith(egress('a', '10.0.0.0/8'), egressNetwork('b', { networks: [{ cidr: '10.0.0.0/8' }] }, { namespace: 'far' })),
    [],
  ],
  ['what is no network', payWith(egress('a', 'x'), egress('b', 'x')), []],
  ['another network of the same size', payWith(egress('a', '10.0.0.0/8'), egress('b', '11.0.0.0/8')), []],
  [
    'everything written otherwise',
    payWith(egress('a', '0.0.0.0/0'), egress('b', '1.2.3.4/0')),
    ['warning MESH0709 EgressNetwork pay/b spec.networks[0]'],
  ],
  ['addresses that end otherwise', payWith(egress('a', 'fd00::1/128'), egress('b', 'fd00::2/128')), []],
]);
