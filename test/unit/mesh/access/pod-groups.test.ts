import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AMBIENT, deployment, kept, LINKERD, root, SIDECAR, server, spec } from '../kept-objects.ts';
import { calleeIn, groupsIn, viewOf } from './support.ts';

const meshesOf = (groups: ReturnType<typeof groupsIn>) => groups.map(({ mesh, pods }) => [mesh, pods]);
const pod = (name: string, more: Parameters<typeof kept>[2]) =>
  kept('pods', `web-abc-${name}`, { owner: { kind: 'ReplicaSet', name: 'web-abc' }, ...more });

describe('the pods of a workload', () => {
  it('are one group where nothing tells them apart', () => {
    const objects = [...deployment('web', { pods: 3, injected: LINKERD })];
    expect(meshesOf(groupsIn(viewOf(objects), 'web'))).toEqual([['linkerd', 3]]);
  });

  it('are parted by mesh, the largest first', () => {
    const objects = [...deployment('web', { pods: 2, injected: LINKERD }), pod('old', { labels: { app: 'web' } })];
    expect(meshesOf(groupsIn(viewOf(objects), 'web'))).toEqual([
      ['linkerd', 2],
      [undefined, 1],
    ]);
  });

  it('are parted by a label only where a selector asks for it', () => {
    const objects = [
      ...deployment('web', { pods: 1, injected: LINKERD, labels: { track: 'stable' } }),
      pod('canary', { labels: { app: 'web', track: 'canary', ...LINKERD } }),
    ];
    expect(groupsIn(viewOf(objects), 'web')).toHaveLength(1);
    const selective = server('web', 'web', { podSelector: { matchExpressions: [{ key: 'track', operator: 'Exists' }] } });
    expect(groupsIn(viewOf([...objects, selective]), 'web')).toHaveLength(2);
    const wide = root('istioPeerAuthentications', 'x', { selector: { matchLabels: { track: 'canary' } } });
    expect(groupsIn(viewOf(objects, [wide]), 'web')).toHaveLength(2);
  });

  it('are parted by annotations that proxies obey, and by no others', () => {
    const [first, second] = [{ 'linkerd.io/proxy-version': 'edge-1' }, { 'linkerd.io/proxy-version': 'edge-2' }];
    const labels = { app: 'web', ...LINKERD };
    const base = deployment('web', { pods: 0 });
    expect(
      groupsIn(viewOf([...base, pod('a', { labels, annotations: first }), pod('b', { labels, annotations: second })]), 'web'),
    ).toHaveLength(1);
    const skipping = { 'config.linkerd.io/skip-inbound-ports': '8080' };
    expect(groupsIn(viewOf([...base, pod('a', { labels }), pod('b', { labels, annotations: skipping })]), 'web')).toHaveLength(2);
  });

  it('of a gateway are in Istio, though they bear no mark of injection', () => {
    const objects = deployment('gateway', { labels: { istio: 'ingressgateway' } });
    expect(meshesOf(groupsIn(viewOf(objects), 'gateway'))).toEqual([['istio-sidecar', 1]]);
  });

  it('are in no other group however the objects are ordered', () => {
    const objects = [
      ...deployment('web', { pods: 3, injected: LINKERD }),
      pod('x', { labels: { app: 'web' } }),
      pod('y', { labels: { app: 'web', ...AMBIENT } }),
      server('web', 'web'),
    ];
    const expected = groupsIn(viewOf(objects), 'web');
    fc.assert(
      fc.property(fc.shuffledSubarray(objects, { minLength: objects.length }), (shuffled) => {
        expect(groupsIn(viewOf(shuffled), 'web')).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a workload without pods', () => {
  const inject = (annotations: Record<string, string>, labels: Record<string, string> = {}) =>
    kept('namespaces', 'shop', { labels, annotations });
  const groupOf = (namespace: ReturnType<typeof inject>, parts: Parameters<typeof deployment>[1] = {}) =>
    groupsIn(viewOf([namespace, ...deployment('web', { pods: 0, ...parts })]), 'web')[0];

  it('is what its namespace asks for, which is said', () => {
    expect(groupOf(inject({ 'linkerd.io/inject': 'enabled' }))).toMatchObject({ mesh: 'linkerd', pods: 0 });
    expect(groupOf(inject({}, { 'istio-injection': 'enabled' }))).toMatchObject({ mesh: 'istio-sidecar' });
    expect(groupOf(inject({}, { 'istio.io/dataplane-mode': 'ambient' }))).toMatchObject({ mesh: 'istio-ambient' });
    expect(groupOf(inject({}))).toMatchObject({ mesh: undefined, assumed: [expect.stringContaining('Deployment web has no pods')] });
  });

  it('is what its template asks for before its namespace', () => {
    const enabled = inject({ 'linkerd.io/inject': 'enabled' });
    expect(groupOf(enabled, { annotations: { 'linkerd.io/inject': 'disabled' } })?.mesh).toBeUndefined();
    expect(groupOf(inject({}), { annotations: { 'linkerd.io/inject': 'enabled' } })?.mesh).toBe('linkerd');
    expect(groupOf(inject({}), { labels: { 'sidecar.istio.io/inject': 'true' } })?.mesh).toBe('istio-sidecar');
    expect(groupOf(inject({}, { 'istio-injection': 'enabled' }), { labels: { 'sidecar.istio.io/inject': 'false' } })?.mesh).toBeUndefined();
    expect(
      groupOf(inject({}, { 'istio.io/dataplane-mode': 'ambient' }), { labels: { 'istio.io/dataplane-mode': 'none' } })?.mesh,
    ).toBeUndefined();
  });

  it('takes over of its namespace what Linkerd reads, unless it says so itself', () => {
    const namespace = inject({
      'linkerd.io/inject': 'enabled',
      'config.linkerd.io/default-inbound-policy': 'deny',
      'config.linkerd.io/opaque-ports': '1',
    });
    expect(groupOf(namespace, { annotations: { 'config.linkerd.io/opaque-ports': '2' } })?.annotations).toEqual({
      'config.linkerd.io/default-inbound-policy': 'deny',
      'config.linkerd.io/opaque-ports': '2',
    });
  });

  it('that is a machine has Istio’s proxy', () => {
    const machine = spec('istioWorkloadEntries', 'mainframe', { address: '10.0.0.1', labels: { app: 'mainframe' } });
    expect(groupsIn(viewOf([machine]), 'mainframe')).toMatchObject([{ mesh: 'istio-sidecar', labels: { app: 'mainframe' } }]);
  });
});

describe('a callee', () => {
  it('has the ports and HTTP probes of all its containers', () => {
    const template = {
      metadata: { labels: { app: 'web' } },
      spec: {
        serviceAccountName: 'web',
        containers: [
          {
            name: 'main',
            ports: [{ containerPort: 8080, name: 'http' }],
            readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
            livenessProbe: { httpGet: { port: 8080 } },
          },
        ],
        initContainers: [{ name: 'side', ports: [{ containerPort: 9000, protocol: 'UDP' }], startupProbe: { tcpSocket: { port: 1 } } }],
      },
    };
    const objects = [
      spec('deployments', 'web', { template }),
      kept('pods', 'web-0', { labels: { app: 'web', ...SIDECAR }, owner: { kind: 'Deployment', name: 'web' } }),
    ];
    expect(calleeIn(viewOf(objects), 'web')).toMatchObject({
      namespace: 'shop',
      kind: 'Deployment',
      name: 'web',
      mesh: 'istio-sidecar',
      serviceAccount: 'web',
      ports: [
        { port: 8080, protocol: 'TCP', name: 'http' },
        { port: 9000, protocol: 'UDP' },
      ],
      probes: [
        { path: '/', port: 8080 },
        { path: '/ready', port: 'http' },
      ],
    });
  });

  it('in Linkerd has the ports and probes of the proxy, which annotations may move', () => {
    const objects = deployment('web', { injected: LINKERD, annotations: { 'config.linkerd.io/admin-port': '4999' } });
    const { ports, probes } = calleeIn(viewOf(objects), 'web');
    expect(ports).toEqual([
      { port: 8080, protocol: 'TCP', name: 'http' },
      { port: 4143, protocol: 'TCP', name: 'linkerd-proxy' },
      { port: 4999, protocol: 'TCP', name: 'linkerd-admin' },
    ]);
    expect(probes).toEqual([
      { path: '/live', port: 4999 },
      { path: '/ready', port: 4999 },
    ]);
  });

  it('knows the Services that select it, and what its namespace says', () => {
    const objects = [
      kept('namespaces', 'shop', { labels: { team: 'a' }, annotations: { 'linkerd.io/inject': 'enabled' } }),
      ...deployment('web', { injected: LINKERD }),
      spec('services', 'web', { selector: { app: 'web' }, ports: [{ port: 80 }] }),
      spec('services', 'all', { selector: {}, ports: [{ port: 80 }] }),
      spec('services', 'cart', { selector: { app: 'cart' }, ports: [{ port: 80 }] }),
    ];
    expect(calleeIn(viewOf(objects), 'web')).toMatchObject({
      services: ['web'],
      namespaceLabels: { team: 'a' },
      namespaceAnnotations: { 'linkerd.io/inject': 'enabled' },
    });
  });
});
