import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_LINKS, type NamespaceTopology, type NamespaceTraffic } from '../../../src/graph/model.ts';
import { passes } from '../../../src/graph/passes.ts';
import { summarize, sumSummaries } from '../../../src/graph/summary.ts';
import { fewNames, topology, trafficOf } from './arbitraries.ts';

const pods = { pods: 3, meshedPods: 2, meshes: ['linkerd'] } as const;
const shop: NamespaceTopology = {
  namespace: 'shop',
  workloads: [
    { kind: 'Deployment', name: 'cart', health: 'degraded', ports: [], ...pods },
    { kind: 'Deployment', name: 'web', health: 'healthy', ports: [], pods: 1, meshedPods: 1, meshes: ['istio-sidecar'] },
  ],
  services: [
    {
      name: 'cart',
      type: 'ClusterIP',
      selects: true,
      ...pods,
      ports: [],
      omittedPorts: 0,
      workloads: [],
      omittedWorkloads: 0,
    },
  ],
  routes: [{ group: 'g', kind: 'HTTPRoute', name: 'r', attachedTo: [], hosts: [], backends: [], problems: ['x', 'y'] }],
  policies: [{ group: 'g', kind: 'Server', name: 's', selects: [], summary: '', problems: [] }],
};
const http = { protocol: 'http', mesh: 'linkerd' } as const;
const traffic: NamespaceTraffic = {
  namespace: 'shop',
  edges: [
    { source: 'shop/Deployment/web', destination: 'shop/Deployment/cart', ...http, rps: 30, successRate: 1, tls: 1 },
    { source: 'bank/Deployment/api', destination: 'shop/Deployment/cart', ...http, rps: 10, successRate: 0.9, tls: 1, denied: 2 },
    { source: 'shop/Deployment/web', destination: 'bank/Deployment/api', ...http, rps: 5, successRate: 0.5, tls: 1 },
    { source: 'shop/Deployment/web', destination: 'bank/Service/api', ...http, rps: 5, tls: 0 },
    { source: 'shop/Deployment/web', destination: 'external/x', ...http, rps: 20 },
    { source: 'shop/Deployment/web', destination: 'unknown', ...http, rps: 20 },
  ],
};

describe('summarize', () => {
  it('counts what is there and what is answered', () => {
    expect(summarize(shop, traffic)).toEqual({
      namespace: 'shop',
      pods: 4,
      meshedPods: 3,
      meshes: ['linkerd', 'istio-sidecar'],
      workloads: 2,
      services: { all: 1, unmeshed: 1, linkerd: 1, 'istio-sidecar': 0, 'istio-ambient': 0 },
      problems: 1,
      unhealthy: 1,
      rps: 40,
      successRate: 0.975,
      denied: 2,
      links: [
        { to: 'external', rps: 20 },
        { to: 'bank', rps: 10, successRate: 0.5, tls: 0.5 },
      ],
    });
  });

  it('needs no traffic', () => {
    expect(summarize(shop, undefined)).toMatchObject({ rps: 0, denied: 0, links: [] });
    expect(summarize(shop, undefined)).not.toHaveProperty('successRate');
  });

  it('keeps the busiest links', () => {
    const edges = Array.from({ length: MAX_LINKS + 5 }, (_, place) => ({
      source: 'shop/Deployment/web',
      destination: `ns${place}/Deployment/x`,
      ...http,
      rps: place,
    }));
    const { links } = summarize(shop, { namespace: 'shop', edges });
    expect(links).toHaveLength(MAX_LINKS);
    expect(links[0]).toEqual({ to: `ns${MAX_LINKS + 4}`, rps: MAX_LINKS + 4 });
  });
});

describe('sumSummaries', () => {
  it('adds up', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(topology(fewNames), trafficOf(fewNames)), { maxLength: 4 }), (pairs) => {
        const summaries = pairs.map(([topology, traffic]) => summarize(topology, traffic));
        const sum = sumSummaries(summaries);
        expect(sum.namespaces).toBe(pairs.length);
        expect(sum.pods).toBe(pairs.flatMap(([{ workloads }]) => workloads).reduce((all, { pods }) => all + pods, 0));
        expect(sum.services.all).toBe(pairs.flatMap(([{ services }]) => services).length);
        const rps = summaries.reduce((all, { rps }) => all + rps, 0);
        expect(Math.abs(sum.rps - rps)).toBeLessThanOrEqual(rps * 0.051);
      }),
    );
    expect(sumSummaries([])).toMatchObject({ namespaces: 0, pods: 0, meshes: [], rps: 0 });
  });

  it('weighs success by requests', () => {
    const one = { ...summarize(shop, traffic), rps: 30, successRate: 1 };
    const other = { ...summarize(shop, traffic), rps: 10, successRate: 0.5 };
    expect(sumSummaries([one, other])).toMatchObject({ rps: 40, successRate: 0.87 });
  });
});

describe('passes', () => {
  it('tells services by their pods', () => {
    const service = { pods: 2, meshedPods: 1, meshes: ['linkerd'] } as const;
    expect(passes(service, 'all')).toBe(true);
    expect(passes(service, 'unmeshed')).toBe(true);
    expect(passes({ ...service, meshedPods: 2 }, 'unmeshed')).toBe(false);
    expect(passes(service, 'linkerd')).toBe(true);
    expect(passes(service, 'istio-ambient')).toBe(false);
  });
});
