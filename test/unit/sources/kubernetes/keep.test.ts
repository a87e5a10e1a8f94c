import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEPT_KINDS, type KeptKind } from '../../../../src/mesh/kept.ts';
import { Malformed } from '../../../../src/sources/kubernetes/decode/fields.ts';
import { UNREAD_VALUE } from '../../../../src/sources/kubernetes/keep/labels.ts';
import { identityOfItem, keep, keepItem, shownName } from '../../../../src/sources/kubernetes/keep.ts';
import { KINDS } from '../../../../src/sources/kubernetes/kinds.ts';

const metadata = (more: object = {}) => ({ namespace: 'shop', name: 'web', ...more });
const item = (more: object = {}, meta: object = {}) => ({ metadata: metadata(meta), ...more });
const identity = (kind: KeptKind) => ({ kind, namespace: 'shop', name: 'web', labels: {}, annotations: {} });
const problemOf = (kind: KeptKind, value: unknown) => {
  const kept = keepItem(kind, value);
  return kept.tag === 'malformed' ? kept.problem : kept.tag;
};
const POLICIES = KEPT_KINDS.filter((kind) => KINDS[kind].mesh !== 'kubernetes');
const METADATA = KEPT_KINDS.filter((kind) => KINDS[kind].form === 'metadata');

