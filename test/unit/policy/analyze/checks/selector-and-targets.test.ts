import { selectorAndTargets } from '../../../../../src/policy/analyze/checks/selector-and-targets.ts';
import { describeCheck } from '../describe-check.ts';
import { authorizationPolicy, requestAuthentication, worldWith } from '../world.ts';

describeCheck(selectorAndTargets, [
  [
    'both',
    worldWith(authorizationPolicy('web', { selector: { matchLabels: { app: 'web' } }, targetRefs: [{ kind: 'Service', name: 'web' }] })),
    ['error MESH0502 AuthorizationPolicy shop/web spec.selector'],
  ],
  [
    'targetRef and targetRefs',
    worldWith(requestAuthentication('r', { targetRef: { kind: 'Service', name: 'web' }, targetRefs: [{ kind: 'Service', name: 'web' }] })),
    ['error MESH0502 RequestAuthentication shop/r spec.targetRef'],
  ],
  ['one of them', worldWith(authorizationPolicy('web', { targetRefs: [{ kind: 'Service', name: 'web' }] })), []],
]);
