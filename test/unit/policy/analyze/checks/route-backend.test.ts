import { routeBackend } from '../../../../../src/policy/analyze/checks/route-backend.ts';
import { describeCheck } from '../describe-check.ts';
import { httpRoute, L5D, linkerdRoute, onGateway, PAY, payWith, ref, toService } from '../linkerd-world.ts';
import { other } from '../world.ts';

const to = (...backendRefs: readonly unknown[]) => httpRoute('x', { parentRefs: [onGateway('edge')], rules: [{ backendRefs }] });

describeCheck(routeBackend, [
  ['a Service that is not there', payWith(to(toService('none', 80))), ['error MESH0801 HTTPRoute pay/x spec.rules[0].backendRefs[0].name']],
  [
    'a port that the Service has not',
    payWith(to(toService('api', 8080))),
    ['error MESH0801 HTTPRoute pay/x spec.rules[0].backendRefs[0].port'],
  ],
  ['no port', payWith(to(toService('api'))), ['error MESH0801 HTTPRoute pay/x spec.rules[0].backendRefs[0]']],
  [
    'a mirror',
    payWith(
      httpRoute('x', {
        parentRefs: [onGateway('edge')],
        rules: [{ filters: [{ type: 'RequestMirror', requestMirror: { backendRef: toService('none', 80) } }] }],
      }),
    ),
    ['error MESH0801 HTTPRoute pay/x spec.rules[0].filters[0].requestMirror.backendRef.name'],
  ],
  [
    'an EgressNetwork that is not there',
    payWith(to(ref(L5D, 'EgressNetwork', 'none', { port: 443 }))),
    ['error MESH0801 HTTPRoute pay/x spec.rules[0].backendRefs[0].name'],
  ],
  [
    'Linkerd’s own route',
    payWith(linkerdRoute('x', { rules: [{ backendRefs: [toService('none', 80)] }] })),
    ['error MESH0801 HTTPRoute pay/x spec.rules[0].backendRefs[0].name'],
  ],
  [
    'good ones',
    payWith(to(toService('api', 80), ref('core', 'Service', 'api', { port: 9090 }), ref(L5D, 'EgressNetwork', 'partners', { port: 443 }))),
    [],
  ],
  ['kinds of somebody else', payWith(to(ref('multicluster.x-k8s.io', 'ServiceImport', 'none', { port: 80 }))), []],
  ['a namespace of which nothing is known', payWith(to(toService('api', 80, { namespace: 'far' }))), []],
  [
    'an alias, whose ports nobody says',
    payWith(
      other('v1', 'Service', 'alias', { spec: { type: 'ExternalName', externalName: 'a.example' } }, PAY),
      to(toService('alias', 443)),
    ),
    [],
  ],
]);
