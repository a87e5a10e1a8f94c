import { linkerdRouteProtocol } from '../../../../../src/policy/analyze/checks/linkerd-route-protocol.ts';
import { describeCheck } from '../describe-check.ts';
import { apps, grpcRoute, httpRoute, linkerdRoute, onServer, onService, payWith, server, tcpRoute } from '../linkerd-world.ts';

describeCheck(linkerdRouteProtocol, [
  [
    'an HTTPRoute on an opaque port',
    payWith(
      server('x', { podSelector: apps('nats'), port: 4222, proxyProtocol: 'opaque' }),
      linkerdRoute('r', { parentRefs: [onServer('x')], rules: [] }),
    ),
    ['warning MESH0711 HTTPRoute pay/r spec.parentRefs[0]'],
  ],
  [
    'an HTTPRoute on a Server for gRPC',
    payWith(linkerdRoute('r', { parentRefs: [onServer('api-grpc')] })),
    ['warning MESH0711 HTTPRoute pay/r spec.parentRefs[0]'],
  ],
  [
    'a GRPCRoute on a Server for HTTP',
    payWith(grpcRoute('r', { parentRefs: [onServer('api-http')] })),
    ['warning MESH0711 GRPCRoute pay/r spec.parentRefs[0]'],
  ],
  [
    'a GRPCRoute on a Server that does not say',
    payWith(server('x', { podSelector: apps('nats'), port: 4222 }), grpcRoute('r', { parentRefs: [onServer('x')] })),
    ['warning MESH0711 GRPCRoute pay/r spec.parentRefs[0]'],
  ],
  ['a TCPRoute', payWith(tcpRoute('r', { parentRefs: [onServer('api-http')] })), ['warning MESH0711 TCPRoute pay/r spec.parentRefs[0]']],
  [
    'an HTTPRoute on a Server that does not say',
    payWith(server('x', { podSelector: apps('nats'), port: 4222 }), httpRoute('r', { parentRefs: [onServer('x')] })),
    [],
  ],
  ['a GRPCRoute on a Server for gRPC', payWith(grpcRoute('r', { parentRefs: [onServer('api-grpc')] })), []],
  ['a Service', payWith(grpcRoute('r', { parentRefs: [onService('api', 80)] })), []],
]);
