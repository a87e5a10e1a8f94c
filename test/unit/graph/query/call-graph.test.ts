import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namespaceOf } from '../../../../src/graph/ids.ts';
import type { Edge, NamespaceTraffic, NodeId } from '../../../../src/graph/model.ts';
import { type CallSide, callGraph } from '../../../../src/graph/query/call-graph.ts';
import { neighbourhood } from '../../../../src/graph/query/neighbourhood.ts';
import type { LoadTraffic } from '../../../../src/graph/query/walk.ts';
import { trafficOf } from '../arbitraries.ts';
import { edge, trafficIn } from './fixture.ts';

const id = (name: string) => (/\/|^un/.test(name) ? name : `shop/Deployment/${name}`);
const short = ({ nodes }: CallSide) => nodes.map(({ id, distance }) => `${id.split('/').at(-1)} ${distance}`);

/** Serves edges by namespace, and remembers what was asked. */
function loader(edges: readonly Edge[]): { load: LoadTraffic; asked: string[][] } {
  const asked: string[][] = [];
  const load = (namespaces: readonly string[]): ReadonlyMap<string, NamespaceTraffic> => {
    asked.push([...namespaces]);
    const touching = (namespace: string) =>
      edges.filter(({ source, destination }) => [namespaceOf(source), namespaceOf(destination)].includes(namespace));
    return new Map(namespaces.map((namespace) => [namespace, trafficIn(namespace, touching(namespace))]));
  };
  return { load, asked };
}

const callees = (edges: readonly Edge[], depth: number, maxNodes = 100, start = [id('a')]): CallSide => {
  const { callees } = callGraph(start, { depth, direction: 'callees', maxNodes }, loader(edges).load);
  if (callees === undefined) throw new Error('no callees');
  return callees;
};

