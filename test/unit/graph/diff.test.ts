import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyPatch } from '../../../src/graph/apply.ts';
import { diffGraph, diffNamespace, type Operation } from '../../../src/graph/diff.ts';
import type { NamespaceTopology, NamespaceTraffic } from '../../../src/graph/model.ts';
import { readPointer } from '../../../src/graph/pointer.ts';
import { type PublicGraph, publicGraph, publicNamespace } from '../../../src/graph/public.ts';
import { MeshError } from '../../../src/lib/errors.ts';
import { fewNames, name, topology, trafficOf } from './arbitraries.ts';

const anyNamespace = fc.oneof(fewNames, name);
const content = anyNamespace.chain((namespace) =>
  fc
    .tuple(fc.option(topology(fc.constant(namespace))), fc.option(trafficOf(fc.constant(namespace))))
    .map(([topology, traffic]) => [namespace, publicNamespace(topology ?? undefined, traffic ?? undefined)] as const),
);
const graph: fc.Arbitrary<PublicGraph> = fc.array(content, { maxLength: 4 }).map(publicGraph);

/** What the store and the wire make of a value. */
const overTheWire = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

describe('a diff', () => {
  it('turns the one graph into the other, and leaves the first as it was', () => {
    fc.assert(
      fc.property(graph, graph, (before, after) => {
        const kept = JSON.stringify(before);
        const patch = overTheWire(diffGraph(before, after));
        expect(applyPatch(overTheWire(before), patch)).toEqual(after);
        expect(applyPatch(before, patch)).toEqual(after);
        expect(JSON.stringify(before)).toBe(kept);
      }),
      { numRuns: 300 },
    );
  });

  it('is empty for the same graph, also for another copy of it', () => {
    fc.assert(
      fc.property(graph, (given) => {
        expect(diffGraph(given, given)).toEqual([]);
        expect(diffGraph(given, overTheWire(given))).toEqual([]);
      }),
    );
  });

  it('is empty where members alone come in another order', () => {
    const of = (latency: object) => {
      const edge = { source: 'a/Deployment/x', destination: 'unknown', protocol: 'http', mesh: 'linkerd', latency } as const;
      return publicNamespace(undefined, { namespace: 'a', edges: [edge] });
    };
    expect(diffNamespace('a', of({ p50: 1, p99: 2 }), of({ p99: 2, p50: 1 }))).toEqual([]);
    expect(diffNamespace('a', of({ p50: 1 }), of({ p50: 1, p99: 2 }))).toHaveLength(1);
  });

  it('is the same as namespace by namespace', () => {
    fc.assert(
      fc.property(content, content, ([namespace, before], [, after]) => {
        const graphOf = (content: typeof before) => publicGraph([[namespace, content]]);
        expect(diffNamespace(namespace, before, after)).toEqual(diffGraph(graphOf(before), graphOf(after)));
        expect(diffNamespace(namespace, undefined, after)).toEqual(diffGraph({ namespaces: {} }, graphOf(after)));
        expect(diffNamespace(namespace, before, undefined)).toEqual(diffGraph(graphOf(before), { namespaces: {} }));
        expect(diffNamespace(namespace, undefined, undefined)).toEqual([]);
      }),
    );
  });

  it('never leads into an array', () => {
    fc.assert(
      fc.property(graph, graph, (before, after) => {
        for (const { path } of diffGraph(before, after)) {
          let value: unknown = before;
          for (const key of readPointer(path)?.slice(0, -1) ?? []) {
            expect(Array.isArray(value)).toBe(false);
            value = typeof value === 'object' && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined;
          }
          expect(Array.isArray(value)).toBe(false);
        }
      }),
    );
  });

  it('says what a member was', () => {
    const web = { kind: 'Deployment', name: 'web', health: 'healthy', pods: 1, meshedPods: 1, meshes: ['linkerd'], ports: [] } as const;
    const shop: NamespaceTopology = { namespace: 'shop', workloads: [web], services: [], routes: [], policies: [] };
    const later: NamespaceTopology = { ...shop, asksFor: 'linkerd', workloads: [{ ...web, health: 'down', ready: 0, meshes: [] }] };
    expect(diffNamespace('shop', publicNamespace(shop, undefined), publicNamespace(later, undefined))).toEqual([
      { op: 'add', path: '/namespaces/shop/asksFor', value: 'linkerd' },
      { op: 'replace', path: '/namespaces/shop/workloads/Deployment~1web/health', value: 'down', was: 'healthy' },
      { op: 'replace', path: '/namespaces/shop/workloads/Deployment~1web/meshes', value: [], was: ['linkerd'] },
      { op: 'add', path: '/namespaces/shop/workloads/Deployment~1web/ready', value: 0 },
    ]);
  });

  it('does not repeat what was long', () => {
    const route = { group: 'g', kind: 'HTTPRoute', name: 'r', attachedTo: [], hosts: ['x'.repeat(200)], backends: [], problems: [] };
    const of = (hosts: readonly string[]) =>
      publicNamespace({ namespace: 'shop', workloads: [], services: [], routes: [{ ...route, hosts }], policies: [] }, undefined);
    expect(diffNamespace('shop', of(route.hosts), of(['y']))).toEqual([
      { op: 'replace', path: '/namespaces/shop/routes/HTTPRoute.g~1r/hosts', value: ['y'] },
    ]);
  });

  it('does not look into an entry that is the same object', () => {
    const looked: string[] = [];
    const watched = new Proxy({ kind: 'Deployment', name: 'web' } as NamespaceTopology['workloads'][number], {
      ownKeys: (target) => {
        looked.push('keys');
        return Reflect.ownKeys(target);
      },
    });
    const of = (): NamespaceTopology => ({ namespace: 'shop', workloads: [watched], services: [], routes: [], policies: [] });
    expect(diffNamespace('shop', publicNamespace(of(), undefined), publicNamespace(of(), undefined))).toEqual([]);
    expect(looked).toEqual([]);
  });
});

