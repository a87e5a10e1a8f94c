import { policyNamespace } from '../../../../../src/policy/analyze/checks/policy-namespace.ts';
import { describeCheck } from '../describe-check.ts';
import { authorizationPolicy, worldWith } from '../world.ts';

describeCheck(policyNamespace, [
  [
    'a namespace that does not exist',
    worldWith(
      authorizationPolicy('web', { rules: [{ from: [{ source: { namespaces: ['shop', 'shpo'], notNamespaces: ['nowhere', 'no*'] } }] }] }),
    ),
    [
      'warning IST0101 AuthorizationPolicy shop/web spec.rules[0].from[0].source.namespaces[1]',
      'warning IST0101 AuthorizationPolicy shop/web spec.rules[0].from[0].source.notNamespaces[0]',
    ],
  ],
  [
    'the same where the set is all there is',
    worldWith(authorizationPolicy('web', { rules: [{ from: [{ source: { namespaces: ['shpo'] } }] }] })),
    ['error IST0101 AuthorizationPolicy shop/web spec.rules[0].from[0].source.namespaces[0]'],
    { complete: true },
  ],
]);
