import { unknownPrincipal } from '../../../../../src/policy/analyze/checks/unknown-principal.ts';
import { describeCheck } from '../describe-check.ts';
import { authorizationPolicy, other, worldWith } from '../world.ts';

describeCheck(unknownPrincipal, [
  [
    'an account that no workload has',
    worldWith(
      authorizationPolicy('web', {
        rules: [
          {
            from: [
              { source: { principals: ['cluster.local/ns/shop/sa/web', '*/ns/shop/sa/wbe', '*', 'cluster.local/ns/elsewhere/sa/x'] } },
            ],
          },
        ],
      }),
    ),
    ['warning MESH0508 AuthorizationPolicy shop/web spec.rules[0].from[0].source.principals[1]'],
  ],
  [
    'a SPIFFE URI',
    worldWith(
      authorizationPolicy('web', { rules: [{ when: [{ key: 'source.principal', values: ['spiffe://cluster.local/ns/shop/sa/web'] }] }] }),
    ),
    ['warning MESH0508 AuthorizationPolicy shop/web spec.rules[0].when[0].values[0]'],
  ],
  [
    'an account without a workload',
    worldWith(
      other('v1', 'ServiceAccount', 'idle'),
      authorizationPolicy('web', { rules: [{ from: [{ source: { principals: ['cluster.local/ns/shop/sa/idle'] } }] }] }),
    ),
    [],
  ],
]);
