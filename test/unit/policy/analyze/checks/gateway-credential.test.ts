import { gatewayCredential } from '../../../../../src/policy/analyze/checks/gateway-credential.ts';
import { describeCheck } from '../describe-check.ts';
import { gateway, INGRESS, other, PROXY, worldWith } from '../world.ts';

describeCheck(gatewayCredential, [
  [
    'a Secret that is not there',
    worldWith(
      gateway('public', {
        selector: PROXY,
        servers: [
          {
            port: { number: 443, name: 'https', protocol: 'HTTPS' },
            hosts: ['shop.example.com'],
            tls: { mode: 'SIMPLE', credentialName: 'gone' },
          },
        ],
      }),
    ),
    ['warning IST0101 Gateway shop/public spec.servers[0].tls.credentialName'],
  ],
  [
    'the same where the set is all there is',
    worldWith(
      gateway('public', {
        selector: PROXY,
        servers: [
          {
            port: { number: 443, name: 'https', protocol: 'HTTPS' },
            hosts: ['shop.example.com'],
            tls: { mode: 'SIMPLE', credentialNames: ['shop-tls', 'gone'] },
          },
        ],
      }),
    ),
    ['error IST0101 Gateway shop/public spec.servers[0].tls.credentialNames[1]'],
    { complete: true },
  ],
  [
    'a Secret beside the Gateway instead of its proxy',
    worldWith(
      other('v1', 'Secret', 'mine', { data: { 'tls.crt': 'eA==', 'tls.key': 'eA==' } }),
      gateway('public', {
        selector: PROXY,
        servers: [
          {
            port: { number: 443, name: 'https', protocol: 'HTTPS' },
            hosts: ['shop.example.com'],
            tls: { mode: 'SIMPLE', credentialName: 'mine' },
          },
        ],
      }),
    ),
    ['warning IST0101 Gateway shop/public spec.servers[0].tls.credentialName'],
  ],
  [
    'one that cert-manager makes',
    worldWith(
      other('cert-manager.io/v1', 'Certificate', 'c', { spec: { secretName: 'made' } }, INGRESS),
      gateway('public', {
        selector: PROXY,
        servers: [
          {
            port: { number: 443, name: 'https', protocol: 'HTTPS' },
            hosts: ['shop.example.com'],
            tls: { mode: 'SIMPLE', credentialName: 'made' },
          },
        ],
      }),
    ),
    [],
  ],
  [
    'a Secret without its key',
    worldWith(other('v1', 'Secret', 'shop-tls', { data: { 'tls.crt': 'eA==' } }, INGRESS)),
    ['error IST0161 Gateway shop/public spec.servers[1].tls.credentialName'],
  ],
  [
    'a Secret without a CA, for MUTUAL',
    worldWith(
      gateway('public', {
        selector: PROXY,
        servers: [
          {
            port: { number: 443, name: 'https', protocol: 'HTTPS' },
            hosts: ['shop.example.com'],
            tls: { mode: 'MUTUAL', credentialName: 'shop-tls' },
          },
        ],
      }),
    ),
    ['error IST0161 Gateway shop/public spec.servers[0].tls.credentialName'],
  ],
]);
