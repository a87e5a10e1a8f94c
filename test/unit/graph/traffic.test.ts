import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edgeKey } from '../../../src/graph/edges.ts';
import { namespaceOf } from '../../../src/graph/ids.ts';
import type { Edge, NamespaceTraffic } from '../../../src/graph/model.ts';
import type { Endpoint, Observation, ObservedDecisions, ObservedTraffic } from '../../../src/graph/observed.ts';
import { quantise, quantiseShare } from '../../../src/graph/quantise.ts';
import { resolveEndpoint } from '../../../src/graph/resolve.ts';
import { buildTraffic, type TrafficOptions } from '../../../src/graph/traffic.ts';
import { observation, observed } from './arbitraries.ts';

const workload = (name: string, namespace = 'shop'): Endpoint => ({ tag: 'workload', namespace, kind: 'Deployment', name });
const unmeshed: Endpoint = { tag: 'unmeshed' };
const noKind = () => undefined;

const call = (more: Partial<ObservedTraffic> = {}): ObservedTraffic => ({
  mesh: 'linkerd',
  source: workload('web'),
  destination: workload('cart'),
  protocol: 'http',
  reporter: 'source',
  requests: 10,
  failures: 0,
  security: { mutual_tls: 10 },
  ...more,
});

const observationOf = (traffic: readonly ObservedTraffic[], decisions: readonly ObservedDecisions[] = []): Observation => ({
  traffic,
  decisions,
  routes: [],
});

const build = (traffic: readonly ObservedTraffic[], decisions: readonly ObservedDecisions[] = [], options: TrafficOptions = {}) =>
  buildTraffic(observationOf(traffic, decisions), noKind, options);

/** Every edge once, whatever namespaces it stands in. */
const allEdges = (traffic: ReadonlyMap<string, NamespaceTraffic>): readonly Edge[] => [
  ...new Map([...traffic.values()].flatMap(({ edges }) => edges.map((edge) => [edgeKey(edge), edge]))).values(),
];

const shop = (traffic: readonly ObservedTraffic[], decisions: readonly ObservedDecisions[] = [], options: TrafficOptions = {}) =>
  build(traffic, decisions, options).get('shop')?.edges ?? [];

describe('an edge', () => {
  it('has the figures of what was observed', () => {
    const row = call({
      service: { namespace: 'shop', name: 'cart' },
      port: 8080,
      requests: 12.34,
      failures: 0.5,
      latency: { p50: 4.567, p95: 45.67, p99: 98.7 },
      security: { mutual_tls: 9, not_provided_by_service_discovery: 3 },
      sentBytes: 12_345,
      receivedBytes: 0,
    });
    expect(shop([row])).toEqual([
      {
        source: 'shop/Deployment/web',
        destination: 'shop/Deployment/cart',
        service: 'shop/Service/cart',
        port: 8080,
        protocol: 'http',
        mesh: 'linkerd',
        rps: 12,
        successRate: 0.959,
        latency: { p50: 4.6, p95: 46, p99: 99 },
        tls: 0.75,
        plaintext: { not_provided_by_service_discovery: 0.25 },
        sent: 12_000,
        received: 0,
      },
    ]);
  });

  it('is made of all rows with the same ends, service, port and protocol', () => {
    const rows = [
      call({ requests: 3, failures: 3, security: { mutual_tls: 1, plaintext: 1 } }),
      call({ requests: 1, latency: { p50: 1, p95: 30, p99: 30 }, security: { mutual_tls: 2 } }),
      call({ requests: 2, latency: { p50: 2, p95: 20, p99: 20 }, security: { plaintext: 4 } }),
    ];
    expect(shop(rows)).toMatchObject([
      { rps: 6, successRate: 0.5, latency: { p50: 2, p95: 30, p99: 30 }, tls: 0.38, plaintext: { plaintext: 0.62 } },
    ]);
    expect(
      shop([call(), call({ port: 80 }), call({ protocol: 'grpc' }), call({ service: { namespace: 'shop', name: 'x' } })]),
    ).toHaveLength(4);
  });

  it('has no requests over TCP, and lives on an open connection', () => {
    const [edge] = shop([call({ protocol: 'tcp', requests: 0, security: { mutual_tls: 2 } })]);
    expect(edge).toMatchObject({ protocol: 'tcp', tls: 1 });
    expect(edge).not.toHaveProperty('rps');
    expect(edge).not.toHaveProperty('successRate');
  });

  it('is none without traffic', () => {
    expect(build([call({ requests: 0, security: {} }), call({ requests: 0.0001, security: { mutual_tls: 0.0001 } })]).size).toBe(0);
    expect(build([call({ requests: Number.NaN, security: {} })]).size).toBe(0);
  });

  it('stands in the namespaces of both ends', () => {
    const built = build([call({ destination: workload('api', 'bank') })]);
    expect([...built.keys()]).toEqual(['bank', 'shop']);
    expect(built.get('bank')?.edges).toEqual(built.get('shop')?.edges);
    expect(build([call({ source: unmeshed, destination: { tag: 'external', authority: 'x' }, reporter: 'source' })]).size).toBe(0);
  });

  it('ends at the workload’s kind as the topology knows it, at a Service where the workload is unknown', () => {
    const istio = call({
      mesh: 'istio',
      source: { tag: 'workload', namespace: 'shop', kind: undefined, name: 'web' },
      destination: { tag: 'unknown' },
      service: { namespace: 'shop', name: 'cart' },
    });
    const kindOf = (namespace: string, name: string) => (namespace === 'shop' && name === 'web' ? 'StatefulSet' : undefined);
    const ends = (row: ObservedTraffic, kinds = kindOf) =>
      buildTraffic(observationOf([row]), kinds)
        .get('shop')
        ?.edges.map(({ source, destination }) => [source, destination]);
    expect(ends(istio)).toEqual([['shop/StatefulSet/web', 'shop/Service/cart']]);
    expect(ends(istio, noKind)).toEqual([['shop/Workload/web', 'shop/Service/cart']]);
    expect(ends(call({ destination: { tag: 'unknown' } }))).toEqual([['shop/Deployment/web', 'unknown']]);
  });
});

