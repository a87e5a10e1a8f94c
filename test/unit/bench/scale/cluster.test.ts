import { describe, expect, it } from 'vitest';
import { Cluster, EDGES_PER_SERVICE, PODS, SERVICES } from '../../../../bench/scale/cluster.ts';
import { KEPT_KINDS } from '../../../../src/mesh/kept.ts';
import { keepItem } from '../../../../src/sources/kubernetes/keep.ts';

const nameOf = (object: unknown): unknown => Object(Object(object).metadata).name;

describe('a generated cluster', () => {
  const cluster = new Cluster(10);

  it('has objects that the collector keeps, each under its own name', () => {
    for (const kind of KEPT_KINDS) {
      for (const namespace of [4, 5]) {
        const objects = cluster.objects(kind, namespace);
        for (const object of objects) expect(keepItem(kind, object)).toMatchObject({ tag: 'kept' });
        expect(new Set(objects.map(nameOf)).size).toBe(objects.length);
      }
    }
  });

  it('has the services, pods and calls that were asked for, all of them inside the cluster and its mesh', () => {
    for (const namespace of [0, 1, 8, 9]) {
      expect(cluster.objects('services', namespace)).toHaveLength(SERVICES);
      expect(cluster.objects('pods', namespace)).toHaveLength(PODS);
      const calls = cluster.calls(namespace);
      expect(calls).toHaveLength(SERVICES * EDGES_PER_SERVICE);
      for (const { from, to } of calls) {
        expect(to).not.toEqual(from);
        expect(to.namespace % 2).toBe(namespace % 2);
        expect(to.namespace).toBeLessThan(10);
      }
      expect(new Set(calls.map(({ from, to }) => JSON.stringify([from, to]))).size).toBe(calls.length);
    }
  });

  it('lets every service be called as often as it calls', () => {
    const calls = Array.from({ length: 10 }, (_, namespace) => cluster.calls(namespace)).flat();
    const called = new Map<string, number>();
    for (const { to } of calls) called.set(JSON.stringify(to), (called.get(JSON.stringify(to)) ?? 0) + 1);
    expect([...new Set(called.values())]).toEqual([EDGES_PER_SERVICE]);
  });

  it('replaces pods by others, and takes from a Deployment what it gives back', () => {
    const changing = new Cluster(10);
    const before = changing.objects('pods', 3).map(nameOf);
    const { gone, come } = changing.replacePod({ namespace: 3, service: 2 }, 1);
    expect(before).toContain(nameOf(gone));
    expect(before).not.toContain(nameOf(come));
    expect(changing.objects('pods', 3).map(nameOf)).toContain(nameOf(come));
    const place = { namespace: 3, service: 0 };
    const ready = changing.deployment(place);
    expect(changing.toggle(place)).not.toEqual(ready);
    expect(changing.toggle(place)).toEqual(ready);
  });

  it('refuses a size in which the meshes would meet', () => {
    expect(() => new Cluster(7)).toThrow('even');
  });
});
