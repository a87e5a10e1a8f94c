import { unreachableRule } from '../../../../../src/policy/analyze/checks/unreachable-rule.ts';
import { describeCheck } from '../describe-check.ts';
import { to, virtualService, worldWith } from '../world.ts';

const R = (...match: readonly unknown[]) => ({ ...(match.length > 0 ? { match } : {}), route: [to('web')] });

describeCheck(unreachableRule, [
  [
    'a rule after one without matches',
    worldWith(virtualService('web', { hosts: ['web'], http: [R(), R({ uri: { prefix: '/a' } })] })),
    ['warning IST0130 VirtualService shop/web spec.http[1]'],
  ],
  [
    'the same match again',
    worldWith(
      virtualService('web', {
        hosts: ['web'],
        http: [R({ uri: { exact: '/a' }, name: 'x' }), R({ uri: { exact: '/a' } }, { uri: { exact: '/b' } }), R()],
      }),
    ),
    ['info IST0131 VirtualService shop/web spec.http[1].match[0]'],
  ],
  [
    'a longer prefix after a shorter one',
    worldWith(virtualService('web', { hosts: ['web'], http: [R({ uri: { prefix: '/api' } }), R({ uri: { prefix: '/api/v2' } })] })),
    ['warning IST0130 VirtualService shop/web spec.http[1]'],
  ],
  [
    'a prefix that only looks longer is no segment: Envoy compares texts',
    worldWith(virtualService('web', { hosts: ['web'], http: [R({ uri: { prefix: '/api' } }), R({ uri: { exact: '/apis' } })] })),
    ['warning IST0130 VirtualService shop/web spec.http[1]'],
  ],
  [
    'the shorter prefix last',
    worldWith(virtualService('web', { hosts: ['web'], http: [R({ uri: { prefix: '/api/v2' } }), R({ uri: { prefix: '/api' } }), R()] })),
    [],
  ],
  [
    'the same path with other headers',
    worldWith(
      virtualService('web', {
        hosts: ['web'],
        http: [
          R({ uri: { prefix: '/a' }, headers: { x: { exact: '1' } } }),
          R({ uri: { prefix: '/a' }, headers: { x: { exact: '2' } } }),
          R({ uri: { prefix: '/a' } }),
        ],
      }),
    ),
    [],
  ],
  [
    'more headers after none',
    worldWith(
      virtualService('web', {
        hosts: ['web'],
        http: [R({ uri: { prefix: '/a' } }), R({ uri: { prefix: '/a/b' }, headers: { x: { exact: '1' } } })],
      }),
    ),
    ['warning IST0130 VirtualService shop/web spec.http[1]'],
  ],
  [
    'a match that another of its own rule covers',
    worldWith(virtualService('web', { hosts: ['web'], http: [R({ uri: { prefix: '/' } }, { uri: { exact: '/a' } })] })),
    ['info IST0131 VirtualService shop/web spec.http[0].match[1]'],
  ],
  [
    'tls and tcp rules',
    worldWith(virtualService('web', { hosts: ['web'], tls: [R({ sniHosts: ['a'] }), R({ sniHosts: ['a'] })], tcp: [R(), R()] })),
    ['warning IST0130 VirtualService shop/web spec.tcp[1]', 'warning IST0130 VirtualService shop/web spec.tls[1]'],
  ],
]);
