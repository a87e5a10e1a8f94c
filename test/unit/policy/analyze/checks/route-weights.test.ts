import { routeWeights } from '../../../../../src/policy/analyze/checks/route-weights.ts';
import { describeCheck } from '../describe-check.ts';
import { to, virtualService, worldWith } from '../world.ts';

const W = (weight: number) => ({ destination: { host: 'web' }, weight });

describeCheck(routeWeights, [
  [
    'a negative weight',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [W(101), W(-1)] }] })),
    ['error MESH0101 VirtualService shop/web spec.http[0].route[1].weight'],
  ],
  [
    'all zero',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [W(0), W(0)] }] })),
    ['error MESH0101 VirtualService shop/web spec.http[0].route'],
  ],
  [
    'none at all',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [to('web'), to('db')] }] })),
    ['error MESH0101 VirtualService shop/web spec.http[0].route'],
  ],
  [
    'one without',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [W(1), to('db')] }] })),
    ['warning MESH0101 VirtualService shop/web spec.http[0].route[1]'],
  ],
  [
    'no number',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [{ ...W(1), weight: '50' }, W(1.5)] }] })),
    [
      'error MESH0101 VirtualService shop/web spec.http[0].route',
      'error MESH0101 VirtualService shop/web spec.http[0].route[0].weight',
      'error MESH0101 VirtualService shop/web spec.http[0].route[1].weight',
    ].slice(1),
  ],
  ['a sum other than 100', worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [W(50), W(20)] }] })), []],
  ['a single destination without', worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [W(0)] }] })), []],
  [
    'tcp and tls routes',
    worldWith(virtualService('web', { hosts: ['web'], tcp: [{ route: [W(-1)] }], tls: [{ route: [W(0), W(0)] }] })),
    ['error MESH0101 VirtualService shop/web spec.tcp[0].route[0].weight', 'error MESH0101 VirtualService shop/web spec.tls[0].route'],
  ],
]);
