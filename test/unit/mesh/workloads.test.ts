import { describe, expect, it } from 'vitest';
import type { KeptObject } from '../../../src/mesh/kept.ts';
import { kindOf } from '../../../src/mesh/kind-of.ts';
import { AMBIENT, build, deployment, kept, LINKERD, SIDECAR, server, service, spec, workload } from './kept-objects.ts';

const names = (objects: readonly KeptObject[]) => build(objects).workloads.map(({ kind, name, pods }) => `${kind}/${name} ${pods}`);
const pod = (name: string, owner?: KeptObject['owner'], labels = {}) =>
  kept('pods', name, { labels, ...(owner === undefined ? {} : { owner }) });

describe('workloads', () => {
  it('are whatever makes pods, and pods that nothing made', () => {
    const objects = [
      ...deployment('web', { pods: 2 }),
      kept('replicaSets', 'api-x', { owner: { kind: 'Rollout', name: 'api' } }),
      pod('api-x-1', { kind: 'ReplicaSet', name: 'api-x' }),
      pod('gone-x-1', { kind: 'ReplicaSet', name: 'gone-x' }, { 'rollouts-pod-template-hash': 'x' }),
      spec('statefulSets', 'db', { replicas: 0 }),
      spec('daemonSets', 'agent', {}),
      pod('debug'),
    ];
    expect(names(objects)).toEqual([
      'DaemonSet/agent 0',
      'Deployment/web 2',
      'Pod/debug 1',
      'Rollout/api 1',
      'Rollout/gone 1',
      'StatefulSet/db 0',
    ]);
  });

  it('follow a Job to its CronJob, and leave out Jobs that are done', () => {
    const objects = [
      spec('cronJobs', 'report', {}),
      spec('jobs', 'report-1', {}, { owner: { kind: 'CronJob', name: 'report' } }),
      pod('report-1-a', { kind: 'Job', name: 'report-1' }),
      spec('jobs', 'done', {}, { status: { conditions: [{ type: 'Complete', status: 'True' }] } }),
      spec('jobs', 'broken', {}, { status: { conditions: [{ type: 'Failed', status: 'True' }] } }),
      spec('jobs', 'running', {}, { status: { active: 2, ready: 1 } }),
      pod('running-a', { kind: 'Job', name: 'running' }),
    ];
    expect(names(objects)).toEqual(['CronJob/report 1', 'Job/broken 0', 'Job/running 1']);
    const built = build(objects);
    expect([workload(built, 'broken').health, workload(built, 'running').health, workload(built, 'report').health]).toEqual([
      'down',
      'degraded',
      'unknown',
    ]);
  });

  it.each([
    [3, 3, 'healthy'],
    [3, 1, 'degraded'],
    [3, 0, 'down'],
    [0, 0, 'scaled-to-zero'],
    [1, 2, 'healthy'],
  ])('with %i replicas, %i of them ready, are %s', (replicas, ready, health) => {
    expect(workload(build(deployment('web', { pods: 1, replicas, ready })), 'web')).toMatchObject({ health, desired: replicas, ready });
  });

  it('say nothing of health without a status', () => {
    const built = build([spec('deployments', 'web', { replicas: 2 }), spec('cronJobs', 'job', { suspend: true }), pod('debug')]);
    expect(workload(built, 'web')).not.toHaveProperty('ready');
    expect(built.workloads.map(({ name, health }) => [name, health])).toEqual([
      ['job', 'scaled-to-zero'],
      ['web', 'unknown'],
      ['debug', 'unknown'],
    ]);
  });

  it('count a Deployment without a number of replicas as one, and a DaemonSet by its nodes', () => {
    const built = build([
      spec('deployments', 'web', {}, { status: {} }),
      spec('daemonSets', 'agent', {}, { status: { desiredNumberScheduled: 3, numberReady: 3 } }),
    ]);
    expect(workload(built, 'web')).toMatchObject({ health: 'down', desired: 1, ready: 0 });
    expect(workload(built, 'agent')).toMatchObject({ health: 'healthy', desired: 3 });
  });

  it.each([
    ['Linkerd', { injected: LINKERD }, 'front.shop.serviceaccount.identity.linkerd.cluster.local'],
    [
      'another control plane',
      { injected: { 'linkerd.io/control-plane-ns': 'l5d' } },
      'front.shop.serviceaccount.identity.l5d.cluster.local',
    ],
    ['a sidecar', { injected: SIDECAR }, 'spiffe://cluster.local/ns/shop/sa/front'],
    ['ambient', { annotated: AMBIENT }, 'spiffe://cluster.local/ns/shop/sa/front'],
    ['no mesh', {}, undefined],
    ['no pods', { pods: 0 }, undefined],
  ])('have the identity of their ServiceAccount in %s', (_, parts, identity) => {
    expect(workload(build(deployment('web', { serviceAccount: 'front', ...parts })), 'web').identity).toBe(identity);
  });

  it('have the trust domain of the configuration, and no identity where the ServiceAccount is not known', () => {
    const options = { linkerdTrustDomain: 'corp.example', istioTrustDomain: 'td' };
    expect(workload(build(deployment('web', { injected: LINKERD }), [], options), 'web').identity).toMatch(
      /\.identity\.linkerd\.corp\.example$/,
    );
    const rollout = [pod('a-1', { kind: 'Rollout', name: 'a' }, SIDECAR), spec('istioWorkloadEntries', 'vm', { serviceAccount: 'legacy' })];
    const built = build(rollout, [], options);
    expect(workload(built, 'a')).not.toHaveProperty('identity');
    expect(workload(built, 'vm')).toMatchObject({ kind: 'WorkloadEntry', identity: 'spiffe://td/ns/shop/sa/legacy', pods: 0 });
  });

  it('have the ports of all containers, native sidecars among them', () => {
    const template = {
      spec: {
        containers: [{ ports: [{ containerPort: 9090, name: 'admin' }, { containerPort: 53, protocol: 'UDP' }, { containerPort: 53 }] }],
        initContainers: [
          { restartPolicy: 'Always', ports: [{ containerPort: 4191 }, { containerPort: 70_000 }, { containerPort: 1, protocol: 'x' }] },
        ],
      },
    };
    expect(workload(build([spec('deployments', 'web', { template })]), 'web').ports).toEqual([
      { port: 53, protocol: 'TCP' },
      { port: 53, protocol: 'UDP' },
      { port: 4191, protocol: 'TCP' },
      { port: 9090, protocol: 'TCP', name: 'admin' },
    ]);
  });

  it('are what a bare pod says of itself', () => {
    const value = { serviceAccountName: 'me', containers: [{ ports: [{ containerPort: 22 }] }] };
    const bare = build([spec('pods', 'debug', value, { labels: LINKERD })]);
    expect(workload(bare, 'debug')).toMatchObject({
      kind: 'Pod',
      health: 'unknown',
      serviceAccount: 'me',
      ports: [{ port: 22, protocol: 'TCP' }],
    });
    expect(workload(bare, 'debug').identity).toMatch(/^me\.shop\./);
  });

  it('have one name for a port that two containers declare', () => {
    const twice = (...names: string[]) =>
      deployment('web', { ports: names.map((name) => ({ containerPort: 80, ...(name === '' ? {} : { name }) })) });
    for (const order of [
      ['b', 'a', ''],
      ['', 'a', 'b'],
      ['a', '', 'b'],
    ]) {
      expect(workload(build(twice(...order)), 'web').ports).toEqual([{ port: 80, protocol: 'TCP', name: 'a' }]);
    }
  });

  const ports = [{ containerPort: 3306, name: 'mysql' }, { containerPort: 8080 }, { containerPort: 9005 }];
  const marks = (objects: readonly KeptObject[]) =>
    workload(build(objects), 'db').ports.flatMap(({ port, marks }) => (marks === undefined ? [] : [`${port} ${marks.join(' ')}`]));

  it('bear the marks of the pod template, with ranges, names, and ports that no container declares', () => {
    const annotations = { 'config.linkerd.io/opaque-ports': 'mysql, 9000-9010,x', 'config.linkerd.io/skip-inbound-ports': '8080,7000,1-0' };
    expect(marks(deployment('db', { ports, annotations }))).toEqual([
      '3306 opaque',
      '7000 skip-inbound',
      '8080 skip-inbound',
      '9005 opaque',
    ]);
  });

  it('bear the marks of the namespace where the template has none, without more ports', () => {
    const namespace = kept('namespaces', 'shop', { annotations: { 'config.linkerd.io/opaque-ports': '3306,5432' } });
    expect(marks([namespace, ...deployment('db', { ports })])).toEqual(['3306 opaque']);
    expect(marks([namespace, ...deployment('db', { ports, annotations: { 'config.linkerd.io/opaque-ports': '8080' } })])).toEqual([
      '8080 opaque',
    ]);
    expect(marks([namespace, ...deployment('db', { ports, injected: SIDECAR })])).toEqual([]);
  });

  it('bear the marks that the injector gave their newest pod', () => {
    const annotated = (name: string, created: number, value: string) =>
      kept('pods', name, {
        created,
        owner: { kind: 'ReplicaSet', name: 'db-abc' },
        labels: LINKERD,
        annotations: { 'config.linkerd.io/opaque-ports': value },
      });
    expect(marks([...deployment('db', { ports, pods: 0 }), annotated('b', 2, '3306'), annotated('c', 1, '8080')])).toEqual(['3306 opaque']);
  });

  it('bear the marks of Istio, of Services and of Servers', () => {
    const excluded = { 'traffic.sidecar.istio.io/excludeInboundPorts': '8080' };
    expect(marks(deployment('db', { ports, injected: SIDECAR, annotations: excluded }))).toEqual(['8080 skip-inbound']);
    const annotations = { 'config.linkerd.io/opaque-ports': '3306,sql' };
    const port = [
      { port: 3306, targetPort: 'mysql' },
      { port: 80, name: 'sql', targetPort: 9005 },
      { port: 81, targetPort: 8080 },
    ];
    expect(marks([...deployment('db', { ports }), { ...service('db', port), annotations }])).toEqual(['3306 opaque', '9005 opaque']);
    const servers = [
      server('a', 'db', { proxyProtocol: 'HTTP/1', port: 'mysql' }),
      server('b', 'db', { proxyProtocol: 'opaque', port: 'mysql' }),
      server('c', 'db', { proxyProtocol: 'opaque', port: 7000 }),
    ];
    expect(marks([...deployment('db', { ports }), ...servers])).toEqual(['7000 opaque']);
  });

  it('keep 32 ports and count the rest', () => {
    const many = Array.from({ length: 40 }, (_, index) => ({ containerPort: 9000 - index }));
    const node = workload(build(deployment('web', { ports: many })), 'web');
    expect([node.ports.length, node.omittedPorts, node.ports[0]?.port]).toEqual([32, 8, 8961]);
    expect(workload(build(deployment('web')), 'web')).not.toHaveProperty('omittedPorts');
  });
});

