import { gatewayTls } from '../../../../../src/policy/analyze/checks/gateway-tls.ts';
import { describeCheck } from '../describe-check.ts';
import { gateway, PROXY, worldWith } from '../world.ts';

describeCheck(gatewayTls, [
  [
    'HTTPS without tls',
    worldWith(gateway('public', { selector: PROXY, servers: [{ hosts: ['a'], port: { number: 443, name: 'x', protocol: 'HTTPS' } }] })),
    ['error MESH0301 Gateway shop/public spec.servers[0]'],
  ],
  [
    'no certificate',
    worldWith(gateway('public', { selector: PROXY, servers: [{ hosts: ['a'], port: { protocol: 'HTTPS' }, tls: { mode: 'SIMPLE' } }] })),
    ['error MESH0301 Gateway shop/public spec.servers[0].tls'],
  ],
  [
    'no certificate and no CA',
    worldWith(gateway('public', { selector: PROXY, servers: [{ hosts: ['a'], port: { protocol: 'TLS' }, tls: { mode: 'MUTUAL' } }] })),
    ['error MESH0301 Gateway shop/public spec.servers[0].tls', 'error MESH0301 Gateway shop/public spec.servers[0].tls'],
  ],
  [
    'TLS on an HTTP port',
    worldWith(
      gateway('public', {
        selector: PROXY,
        servers: [{ hosts: ['a'], port: { protocol: 'HTTP' }, tls: { mode: 'SIMPLE', credentialName: 'x' } }],
      }),
    ),
    ['error MESH0301 Gateway shop/public spec.servers[0].tls'],
  ],
  [
    'a redirect on an HTTP port',
    worldWith(
      gateway('public', { selector: PROXY, servers: [{ hosts: ['a'], port: { protocol: 'HTTP' }, tls: { httpsRedirect: true } }] }),
    ),
    [],
  ],
  [
    'certificates from two places',
    worldWith(
      gateway('public', {
        selector: PROXY,
        servers: [
          {
            hosts: ['a'],
            port: { protocol: 'HTTPS' },
            tls: { mode: 'SIMPLE', credentialName: 'x', serverCertificate: 'a', privateKey: 'b' },
          },
        ],
      }),
    ),
    ['error MESH0301 Gateway shop/public spec.servers[0].tls'],
  ],
  [
    'a certificate for ISTIO_MUTUAL and one for PASSTHROUGH',
    worldWith(
      gateway('public', {
        selector: PROXY,
        servers: [
          { hosts: ['a'], port: { protocol: 'TLS' }, tls: { mode: 'ISTIO_MUTUAL', credentialName: 'x' } },
          { port: { protocol: 'TLS' }, tls: { mode: 'PASSTHROUGH', credentialName: 'x' } },
        ],
      }),
    ),
    ['error MESH0301 Gateway shop/public spec.servers[0].tls', 'warning MESH0301 Gateway shop/public spec.servers[1].tls'],
  ],
  [
    'no protocol of a Gateway',
    worldWith(gateway('public', { selector: PROXY, servers: [{ hosts: ['a'], port: { protocol: 'HTP' } }] })),
    ['error MESH0301 Gateway shop/public spec.servers[0].port.protocol'],
  ],
  [
    'clusters among themselves',
    worldWith(
      gateway('public', {
        selector: PROXY,
        servers: [
          { hosts: ['a'], port: { protocol: 'TLS' }, tls: { mode: 'AUTO_PASSTHROUGH' } },
          { port: { protocol: 'TLS' }, tls: { mode: 'ISTIO_MUTUAL' } },
        ],
      }),
    ),
    [],
  ],
]);
