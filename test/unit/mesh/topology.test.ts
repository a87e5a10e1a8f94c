import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passes, SERVICE_FILTERS, sumTotals } from '../../../src/mesh/model.ts';
import type { ClusterObjects, Pod, Service, Workload } from '../../../src/mesh/objects.ts';
import { buildTopology } from '../../../src/mesh/topology.ts';

const service = (name: string, more: Partial<Service> = {}): Service => ({
  namespace: 'shop',
  name,
  type: 'ClusterIP',
  headless: false,
  selector: [['app', name]],
  ports: [{ port: 80, protocol: 'TCP' }],
  externalName: undefined,
  ...more,
});
const pod = (name: string, app: string, owner: string, mesh?: Pod['mesh']): Pod => ({
  namespace: 'shop',
  name,
  labels: { app },
  owner: { kind: 'StatefulSet', name: owner },
  mesh,
});
const workload = (kind: Workload['kind'], name: string, app: string): Workload => ({ kind, namespace: 'shop', name, podLabels: { app } });
const cluster = (parts: Partial<ClusterObjects>): ClusterObjects => ({
  namespaces: [],
  services: [],
  pods: [],
  replicaSets: [],
  workloads: [],
  ...parts,
});

const first = (objects: ClusterObjects) => {
  const [namespace] = buildTopology(objects);
  const [found] = namespace?.services ?? [];
  if (found === undefined) throw new Error('no service came out');
  return found;
};

