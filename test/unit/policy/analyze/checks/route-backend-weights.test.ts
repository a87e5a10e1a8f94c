import { routeBackendWeights } from '../../../../../src/policy/analyze/checks/route-backend-weights.ts';
import { describeCheck } from '../describe-check.ts';
import { httpRoute, payWith, tcpRoute, toService } from '../linkerd-world.ts';

const sharing = (...weights: readonly (number | undefined)[]) =>
  httpRoute('x', { rules: [{ backendRefs: weights.map((weight) => toService('api', 80, weight === undefined ? {} : { weight })) }] });

describeCheck(routeBackendWeights, [
  ['a negative weight', payWith(sharing(101, -1)), ['error MESH0803 HTTPRoute pay/x spec.rules[0].backendRefs[1].weight']],
  ['no whole number', payWith(sharing(1, 0.5)), ['error MESH0803 HTTPRoute pay/x spec.rules[0].backendRefs[1].weight']],
  ['too large a weight', payWith(sharing(1_000_001)), ['error MESH0803 HTTPRoute pay/x spec.rules[0].backendRefs[0].weight']],
  ['the largest', payWith(sharing(1_000_000)), []],
  ['all zero', payWith(sharing(0, 0)), ['error MESH0803 HTTPRoute pay/x spec.rules[0].backendRefs']],
  ['one that is zero', payWith(sharing(0, 1)), []],
  ['a sum other than 100', payWith(sharing(50, 20)), []],
  ['none, which is 1', payWith(sharing(undefined, 0)), []],
  ['no backend', payWith(httpRoute('x', { rules: [{}] })), []],
  [
    'a TCPRoute',
    payWith(tcpRoute('x', { rules: [{ backendRefs: [toService('api', 80, { weight: 0 })] }] })),
    ['error MESH0803 TCPRoute pay/x spec.rules[0].backendRefs'],
  ],
]);
