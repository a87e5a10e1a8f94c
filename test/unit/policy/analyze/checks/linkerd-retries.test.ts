import { linkerdRetries } from '../../../../../src/policy/analyze/checks/linkerd-retries.ts';
import { describeCheck } from '../describe-check.ts';
import { grpcRoute, httpRoute, payService, payWith } from '../linkerd-world.ts';

const on = (annotations: Readonly<Record<string, string>>) => payService('x', 'api', [{ port: 80 }], annotations);

describeCheck(linkerdRetries, [
  [
    'no duration',
    payWith(on({ 'timeout.linkerd.io/request': '10' })),
    ['error MESH0903 Service pay/x metadata.annotations["timeout.linkerd.io/request"]'],
  ],
  [
    'a fraction',
    payWith(on({ 'retry.linkerd.io/timeout': '1.5s' })),
    ['error MESH0903 Service pay/x metadata.annotations["retry.linkerd.io/timeout"]'],
  ],
  [
    'no number',
    payWith(on({ 'retry.linkerd.io/limit': 'three' })),
    ['error MESH0903 Service pay/x metadata.annotations["retry.linkerd.io/limit"]'],
  ],
  [
    'too many',
    payWith(on({ 'retry.linkerd.io/limit': '65536' })),
    ['error MESH0903 Service pay/x metadata.annotations["retry.linkerd.io/limit"]'],
  ],
  [
    'conditions with a space',
    payWith(on({ 'retry.linkerd.io/http': '5xx, 429' })),
    ['error MESH0903 Service pay/x metadata.annotations["retry.linkerd.io/http"]'],
  ],
  [
    'conditions of Envoy',
    payWith(on({ 'retry.linkerd.io/http': 'connect-failure' })),
    ['error MESH0903 Service pay/x metadata.annotations["retry.linkerd.io/http"]'],
  ],
  [
    'a range the wrong way round',
    payWith(on({ 'retry.linkerd.io/http': '504-500' })),
    ['error MESH0903 Service pay/x metadata.annotations["retry.linkerd.io/http"]'],
  ],
  [
    'conditions of gRPC',
    payWith(on({ 'retry.linkerd.io/grpc': 'unavailable,aborted' })),
    ['error MESH0903 Service pay/x metadata.annotations["retry.linkerd.io/grpc"]'],
  ],
  [
    'gRPC’s on an HTTPRoute',
    payWith(httpRoute('x', {}, { annotations: { 'retry.linkerd.io/grpc': 'unavailable' } })),
    ['warning MESH0903 HTTPRoute pay/x metadata.annotations["retry.linkerd.io/grpc"]'],
  ],
  [
    'HTTP’s on a GRPCRoute',
    payWith(grpcRoute('x', {}, { annotations: { 'retry.linkerd.io/http': '5xx' } })),
    ['warning MESH0903 GRPCRoute pay/x metadata.annotations["retry.linkerd.io/http"]'],
  ],
  [
    'good ones',
    payWith(
      on({
        'retry.linkerd.io/http': '5XX,gateway-error,500-500',
        'retry.linkerd.io/grpc': 'Unavailable',
        'retry.linkerd.io/limit': '0',
        'timeout.linkerd.io/idle': '0',
        'timeout.linkerd.io/response': ' 2d ',
      }),
    ),
    [],
  ],
]);
