import { routeKinds } from '../../../../../src/policy/analyze/checks/route-kinds.ts';
import { describeCheck } from '../describe-check.ts';
import { grpcRoute, httpRoute, onGateway, onServer, onService, payWith, tcpRoute } from '../linkerd-world.ts';

describeCheck(routeKinds, [
  [
    'an HTTPRoute beside a GRPCRoute',
    payWith(httpRoute('x', { parentRefs: [onService('api', 9090)] })),
    ['warning MESH0809 HTTPRoute pay/x spec.parentRefs[0]'],
  ],
  [
    'a TCPRoute beside an HTTPRoute',
    payWith(tcpRoute('x', { parentRefs: [onService('api', 80)] })),
    ['warning MESH0809 TCPRoute pay/x spec.parentRefs[0]'],
  ],
  [
    'a TCPRoute beside Linkerd’s own on a Server',
    payWith(tcpRoute('x', { parentRefs: [onServer('api-http')] })),
    ['warning MESH0809 TCPRoute pay/x spec.parentRefs[0]'],
  ],
  ['another port', payWith(tcpRoute('x', { parentRefs: [onService('api', 81)] })), []],
  ['the same kind', payWith(httpRoute('x', { parentRefs: [onService('api', 80)] })), []],
  ['a Gateway', payWith(grpcRoute('x', { parentRefs: [onGateway('edge', { sectionName: 'https' })] })), []],
]);