describe('services', () => {
  it('have what stands behind them, one that is scaled to zero among it', () => {
    const objects = [
      service('web', [
        { port: 80, targetPort: 'http', name: 'http', appProtocol: 'kubernetes.io/h2c' },
        { port: 0 },
        { port: 443, protocol: 'x' },
      ]),
      ...deployment('web', { pods: 2, injected: LINKERD }),
      ...deployment('web-next', { pods: 0, labels: { app: 'web' } }),
      ...deployment('other'),
    ];
    expect(build(objects).services).toEqual([
      {
        name: 'web',
        type: 'ClusterIP',
        selects: true,
        pods: 2,
        meshedPods: 2,
        meshes: ['linkerd'],
        ports: [{ port: 80, protocol: 'TCP', targetPort: 'http', name: 'http', appProtocol: 'kubernetes.io/h2c' }],
        omittedPorts: 0,
        workloads: [
          { kind: 'Deployment', name: 'web', pods: 2, meshedPods: 2, meshes: ['linkerd'] },
          { kind: 'Deployment', name: 'web-next', pods: 0, meshedPods: 0, meshes: [] },
        ],
        omittedWorkloads: 0,
      },
    ]);
  });

  it.each([
    [{ clusterIP: 'None' }, { type: 'Headless', selects: true }],
    [{ type: 'LoadBalancer' }, { type: 'LoadBalancer', selects: true }],
    [
      { type: 'ExternalName', externalName: 'db.example.com' },
      { type: 'ExternalName', selects: false, externalName: 'db.example.com' },
    ],
    [
      { type: 'ExternalName', externalName: 'no host' },
      { type: 'ExternalName', selects: false },
    ],
    [{ selector: {} }, { type: 'ClusterIP', selects: false, pods: 0 }],
    [{ type: 'Other' }, { type: 'ClusterIP' }],
  ])('read %j', (more, node) => {
    const [found] = build([service('web', [], more), ...deployment('web')]).services;
    expect(found).toMatchObject(node);
    expect(Object.hasOwn(found ?? {}, 'externalName')).toBe(Object.hasOwn(node, 'externalName'));
  });

  it('keep 32 ports and 32 workloads, and count the rest', () => {
    const ports = Array.from({ length: 40 }, (_, index) => ({ port: index + 1 }));
    const pods = Array.from({ length: 50 }, (_, index) => pod(`p${index}`, { kind: 'StatefulSet', name: `w${index}` }, { app: 'web' }));
    const [found] = build([service('web', ports), ...pods]).services;
    expect(found).toMatchObject({ omittedPorts: 8, omittedWorkloads: 18, pods: 50 });
    expect([found?.ports.length, found?.workloads.length]).toEqual([32, 32]);
  });
});

describe('kindOf', () => {
  it('prefers what most likely sends traffic', () => {
    const objects = [
      ...deployment('web'),
      spec('statefulSets', 'web', {}),
      spec('statefulSets', 'db', {}),
      spec('cronJobs', 'db', {}),
      pod('a-1', { kind: 'Rollout', name: 'api' }),
      pod('x-1', { kind: 'AnalysisRun', name: 'x' }),
      pod('x'),
    ];
    const find = kindOf(build(objects));
    expect(['web', 'db', 'api', 'x', 'none', 'constructor'].map(find)).toEqual([
      'Deployment',
      'StatefulSet',
      'Rollout',
      'Pod',
      undefined,
      undefined,
    ]);
  });
});
