import { matchGateways } from '../../../../../src/policy/analyze/checks/match-gateways.ts';
import { describeCheck } from '../describe-check.ts';
import { to, virtualService, worldWith } from '../world.ts';

describeCheck(matchGateways, [
  [
    'a gateway that the VirtualService is not bound to',
    worldWith(
      virtualService('shop', {
        hosts: ['shop.example.com'],
        gateways: ['public'],
        http: [{ match: [{ gateways: ['shop/public', 'mesh'] }], route: [to('web')] }],
      }),
    ),
    ['warning MESH0103 VirtualService shop/shop spec.http[0].match[0].gateways[1]'],
  ],
  [
    'one in the mesh',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ match: [{ gateways: ['mesh'] }], route: [to('web')] }] })),
    [],
  ],
]);