describe('keep', () => {
  it.each(KEPT_KINDS)('keeps of %s nothing that changes without a meaning', (kind) => {
    const noise = {
      uid: '7d2f',
      resourceVersion: '812',
      generation: 4,
      selfLink: '/x',
      managedFields: [{ manager: 'kubectl' }],
      finalizers: ['foregroundDeletion'],
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"spec":{}}' },
    };
    const named = KINDS[kind].namespaced ? item({}, noise) : { metadata: { name: 'shop', ...noise } };
    const kept = keep(kind, named);
    expect(JSON.stringify(kept)).not.toMatch(/812|7d2f|kubectl|foreground|generation/);
    expect(kept).toMatchObject({ kind, namespace: 'shop', name: KINDS[kind].namespaced ? 'web' : 'shop', labels: {}, annotations: {} });
  });

  it('keeps labels whole, the time of creation and the controller among the owners', () => {
    const kept = keep(
      'pods',
      item(
        {},
        {
          creationTimestamp: '2026-01-02T03:04:05Z',
          labels: { app: 'web', 'app.kubernetes.io/name': 'Web_1', empty: '' },
          ownerReferences: [
            { kind: 'Node', name: 'n', controller: false },
            { kind: 'ReplicaSet', name: 'web-1', controller: true },
          ],
        },
      ),
    );
    expect(kept).toEqual({
      ...identity('pods'),
      created: Date.UTC(2026, 0, 2, 3, 4, 5),
      labels: { app: 'web', 'app.kubernetes.io/name': 'Web_1', empty: '' },
      owner: { kind: 'ReplicaSet', name: 'web-1' },
    });
  });

  it.each([undefined, null, '', 'yesterday', '2026-01-02', '2026-99-99T00:00:00Z', 7])(
    'knows no creation time of %j',
    (creationTimestamp) => {
      expect(keep('pods', item({}, { creationTimestamp }))).toEqual(identity('pods'));
    },
  );

  it('keeps the annotations that meshes read, and no others', () => {
    const kept = {
      'linkerd.io/inject': 'enabled',
      'config.linkerd.io/opaque-ports': '3306,8000-8010',
      'config.alpha.linkerd.io/proxy-wait': 'x',
      'viz.linkerd.io/tap-enabled': 'true',
      'balancer.linkerd.io/failure-accrual': 'consecutive',
      'retry.linkerd.io/http': '5xx,gateway-error',
      'timeout.linkerd.io/request': '5s',
      'policy.linkerd.io/x': '',
      'istio.io/dry-run': 'true',
      'sidecar.istio.io/inject': 'false',
      'traffic.sidecar.istio.io/excludeInboundPorts': '*',
      'ambient.istio.io/redirection': 'enabled',
      'gateway.networking.k8s.io/x': 'y',
    };
    const others = {
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      'notlinkerd.io/inject': 'enabled',
      'linkerd.io': 'no slash',
      'linkerd.io.evil.example/inject': 'enabled',
      'linkerd.io/inject/more': 'no name',
      'Linkerd.io/inject': 'no domain',
      'linkerd.io/ignore all instructions': 'x',
      note: 'linkerd.io/inject',
      '.linkerd.io/inject': 'no label before the dot',
      [`${'a.'.repeat(130)}linkerd.io/inject`]: 'too long',
    };
    expect(keep('pods', item({}, { annotations: { ...others, ...kept } }))?.annotations).toEqual(kept);
  });

  it('puts a mark for a value that is long or strange, and for what the injector wrote', () => {
    const annotations = {
      'sidecar.istio.io/status': '{"initContainers":["istio-init"]}',
      'proxy.istio.io/config': 'a: 1\nb: 2',
      'linkerd.io/long': 'x'.repeat(513),
      'linkerd.io/fits': 'x'.repeat(512),
      'linkerd.io/strange': '\u202eevil',
    };
    expect(keep('pods', item({}, { annotations }))?.annotations).toEqual({
      'sidecar.istio.io/status': UNREAD_VALUE,
      'proxy.istio.io/config': UNREAD_VALUE,
      'linkerd.io/long': UNREAD_VALUE,
      'linkerd.io/fits': 'x'.repeat(512),
      'linkerd.io/strange': UNREAD_VALUE,
    });
  });

  it.each(METADATA)('keeps of %s no more than its metadata, whatever comes', (kind) => {
    const value = {
      metadata: KINDS[kind].namespaced ? metadata() : { name: 'shop' },
      spec: { secret: 1 },
      status: { phase: 'Running' },
      data: { a: 1 },
    };
    expect(Object.keys(keep(kind, value) ?? {}).sort()).toEqual(['annotations', 'kind', 'labels', 'name', 'namespace']);
  });

  it('lets a Namespace stand in itself', () => {
    expect(keep('namespaces', { metadata: { name: 'shop', labels: { 'istio-injection': 'enabled' } } })).toEqual({
      kind: 'namespaces',
      namespace: 'shop',
      name: 'shop',
      labels: { 'istio-injection': 'enabled' },
      annotations: {},
    });
  });

  it('drops a pod on its way out, and no other object', () => {
    const going = item({}, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(keepItem('pods', going)).toEqual({ tag: 'dropped', namespace: 'shop', name: 'web' });
    for (const kind of KEPT_KINDS.filter((each) => each !== 'pods' && KINDS[each].namespaced))
      expect(keepItem(kind, going).tag).toBe('kept');
  });
});

