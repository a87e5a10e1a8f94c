import { linkerdRateLimit } from '../../../../../src/policy/analyze/checks/linkerd-rate-limit.ts';
import { describeCheck } from '../describe-check.ts';
import { L5D, onServer, payWith, rateLimit, ref } from '../linkerd-world.ts';

const limiting = (targetRef: unknown) => rateLimit('api', { targetRef, total: { requestsPerSecond: 10 } });

describeCheck(linkerdRateLimit, [
  ['a route', payWith(limiting(ref(L5D, 'HTTPRoute', 'probes'))), ['error MESH0710 HTTPLocalRateLimitPolicy pay/api spec.targetRef']],
  [
    'a Server without its group',
    payWith(limiting({ kind: 'Server', name: 'api-http' })),
    ['error MESH0710 HTTPLocalRateLimitPolicy pay/api spec.targetRef'],
  ],
  [
    'nothing',
    payWith(rateLimit('api', { total: { requestsPerSecond: 1 } })),
    ['error MESH0710 HTTPLocalRateLimitPolicy pay/api spec.targetRef'],
  ],
  [
    'a Server that is not there',
    payWith(limiting(onServer('none'))),
    ['error MESH0710 HTTPLocalRateLimitPolicy pay/api spec.targetRef.name'],
  ],
  ['a Server for gRPC', payWith(limiting(onServer('api-grpc'))), ['warning MESH0710 HTTPLocalRateLimitPolicy pay/api spec.targetRef']],
  [
    'a second one',
    payWith(rateLimit('b', { targetRef: onServer('api-http'), total: { requestsPerSecond: 1 } })),
    ['warning MESH0710 HTTPLocalRateLimitPolicy pay/b spec.targetRef'],
  ],
  ['no limit', payWith(rateLimit('api', { targetRef: onServer('api-http') })), ['warning MESH0710 HTTPLocalRateLimitPolicy pay/api spec']],
  [
    'a limit of 0',
    payWith(rateLimit('api', { targetRef: onServer('api-http'), total: { requestsPerSecond: 0 } })),
    ['error MESH0710 HTTPLocalRateLimitPolicy pay/api spec.total.requestsPerSecond'],
  ],
  [
    'an identity with more than the total',
    payWith(rateLimit('api', { targetRef: onServer('api-http'), total: { requestsPerSecond: 1 }, identity: { requestsPerSecond: 2 } })),
    ['error MESH0710 HTTPLocalRateLimitPolicy pay/api spec.identity.requestsPerSecond'],
  ],
  [
    'an override with more than the total',
    payWith(
      rateLimit('api', {
        targetRef: onServer('api-http'),
        total: { requestsPerSecond: 1 },
        overrides: [{ requestsPerSecond: 2, clientRefs: [{ kind: 'ServiceAccount', name: 'client' }] }],
      }),
    ),
    ['error MESH0710 HTTPLocalRateLimitPolicy pay/api spec.overrides[0].requestsPerSecond'],
  ],
  [
    'as much as the total',
    payWith(rateLimit('api', { targetRef: onServer('api-http'), total: { requestsPerSecond: 2 }, identity: { requestsPerSecond: 2 } })),
    [],
  ],
  [
    'an override for a namespace',
    payWith(
      rateLimit('api', {
        targetRef: onServer('api-http'),
        overrides: [{ requestsPerSecond: 2, clientRefs: [{ kind: 'Namespace', name: 'pay' }] }],
      }),
    ),
    ['error MESH0710 HTTPLocalRateLimitPolicy pay/api spec.overrides[0].clientRefs[0]'],
  ],
]);