describe('traffic that both ends report', () => {
  const echo = (row: ObservedTraffic): ObservedTraffic => ({ ...row, reporter: 'destination' });

  it('counts once', () => {
    expect(shop([call(), echo(call())])).toEqual(shop([call()]));
  });

  it('counts as the destination has it where no source of the same mesh reports it', () => {
    const ingress = echo(call({ source: unmeshed, requests: 5, security: { no_tls_from_remote: 5 } }));
    expect(shop([call(), ingress])).toMatchObject([
      { rps: 10 },
      { source: 'unmeshed', rps: 5, tls: 0, plaintext: { no_tls_from_remote: 1 } },
    ]);
    expect(shop([echo(call())])).toMatchObject([{ rps: 10 }]);
  });

  it('is not reported by another mesh’s source, nor by one that saw connections alone', () => {
    expect(shop([call({ mesh: 'istio', requests: 7 }), echo(call())])).toMatchObject([{ rps: 17, mesh: 'linkerd' }]);
    expect(shop([call({ protocol: 'tcp', requests: 0 }), echo(call())])).toMatchObject([{ rps: 10 }, { protocol: 'tcp' }]);
  });

  it('is told by the Service where the source does not know the workload', () => {
    const service = { namespace: 'shop', name: 'cart' };
    const denied = call({ mesh: 'istio', destination: { tag: 'unknown' }, service });
    const seen = echo(call({ mesh: 'istio', service }));
    expect(shop([denied, seen])).toMatchObject([{ destination: 'shop/Service/cart', rps: 10 }]);
  });

  it('is not counted away by a source that reports none', () => {
    expect(shop([call({ requests: 0, security: {} }), echo(call())])).toMatchObject([{ rps: 10 }]);
  });

  it('has the security that the destination knows, where the source does not', () => {
    const istio = call({ mesh: 'istio', security: { unknown: 10 } });
    expect(shop([istio])[0]).not.toHaveProperty('tls');
    expect(shop([istio, echo({ ...istio, security: { mutual_tls: 3, plaintext: 1 } })])).toMatchObject([{ rps: 10, tls: 0.75 }]);
    // What the source knows stands.
    expect(shop([call(), echo(call({ security: { plaintext: 10 } }))])).toMatchObject([{ tls: 1 }]);
    const blind = { ...istio, destination: { tag: 'unknown' } as const, service: { namespace: 'shop', name: 'cart' } };
    expect(shop([blind, echo({ ...istio, service: blind.service, security: { mutual_tls: 1 } })])).toMatchObject([{ tls: 1 }]);
  });

  it('never changes a figure that the sources give', () => {
    const named = observed.map((row): ObservedTraffic => ({ ...row, reporter: 'source', security: { mutual_tls: 1 } }));
    fc.assert(
      fc.property(fc.array(named, { maxLength: 10 }), (rows) => {
        expect(build([...rows, ...rows.map(echo)])).toEqual(build(rows));
      }),
    );
  });
});