describe('buildTopology', () => {
  it('puts pods, their workloads and their meshes behind a Service', () => {
    const objects = cluster({
      services: [service('web')],
      pods: [
        pod('a', 'web', 'stable', 'linkerd'),
        pod('b', 'web', 'stable'),
        pod('c', 'web', 'canary', 'istio-ambient'),
        pod('d', 'other', 'other'),
      ],
    });
    expect(first(objects)).toEqual({
      namespace: 'shop',
      name: 'web',
      type: 'ClusterIP',
      selects: true,
      pods: 3,
      meshedPods: 2,
      meshes: ['linkerd', 'istio-ambient'],
      ports: [{ port: 80, protocol: 'TCP' }],
      omittedPorts: 0,
      workloads: [
        { kind: 'StatefulSet', name: 'canary', pods: 1, meshedPods: 1, meshes: ['istio-ambient'] },
        { kind: 'StatefulSet', name: 'stable', pods: 2, meshedPods: 1, meshes: ['linkerd'] },
      ],
      omittedWorkloads: 0,
    });
  });

  it('shows a workload that is scaled to zero, and counts one that is not only once', () => {
    const objects = cluster({
      services: [service('web')],
      pods: [pod('a', 'web', 'web', 'linkerd')],
      workloads: [workload('StatefulSet', 'web', 'web'), workload('Deployment', 'asleep', 'web'), workload('Deployment', 'other', 'other')],
    });
    expect(first(objects).workloads).toEqual([
      { kind: 'Deployment', name: 'asleep', pods: 0, meshedPods: 0, meshes: [] },
      { kind: 'StatefulSet', name: 'web', pods: 1, meshedPods: 1, meshes: ['linkerd'] },
    ]);
  });

  it('selects inside the namespace only', () => {
    const objects = cluster({ services: [service('web')], pods: [{ ...pod('a', 'web', 'web'), namespace: 'elsewhere' }] });
    const [elsewhere, shop] = buildTopology(objects);
    expect(shop?.services).toMatchObject([{ name: 'web', pods: 0, workloads: [] }]);
    expect(elsewhere).toMatchObject({ namespace: 'elsewhere', services: [], totals: { pods: 1 } });
  });

  it('says nothing of a Service that selects nothing', () => {
    const objects = cluster({ services: [service('db', { selector: [] })], pods: [pod('a', 'db', 'db')] });
    expect(first(objects)).toMatchObject({ selects: false, pods: 0, workloads: [] });
  });

  it.each([
    [{ headless: true }, 'Headless'],
    [{ type: 'NodePort' }, 'NodePort'],
    [{ type: 'LoadBalancer', headless: false }, 'LoadBalancer'],
    [{ type: 'ExternalName', selector: [], externalName: 'example.com' }, 'ExternalName'],
  ] as const)('names the type of %j', (more, type) => {
    expect(first(cluster({ services: [service('web', more)] })).type).toBe(type);
  });

  it('keeps 32 ports and 32 workloads, and counts the rest', () => {
    const ports = Array.from({ length: 40 }, (_, port) => ({ port: port + 1, protocol: 'TCP' as const }));
    const pods = Array.from({ length: 50 }, (_, place) => pod(`p${place}`, 'web', `w${place}`));
    const found = first(cluster({ services: [service('web', { ports })], pods }));
    expect(found).toMatchObject({ omittedPorts: 8, omittedWorkloads: 18, pods: 50 });
    expect([found.ports.length, found.workloads.length]).toEqual([32, 32]);
  });

  it('keeps namespaces without services, by name', () => {
    const names = buildTopology(cluster({ namespaces: ['b', 'a-b', 'a'], services: [service('web')] })).map(({ namespace }) => namespace);
    expect(names).toEqual(['a', 'a-b', 'b', 'shop']);
  });

  const meshes = fc.constantFrom(undefined, 'linkerd', 'istio-sidecar', 'istio-ambient') as fc.Arbitrary<Pod['mesh']>;
  const word = fc.constantFrom('a', 'b', 'c', 'constructor');
  const objects = fc.record({
    namespaces: fc.uniqueArray(word),
    services: fc.uniqueArray(
      fc
        .record({ namespace: word, name: word, app: word })
        .map(({ namespace, name, app }) => service(name, { namespace, selector: [['app', app]] })),
      { selector: ({ namespace, name }) => `${namespace}/${name}` },
    ),
    pods: fc.array(
      fc
        .record({ namespace: word, app: word, owner: word, mesh: meshes })
        .map(({ namespace, app, owner, mesh }) => ({ ...pod('p', app, owner, mesh), namespace })),
      { maxLength: 30 },
    ),
    replicaSets: fc.constant([]),
    workloads: fc.uniqueArray(
      fc
        .record({ namespace: word, name: word, app: word })
        .map(({ namespace, name, app }) => ({ ...workload('DaemonSet', name, app), namespace })),
      { selector: ({ namespace, name }) => `${namespace}/${name}` },
    ),
  });

  it('does not depend on the order of objects', () => {
    const backwards = (all: ClusterObjects): ClusterObjects => ({
      namespaces: [...all.namespaces].reverse(),
      services: [...all.services].reverse(),
      pods: [...all.pods].reverse(),
      replicaSets: [],
      workloads: [...all.workloads].reverse(),
    });
    fc.assert(
      fc.property(objects, (all) => {
        expect(buildTopology(backwards(all))).toEqual(buildTopology(all));
      }),
    );
  });

  it('counts in its totals what its services say', () => {
    fc.assert(
      fc.property(objects, (all) => {
        const built = buildTopology(all);
        const sum = sumTotals(built.map(({ totals }) => totals));
        const services = built.flatMap((namespace) => namespace.services);
        expect(services.length).toBe(all.services.length);
        for (const filter of SERVICE_FILTERS) expect(sum.services[filter]).toBe(services.filter((one) => passes(one, filter)).length);
        expect(sum.pods).toBe(all.pods.length);
        expect(sum.meshedPods).toBe(all.pods.filter(({ mesh }) => mesh !== undefined).length);
        for (const { pods, meshedPods, workloads } of services) {
          expect(workloads.reduce((total, one) => total + one.pods, 0)).toBe(pods);
          expect(workloads.reduce((total, one) => total + one.meshedPods, 0)).toBe(meshedPods);
        }
      }),
    );
  });
});

describe('passes', () => {
  it('knows a partly meshed service as unmeshed and as one of its mesh', () => {
    const partly = { pods: 3, meshedPods: 2, meshes: ['linkerd'] as const };
    expect(SERVICE_FILTERS.filter((filter) => passes(partly, filter))).toEqual(['all', 'unmeshed', 'linkerd']);
    const none = { pods: 0, meshedPods: 0, meshes: [] };
    expect(SERVICE_FILTERS.filter((filter) => passes(none, filter))).toEqual(['all']);
  });
});
