import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GROUPINGS, groupEdges } from '../../../../src/graph/query/group-edges.ts';
import { serviceOf } from '../../../../src/graph/query/service-of.ts';
import { edgesIn } from '../../../../src/graph/query/view.ts';
import { fewNames, topology, trafficOf } from '../arbitraries.ts';
import { edge, serviceBefore, shop, shopTraffic, topologyOf, view, viewOf } from './fixture.ts';

const arrows = (grouping: (typeof GROUPINGS)[number]) =>
  groupEdges(shopTraffic.edges, grouping, view).map(({ source, destination, edges }) => `${source} -> ${destination} (${edges})`);

describe('groupEdges', () => {
  it('groups by workload, whatever the port, the busiest first', () => {
    expect(arrows('workload')).toEqual([
      'shop/Deployment/loadtest -> shop/Deployment/web (1)',
      'shop/Deployment/web -> shop/Deployment/cart (2)',
      'shop/Deployment/web -> bank/Deployment/api (1)',
      'shop/Deployment/cart -> shop/Deployment/db (1)',
      'shop/Deployment/web -> external/pay.example.com (1)',
      'unmeshed -> shop/Deployment/cart (1)',
    ]);
    expect(groupEdges(shopTraffic.edges, 'workload', view)[1]).toEqual({
      source: 'shop/Deployment/web',
      destination: 'shop/Deployment/cart',
      protocols: ['http'],
      edges: 2,
      rps: 40,
      successRate: 0.975,
      latency: { p50: 20, p99: 600 },
      tls: 0.95,
      plaintext: { plaintext: 0.05 },
    });
  });

  it('groups by Service: the one that was called, or that a workload is known by', () => {
    expect(arrows('service')).toEqual([
      'shop/Deployment/loadtest -> shop/Service/web (1)',
      'shop/Service/web -> shop/Service/cart (2)',
      'shop/Service/web -> bank/Service/api (1)',
      'shop/Service/cart -> shop/Service/db (1)',
      'shop/Service/web -> external/pay.example.com (1)',
      'unmeshed -> shop/Service/cart (1)',
    ]);
  });

  it('groups by namespace', () => {
    expect(arrows('namespace')).toEqual(['shop -> shop (4)', 'shop -> bank (1)', 'shop -> external (1)', 'unmeshed -> shop (1)']);
    expect(groupEdges([edge('web->unknown')], 'namespace', view)).toMatchObject([{ destination: 'unknown' }]);
  });

  it('keeps every edge and the sum of requests, in any order of edges', () => {
    fc.assert(
      fc.property(
        fc.array(topology(fewNames), { maxLength: 2 }),
        trafficOf(fewNames),
        fc.constantFrom(...GROUPINGS),
        (some, traffic, grouping) => {
          const view = viewOf(some, [traffic]);
          const edges = edgesIn(view.traffic);
          const grouped = groupEdges(edges, grouping, view);
          expect(grouped.reduce((sum, { edges }) => sum + edges, 0)).toBe(edges.length);
          const rps = edges.reduce((sum, { rps = 0 }) => sum + rps, 0);
          expect(Math.abs(grouped.reduce((sum, { rps = 0 }) => sum + rps, 0) - rps)).toBeLessThanOrEqual(rps * 0.051);
          expect(groupEdges(edges.toReversed(), grouping, view)).toEqual(grouped);
        },
      ),
    );
  });
});

describe('serviceOf', () => {
  it('is the only Service, or the one of the same name', () => {
    const known = serviceOf({
      topologies: new Map([
        ['shop', shop],
        ['bank', topologyOf('bank', { services: [serviceBefore('api', ['api', 'v2']), serviceBefore('headless', ['api', 'v2'])] })],
      ]),
    });
    expect(known('shop/Deployment/web')).toBe('shop/Service/web');
    expect(known('bank/Deployment/api')).toBe('bank/Service/api');
    expect(known('bank/Deployment/v2')).toBeUndefined();
    expect(known('shop/Deployment/loadtest')).toBeUndefined();
    expect(known('unmeshed')).toBeUndefined();
  });
});