describe('decisions', () => {
  const cart = workload('cart');
  const workloadsOf = (identity: string) =>
    identity === 'web' ? ['shop/Deployment/web'] : identity === 'both' ? ['shop/Deployment/web', 'shop/Deployment/b'] : [];

  it('stand on the edge of their caller', () => {
    const decided = shop([call()], [{ destination: cart, clientId: 'web', allowed: 9, denied: 1 }], { workloadsOf });
    expect(decided).toMatchObject([{ source: 'shop/Deployment/web', allowed: 9, denied: 1 }]);
    const byMetric = shop([call()], [{ destination: cart, source: workload('web'), allowed: 9, denied: 0 }]);
    expect(byMetric).toMatchObject([{ source: 'shop/Deployment/web', rps: 10, allowed: 9, denied: 0 }]);
  });

  it('add up on their edge', () => {
    const one = { destination: cart, source: unmeshed, allowed: 2, denied: 1 };
    expect(shop([], [one, one, { ...one, allowed: 0 }])).toMatchObject([{ source: 'unmeshed', allowed: 4, denied: 3 }]);
  });

  it('are those of the caller with traffic, where several have the identity', () => {
    expect(shop([call()], [{ destination: cart, clientId: 'both', allowed: 1, denied: 0 }], { workloadsOf })).toMatchObject([
      { source: 'shop/Deployment/web', allowed: 1 },
    ]);
    const both = shop([call(), call({ source: workload('b') })], [{ destination: cart, clientId: 'both', allowed: 1, denied: 0 }], {
      workloadsOf,
    });
    expect(both.find(({ source }) => source === 'unknown')).toMatchObject({ allowed: 1 });
  });

  it('make an edge of their own where the caller shows in nothing else, or cannot be told', () => {
    expect(shop([], [{ destination: cart, source: unmeshed, port: 80, allowed: 0, denied: 2 }])).toEqual([
      {
        source: 'unmeshed',
        destination: 'shop/Deployment/cart',
        port: 80,
        protocol: 'http',
        mesh: 'linkerd',
        rps: 0,
        allowed: 0,
        denied: 2,
      },
    ]);
    expect(shop([call()], [{ destination: cart, clientId: 'nobody', allowed: 1, denied: 0 }], { workloadsOf })).toMatchObject([
      { source: 'shop/Deployment/web' },
      { source: 'unknown', allowed: 1 },
    ]);
  });

  it('prefer the edge of their port, then the busiest, of their sort', () => {
    const rows = [
      call({ port: 80, requests: 1 }),
      call({ port: 81, requests: 9 }),
      call({ port: 82, protocol: 'tcp', requests: 0, security: { mutual_tls: 50 } }),
    ];
    const portOf = (more: Partial<ObservedDecisions>) =>
      shop(rows, [{ destination: cart, source: workload('web'), allowed: 1, denied: 0, ...more }]).find(({ allowed }) => allowed === 1)
        ?.port;
    expect(portOf({ port: 80 })).toBe(80);
    expect(portOf({})).toBe(81);
    expect(portOf({ port: 7 })).toBe(81);
    expect(portOf({ protocol: 'tcp' })).toBe(82);
  });

  it('add up at each destination', () => {
    fc.assert(
      fc.property(observation, (given) => {
        const edges = allEdges(buildTraffic(given, noKind));
        const destinations = new Map<string, number>();
        for (const { destination, denied } of given.decisions) {
          const id = resolveEndpoint(destination, noKind);
          if (namespaceOf(id) === undefined || !(denied > 0) || !Number.isFinite(denied)) continue;
          destinations.set(id, (destinations.get(id) ?? 0) + denied);
        }
        for (const [id, expected] of destinations) {
          const sum = edges.filter(({ destination }) => destination === id).reduce((sum, { denied = 0 }) => sum + denied, 0);
          expect(Math.abs(sum - expected)).toBeLessThanOrEqual(expected * 0.051 + 0.001 * given.decisions.length);
        }
      }),
    );
  });
});