describe('callGraph', () => {
  it('has callers and callees to a depth', () => {
    const edges = [edge('x->a'), edge('y->x'), edge('a->b'), edge('b->c'), edge('c->d'), edge('other->b')];
    const { callers, callees } = callGraph([id('a')], { depth: 2 }, loader(edges).load);
    expect(callers && short(callers)).toEqual(['a 0', 'x 1', 'y 2']);
    expect(callees && short(callees)).toEqual(['a 0', 'b 1', 'c 2']);
    expect(callees?.edges.map(({ source, destination }) => [source, destination])).toEqual([
      [id('a'), id('b')],
      [id('b'), id('c')],
    ]);
    expect(Object.keys(callGraph([id('a')], { depth: 1, direction: 'callers' }, loader(edges).load))).toEqual(['callers']);
    expect(short(callGraph([id('a')], { depth: 0 }, loader(edges).load).callees as CallSide)).toEqual(['a 0']);
  });

  it('ends in circles', () => {
    const edges = [edge('a->b'), edge('b->c'), edge('c->a'), edge('a->a')];
    const side = callees(edges, 10);
    expect(short(side)).toEqual(['a 0', 'b 1', 'c 2']);
    expect(side.edges).toHaveLength(4);
  });

  it('loads the namespaces of a level together, none twice, none of what has none', () => {
    const edges = [
      edge('a->n1/Deployment/x'),
      edge('a->n2/Deployment/y'),
      edge('a->external/z'),
      edge('n1/Deployment/x->n2/Deployment/z'),
      edge('n2/Deployment/z->n3/Deployment/w'),
    ];
    const { load, asked } = loader(edges);
    callGraph([id('a')], { depth: 5 }, load);
    expect(asked).toEqual([['shop'], ['n1', 'n2'], ['n3']]);
  });

  it('does not go through what stands for many', () => {
    const edges = [edge('unmeshed->a'), edge('unmeshed->b'), edge('a->external/x')];
    const { callers } = callGraph([id('a')], { depth: 3 }, loader(edges).load);
    expect(callers && short(callers)).toEqual(['a 0', 'unmeshed 1']);
    expect(short(callees(edges, 3))).toEqual(['a 0', 'x 1']);
    const around = neighbourhood([id('a')], 3, loader(edges).load);
    expect([...around.distances.keys()].toSorted()).toEqual(['external/x', id('a'), 'unmeshed']);
    expect(neighbourhood(['unmeshed'], 3, loader(edges).load).edges).toEqual([]);
  });

  it('keeps to its number of nodes, the busiest first, and says how many it left out', () => {
    const edges = [edge('a->b', { rps: 1 }), edge('a->c', { rps: 9 }), edge('a->d', { rps: 5 }), edge('c->e', { rps: 100 })];
    const side = callees(edges, 3, 3);
    expect(short(side)).toEqual(['a 0', 'c 1', 'd 1']);
    expect(side.omittedNodes).toBe(2);
    expect(side.edges).toHaveLength(2);
  });

  it('follows the slowest calls, and those that fail most', () => {
    const slow = (p99: number) => ({ latency: { p99 } });
    const failing = (rps: number, successRate: number) => ({ rps, successRate });
    const edges = [
      edge('a->b', { ...slow(100), ...failing(100, 1) }),
      edge('a->c', { ...slow(900), ...failing(10, 0.5) }),
      edge('a->d', { ...slow(10), ...failing(1000, 0.99) }),
      edge('c->e', slow(800)),
      edge('c->f', { latency: { p50: 20 } }),
      edge('d->g', failing(50, 0.9)),
      edge('e->a', slow(5000)),
    ];
    const side = callees(edges, 4);
    expect(side.slowest).toEqual([id('a'), id('c'), id('e')]);
    expect(side.mostFailing).toEqual([id('a'), id('d'), id('g')]);
    const calm = callees([edge('a->b', { successRate: 1 })], 2);
    expect(calm).toMatchObject({ slowest: [], mostFailing: [] });
  });

  it('follows calls against their direction for callers', () => {
    const edges = [edge('x->a', { latency: { p99: 5 } }), edge('y->a', { latency: { p99: 50 } }), edge('z->y', { latency: { p99: 70 } })];
    expect(callGraph([id('a')], { depth: 3 }, loader(edges).load).callers?.slowest).toEqual([id('a'), id('y'), id('z')]);
  });

  it('starts from several nodes', () => {
    const edges = [edge('a->c'), edge('b->d'), edge('a->b')];
    expect(short(callees(edges, 1, 100, [id('a'), id('b')]))).toEqual(['a 0', 'b 0', 'c 1', 'd 1']);
  });

  it('is what a plain search finds', () => {
    const some = fc
      .array(trafficOf(fc.constantFrom('shop', 'bank')), { maxLength: 3 })
      .map((traffic) => traffic.flatMap(({ edges }) => edges));
    fc.assert(
      fc.property(some, fc.nat(4), (edges, depth) => {
        const start = edges[0]?.source ?? id('a');
        const distances = new Map<NodeId, number>([[start, 0]]);
        for (let distance = 1; distance <= depth; distance++) {
          for (const { source, destination } of edges) {
            const from = distances.get(source);
            if (from === undefined || from !== distance - 1 || namespaceOf(source) === undefined || distances.has(destination)) continue;
            distances.set(destination, distance);
          }
        }
        const side = callees(edges, depth, 1000, [start]);
        expect(new Map(side.nodes.map(({ id, distance }) => [id, distance]))).toEqual(distances);
      }),
    );
  });
});

describe('neighbourhood', () => {
  it('goes both ways at every step', () => {
    const edges = [edge('x->a'), edge('x->y'), edge('z->y')];
    const { distances } = neighbourhood([id('a')], 2, loader(edges).load);
    expect([...distances]).toEqual([
      [id('a'), 0],
      [id('x'), 1],
      [id('y'), 2],
    ]);
    expect(neighbourhood([id('a')], 9, loader(edges).load, 2).omittedNodes).toBe(1);
  });

  it('survives a loader that has nothing', () => {
    expect(neighbourhood([id('a')], 3, () => new Map())).toEqual({ distances: new Map([[id('a'), 0]]), edges: [], omittedNodes: 0 });
  });
});
