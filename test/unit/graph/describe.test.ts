import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeOperations } from '../../../src/graph/describe.ts';
import { diffGraph, diffNamespace } from '../../../src/graph/diff.ts';
import type { Edge, NamespaceTopology } from '../../../src/graph/model.ts';
import { publicGraph, publicNamespace } from '../../../src/graph/public.ts';
import { bytesText, millisecondsText, percentText, requestsText } from '../../../src/graph/units.ts';
import { fewNames, topology, trafficOf } from './arbitraries.ts';

const ends = { source: 'shop/Deployment/web', destination: 'shop/Deployment/cart', protocol: 'http', mesh: 'linkerd' } as const;
const traffic = (...edges: Edge[]) => publicNamespace(undefined, { namespace: 'shop', edges });
const empty: NamespaceTopology = { namespace: 'shop', workloads: [], services: [], routes: [], policies: [] };
const web = { kind: 'Deployment', name: 'web', health: 'healthy', desired: 3, ready: 3, pods: 3, meshedPods: 3, ports: [] } as const;
const lines = (before: ReturnType<typeof publicNamespace> | undefined, after: ReturnType<typeof publicNamespace> | undefined) =>
  describeOperations(diffNamespace('shop', before, after)).lines;

describe('describeOperations', () => {
  it('tells what an edge was and is', () => {
    expect(lines(traffic({ ...ends, rps: 2.1 }), traffic({ ...ends, rps: 3.4 }))).toEqual(['shop: edge web -> cart 2.1 rps -> 3.4 rps']);
    const before = { ...ends, rps: 10, successRate: 1, latency: { p50: 5, p99: 20 }, tls: 1, sent: 2048 };
    const after = { ...ends, rps: 10, successRate: 0.95, latency: { p50: 9, p99: 1200 }, tls: 0.5, plaintext: { plaintext: 0.5 } };
    expect(lines(traffic(before), traffic(after))).toEqual([
      'shop: edge web -> cart p99 20 ms -> p99 1.2 s, 50% plaintext, sent no longer given, 100% ok -> 95% ok, 100% TLS -> 50% TLS',
    ]);
  });

  it('tells what comes and goes', () => {
    const edge: Edge = { ...ends, destination: 'bank/Service/api', port: 8080, protocol: 'grpc', rps: 12, successRate: 0.99, denied: 3 };
    expect(lines(traffic(), traffic(edge))).toEqual(['shop: new edge web -> service bank/api:8080 (grpc) 12 rps, 99% ok, 3/s denied']);
    expect(lines(traffic(edge), traffic())).toEqual(['shop: edge web -> service bank/api:8080 (grpc) gone']);
    const one = publicNamespace({ ...empty, workloads: [{ ...web, meshes: ['linkerd'] }] }, undefined);
    expect(lines(undefined, one)).toEqual(['new namespace shop: 1 workload']);
    expect(lines(one, undefined)).toEqual(['namespace shop gone']);
    expect(lines(publicNamespace(empty, undefined), one)).toEqual([
      'shop: new workload Deployment/web healthy, 3 pods, 3 meshed pods, meshes linkerd',
    ]);
    expect(lines(publicNamespace(empty, undefined), publicNamespace({ ...empty, asksFor: 'linkerd' }, undefined))).toEqual([
      'shop: asks for linkerd',
    ]);
  });

  it('tells what a workload, a route or a policy is now', () => {
    const before = publicNamespace({ ...empty, workloads: [{ ...web, meshes: ['linkerd'] }] }, undefined);
    const after = publicNamespace({ ...empty, workloads: [{ ...web, health: 'degraded', ready: 2, meshes: [] }] }, undefined);
    expect(lines(before, after)).toEqual(['shop: workload Deployment/web healthy -> degraded, meshes linkerd -> none, ready 3 -> 2']);
    const policy = {
      group: 'policy.linkerd.io',
      kind: 'AuthorizationPolicy',
      name: 'p',
      selects: ['shop'],
      summary: 'lets web in',
      problems: [],
    };
    const route = {
      group: 'g',
      kind: 'HTTPRoute',
      name: 'r',
      attachedTo: [],
      hosts: ['a', 'b', 'c', 'd', 'e'],
      backends: [],
      problems: [],
    };
    const with_ = publicNamespace({ ...empty, policies: [policy], routes: [{ ...route, hosts: [] }] }, undefined);
    expect(lines(publicNamespace(empty, undefined), with_)).toEqual([
      'shop: new HTTPRoute r',
      'shop: new AuthorizationPolicy p summary lets web in',
    ]);
    expect(lines(with_, publicNamespace({ ...empty, policies: [policy], routes: [route] }, undefined))).toEqual([
      'shop: HTTPRoute r hosts none -> a, b, c and 2 more',
    ]);
  });

  it('tells the workloads behind a service', () => {
    const pods = (count: number) => ({ pods: count, meshedPods: 1, meshes: ['linkerd'] as const });
    const service = { name: 'web', type: 'ClusterIP', selects: true, ports: [], omittedPorts: 0, omittedWorkloads: 0 } as const;
    const of = (...counts: number[]) => {
      const workloads = counts.map((count, place) => ({ kind: 'Deployment', name: `web-${place}`, ...pods(count) }));
      return publicNamespace({ ...empty, services: [{ ...service, ...pods(1), workloads }] }, undefined);
    };
    expect(lines(of(2), of(1))).toEqual(['shop: service web Deployment/web-0 1/2 -> Deployment/web-0 1/1']);
    expect(lines(of(), of(1, 1, 1, 1, 1))).toEqual([
      'shop: service web workloads none -> Deployment/web-0 1/1, Deployment/web-1 1/1, Deployment/web-2 1/1 and 2 more',
    ]);
  });

  it('tells the traffic of routes', () => {
    const row = { group: 'g', kind: 'HTTPRoute', name: 'r', backend: 'shop/Service/canary' };
    const of = (rps: number) => publicNamespace(undefined, { namespace: 'shop', edges: [], routes: [{ ...row, rps }] });
    expect(lines(of(1), of(2))).toEqual(['shop: traffic of HTTPRoute r to service canary 1 rps -> 2 rps']);
  });

  it('stops at a number of lines and says how many there are more', () => {
    const edges = Array.from({ length: 5 }, (_, port): Edge => ({ ...ends, port, rps: 1 }));
    const described = describeOperations(diffNamespace('shop', traffic(), traffic(...edges)), 2);
    expect(described.lines).toHaveLength(2);
    expect(described.omitted).toBe(3);
  });

  it('has something to say of every change, in short lines', () => {
    const contents = fc.tuple(topology(fewNames), trafficOf(fewNames));
    fc.assert(
      fc.property(contents, contents, ([a, t], [b, u]) => {
        const patch = diffGraph(publicGraph([['x', publicNamespace(a, t)]]), publicGraph([['x', publicNamespace(b, u)]]));
        const { lines, omitted } = describeOperations(patch, 1000);
        expect(omitted).toBe(0);
        expect(lines.length > 0).toBe(patch.length > 0);
        for (const line of lines) {
          expect(line.length).toBeLessThan(4000);
          expect(line).not.toMatch(/undefined|\[object/);
        }
      }),
    );
  });
});

describe('units', () => {
  it('read well', () => {
    expect([0, 0.5, 0.9987, 1].map(percentText)).toEqual(['0%', '50%', '99.87%', '100%']);
    expect([0.012, 2.1, 1200].map(requestsText)).toEqual(['0.012 rps', '2.1 rps', '1200 rps']);
    expect([0.5, 45, 1200, 12_000].map(millisecondsText)).toEqual(['0.5 ms', '45 ms', '1.2 s', '12 s']);
    expect([0, 1000, 12_288, 5_242_880].map(bytesText)).toEqual(['0 B/s', '1000 B/s', '12 KiB/s', '5 MiB/s']);
  });
});