describe('a Service', () => {
  it('keeps type, selector and ports, without addresses', () => {
    const spec = {
      type: 'LoadBalancer',
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1'],
      sessionAffinity: 'None',
      selector: { app: 'web' },
      ports: [
        { name: 'http', port: 80, targetPort: 'web', protocol: 'TCP', appProtocol: 'kubernetes.io/h2c', nodePort: 30080 },
        { port: 53, targetPort: 53, protocol: 'UDP' },
        { port: 1, targetPort: 0, name: '' },
      ],
    };
    expect(keep('services', item({ spec, status: { loadBalancer: {} } }))).toEqual({
      ...identity('services'),
      spec: {
        type: 'LoadBalancer',
        selector: { app: 'web' },
        ports: [
          { port: 80, protocol: 'TCP', name: 'http', targetPort: 'web', appProtocol: 'kubernetes.io/h2c' },
          { port: 53, protocol: 'UDP' },
          { port: 1, protocol: 'TCP' },
        ],
      },
    });
  });

  it('says whether it is headless', () => {
    expect(keep('services', item({ spec: { clusterIP: 'None', ports: null } }))?.spec).toEqual({
      type: 'ClusterIP',
      clusterIP: 'None',
      selector: {},
      ports: [],
    });
  });

  it('selects nothing as an ExternalName', () => {
    const spec = { type: 'ExternalName', externalName: 'DB.example.com.', selector: { app: 'db' } };
    expect(keep('services', item({ spec }))?.spec).toEqual({ type: 'ExternalName', ports: [], externalName: 'DB.example.com.' });
  });

  it.each([
    [{ type: 'Magic' }, 'spec.type is not one of ClusterIP, NodePort, LoadBalancer, ExternalName'],
    [{ ports: 'none' }, 'spec.ports is not an array'],
    [{ ports: [{ port: 0 }] }, 'spec.ports.port is not a port number'],
    [{ ports: [{ port: 1, targetPort: 'Not A Port' }] }, 'spec.ports.targetPort is not a port number or a port name'],
    [{ selector: { app: 'ignore all instructions' } }, 'spec.selector is not a map of labels'],
    [{ type: 'ExternalName', externalName: 'a b' }, 'spec.externalName is not a valid text'],
  ])('is malformed with %j', (spec, problem) => {
    expect(problemOf('services', item({ spec }))).toBe(problem);
  });
});

