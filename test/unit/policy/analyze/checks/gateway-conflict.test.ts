import { gatewayConflict } from '../../../../../src/policy/analyze/checks/gateway-conflict.ts';
import { describeCheck } from '../describe-check.ts';
import { gateway, PROXY, worldWith } from '../world.ts';

describeCheck(gatewayConflict, [
  [
    'one host on one port in two',
    worldWith(
      gateway('again', {
        selector: PROXY,
        servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['other.example.com', 'shop.example.com'] }],
      }),
    ),
    ['error IST0145 Gateway shop/again spec.servers[0].hosts[1]', 'error IST0145 Gateway shop/public spec.servers[0].hosts[0]'],
  ],
  [
    'a selector with more labels that means the same proxies',
    worldWith(
      gateway('again', {
        selector: { ...PROXY, 'sidecar.istio.io/inject': 'true' },
        servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*/shop.example.com'] }],
      }),
    ),
    ['error IST0145 Gateway shop/again spec.servers[0].hosts[0]', 'error IST0145 Gateway shop/public spec.servers[0].hosts[0]'],
  ],
  [
    'other proxies, another host, another port, another bind',
    worldWith(
      gateway('a', {
        selector: { app: 'web' },
        servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['shop.example.com'] }],
      }),
      gateway('b', {
        selector: PROXY,
        servers: [
          { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['b'] },
          { port: { number: 81 }, hosts: ['shop.example.com'] },
          { port: { number: 80, name: 'http', protocol: 'HTTP' }, bind: '10.0.0.1', hosts: ['shop.example.com'] },
        ],
      }),
    ),
    [],
  ],
]);
