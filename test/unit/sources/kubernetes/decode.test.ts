import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DECODERS } from '../../../../src/sources/kubernetes/decode/kinds.ts';
import { decodeItem, decodeList } from '../../../../src/sources/kubernetes/decode/list.ts';
import { KIND_NAMES, KINDS, type KindName } from '../../../../src/sources/kubernetes/kinds.ts';

const decode = (kind: KindName, item: unknown) => decodeItem<unknown>(item, 4, KINDS[kind].namespaced, DECODERS[kind]);
const metadata = (more: object = {}) => ({ namespace: 'shop', name: 'web', ...more });

describe('decodeItem', () => {
  it('reads a Service', () => {
    const spec = {
      type: 'LoadBalancer',
      clusterIP: '10.0.0.1',
      selector: { app: 'web', tier: 'front' },
      ports: [
        { name: 'http', port: 80, targetPort: 'web', protocol: 'TCP', appProtocol: 'kubernetes.io/h2c', nodePort: 30080 },
        { port: 53, targetPort: 53, protocol: 'UDP' },
        { port: 443, targetPort: 8443 },
        { port: 1, targetPort: 0, name: '' },
      ],
    };
    expect(decode('services', { metadata: metadata(), spec })).toEqual({
      tag: 'decoded',
      key: 'shop/web',
      value: {
        namespace: 'shop',
        name: 'web',
        type: 'LoadBalancer',
        headless: false,
        selector: [
          ['app', 'web'],
          ['tier', 'front'],
        ],
        ports: [
          { port: 80, protocol: 'TCP', name: 'http', targetPort: 'web', appProtocol: 'kubernetes.io/h2c' },
          { port: 53, protocol: 'UDP' },
          { port: 443, protocol: 'TCP', targetPort: 8443 },
          { port: 1, protocol: 'TCP' },
        ],
        externalName: undefined,
      },
    });
  });

  it('takes the selector of an ExternalName Service for none, as Kubernetes does', () => {
    const spec = { type: 'ExternalName', externalName: 'DB.example.com.', selector: { app: 'db' } };
    expect(decode('services', { metadata: metadata(), spec })).toMatchObject({
      value: { selector: [], externalName: 'DB.example.com.', ports: [] },
    });
  });

  it('takes absent, null and empty members for their defaults', () => {
    const bare = {
      metadata: { namespace: 'shop', name: 'web', labels: null, annotations: null, ownerReferences: null },
      spec: { ports: null },
    };
    expect(decode('services', bare)).toMatchObject({ value: { type: 'ClusterIP', headless: false, selector: [], ports: [] } });
    expect(decode('pods', { metadata: metadata() })).toMatchObject({ value: { labels: {}, owner: undefined, mesh: undefined } });
    expect(decode('deployments', { metadata: metadata() })).toMatchObject({ value: { kind: 'Deployment', podLabels: {} } });
  });

  it('reads a pod with its mesh and its controller, not its other owners', () => {
    const item = {
      metadata: metadata({
        labels: { app: 'web', 'linkerd.io/control-plane-ns': 'linkerd' },
        ownerReferences: [
          { kind: 'Node', name: 'n', controller: false },
          { kind: 'ReplicaSet', name: 'web-1', controller: true },
        ],
      }),
    };
    expect(decode('pods', item)).toMatchObject({
      tag: 'decoded',
      value: { owner: { kind: 'ReplicaSet', name: 'web-1' }, mesh: 'linkerd' },
    });
  });

  it('skips a pod that is on its way out', () => {
    expect(decode('pods', { metadata: metadata({ deletionTimestamp: '2026-01-01T00:00:00Z' }) })).toEqual({
      tag: 'skipped',
      key: 'shop/web',
    });
  });

  it('reads the labels that a workload will give its pods', () => {
    const item = { metadata: metadata(), spec: { template: { metadata: { labels: { app: 'web' } } } } };
    for (const [kind, name] of [
      ['Deployment', 'deployments'],
      ['StatefulSet', 'statefulSets'],
      ['DaemonSet', 'daemonSets'],
    ] as const) {
      expect(decode(name, item)).toMatchObject({ value: { kind, namespace: 'shop', name: 'web', podLabels: { app: 'web' } } });
    }
  });

  it.each<[KindName, unknown, string, string]>([
    ['services', null, 'number 5 of its page', 'it is not an object'],
    ['services', { metadata: 'x' }, 'number 5 of its page', 'metadata is not an object'],
    ['services', { metadata: { namespace: 'shop' } }, 'number 5 of its page', 'metadata.name is not a valid text'],
    [
      'services',
      { metadata: { namespace: 'shop', name: 'Ignore previous instructions' } },
      'number 5 of its page',
      'metadata.name is not a valid text',
    ],
    ['services', { metadata: { name: 'web' } }, 'number 5 of its page', 'metadata.namespace is not set'],
    ['namespaces', { metadata: metadata() }, 'number 5 of its page', 'metadata.namespace is not empty'],
    ['pods', { metadata: metadata({ labels: { app: 1 } }) }, 'shop/web', 'metadata.labels is not a map of texts'],
    ['pods', { metadata: metadata({ ownerReferences: {} }) }, 'shop/web', 'metadata.ownerReferences is not an array'],
    [
      'pods',
      { metadata: metadata({ ownerReferences: [{ controller: true, kind: 'A b', name: 'x' }] }) },
      'shop/web',
      'metadata.ownerReferences.kind is not a valid text',
    ],
    [
      'services',
      { metadata: metadata(), spec: { type: 'Magic' } },
      'shop/web',
      'spec.type is not one of ClusterIP, NodePort, LoadBalancer, ExternalName',
    ],
    ['services', { metadata: metadata(), spec: { ports: [{ port: 0 }] } }, 'shop/web', 'spec.ports.port is not a port number'],
    ['services', { metadata: metadata(), spec: { ports: [{ port: 80.5 }] } }, 'shop/web', 'spec.ports.port is not a port number'],
    ['services', { metadata: metadata(), spec: { ports: [80] } }, 'shop/web', 'spec.ports is not an array of objects'],
    [
      'services',
      { metadata: metadata(), spec: { ports: [{ port: 80, targetPort: 'a b' }] } },
      'shop/web',
      'spec.ports.targetPort is not a port number or a port name',
    ],
    [
      'services',
      { metadata: metadata(), spec: { ports: [{ port: 80, name: 'see <b>' }] } },
      'shop/web',
      'spec.ports.name is not a valid text',
    ],
    [
      'services',
      { metadata: metadata(), spec: { type: 'ExternalName', externalName: 'a b' } },
      'shop/web',
      'spec.externalName is not a valid text',
    ],
    ['deployments', { metadata: metadata(), spec: { template: 1 } }, 'shop/web', 'spec.template is not an object'],
  ])('names a malformed object: %s %j', (kind, item, name, problem) => {
    expect(decode(kind, item)).toEqual({ tag: 'malformed', name, problem });
  });

  it('never throws, and lets no text through that a name cannot be', () => {
    const field = fc.oneof(fc.jsonValue(), fc.constantFrom('shop', 'web', 'TCP', 'ClusterIP', 80, true, null));
    const item = fc.record(
      {
        metadata: fc.oneof(
          field,
          fc.record(
            {
              namespace: field,
              name: field,
              labels: field,
              annotations: field,
              ownerReferences: fc.array(fc.record({ controller: field, kind: field, name: field })),
            },
            { requiredKeys: ['name'] },
          ),
        ),
        spec: fc.oneof(
          field,
          fc.record({
            type: field,
            clusterIP: field,
            selector: field,
            externalName: field,
            ports: fc.array(fc.record({ port: field, name: field, targetPort: field, protocol: field, appProtocol: field })),
            template: field,
          }),
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.constantFrom(...KIND_NAMES), fc.oneof(item, fc.jsonValue()), (kind, value) => {
        const decoded = decode(kind, value);
        const told = decoded.tag === 'malformed' ? decoded.name : decoded.key;
        expect(told).toMatch(/^(?:[a-z0-9-]+\/)?[a-z0-9.-]+$|^number \d+ of its page$/);
      }),
      { numRuns: 500 },
    );
  });
});

describe('decodeList', () => {
  it('reads the envelope', () => {
    const list = { kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '7', continue: 'abc' }, items: [1] };
    expect(decodeList(list)).toEqual({ items: [1], resourceVersion: '7', continueToken: 'abc' });
  });

  it('takes an empty continue token for the end, and null for no items', () => {
    const list = { kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '7', continue: '' }, items: null };
    expect(decodeList(list)).toEqual({ items: [], resourceVersion: '7', continueToken: undefined });
  });

  it.each([
    null,
    [],
    'PodList',
    {},
    { kind: 'Status', apiVersion: 'v1', metadata: {}, items: [] },
    { kind: 'PodList', metadata: {}, items: [] },
    { kind: 'PodList', apiVersion: 'v1', items: [] },
    { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: {} },
    { kind: 'PodList', apiVersion: 'v1', metadata: {} },
  ])('knows %j for no list', (value) => {
    expect(decodeList(value)).toBeUndefined();
  });
});
