import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simpleGraph } from '../../../../src/graph/query/simple.ts';
import { edgesIn } from '../../../../src/graph/query/view.ts';
import { fewNames, topology, trafficOf } from '../arbitraries.ts';
import { view, viewOf } from './fixture.ts';

describe('simpleGraph', () => {
  it('has the shape of the design notes', () => {
    expect(simpleGraph(view.topologies, edgesIn(view.traffic))).toEqual({
      services: ['shop/cart', 'shop/db', 'shop/web'],
      edges: [
        { src: 'shop/loadtest', dst: 'shop/web', rps: 50, tls: false },
        { src: 'shop/web', dst: 'shop/cart', rps: 40, tls: false },
        { src: 'shop/web', dst: 'bank/api', rps: 5, tls: true },
        { src: 'shop/cart', dst: 'shop/db', rps: 0, tls: true },
        { src: 'shop/web', dst: 'pay.example.com', rps: 3, tls: false },
        { src: 'unmeshed', dst: 'shop/cart', rps: 0, tls: false },
      ],
      authPolicies: [
        { namespace: 'shop', name: 'cart', kind: 'AuthorizationPolicy' },
        { namespace: 'shop', name: 'cart-http', kind: 'Server', action: 'deny' },
        { namespace: 'shop', name: 'all', kind: 'AuthorizationPolicy', action: 'ALLOW' },
      ],
    });
  });

  it('has it whatever the graph', () => {
    fc.assert(
      fc.property(fc.array(topology(fewNames), { maxLength: 2 }), trafficOf(fewNames), (some, traffic) => {
        const { topologies } = viewOf(some, []);
        const simple = simpleGraph(topologies, traffic.edges);
        expect(Object.keys(simple)).toEqual(['services', 'edges', 'authPolicies']);
        for (const one of simple.edges) {
          expect(Object.keys(one)).toEqual(['src', 'dst', 'rps', 'tls']);
          expect(Number.isFinite(one.rps)).toBe(true);
        }
      }),
    );
  });
});
