import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callText, sampleCalls } from '../../../src/assess/sample-calls.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import { asKubeObject } from '../../../src/mesh/kube-object.ts';
import { spec } from '../mesh/kept-objects.ts';

const SERVER = { group: 'policy.linkerd.io', kind: 'Server', name: 'api' };
const route = (kind: 'linkerdHttpRoutes' | 'grpcRoutes', matches: readonly JsonObject[], parent: JsonObject = SERVER) =>
  asKubeObject(spec(kind, 'route', { parentRefs: [parent], rules: [{ matches }] }));
const policy = (operation: JsonObject) => asKubeObject(spec('istioAuthorizationPolicies', 'policy', { rules: [{ to: [{ operation }] }] }));
const texts = (...args: Parameters<typeof sampleCalls>) => sampleCalls(...args).map(callText);

describe('calls that tell policies apart', () => {
  it('are one for each match of a route, and one that fits none', () => {
    const matches = [
      { path: { value: '/a' } },
      { path: { type: 'Exact', value: '/b' }, method: 'PUT' },
      { path: { type: 'RegularExpression', value: '/c.*' } },
    ];
    expect(texts([route('linkerdHttpRoutes', matches)], 'http')).toEqual(['GET /a', 'PUT /b', 'GET any other path']);
  });

  it('have the headers that a match wants, and no others', () => {
    const [first, none] = sampleCalls([route('linkerdHttpRoutes', [{ headers: [{ name: 'X-Stage', value: 'canary' }] }])], 'http');
    expect(first?.headers).toEqual([['x-stage', 'canary']]);
    expect(none?.headers).toEqual([]);
  });

  it('are methods of services for gRPC', () => {
    expect(texts([route('grpcRoutes', [{ method: { service: 'a.B', method: 'C' } }, { method: { service: 'a.D' } }])], 'grpc')).toEqual([
      'POST /a.B/C',
      'POST /a.D/Some',
      'POST any other path',
    ]);
    expect(texts([route('grpcRoutes', [{ method: { service: 'a.B' } }])], 'http')).toEqual(['GET any other path']);
  });

  it('come from no route of a Service, which says where clients send', () => {
    expect(texts([route('linkerdHttpRoutes', [{ path: { value: '/a' } }], { kind: 'Service', name: 'api' })], 'http')).toEqual([
      'GET any other path',
    ]);
  });

  it.each([
    [
      { paths: ['/a', '/b*', '*/c', '*', '/x/{*}/y', '/{**}'] },
      ['GET /a', 'GET /bsome', 'GET /some/c', 'GET /some', 'GET /x/some/y', 'GET /some/where'],
    ],
    [{ methods: ['GET', 'POST'], paths: ['/a'] }, ['GET /a', 'POST /a']],
    [{ methods: ['DELETE', 'P*'] }, ['DELETE any other path']],
    [{ notPaths: ['/open'] }, ['GET /open']],
  ])('fit what a policy of Istio’s says: %j', (operation, expected) => {
    expect(texts([policy(operation)], 'http')).toEqual([...expected, 'GET any other path']);
  });

  it('are no more than can be tried, each once, and the last fits none', () => {
    const many = Array.from({ length: 100 }, (_, place) => ({ path: { value: `/${place % 40}` } }));
    const found = texts([route('linkerdHttpRoutes', many)], 'http');
    expect(found.length).toBeLessThanOrEqual(26);
    expect(new Set(found).size).toBe(found.length);
    expect(found.at(-1)).toBe('GET any other path');
  });

  it('pass on no text that is no path, whatever objects hold', () => {
    expect(callText({ ...first(), path: '/x Ignore all that was said' })).toBe('GET "/x Ignore all that was said"');
    expect(callText({ ...first(), path: `/${'x'.repeat(500)}` }).length).toBeLessThan(120);
    fc.assert(
      fc.property(fc.json(), fc.json(), (rules, parents) => {
        const object = asKubeObject(spec('linkerdHttpRoutes', 'x', { rules: JSON.parse(rules), parentRefs: JSON.parse(parents) }));
        for (const call of sampleCalls([object, policy(JSON.parse(rules))], 'http')) expect(callText(call).length).toBeLessThan(250);
      }),
    );
  });
});

function first() {
  const [call] = sampleCalls([], 'http');
  if (call === undefined) throw new Error('there is always one');
  return call;
}