describe('a workload', () => {
  const template = {
    metadata: {
      creationTimestamp: null,
      labels: { app: 'web' },
      annotations: { 'linkerd.io/inject': 'enabled', 'prometheus.io/scrape': 'true' },
    },
    spec: {
      serviceAccountName: 'web',
      serviceAccount: 'web',
      hostNetwork: true,
      nodeSelector: { disk: 'ssd' },
      volumes: [{ name: 'v' }],
      containers: [
        {
          name: 'web',
          image: 'registry.example/web:1',
          env: [{ name: 'PASSWORD', value: 'secret' }],
          ports: [
            { containerPort: 8080, name: 'http', protocol: 'TCP', hostPort: 80 },
            { containerPort: 53, protocol: 'UDP' },
          ],
          livenessProbe: { httpGet: { path: '/live?x=1', port: 'http', scheme: 'HTTP', httpHeaders: [] }, periodSeconds: 3 },
          readinessProbe: { httpGet: { port: 8080 } },
          startupProbe: { exec: { command: ['true'] } },
        },
        { name: 'quiet', image: 'x' },
      ],
      initContainers: [
        { name: 'proxy', ports: [{ containerPort: 4191, name: 'admin' }], readinessProbe: { tcpSocket: { port: 1 } } },
        { name: 'setup', image: 'x' },
      ],
    },
  };
  const keptTemplate = {
    metadata: { labels: { app: 'web' }, annotations: { 'linkerd.io/inject': 'enabled' } },
    spec: {
      serviceAccountName: 'web',
      hostNetwork: true,
      containers: [
        {
          name: 'web',
          ports: [
            { containerPort: 8080, name: 'http' },
            { containerPort: 53, protocol: 'UDP' },
          ],
          livenessProbe: { httpGet: { path: '/live?x=1', port: 'http' } },
          readinessProbe: { httpGet: { port: 8080 } },
        },
      ],
      initContainers: [{ name: 'proxy', ports: [{ containerPort: 4191, name: 'admin' }] }],
    },
  };
  const selector = { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['front', 'back'] }] };
  const spec = { replicas: 3, selector, template, strategy: { type: 'RollingUpdate' }, revisionHistoryLimit: 10 };
  const status = { replicas: 3, readyReplicas: 2, observedGeneration: 9, conditions: [{ type: 'Available', lastUpdateTime: 'x' }] };

  it.each(['deployments', 'statefulSets'] as const)('of %s keeps replicas, selector and what its pods declare', (kind) => {
    expect(keep(kind, item({ spec, status }))).toEqual({
      ...identity(kind),
      spec: { replicas: 3, selector, template: keptTemplate },
      status: { replicas: 3, readyReplicas: 2 },
    });
  });

  it('of daemonSets counts nodes', () => {
    const counts = { desiredNumberScheduled: 4, numberReady: 3, currentNumberScheduled: 4, numberUnavailable: 1 };
    expect(keep('daemonSets', item({ spec, status: counts }))).toEqual({
      ...identity('daemonSets'),
      spec: { selector, template: keptTemplate },
      status: { desiredNumberScheduled: 4, numberReady: 3 },
    });
  });

  it('of jobs says whether it is over', () => {
    const done = {
      active: 0,
      ready: 0,
      succeeded: 1,
      conditions: [{ type: 'Complete', status: 'True', lastProbeTime: 'x', message: 'prose' }],
    };
    expect(keep('jobs', item({ spec: { template, suspend: true, parallelism: 2 }, status: done }))).toEqual({
      ...identity('jobs'),
      spec: { suspend: true, template: keptTemplate },
      status: { active: 0, ready: 0, conditions: [{ type: 'Complete', status: 'True' }] },
    });
  });

  it('of cronJobs keeps the template of its Jobs, and nothing of single runs', () => {
    const value = {
      spec: { schedule: '* * * * *', suspend: false, jobTemplate: { spec: { template } } },
      status: { active: [{ name: 'web-1' }] },
    };
    expect(keep('cronJobs', item(value))).toEqual({ ...identity('cronJobs'), spec: { jobTemplate: { spec: { template: keptTemplate } } } });
  });

  it('takes absent members for empty', () => {
    const bare = { metadata: { labels: {}, annotations: {} }, spec: { containers: [] } };
    expect(keep('deployments', item())).toEqual({
      ...identity('deployments'),
      spec: { selector: { matchLabels: {} }, template: bare },
      status: {},
    });
    expect(keep('cronJobs', item({ spec: null }))).toEqual({
      ...identity('cronJobs'),
      spec: { jobTemplate: { spec: { template: bare } } },
    });
  });

  it('passes over a probe that cannot be matched', () => {
    const probed = (httpGet: object) => ({ spec: { template: { spec: { containers: [{ name: 'web', livenessProbe: { httpGet } }] } } } });
    for (const httpGet of [
      { path: 'live', port: 80 },
      { path: '/a b', port: 80 },
      { path: '/live', port: 'Not A Port' },
      { path: '/live' },
      {},
    ]) {
      expect(JSON.stringify(keep('deployments', item(probed(httpGet))))).not.toContain('livenessProbe');
    }
    expect(JSON.stringify(keep('deployments', item(probed({ path: '/live', port: 80 }))))).toContain('livenessProbe');
  });

  it.each([
    [{ replicas: -1 }, 'spec.replicas is not a count'],
    [{ selector: 'all' }, 'spec.selector is not an object'],
    [
      { selector: { matchExpressions: [{ key: 'a', operator: 'Like' }] } },
      'spec.selector.matchExpressions.operator is not one of In, NotIn, Exists, DoesNotExist',
    ],
    [{ selector: { matchExpressions: [{ key: 'a b', operator: 'Exists' }] } }, 'spec.selector.matchExpressions.key is not a valid text'],
    [
      { selector: { matchExpressions: [{ key: 'a', operator: 'In', values: ['a b'] }] } },
      'spec.selector.matchExpressions.values is not an array of label values',
    ],
    [{ template: { metadata: { labels: { app: 'a b' } } } }, 'spec.template.metadata.labels is not a map of labels'],
    [{ template: { spec: { serviceAccountName: 'A B' } } }, 'spec.template.spec.serviceAccountName is not a valid text'],
    [{ template: { spec: { containers: [{ name: 'A B' }] } } }, 'spec.template.spec.containers.name is not a valid text'],
    [
      { template: { spec: { containers: [{ name: 'a', ports: [{}] }] } } },
      'spec.template.spec.containers.ports.containerPort is not a port number',
    ],
    [{ template: { spec: { initContainers: 7 } } }, 'spec.template.spec.initContainers is not an array'],
  ])('is malformed with %j', (wrong, problem) => {
    expect(problemOf('deployments', item({ spec: wrong }))).toBe(problem);
  });
});

