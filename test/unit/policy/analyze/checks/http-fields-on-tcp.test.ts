import { httpFieldsOnTcp } from '../../../../../src/policy/analyze/checks/http-fields-on-tcp.ts';
import { describeCheck } from '../describe-check.ts';
import { authorizationPolicy, worldWith } from '../world.ts';

describeCheck(httpFieldsOnTcp, [
  [
    'ALLOW by method on a TCP port',
    worldWith(
      authorizationPolicy('db', { selector: { matchLabels: { app: 'db' } }, rules: [{ to: [{ operation: { methods: ['GET'] } }] }] }),
    ),
    ['warning MESH0503 AuthorizationPolicy shop/db spec.rules[0].to[0].operation.methods'],
  ],
  [
    'DENY by token on a TCP port',
    worldWith(
      authorizationPolicy('db', {
        selector: { matchLabels: { app: 'db' } },
        action: 'DENY',
        rules: [{ from: [{ source: { notRequestPrincipals: ['*'] } }] }],
      }),
    ),
    ['warning MESH0503 AuthorizationPolicy shop/db spec.rules[0].from[0].source.notRequestPrincipals'],
  ],
  [
    'ALLOW by header for the whole namespace, where some ports carry HTTP',
    worldWith(authorizationPolicy('all', { rules: [{ when: [{ key: 'request.headers[x]', values: ['a'] }] }] })),
    [],
  ],
  [
    'the same for DENY, which hits the database too',
    worldWith(authorizationPolicy('all', { action: 'DENY', rules: [{ when: [{ key: 'request.headers[x]', values: ['a'] }] }] })),
    ['warning MESH0503 AuthorizationPolicy shop/all spec.rules[0].when[0]'],
  ],
  [
    'the same with the HTTP ports named',
    worldWith(authorizationPolicy('all', { action: 'DENY', rules: [{ to: [{ operation: { paths: ['/x'], ports: ['8080'] } }] }] })),
    [],
  ],
  [
    'a TCP port named',
    worldWith(authorizationPolicy('all', { rules: [{ to: [{ operation: { paths: ['/x'], ports: ['5432'] } }] }] })),
    ['warning MESH0503 AuthorizationPolicy shop/all spec.rules[0].to[0].operation.paths'],
  ],
  [
    'principals only',
    worldWith(
      authorizationPolicy('db', { selector: { matchLabels: { app: 'db' } }, rules: [{ from: [{ source: { principals: ['*'] } }] }] }),
    ),
    [],
  ],
]);
