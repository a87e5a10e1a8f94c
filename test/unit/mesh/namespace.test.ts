import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MESHES } from '../../../src/graph/model.ts';
import { buildNamespace } from '../../../src/mesh/namespace.ts';
import { sharedContextOf } from '../../../src/mesh/shared.ts';
import { namespaceObjects } from './arbitraries.ts';
import { build, deployment, kept, OPTIONS, service, spec } from './kept-objects.ts';

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

describe('buildNamespace', () => {
  it('gives the same for the same objects in any order', () => {
    const shuffled = namespaceObjects().chain((objects) =>
      fc.tuple(fc.constant(objects), fc.shuffledSubarray(objects, { minLength: objects.length })),
    );
    const root = namespaceObjects({ namespace: 'istio-system', maxLength: 10 });
    fc.assert(
      fc.property(shuffled, root, ([objects, other], shared) => {
        expect(build(other, [...shared].reverse())).toEqual(build(objects, shared));
      }),
      { numRuns: 100 },
    );
  });

  it('never throws, and repeats nothing that is not in an alphabet', () => {
    const root = namespaceObjects({ distort: true, namespace: 'istio-system', maxLength: 10 });
    fc.assert(
      fc.property(namespaceObjects({ distort: true }), root, (objects, shared) => {
        const text = JSON.stringify(build(objects, shared));
        expect(text).not.toContain('PLANTED');
      }),
      { numRuns: 150 },
    );
  });

  it('keeps to its bounds and its order', () => {
    fc.assert(
      fc.property(namespaceObjects({ distort: true }), (objects) => {
        const { workloads, services, routes, policies } = build(objects);
        for (const list of [routes, policies]) {
          const keys = list.map(({ kind, group, name }) => `${kind} ${group} ${name}`);
          expect(keys).toEqual([...new Set(keys)].sort(compare));
        }
        expect(workloads.map(({ kind, name }) => `${kind} ${name}`)).toEqual(
          workloads.map(({ kind, name }) => `${kind} ${name}`).sort(compare),
        );
        expect(services.map(({ name }) => name)).toEqual(services.map(({ name }) => name).sort(compare));
        for (const { summary, problems, selects } of policies) {
          expect(summary.length).toBeLessThanOrEqual(120);
          expect(summary).not.toMatch(/[\n\r]|undefined|\[object/);
          expect(problems.length).toBeLessThanOrEqual(8);
          expect(selects).toEqual([...new Set(selects)].sort(compare));
        }
        for (const { problems, attachedTo } of routes) {
          expect(problems.length).toBeLessThanOrEqual(8);
          expect(attachedTo).toEqual([...new Set(attachedTo)].sort(compare));
        }
        for (const problem of [...routes, ...policies].flatMap((node) => node.problems)) expect(problem).toMatch(/^[A-Z*\w].*\.$/);
      }),
      { numRuns: 100 },
    );
  });

  it('counts every pod once, behind its workload', () => {
    fc.assert(
      fc.property(namespaceObjects(), (objects) => {
        const { workloads, services } = build(objects);
        const pods = objects.filter(({ kind }) => kind === 'pods');
        expect(workloads.reduce((sum, node) => sum + node.pods, 0)).toBe(pods.length);
        for (const { pods: count, meshedPods, meshes } of [...workloads, ...services]) {
          expect(meshedPods).toBeLessThanOrEqual(count);
          expect(meshes).toEqual(MESHES.filter((mesh) => meshes.includes(mesh)));
          expect(meshes.length > 0).toBe(meshedPods > 0);
        }
        for (const node of services) expect(node.workloads.reduce((sum, each) => sum + each.pods, 0)).toBe(node.pods);
        for (const { identity, meshes, kind } of workloads)
          if (kind !== 'WorkloadEntry' && meshes.length === 0) expect(identity).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  it('does not count objects of other namespaces', () => {
    const other = [...deployment('web'), service('web')].map((object) => ({ ...object, namespace: 'other' }));
    expect(build(other)).toEqual({ namespace: 'shop', workloads: [], services: [], routes: [], policies: [] });
  });

  it.each([
    [{}, { 'linkerd.io/inject': 'enabled' }, 'linkerd'],
    [{}, { 'linkerd.io/inject': 'ingress' }, 'linkerd'],
    [{ 'istio-injection': 'enabled' }, { 'linkerd.io/inject': 'disabled' }, 'istio-sidecar'],
    [{ 'istio.io/rev': 'canary' }, {}, 'istio-sidecar'],
    [{ 'istio-injection': 'disabled', 'istio.io/rev': 'canary', 'istio.io/dataplane-mode': 'ambient' }, {}, 'istio-ambient'],
    [{ 'istio.io/dataplane-mode': 'none' }, {}, undefined],
  ])('says which mesh labels %j and annotations %j ask for', (labels, annotations, mesh) => {
    expect(build([kept('namespaces', 'shop', { labels, annotations })]).asksFor).toBe(mesh);
  });

  it('takes any age', () => {
    for (const created of [-1, 1e300, Number.NaN, Number.POSITIVE_INFINITY]) {
      const objects = [spec('istioPeerAuthentications', 'a', {}, { created }), spec('istioVirtualServices', 'b', {}, { created })];
      expect(build(objects).policies).toHaveLength(1);
    }
  });

  it('is built in another root namespace as well', () => {
    const shared = sharedContextOf({ ...OPTIONS, istioRootNamespace: 'shop' }, []);
    expect(buildNamespace('shop', [...deployment('web')], shared).workloads).toHaveLength(1);
  });
});
