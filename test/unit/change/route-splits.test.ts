import { describe, expect, it } from 'vitest';
import { splitsOf, withWeights } from '../../../src/change/route-splits.ts';
import type { JsonObject } from '../../../src/lib/json.ts';

const gateway = (...backendRefs: readonly JsonObject[]): JsonObject => ({
  spec: { hostnames: ['a'], rules: [{ matches: [{}], backendRefs }, { backendRefs: [] }] },
});
const istio = (...route: readonly JsonObject[]): JsonObject => ({
  spec: { http: [{ match: [] }, { timeout: '1s', route }], tcp: [{ route: [{ destination: { host: 'db' } }] }] },
});

describe('the splits of a Gateway API route', () => {
  it('name their backends as the route does', () => {
    const object = gateway(
      { name: 'web', port: 80 },
      { name: 'web', namespace: 'pay', port: 80, weight: 3 },
      { name: 'net', group: 'policy.linkerd.io', kind: 'EgressNetwork' },
    );
    expect(splitsOf('httpRoutes', object, 'shop')).toMatchObject([
      {
        rule: 'rules[0]',
        backends: [
          { target: 'web', weight: 1, service: { namespace: 'shop', name: 'web' } },
          { target: 'pay/web', weight: 3, service: { namespace: 'pay', name: 'web' } },
          { target: 'net', weight: 1, service: undefined },
        ],
      },
    ]);
  });

  it('tell two ports of one Service apart', () => {
    const [split] = splitsOf('httpRoutes', gateway({ name: 'web', port: 80 }, { name: 'web', port: 81 }), 'shop');
    expect(split?.backends.map(({ target }) => target)).toEqual(['web:80', 'web:81']);
  });
});

describe('the splits of a VirtualService', () => {
  it('name hosts and subsets; one destination alone gets everything', () => {
    const object = istio(
      { destination: { host: 'web', subset: 'v1' }, weight: 90 },
      { destination: { host: 'web.pay.svc.cluster.local' } },
      { destination: { host: 'api.example.com' }, weight: 10 },
    );
    expect(splitsOf('istioVirtualServices', object, 'shop')).toMatchObject([
      {
        rule: 'http[1]',
        backends: [
          { target: 'web/v1', weight: 90, service: { namespace: 'shop', name: 'web' }, subset: 'v1' },
          { target: 'web.pay.svc.cluster.local', weight: 0, service: { namespace: 'pay', name: 'web' } },
          { target: 'api.example.com', weight: 10, service: undefined },
        ],
      },
      { rule: 'tcp[0]', backends: [{ target: 'db', weight: 1 }] },
    ]);
  });
});

describe('other weights', () => {
  it('change nothing else of the rules, and bring all of them', () => {
    const object = gateway({ name: 'web', port: 80, weight: 1, filters: [{ type: 'X' }] }, { name: 'canary', port: 80 });
    const [split] = splitsOf('httpRoutes', object, 'shop');
    if (split === undefined) throw new Error('no split');
    expect(withWeights('httpRoutes', object, new Map([[split, [30, 70]]]))).toEqual({
      spec: {
        rules: [
          {
            matches: [{}],
            backendRefs: [
              { name: 'web', port: 80, weight: 30, filters: [{ type: 'X' }] },
              { name: 'canary', port: 80, weight: 70 },
            ],
          },
          { backendRefs: [] },
        ],
      },
    });
  });

  it('leave sections alone that have none', () => {
    const object = istio({ destination: { host: 'a' }, weight: 1 }, { destination: { host: 'b' }, weight: 1 });
    const [split] = splitsOf('istioVirtualServices', object, 'shop');
    if (split === undefined) throw new Error('no split');
    expect(Object.keys(withWeights('istioVirtualServices', object, new Map([[split, [1, 2]]])).spec as object)).toEqual(['http']);
  });
});

it('takes any object', () => {
  for (const spec of [undefined, null, 7, [], { rules: 7 }, { rules: [7, { backendRefs: [7, {}] }] }]) {
    expect(() => splitsOf('httpRoutes', { spec } as JsonObject, 'shop')).not.toThrow();
    expect(() => splitsOf('istioVirtualServices', { spec } as JsonObject, 'shop')).not.toThrow();
  }
});
