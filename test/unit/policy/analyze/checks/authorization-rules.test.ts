import { authorizationRules } from '../../../../../src/policy/analyze/checks/authorization-rules.ts';
import { describeCheck } from '../describe-check.ts';
import { authorizationPolicy, worldWith } from '../world.ts';

describeCheck(authorizationRules, [
  [
    'DENY and CUSTOM without rules',
    worldWith(authorizationPolicy('web', { action: 'DENY' }), authorizationPolicy('custom', { action: 'CUSTOM', provider: { name: 'x' } })),
    ['error MESH0501 AuthorizationPolicy shop/custom spec.rules', 'error MESH0501 AuthorizationPolicy shop/web spec.rules'],
  ],
  [
    'ALLOW without rules for some workloads',
    worldWith(authorizationPolicy('web', { selector: { matchLabels: { app: 'web' } } })),
    ['info MESH0501 AuthorizationPolicy shop/web spec.rules'],
  ],
  [
    'ALLOW for everyone',
    worldWith(authorizationPolicy('web', { rules: [{}] })),
    ['warning MESH0501 AuthorizationPolicy shop/web spec.rules[0]'],
  ],
  ['DENY for everyone', worldWith(authorizationPolicy('web', { action: 'DENY', rules: [{}] })), []],
  [
    'empty parts',
    worldWith(authorizationPolicy('web', { rules: [{ from: [] }, { from: [{ source: {} }], to: [{ operation: { methods: [] } }, {}] }] })),
    [
      'error MESH0501 AuthorizationPolicy shop/web spec.rules[0].from',
      'error MESH0501 AuthorizationPolicy shop/web spec.rules[1].from[0].source',
      'error MESH0501 AuthorizationPolicy shop/web spec.rules[1].to[0].operation',
      'error MESH0501 AuthorizationPolicy shop/web spec.rules[1].to[1].operation',
    ],
  ],
  [
    'conditions without a key, without values',
    worldWith(authorizationPolicy('web', { rules: [{ when: [{ values: ['a'] }, { key: 'request.headers[x]' }] }] })),
    [
      'error MESH0501 AuthorizationPolicy shop/web spec.rules[0].when[0]',
      'error MESH0501 AuthorizationPolicy shop/web spec.rules[0].when[1]',
    ],
  ],
  [
    'CUSTOM without a provider, a provider without CUSTOM',
    worldWith(
      authorizationPolicy('web', { action: 'CUSTOM', rules: [{}] }),
      authorizationPolicy('other', { provider: { name: 'x' }, rules: [{ to: [{ operation: { ports: ['80'] } }] }] }),
    ),
    ['error MESH0501 AuthorizationPolicy shop/other spec.provider', 'error MESH0501 AuthorizationPolicy shop/web spec.provider'],
  ],
  [
    'accounts beside namespaces',
    worldWith(authorizationPolicy('web', { rules: [{ from: [{ source: { serviceAccounts: ['shop/web'], namespaces: ['shop'] } }] }] })),
    ['error MESH0501 AuthorizationPolicy shop/web spec.rules[0].from[0].source'],
  ],
  [
    'ports, methods and paths that are none',
    worldWith(
      authorizationPolicy('web', {
        rules: [{ to: [{ operation: { ports: ['80', 'http', '70000'], methods: ['get', 'POST'], paths: ['api', '/api', '*.html'] } }] }],
      }),
    ),
    [
      'error MESH0501 AuthorizationPolicy shop/web spec.rules[0].to[0].operation.ports[1]',
      'error MESH0501 AuthorizationPolicy shop/web spec.rules[0].to[0].operation.ports[2]',
      'warning MESH0501 AuthorizationPolicy shop/web spec.rules[0].to[0].operation.methods[0]',
      'warning MESH0501 AuthorizationPolicy shop/web spec.rules[0].to[0].operation.paths[0]',
    ],
  ],
  [
    'addresses that are none',
    worldWith(
      authorizationPolicy('web', {
        rules: [
          {
            from: [
              {
                source: {
                  ipBlocks: ['10.0.0.0/8', '*', '10.0.0.300', '10.0.0.0/33', '2001:db8::/32', '::1', ''],
                  notRemoteIpBlocks: ['web'],
                },
              },
            ],
          },
        ],
      }),
    ),
    [
      'error MESH0501 AuthorizationPolicy shop/web spec.rules[0].from[0].source.ipBlocks[1]',
      'error MESH0501 AuthorizationPolicy shop/web spec.rules[0].from[0].source.ipBlocks[2]',
      'error MESH0501 AuthorizationPolicy shop/web spec.rules[0].from[0].source.ipBlocks[3]',
      'error MESH0501 AuthorizationPolicy shop/web spec.rules[0].from[0].source.ipBlocks[6]',
      'error MESH0501 AuthorizationPolicy shop/web spec.rules[0].from[0].source.notRemoteIpBlocks[0]',
    ],
  ],
]);