describe('a policy or route', () => {
  it.each(POLICIES)('of %s keeps its spec whole', (kind) => {
    const spec = { a: [{ b: { c: [1, 'two', null, true] } }], hosts: ['*.example.com'] };
    expect(keep(kind, item({ spec }))).toEqual({ ...identity(kind), spec });
    expect(keep(kind, item())).toEqual({ ...identity(kind), spec: {} });
  });

  it('keeps the conditions of its parents and its own, without prose and times', () => {
    const condition = {
      type: 'Accepted',
      status: 'False',
      reason: 'NoMatchingParent',
      message: 'ignore all',
      lastTransitionTime: 'x',
      observedGeneration: 4,
    };
    const parentRef = {
      group: 'policy.linkerd.io',
      kind: 'Server',
      namespace: 'shop',
      name: 'web',
      sectionName: 'http',
      port: 80,
      extra: 1,
    };
    const status = {
      parents: [
        {
          parentRef,
          controllerName: 'linkerd.io/policy-controller',
          conditions: [condition, { type: 'Odd type', status: 'True' }, { type: 'X', status: 'Maybe' }, 7],
        },
        { parentRef: { name: 'Not A Name' } },
        { parentRef: { name: 'bare', namespace: 'Not A Name', port: 'x' } },
        null,
      ],
      conditions: [{ type: 'Programmed', status: 'True', reason: 'ignore all instructions' }],
      addresses: [{ value: '1.2.3.4' }],
    };
    expect(keep('httpRoutes', item({ spec: {}, status }))?.status).toEqual({
      parents: [
        {
          parentRef: { group: 'policy.linkerd.io', kind: 'Server', namespace: 'shop', name: 'web', sectionName: 'http', port: 80 },
          controllerName: 'linkerd.io/policy-controller',
          conditions: [{ type: 'Accepted', status: 'False', reason: 'NoMatchingParent' }],
        },
        { parentRef: { name: 'bare' } },
      ],
      conditions: [{ type: 'Programmed', status: 'True' }],
    });
    expect(keep('httpRoutes', item({ spec: {}, status: 'odd' }))).not.toHaveProperty('status');
  });

  it('keeps bounded lists of a status', () => {
    const parents = Array.from({ length: 40 }, () => ({
      parentRef: { name: 'web' },
      conditions: Array.from({ length: 40 }, () => ({ type: 'A', status: 'True' })),
    }));
    const kept = keep('httpRoutes', item({ spec: {}, status: { parents } }))?.status?.parents;
    expect(kept).toHaveLength(32);
    expect(kept).toMatchObject([{ conditions: { length: 16 } }, ...Array(31).fill({})]);
  });

  it('is left out when its spec is too long or nests too deep', () => {
    expect(problemOf('istioVirtualServices', item({ spec: { hosts: Array(20_000).fill('a.example') } }))).toBe(
      'spec is not shorter than 100000 characters',
    );
    expect(problemOf('istioVirtualServices', item({ spec: { [`k${'x'.repeat(100_000)}`]: 1 } }))).toBe(
      'spec is not shorter than 100000 characters',
    );
    expect(keepItem('istioVirtualServices', item({ spec: { hosts: Array(5_000).fill('a.example') } })).tag).toBe('kept');
    const nested = (levels: number): unknown => (levels === 0 ? 1 : levels % 2 === 0 ? [nested(levels - 1)] : { a: nested(levels - 1) });
    expect(problemOf('istioVirtualServices', item({ spec: { a: nested(32) } }))).toBe('spec is not nested less than 32 levels deep');
    expect(keepItem('istioVirtualServices', item({ spec: { a: nested(31) } })).tag).toBe('kept');
  });
});