describe('buildTraffic', () => {
  it('gives the same for the same rows in any order', () => {
    fc.assert(
      fc.property(
        observation.chain(({ traffic, decisions, routes }) =>
          fc.tuple(
            fc.constant({ traffic, decisions, routes }),
            fc.record({ traffic: shuffled(traffic), decisions: shuffled(decisions), routes: shuffled(routes) }),
          ),
        ),
        ([given, other]) => {
          const built = buildTraffic(given, noKind);
          const again = buildTraffic(other, noKind);
          expect([...again]).toEqual([...built]);
        },
      ),
    );
  });

  it('keeps the sum of requests', () => {
    fc.assert(
      fc.property(
        fc.array(
          observed.map((row): ObservedTraffic => ({ ...row, reporter: 'source', protocol: 'http' })),
          { maxLength: 12 },
        ),
        (rows) => {
          const placed = rows.filter(
            ({ source, destination, service }) => hasPlace(source) || hasPlace(destination) || isResolved(destination, service),
          );
          const expected = placed.reduce((sum, { requests }) => sum + (requests > 0 && Number.isFinite(requests) ? requests : 0), 0);
          const sum = allEdges(build(rows)).reduce((sum, { rps = 0 }) => sum + rps, 0);
          expect(Math.abs(sum - expected)).toBeLessThanOrEqual(expected * 0.051 + 0.001 * rows.length);
        },
      ),
    );
  });

  it('gives figures that are quantised, shares that are shares, edges in order and where they belong', () => {
    fc.assert(
      fc.property(observation, (given) => {
        for (const [namespace, { edges }] of buildTraffic(given, noKind)) {
          expect(edges.map(edgeKey)).toEqual(edges.map(edgeKey).toSorted());
          for (const edge of edges) {
            expect([namespaceOf(edge.source), namespaceOf(edge.destination)]).toContain(namespace);
            const rates = [edge.rps, edge.sent, edge.received, edge.allowed, edge.denied, ...Object.values(edge.latency ?? {})];
            for (const rate of rates) if (rate !== undefined) expect(quantise(rate)).toBe(rate);
            for (const share of [edge.successRate, edge.tls, ...Object.values(edge.plaintext ?? {})]) {
              if (share !== undefined) expect(quantiseShare(share)).toBe(share);
            }
            expect(Object.values(edge)).not.toContain(undefined);
          }
        }
      }),
    );
  });

  it('keeps the busiest edges of a namespace, and says how many it left out', () => {
    const rows = Array.from({ length: 10 }, (_, place) => call({ destination: workload(`w${place}`), requests: place + 1 }));
    const bounded = build(rows, [], { maxEdges: 3 }).get('shop');
    expect(bounded).toMatchObject({ omittedEdges: 7 });
    expect(bounded?.edges.map(({ rps }) => rps)).toEqual([8, 9, 10]);
    expect(build(rows, [], { maxEdges: 10 }).get('shop')).not.toHaveProperty('omittedEdges');
  });

  it('holds a connection with many bytes for busier than a few requests', () => {
    const rows = [call({ requests: 2 }), call({ protocol: 'tcp', requests: 0, sentBytes: 1_000_000 })];
    expect(build(rows, [], { maxEdges: 1 }).get('shop')?.edges).toMatchObject([{ protocol: 'tcp' }]);
  });

  it('keeps the traffic of routes by backend', () => {
    const route = { namespace: 'shop', group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'web' };
    const backend = { namespace: 'shop', name: 'canary' };
    const traffic = buildTraffic(
      {
        traffic: [],
        decisions: [],
        routes: [
          { ...route, requests: 1, failures: 1, backend },
          { ...route, requests: 3, failures: 0, backend },
          { ...route, requests: 90, failures: 0 },
          { ...route, name: 'idle', requests: 0, failures: 0 },
        ],
      },
      noKind,
      { maxEdges: 1 },
    );
    const { namespace: _, ...named } = route;
    expect(traffic.get('shop')).toEqual({
      namespace: 'shop',
      edges: [],
      routes: [{ ...named, rps: 90, successRate: 1 }],
      omittedRoutes: 1,
    });
  });
});

function hasPlace({ tag }: Endpoint): boolean {
  return tag === 'workload' || tag === 'service';
}

function isResolved({ tag }: Endpoint, service: ObservedTraffic['service']): boolean {
  return (tag === 'unknown' || tag === 'unmeshed') && service !== undefined;
}

function shuffled<Item>(items: readonly Item[]): fc.Arbitrary<readonly Item[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length });
}
