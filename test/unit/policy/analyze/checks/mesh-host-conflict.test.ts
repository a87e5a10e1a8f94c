import { meshHostConflict } from '../../../../../src/policy/analyze/checks/mesh-host-conflict.ts';
import { describeCheck } from '../describe-check.ts';
import { to, virtualService, worldWith } from '../world.ts';

describeCheck(meshHostConflict, [
  [
    'two for one host',
    worldWith(virtualService('again', { hosts: ['x', 'web.shop.svc.cluster.local'], http: [{ route: [to('web')] }] })),
    ['error IST0109 VirtualService shop/again spec.hosts[1]', 'error IST0109 VirtualService shop/web spec.hosts[0]'],
  ],
  [
    'one of them for one namespace only',
    worldWith(virtualService('again', { hosts: ['web'], exportTo: ['.'] })),
    ['error IST0109 VirtualService shop/again spec.hosts[0]', 'error IST0109 VirtualService shop/web spec.hosts[0]'],
  ],
  [
    'both for different namespaces only',
    worldWith(virtualService('web', { hosts: ['web'], exportTo: ['a'] }), virtualService('again', { hosts: ['web'], exportTo: ['b'] })),
    [],
  ],
  ['on a gateway', worldWith(virtualService('again', { hosts: ['web'], gateways: ['public'] })), []],
]);