describe('the public graph', () => {
  it('has each edge once, in its home', () => {
    const edge = { source: 'shop/Deployment/web', destination: 'bank/Deployment/api', protocol: 'http', mesh: 'linkerd' } as const;
    const in_ = { source: 'unmeshed', destination: 'bank/Deployment/api', protocol: 'http', mesh: 'linkerd' } as const;
    const traffic = (namespace: string, edges: NamespaceTraffic['edges']) => publicNamespace(undefined, { namespace, edges });
    expect(Object.keys(traffic('shop', [edge]).edges)).toEqual(['shop/Deployment/web>bank/Deployment/api>>>http']);
    expect(Object.keys(traffic('bank', [edge, in_]).edges)).toEqual(['unmeshed>bank/Deployment/api>>>http']);
  });

  it('has no key that is a trap', () => {
    fc.assert(
      fc.property(graph, (given) => {
        const keys = Object.entries(given.namespaces).flatMap(([key, { workloads, services, routes, policies, edges }]) => [
          key,
          ...[workloads, services, routes, policies, edges].flatMap((collection) => Object.keys(collection)),
        ]);
        expect(keys).not.toContain('__proto__');
      }),
    );
  });
});

describe('applyPatch', () => {
  const start: PublicGraph = publicGraph([
    [
      'shop',
      publicNamespace(
        {
          namespace: 'shop',
          workloads: [{ kind: 'Deployment', name: 'web', health: 'healthy', pods: 1, meshedPods: 1, meshes: ['linkerd'], ports: [] }],
          services: [],
          routes: [],
          policies: [],
        },
        undefined,
      ),
    ],
  ]);

  it('shares what it does not reach', () => {
    const patched = applyPatch(start, [{ op: 'add', path: '/namespaces/bank', value: publicNamespace(undefined, undefined) }]);
    expect(patched.namespaces.shop).toBe(start.namespaces.shop);
    expect(Object.keys(start.namespaces)).toEqual(['shop']);
  });

  it('leaves the values of the patch as they are', () => {
    const value = overTheWire(start.namespaces.shop);
    const patch: Operation[] = [
      { op: 'add', path: '/namespaces/bank', value },
      { op: 'replace', path: '/namespaces/bank/workloads/Deployment~1web/health', value: 'down' },
    ];
    expect(applyPatch(start, patch).namespaces.bank?.workloads['Deployment/web']?.health).toBe('down');
    expect(value).toEqual(start.namespaces.shop);
  });

  it.each([
    ['a path that is not there', { op: 'replace', path: '/namespaces/shop/workloads/Deployment~1x/health', value: 1 }],
    ['an entry that is not there', { op: 'remove', path: '/namespaces/shop/workloads/Deployment~1x' }],
    ['a namespace that is not there', { op: 'add', path: '/namespaces/x/workloads/y', value: 1 }],
    ['what every object inherits', { op: 'add', path: '/namespaces/constructor/assign', value: 1 }],
    ['what every object inherits, to be replaced', { op: 'replace', path: '/namespaces/toString', value: 1 }],
    ['a prototype', { op: 'add', path: '/namespaces/__proto__', value: {} }],
    ['the member of a prototype', { op: 'add', path: '/__proto__/polluted', value: 1 }],
    ['a position in an array', { op: 'add', path: '/namespaces/shop/workloads/Deployment~1web/meshes/0', value: 'x' }],
    ['a member of a text', { op: 'add', path: '/namespaces/shop/workloads/Deployment~1web/health/x', value: 1 }],
    ['the root', { op: 'replace', path: '', value: { namespaces: {} } }],
    ['the namespaces', { op: 'remove', path: '/namespaces' }],
    ['no path', { op: 'add', path: 'namespaces', value: 1 }],
    ['a bad escape', { op: 'add', path: '/namespaces/~2', value: 1 }],
    ['another operation', { op: 'copy', from: '/namespaces/shop', path: '/namespaces/x' }],
    ['a test', { op: 'test', path: '/namespaces/shop', value: 1 }],
    ['a name that is none of an operation', { op: 'valueOf', path: '/namespaces/shop' }],
  ])('refuses %s', (_, operation) => {
    // A patch from a store that someone else wrote.
    expect(() => applyPatch(start, [operation as Operation])).toThrowError(MeshError);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
