import { jwtClaimRoute } from '../../../../../src/policy/analyze/checks/jwt-claim-route.ts';
import { describeCheck } from '../describe-check.ts';
import { INGRESS, PROXY, requestAuthentication, to, virtualService, worldWith } from '../world.ts';

describeCheck(jwtClaimRoute, [
  [
    'no RequestAuthentication at the gateway',
    worldWith(
      virtualService('shop', {
        hosts: ['shop.example.com'],
        gateways: ['public'],
        http: [{ match: [{ headers: { '@request.auth.claims.role': { exact: 'admin' } } }], route: [to('web')] }],
      }),
      requestAuthentication('r', { jwtRules: [{ issuer: 'https://i' }] }),
    ),
    ['error IST0149 VirtualService shop/shop spec.http[0].match[0].headers["@request.auth.claims.role"]'],
  ],
  [
    'no gateway',
    worldWith(
      virtualService('shop', {
        hosts: ['web'],
        http: [{ match: [{ headers: { '@request.auth.claims.role': { exact: 'admin' } } }], route: [to('web')] }],
      }),
    ),
    ['error IST0149 VirtualService shop/shop spec.http[0].match[0].headers["@request.auth.claims.role"]'],
  ],
  [
    'one at the gateway',
    worldWith(
      virtualService('shop', {
        hosts: ['shop.example.com'],
        gateways: ['public'],
        http: [{ match: [{ headers: { '@request.auth.claims.role': { exact: 'admin' } } }], route: [to('web')] }],
      }),
      requestAuthentication('r', { selector: { matchLabels: PROXY }, jwtRules: [{ issuer: 'https://i' }] }, INGRESS),
    ),
    [],
  ],
]);
