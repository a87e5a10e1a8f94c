import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffGraph, diffNamespace } from '../../../src/graph/diff.ts';
import type { NamespaceTopology } from '../../../src/graph/model.ts';
import { publicGraph, publicNamespace } from '../../../src/graph/public.ts';
import { nodesIn } from '../../../src/graph/query/view.ts';
import { touched, touches } from '../../../src/graph/touched.ts';
import { fewNames, topology, trafficOf } from './arbitraries.ts';

const edge = {
  source: 'shop/Deployment/web',
  destination: 'bank/Deployment/api',
  service: 'bank/Service/api',
  protocol: 'http',
  mesh: 'linkerd',
} as const;
const traffic = (rps: number) => publicNamespace(undefined, { namespace: 'shop', edges: [{ ...edge, rps }] });

describe('touched', () => {
  it('names both ends of an edge', () => {
    const { namespaces, nodes, gone } = touched(diffNamespace('shop', traffic(1), traffic(2)));
    expect([...namespaces].sort()).toEqual(['bank', 'shop']);
    expect([...nodes].sort()).toEqual(['bank/Deployment/api', 'bank/Service/api', 'shop/Deployment/web']);
    expect(gone.size).toBe(0);
  });

  it('names everything in a namespace that comes', () => {
    fc.assert(
      fc.property(topology(fewNames), (given) => {
        const { namespaces, nodes } = touched(diffNamespace(given.namespace, undefined, publicNamespace(given, undefined)));
        expect(namespaces).toContain(given.namespace);
        for (const id of nodesIn({ topologies: new Map([[given.namespace, given]]), traffic: new Map() }).keys())
          expect(nodes).toContain(id);
      }),
    );
  });

  it('touches whatever was in a namespace that goes', () => {
    const result = touched(diffNamespace('shop', traffic(1), undefined));
    expect(result.gone).toEqual(new Set(['shop']));
    expect(touches(result, 'shop/Deployment/anything')).toBe(true);
    expect(touches(result, 'bank/Deployment/api')).toBe(false);
    expect(touches(result, 'unmeshed')).toBe(false);
  });

  it('names what a policy or a route hangs on', () => {
    const of = (selects: readonly string[]): NamespaceTopology => ({
      namespace: 'shop',
      workloads: [],
      services: [],
      routes: [],
      policies: [{ group: 'g', kind: 'P', name: 'p', selects, summary: '', problems: [] }],
    });
    const state = (selects: readonly string[]) => publicNamespace(of(selects), undefined);
    const { nodes } = touched(diffNamespace('shop', state(['shop/Deployment/a']), state(['shop/Deployment/b', 'shop'])));
    expect([...nodes].sort()).toEqual(['shop/Deployment/b', 'shop/P.g/p']);
    const fresh = touched(diffNamespace('shop', publicNamespace(undefined, undefined), state(['shop/Deployment/a'])));
    expect(touches(fresh, 'shop/Deployment/a')).toBe(true);
    expect(touches(touched(diffNamespace('shop', undefined, state(['shop/Deployment/a']))), 'shop/Deployment/a')).toBe(true);
  });

  it('names every namespace in which something changed', () => {
    const contents = fc.tuple(topology(fewNames), trafficOf(fewNames));
    fc.assert(
      fc.property(contents, contents, ([a, t], [b, u]) => {
        const before = publicGraph([[a.namespace, publicNamespace(a, t)]]);
        const after = publicGraph([[b.namespace, publicNamespace(b, u)]]);
        const { namespaces } = touched(diffGraph(before, after));
        for (const namespace of [a.namespace, b.namespace]) {
          const changed = JSON.stringify(before.namespaces) !== JSON.stringify(after.namespaces);
          if (changed && a.namespace !== b.namespace) expect(namespaces).toContain(namespace);
        }
      }),
    );
  });

  it('passes over paths that are none of ours', () => {
    expect(
      touched([
        { op: 'add', path: '/else/shop', value: 1 },
        { op: 'remove', path: 'x' },
      ]).namespaces.size,
    ).toBe(0);
  });
});
