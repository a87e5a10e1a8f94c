import { gatewayServers } from '../../../../../src/policy/analyze/checks/gateway-servers.ts';
import { describeCheck } from '../describe-check.ts';
import { gateway, PROXY, worldWith } from '../world.ts';

describeCheck(gatewayServers, [
  [
    'two protocols on one port',
    worldWith(
      gateway('public', {
        selector: PROXY,
        servers: [
          { hosts: ['a'], port: { number: 443, name: 'a', protocol: 'HTTPS' } },
          { hosts: ['b'], port: { number: 443, name: 'b', protocol: 'HTTP' } },
        ],
      }),
    ),
    ['error MESH0302 Gateway shop/public spec.servers[1].port.protocol'],
  ],
  [
    'the same over two Gateways',
    worldWith(gateway('zweite', { selector: PROXY, servers: [{ hosts: ['b'], port: { number: 80, name: 'x', protocol: 'TCP' } }] })),
    ['error MESH0302 Gateway shop/zweite spec.servers[0].port.protocol'],
  ],
  [
    'one name twice, and none',
    worldWith(
      gateway('public', {
        selector: PROXY,
        servers: [
          { hosts: ['a'], port: { number: 1, name: 'a', protocol: 'HTTP' } },
          { hosts: ['b'], port: { number: 2, name: 'a', protocol: 'HTTP' } },
          { hosts: ['b'], port: { number: 3, protocol: 'HTTP' } },
        ],
      }),
    ),
    ['error MESH0302 Gateway shop/public spec.servers[1].port.name', 'error MESH0302 Gateway shop/public spec.servers[2].port'],
  ],
  [
    'no hosts',
    worldWith(gateway('public', { selector: PROXY, servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' } }] })),
    ['error MESH0302 Gateway shop/public spec.servers[0]'],
  ],
  [
    'HTTPS beside TLS',
    worldWith(
      gateway('public', {
        selector: PROXY,
        servers: [
          { hosts: ['a'], port: { number: 443, name: 'a', protocol: 'HTTPS' } },
          { hosts: ['b'], port: { number: 443, name: 'b', protocol: 'TLS' } },
        ],
      }),
    ),
    [],
  ],
]);