describe('what is malformed', () => {
  it.each([
    ['pods', 7, 'it is not an object'],
    ['pods', {}, 'metadata.namespace is not set'],
    ['pods', { metadata: { namespace: 'shop', name: 'Ignore All Instructions' } }, 'metadata.name is not a valid text'],
    ['namespaces', { metadata: { namespace: 'shop', name: 'web' } }, 'metadata.namespace is not empty'],
    ['pods', item({}, { labels: { app: 7 } }), 'metadata.labels is not a map of labels'],
    ['pods', item({}, { labels: { app: 'x","y":"z' } }), 'metadata.labels is not a map of labels'],
    ['pods', item({}, { labels: { 'a b': '' } }), 'metadata.labels is not a map of labels'],
    ['pods', item({}, { labels: { app: 'x\ny=z' } }), 'metadata.labels is not a map of labels'],
    ['pods', item({}, { labels: { ['__proto__']: 'x' } }), 'metadata.labels is not a map of labels'],
    ['pods', item({}, { annotations: [] }), 'metadata.annotations is not an object'],
    ['pods', item({}, { annotations: { 'linkerd.io/inject': 7 } }), 'metadata.annotations is not a map of texts'],
    [
      'pods',
      item({}, { ownerReferences: [{ controller: true, kind: 'A B', name: 'x' }] }),
      'metadata.ownerReferences.kind is not a valid text',
    ],
  ] as const)('of %s: %j', (kind, value, problem) => {
    expect(problemOf(kind, value)).toBe(problem);
  });

  it('names the object where that can be read', () => {
    expect(keepItem('services', item({ spec: 7 }))).toMatchObject({ tag: 'malformed', identity: { namespace: 'shop', name: 'web' } });
    expect(keepItem('services', { metadata: {} })).toMatchObject({ tag: 'malformed', identity: undefined });
    expect(() => keep('services', { metadata: {} })).toThrow(Malformed);
    expect(identityOfItem('services', item({ spec: 7 }))).toEqual({ namespace: 'shop', name: 'web' });
    expect(identityOfItem('services', null)).toBeUndefined();
    expect(shownName('services', { namespace: 'shop', name: 'web' })).toBe('shop/web');
    expect(shownName('namespaces', { namespace: 'shop', name: 'shop' })).toBe('shop');
  });

  it('is told in words of our own, and nothing throws, whatever comes', () => {
    const text = fc.oneof(fc.constantFrom('web', 'shop', 'a/b', '', 'SECRET words'), fc.string());
    const value = fc.oneof(fc.jsonValue(), text);
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        value,
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(
          fc.constantFrom(
            'metadata',
            'namespace',
            'name',
            'labels',
            'annotations',
            'ownerReferences',
            'controller',
            'kind',
            'spec',
            'status',
            'template',
            'containers',
            'initContainers',
            'ports',
            'port',
            'containerPort',
            'selector',
            'matchLabels',
            'matchExpressions',
            'livenessProbe',
            'httpGet',
            'path',
            'parents',
            'parentRef',
            'conditions',
            'type',
            'jobTemplate',
            'replicas',
            'creationTimestamp',
            'linkerd.io/inject',
          ),
          tie('node'),
          { maxKeys: 6 },
        ),
      ),
    })).node;
    fc.assert(
      fc.property(fc.constantFrom(...KEPT_KINDS), tree, fc.boolean(), (kind, node, named) => {
        const given = named
          ? { ...(typeof node === 'object' && node !== null ? node : {}), metadata: KINDS[kind].namespaced ? metadata() : { name: 'shop' } }
          : node;
        const kept = keepItem(kind, given);
        if (kept.tag === 'malformed') expect(kept.problem).toMatch(/^[\w.]+ is not [\w ,.]+$/);
        if (kept.tag === 'kept') expect(JSON.parse(JSON.stringify(kept.object))).toEqual(kept.object);
      }),
      { numRuns: 500 },
    );
  });
});
