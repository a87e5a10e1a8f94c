import { gatewayRouteConflict } from '../../../../../src/policy/analyze/checks/gateway-route-conflict.ts';
import { describeCheck } from '../describe-check.ts';
import { to, virtualService, worldWith } from '../world.ts';

describeCheck(gatewayRouteConflict, [
  [
    'two that take everything',
    worldWith(virtualService('two', { hosts: ['shop.example.com'], gateways: ['shop/public'], http: [{ route: [to('web')] }] })),
    ['warning MESH0104 VirtualService shop/two spec.http[0]'],
  ],
  [
    'the same match in both',
    worldWith(
      virtualService('one', { hosts: ['a'], gateways: ['public'], http: [{ match: [{ uri: { prefix: '/a' } }] }] }),
      virtualService('two', {
        hosts: ['a'],
        gateways: ['public'],
        http: [{ match: [{ uri: { prefix: '/b' } }, { uri: { prefix: '/a' } }] }],
      }),
    ),
    ['warning MESH0104 VirtualService shop/two spec.http[0].match[1]'],
  ],
  ['other hosts', worldWith(virtualService('two', { hosts: ['b'], gateways: ['public'], http: [{ route: [to('web')] }] })), []],
]);
