import { jwtNotRequired } from '../../../../../src/policy/analyze/checks/jwt-not-required.ts';
import { describeCheck } from '../describe-check.ts';
import { authorizationPolicy, INGRESS, requestAuthentication, worldWith } from '../world.ts';

describeCheck(jwtNotRequired, [
  [
    'no policy that asks',
    worldWith(requestAuthentication('r', { selector: { matchLabels: { app: 'web' } }, jwtRules: [{ issuer: 'https://i' }] })),
    ['warning MESH0505 RequestAuthentication shop/r spec.jwtRules'],
  ],
  [
    'a policy that asks, for other workloads',
    worldWith(
      requestAuthentication('r', { selector: { matchLabels: { app: 'web' } }, jwtRules: [{ issuer: 'https://i' }] }),
      authorizationPolicy('db', {
        selector: { matchLabels: { app: 'db' } },
        rules: [{ from: [{ source: { requestPrincipals: ['*'] } }] }],
      }),
    ),
    ['warning MESH0505 RequestAuthentication shop/r spec.jwtRules'],
  ],
  [
    'one that asks for these',
    worldWith(
      requestAuthentication('r', { selector: { matchLabels: { version: 'v1' } }, jwtRules: [{ issuer: 'https://i' }] }),
      authorizationPolicy('t', {
        selector: { matchLabels: { app: 'web' } },
        action: 'DENY',
        rules: [{ from: [{ source: { notRequestPrincipals: ['*'] } }] }],
      }),
    ),
    [],
  ],
  [
    'one that asks for a claim in the namespace',
    worldWith(
      requestAuthentication('r', { jwtRules: [{ issuer: 'https://i' }] }),
      authorizationPolicy('t', { rules: [{ when: [{ key: 'request.auth.claims[role]', values: ['owner'] }] }] }),
    ),
    [],
  ],
  [
    'one that asks everywhere',
    worldWith(
      requestAuthentication('r', { jwtRules: [{ issuer: 'https://i' }] }),
      authorizationPolicy('t', { rules: [{ from: [{ source: { requestPrincipals: ['*'] } }] }] }, INGRESS),
    ),
    [],
  ],
  [
    'attached to the same object',
    worldWith(
      requestAuthentication('r', { targetRefs: [{ kind: 'Service', name: 'web' }], jwtRules: [{ issuer: 'https://i' }] }),
      requestAuthentication('s', { targetRefs: [{ kind: 'Service', name: 'db' }], jwtRules: [{ issuer: 'https://i' }] }),
      authorizationPolicy('t', {
        targetRefs: [{ kind: 'Service', name: 'web' }],
        rules: [{ from: [{ source: { requestPrincipals: ['*'] } }] }],
      }),
    ),
    ['warning MESH0505 RequestAuthentication shop/s spec.jwtRules'],
  ],
]);
