import { routeAction } from '../../../../../src/policy/analyze/checks/route-action.ts';
import { describeCheck } from '../describe-check.ts';
import { to, virtualService, worldWith } from '../world.ts';

describeCheck(routeAction, [
  [
    'no action',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ match: [{ uri: { prefix: '/' } }], route: [] }] })),
    ['error MESH0102 VirtualService shop/web spec.http[0]'],
  ],
  [
    'two actions',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [to('web')], redirect: { uri: '/' } }] })),
    ['error MESH0102 VirtualService shop/web spec.http[0]'],
  ],
  [
    'a redirect with a rewrite',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ redirect: { uri: '/' }, rewrite: { uri: '/' } }] })),
    ['error MESH0102 VirtualService shop/web spec.http[0].rewrite'],
  ],
  [
    'mirror and mirrors',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [to('web')], mirror: { host: 'web' }, mirrors: [to('web')] }] })),
    ['error MESH0102 VirtualService shop/web spec.http[0].mirror'],
  ],
  ['no rules', worldWith(virtualService('web', { hosts: ['web'] })), ['error MESH0102 VirtualService shop/web spec']],
  [
    'a tls rule without names and a tcp rule without a route',
    worldWith(
      virtualService('web', { hosts: ['web'], tls: [{ match: [{ port: 443 }], route: [to('web')] }], tcp: [{ match: [{ port: 1 }] }] }),
    ),
    ['error MESH0102 VirtualService shop/web spec.tcp[0]', 'error MESH0102 VirtualService shop/web spec.tls[0].match[0]'],
  ],
  [
    'a destination without a host',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [{ weight: 1 }] }] })),
    ['error MESH0102 VirtualService shop/web spec.http[0].route[0].destination'],
  ],
  [
    'a delegate, a redirect, an answer',
    worldWith(
      virtualService('web', {
        hosts: ['web'],
        http: [{ match: [{}], delegate: { name: 'x' } }, { match: [{}], redirect: { uri: '/' } }, { directResponse: { status: 200 } }],
      }),
    ),
    [],
  ],
]);
