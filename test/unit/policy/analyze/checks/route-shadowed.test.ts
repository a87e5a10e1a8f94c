import { routeShadowed } from '../../../../../src/policy/analyze/checks/route-shadowed.ts';
import { describeCheck } from '../describe-check.ts';
import { grpcRoute, httpRoute, linkerdRoute, onGateway, onServer, onService, payWith } from '../linkerd-world.ts';

const matching = (name: string, matches: readonly unknown[]) =>
  httpRoute(name, { parentRefs: [onService('api-canary', 80)], rules: [{ matches }] });
const hosted = (name: string, hostnames: readonly string[]) => httpRoute(name, { parentRefs: [onGateway('edge')], hostnames, rules: [{}] });
const aged = (name: string, creationTimestamp: string) => {
  const made = httpRoute(name, { parentRefs: [onService('api-canary', 80)], rules: [{}] });
  return { ...made, metadata: { ...made.metadata, creationTimestamp } };
};

describeCheck(routeShadowed, [
  [
    'the same match on the same Service',
    payWith(httpRoute('z', { parentRefs: [onService('api', 80)], rules: [{}] })),
    ['warning MESH0805 HTTPRoute pay/z spec.rules[0]'],
  ],
  [
    'the same match twice in a route',
    payWith(matching('x', [{ path: { value: '/a' } }, { path: { type: 'PathPrefix', value: '/a/' } }])),
    ['warning MESH0805 HTTPRoute pay/x spec.rules[0].matches[1]'],
  ],
  [
    'the same demands in another order',
    payWith(
      matching('x', [
        {
          headers: [
            { name: 'A', value: '1' },
            { name: 'b', value: '2' },
          ],
        },
        {
          headers: [
            { name: 'b', value: '2' },
            { name: 'a', value: '1' },
          ],
        },
      ]),
    ),
    ['warning MESH0805 HTTPRoute pay/x spec.rules[0].matches[1]'],
  ],
  ['the same path, exact', payWith(matching('x', [{ path: { value: '/a' } }, { path: { type: 'Exact', value: '/a' } }])), []],
  ['another method', payWith(matching('x', [{ method: 'GET' }, { method: 'POST' }])), []],
  [
    'the younger one, whatever its name',
    payWith(aged('a', '2021-01-01T00:00:00Z'), aged('z', '2020-01-01T00:00:00Z')),
    ['warning MESH0805 HTTPRoute pay/a spec.rules[0]'],
  ],
  ['another parent', payWith(httpRoute('z', { parentRefs: [onService('api-canary', 80)], rules: [{}] })), []],
  ['a parent more', payWith(httpRoute('z', { parentRefs: [onService('api', 80), onService('api-canary', 80)], rules: [{}] })), []],
  ['a hostname more', payWith(hosted('y', ['a.pay.example']), hosted('z', ['a.pay.example', 'b.pay.example'])), []],
  [
    'the same hostname',
    payWith(hosted('y', ['a.pay.example']), hosted('z', ['A.pay.example'])),
    ['warning MESH0805 HTTPRoute pay/z spec.rules[0]'],
  ],
  [
    'clients of another namespace',
    payWith(httpRoute('z', { parentRefs: [{ ...onService('api', 80), namespace: 'pay' }], rules: [{}] }, { namespace: 'far' })),
    [],
  ],
  [
    'a method of gRPC',
    payWith(
      grpcRoute('z', {
        parentRefs: [onService('api-canary')],
        rules: [{ matches: [{ method: { service: 'a' } }, { method: { service: 'a' } }] }],
      }),
    ),
    ['warning MESH0805 GRPCRoute pay/z spec.rules[0].matches[1]'],
  ],
  [
    'routes of both groups with one name',
    payWith(
      httpRoute('same', { parentRefs: [onServer('api-grpc')], rules: [{}] }),
      linkerdRoute('same', { parentRefs: [onServer('api-grpc')], rules: [{}] }),
    ),
    ['warning MESH0805 HTTPRoute pay/same spec.rules[0]'],
  ],
]);
