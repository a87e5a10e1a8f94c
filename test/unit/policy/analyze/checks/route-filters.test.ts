import { routeFilters } from '../../../../../src/policy/analyze/checks/route-filters.ts';
import { describeCheck } from '../describe-check.ts';
import { grpcRoute, httpRoute, L5D, linkerdRoute, onGateway, onServer, onService, payWith, ref, toService } from '../linkerd-world.ts';
import { WORLD } from '../world.ts';

const filtering = (parent: unknown, ...types: readonly string[]) =>
  httpRoute('x', { parentRefs: [parent], rules: [{ filters: types.map((type) => ({ type })) }] });

describeCheck(routeFilters, [
  [
    'a mirror on a Service',
    payWith(filtering(onService('api', 80), 'RequestMirror')),
    ['error MESH0806 HTTPRoute pay/x spec.rules[0].filters[0]'],
  ],
  [
    'a rewrite on a Server',
    payWith(filtering(onServer('api-http'), 'URLRewrite')),
    ['error MESH0806 HTTPRoute pay/x spec.rules[0].filters[0]'],
  ],
  [
    'a rewrite on an EgressNetwork',
    payWith(filtering(ref(L5D, 'EgressNetwork', 'partners', { port: 443 }), 'ExtensionRef')),
    ['error MESH0806 HTTPRoute pay/x spec.rules[0].filters[0]'],
  ],
  [
    'a filter of a backend',
    payWith(
      httpRoute('x', {
        parentRefs: [onService('api', 80)],
        rules: [{ backendRefs: [toService('api', 80, { filters: [{ type: 'URLRewrite' }] })] }],
      }),
    ),
    ['error MESH0806 HTTPRoute pay/x spec.rules[0].backendRefs[0].filters[0]'],
  ],
  [
    'a redirect of gRPC',
    payWith(grpcRoute('x', { parentRefs: [onService('api', 9090)], rules: [{ filters: [{ type: 'RequestRedirect' }] }] })),
    ['error MESH0806 GRPCRoute pay/x spec.rules[0].filters[0]'],
  ],
  [
    'Linkerd’s own route',
    payWith(linkerdRoute('x', { parentRefs: [], rules: [{ filters: [{ type: 'RequestMirror' }] }] })),
    ['error MESH0806 HTTPRoute pay/x spec.rules[0].filters[0]'],
  ],
  [
    'those that it knows',
    payWith(filtering(onService('api', 80), 'RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestRedirect')),
    [],
  ],
  ['a Gateway, which is somebody else’s', payWith(filtering(onGateway('edge'), 'URLRewrite')), []],
  [
    'a Service outside of Linkerd',
    [
      ...WORLD,
      httpRoute('x', { parentRefs: [onService('web', 80)], rules: [{ filters: [{ type: 'URLRewrite' }] }] }, { namespace: 'shop' }),
    ],
    [],
  ],
]);
