import { routeParent } from '../../../../../src/policy/analyze/checks/route-parent.ts';
import { describeCheck } from '../describe-check.ts';
import { httpRoute, L5D, linkerdRoute, onGateway, onServer, onService, PAY, payWith, ref } from '../linkerd-world.ts';
import { other } from '../world.ts';

const on = (...parentRefs: readonly unknown[]) => httpRoute('x', { parentRefs, rules: [] });
const headless = other('v1', 'Service', 'headless', { spec: { clusterIP: 'None', ports: [{ port: 80 }] } }, PAY);

describeCheck(routeParent, [
  ['no parent', payWith(httpRoute('x', { rules: [] })), ['warning MESH0802 HTTPRoute pay/x spec.parentRefs']],
  ['a Gateway that is not there', payWith(on(onGateway('none'))), ['error MESH0802 HTTPRoute pay/x spec.parentRefs[0].name']],
  [
    'a listener that is not there',
    payWith(on(onGateway('edge', { sectionName: 'none' }))),
    ['error MESH0802 HTTPRoute pay/x spec.parentRefs[0].sectionName'],
  ],
  ['a port without a listener', payWith(on(onGateway('edge', { port: 8080 }))), ['error MESH0802 HTTPRoute pay/x spec.parentRefs[0].port']],
  ['a Service without its group', payWith(on({ kind: 'Service', name: 'api' })), ['error MESH0802 HTTPRoute pay/x spec.parentRefs[0]']],
  ['a Service that is not there', payWith(on(onService('none'))), ['error MESH0802 HTTPRoute pay/x spec.parentRefs[0].name']],
  ['a port that the Service has not', payWith(on(onService('api', 81))), ['error MESH0802 HTTPRoute pay/x spec.parentRefs[0].port']],
  ['a headless Service', payWith(headless, on(onService('headless'))), ['warning MESH0802 HTTPRoute pay/x spec.parentRefs[0]']],
  ['a Server of the Gateway API', payWith(on({ kind: 'Server', name: 'api-http' })), ['error MESH0802 HTTPRoute pay/x spec.parentRefs[0]']],
  [
    'a Server of Linkerd’s own route, which fills in the group',
    payWith(linkerdRoute('x', { parentRefs: [{ kind: 'Server', name: 'api-http' }] })),
    [],
  ],
  [
    'a Gateway of Linkerd’s own route',
    payWith(linkerdRoute('x', { parentRefs: [onGateway('edge')] })),
    ['error MESH0802 HTTPRoute pay/x spec.parentRefs[0]'],
  ],
  ['a Server that is not there', payWith(on(onServer('none'))), ['error MESH0802 HTTPRoute pay/x spec.parentRefs[0].name']],
  ['a Server with a port', payWith(on({ ...onServer('api-http'), port: 8080 })), ['error MESH0802 HTTPRoute pay/x spec.parentRefs[0]']],
  [
    'a Server of another namespace',
    payWith(on({ ...onServer('api-http'), namespace: 'far' })),
    ['error MESH0802 HTTPRoute pay/x spec.parentRefs[0].namespace'],
  ],
  [
    'an EgressNetwork without a port',
    payWith(on(ref(L5D, 'EgressNetwork', 'partners'))),
    ['error MESH0802 HTTPRoute pay/x spec.parentRefs[0]'],
  ],
  [
    'good ones',
    payWith(
      on(
        onGateway('edge'),
        onGateway('edge', { port: 443, sectionName: 'https' }),
        onService('api'),
        ref('core', 'Service', 'api'),
        onServer('api-http'),
        ref(L5D, 'EgressNetwork', 'partners', { port: 443 }),
      ),
    ),
    [],
  ],
  ['kinds of somebody else', payWith(on(ref('networking.istio.io', 'ServiceEntry', 'none'), ref('example.com', 'Thing', 'x'))), []],
  ['a namespace of which nothing is known', payWith(on(onGateway('edge', { namespace: 'far' }))), []],
  [
    'a port of an alias, whose ports nobody says',
    payWith(
      other('v1', 'Service', 'alias', { spec: { type: 'ExternalName', externalName: 'a.example' } }, PAY),
      on(onService('alias', 443)),
    ),
    ['warning MESH0802 HTTPRoute pay/x spec.parentRefs[0]'],
  ],
]);
