import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edgeKey } from '../../../../src/graph/edges.ts';
import { filterGraph, type GraphFilter } from '../../../../src/graph/query/filter-graph.ts';
import { edgesIn, nodesIn } from '../../../../src/graph/query/view.ts';
import { fewNames, topology, trafficOf } from '../arbitraries.ts';
import { edge, shop, shopTraffic, topologyOf, trafficIn, view, viewOf } from './fixture.ts';

const arrows = (filter: GraphFilter) =>
  filterGraph(view, filter).edges.map(
    ({ source, destination, port }) => `${source.split('/').at(-1)}->${destination.split('/').at(-1)}${port ?? ''}`,
  );
const ids = (filter: GraphFilter) => filterGraph(view, filter).nodes.map(({ id }) => id);

describe('filterGraph', () => {
  it('gives everything to a filter that asks for nothing', () => {
    expect(filterGraph(view, {}).edges).toHaveLength(shopTraffic.edges.length);
    expect(ids({})).toEqual([
      ...shop.workloads.map(({ name }) => `shop/Deployment/${name}`),
      ...shop.services.map(({ name }) => `shop/Service/${name}`),
      'bank/Deployment/api',
      'external/pay.example.com',
      'unmeshed',
    ]);
  });

  it('filters by namespace, at either end', () => {
    expect(arrows({ namespace: 'bank' })).toEqual(['web->api']);
    expect(ids({ namespace: 'bank' })).toEqual(['shop/Deployment/web', 'bank/Deployment/api']);
  });

  it('filters by workload, with the Services in front of it', () => {
    expect(arrows({ workload: 'db' })).toEqual(['cart->db']);
    expect(ids({ workload: 'Deployment/db' })).toEqual(['shop/Deployment/cart', 'shop/Deployment/db', 'shop/Service/db']);
    expect(ids({ workload: 'StatefulSet/db' })).toEqual([]);
    expect(arrows({ namespace: 'bank', workload: 'web' })).toEqual([]);
  });

  it('filters by mesh', () => {
    expect(ids({ mesh: 'istio-ambient' })).toEqual([]);
    expect(arrows({ mesh: 'linkerd' })).toHaveLength(shopTraffic.edges.length);
    expect(ids({ mesh: 'linkerd' })).toContain('shop/Service/web');
  });

  it('filters what fails or is denied', () => {
    expect(arrows({ onlyErrors: true })).toEqual(['unmeshed->cart', 'web->cart80']);
    expect(arrows({ onlyErrors: true, successBelow: 0.9 })).toEqual(['unmeshed->cart']);
    expect(ids({ onlyErrors: true })).toEqual(['shop/Deployment/cart', 'shop/Deployment/web', 'unmeshed']);
  });

  it('filters what is outside the mesh', () => {
    expect(arrows({ unmeshedOnly: true })).toEqual(['loadtest->web', 'unmeshed->cart']);
    expect(ids({ unmeshedOnly: true, namespace: 'shop' })).toContain('shop/Deployment/loadtest');
    expect(ids({ unmeshedOnly: true })).not.toContain('shop/Deployment/db');
  });

  it('filters by rate', () => {
    expect(arrows({ minRps: 20 })).toEqual(['loadtest->web', 'web->cart80', 'web->cart81']);
    expect(ids({ minRps: 20 })).not.toContain('shop/Deployment/db');
  });

  it('gives edges of the view alone, with both their ends, and fewer for each condition', () => {
    const filter: fc.Arbitrary<GraphFilter> = fc.record(
      {
        namespace: fewNames,
        workload: fewNames,
        mesh: fc.constantFrom('linkerd', 'istio-sidecar'),
        onlyErrors: fc.boolean(),
        unmeshedOnly: fc.boolean(),
        minRps: fc.constantFrom(0, 1),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.array(topology(fewNames), { maxLength: 3 }),
        fc.array(trafficOf(fewNames), { maxLength: 3 }),
        filter,
        (some, traffic, filter) => {
          const view = viewOf(some, traffic);
          const { nodes, edges } = filterGraph(view, filter);
          const all = new Set(edgesIn(view.traffic).map(edgeKey));
          const shown = new Set(nodes.map(({ id }) => id));
          expect(shown.size).toBe(nodes.length);
          for (const one of edges) {
            expect(all).toContain(edgeKey(one));
            expect(shown).toContain(one.source);
            expect(shown).toContain(one.destination);
          }
          for (const key of Object.keys(filter)) {
            const { [key as keyof GraphFilter]: _, ...less } = filter;
            expect(filterGraph(view, less).edges.length).toBeGreaterThanOrEqual(edges.length);
          }
        },
      ),
    );
  });
});

describe('edgesIn', () => {
  const between = edge('web->bank/Deployment/api');

  it('gives an edge between two loaded namespaces once', () => {
    expect(edgesIn(viewOf([], [trafficIn('bank', [between]), trafficIn('shop', [between])]).traffic)).toEqual([between]);
    expect(edgesIn(viewOf([], [trafficIn('bank', [between])]).traffic)).toEqual([between]);
  });

  it('gives an edge that its home left out', () => {
    expect(edgesIn(viewOf([], [trafficIn('bank', [between]), trafficIn('shop', [])]).traffic)).toEqual([between]);
  });

  it('has each edge of the traffic once', () => {
    fc.assert(
      fc.property(fc.uniqueArray(trafficOf(fewNames), { maxLength: 4, selector: ({ namespace }) => namespace }), (traffic) => {
        const keys = edgesIn(viewOf([], traffic).traffic).map(edgeKey);
        expect(keys.toSorted()).toEqual([...new Set(traffic.flatMap(({ edges }) => edges.map(edgeKey)))].sort());
      }),
    );
  });
});

describe('nodesIn', () => {
  it('has every workload and Service by its id', () => {
    const nodes = nodesIn(viewOf([shop, topologyOf('bank')], []));
    expect(nodes.size).toBe(7);
    expect(nodes.get('shop/Service/cart')).toMatchObject({ tag: 'service', namespace: 'shop', node: { name: 'cart' } });
  });
});
