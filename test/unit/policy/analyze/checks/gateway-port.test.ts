import { gatewayPort } from '../../../../../src/policy/analyze/checks/gateway-port.ts';
import { describeCheck } from '../describe-check.ts';
import { gateway, INGRESS, PROXY, service, worldWith } from '../world.ts';

describeCheck(gatewayPort, [
  [
    'a port that the Service does not have',
    worldWith(gateway('public', { selector: PROXY, servers: [{ port: { number: 8081, name: 'x', protocol: 'HTTP' }, hosts: ['a'] }] })),
    ['warning IST0162 Gateway shop/public spec.servers[0].port.number'],
  ],
  [
    'the proxy’s own port',
    worldWith(gateway('public', { selector: PROXY, servers: [{ port: { number: 8443, name: 'x', protocol: 'HTTP' }, hosts: ['a'] }] })),
    [],
  ],
  [
    'a port of a second Service',
    worldWith(
      service('more', PROXY, [{ port: 8081 }], INGRESS),
      gateway('public', { selector: PROXY, servers: [{ port: { number: 8081, name: 'x', protocol: 'HTTP' }, hosts: ['a'] }] }),
    ),
    [],
  ],
  [
    'proxies that are not in the set',
    worldWith(gateway('far', { selector: { istio: 'egressgateway' }, servers: [{ port: { number: 9 } }] })),
    [],
  ],
]);
