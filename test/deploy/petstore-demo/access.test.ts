import { describe, expect, it } from 'vitest';
import { isObject } from '../../../src/lib/json.ts';
import type { AccessCall, Callee, Peer } from '../../../src/policy/access/model.ts';
import { linkerdInbound } from '../../../src/policy/linkerd/inbound.ts';
import { readObjects } from '../../../src/policy/objects/kube-object.ts';
import { CHART_SETTINGS } from '../../support/linkerd-settings.ts';
import { at, list, map } from '../istio/manifests.ts';
import { documents, object } from './manifests.ts';

const POLICIES = [
  'policies/base/authorization.yaml',
  'policies/base/routes.yaml',
  'policies/base/rate-limit.yaml',
  'policies/canary/petstore-canary.yaml',
];
const PORT = 8080;

/** The pods of a Deployment, meshed as its namespace says. */
function callee(file: string, name: string): Callee {
  const deployment = object(file, 'Deployment', name);
  const spec = at(deployment, 'spec', 'template', 'spec');
  const container = at(spec, 'containers', 0);
  const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'].map((probe) => ({
    path: String(at(container, probe, 'httpGet', 'path')),
    port: String(at(container, probe, 'httpGet', 'port')),
  }));
  const namespace = String(at(deployment, 'metadata', 'namespace'));
  const annotations = map(object('namespaces.yaml', 'Namespace', namespace), 'metadata', 'annotations');
  return {
    namespace,
    kind: 'Deployment',
    name,
    labels: texts(map(deployment, 'spec', 'template', 'metadata', 'labels')),
    annotations: {},
    namespaceLabels: {},
    namespaceAnnotations: texts(annotations),
    mesh: annotations['linkerd.io/inject'] === 'enabled' ? 'linkerd' : undefined,
    serviceAccount: String(at(spec, 'serviceAccountName')),
    ports: list(container, 'ports').map((port) => ({
      port: Number(at(port, 'containerPort')),
      protocol: 'TCP',
      name: String(at(port, 'name')),
    })),
    probes,
    services: [name],
  };
}

const texts = (values: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]));

const account = (serviceAccount: string, namespace: string): Peer => ({
  identity: { tag: 'mutual-tls', name: `${serviceAccount}.${namespace}.serviceaccount.identity.linkerd.cluster.local` },
  address: '10.244.0.7',
  loopback: false,
  workload: { namespace, serviceAccount },
});
/** Whoever has no proxy: a pod outside of the mesh, the load balancer, the kubelet. */
const PLAIN: Peer = { identity: { tag: 'plain-text' }, address: '10.244.0.1', loopback: false };

const call = (method: string, path: string): AccessCall => ({
  protocol: 'http',
  method,
  path,
  host: 'petstore.petstore.svc.cluster.local:8080',
  headers: [],
  sni: undefined,
  claims: null,
});
const FIND = call('GET', '/api/v3/pet/findByStatus?status=available');
const ADD = call('POST', '/api/v3/pet');
const PROBE = call('GET', '/api/v3/openapi.json');

const shipped = POLICIES.flatMap((file) => documents(file));

function decide(target: Callee, peer: Peer, request: AccessCall, manifests: readonly unknown[] = shipped) {
  return linkerdInbound(target, PORT, { objects: readObjects(manifests), settings: CHART_SETTINGS }).decide(peer, request);
}

describe.each([
  ['petstore.yaml', 'petstore'],
  ['policies/canary/petstore-canary.yaml', 'petstore-canary'],
])('%s: by Linkerd’s rules', (file, name) => {
  const target = callee(file, name);

  it('is in the mesh, or no policy would hold', () => {
    expect(target.mesh).toBe('linkerd');
  });

  it.each([FIND, ADD])('the host group may call it', (request) => {
    expect(decide(target, account('default', 'cosmonic-system'), request)).toMatchObject({ verdict: 'allowed', dependsOn: [] });
  });

  it.each<[string, Peer]>([
    ['the account of NATS, in the same namespace', account('nats', 'cosmonic-system')],
    ['another pod of the Petstore’s namespace', account('default', 'petstore')],
    ['the Petstore itself, over the network', account('petstore', 'petstore')],
    ['the echo service', account('default', 'echo')],
    ['an account of the same name elsewhere', account('default', 'cosmonic-system-2')],
    ['Prometheus', account('prometheus', 'linkerd-viz')],
    ['somebody without an identity', PLAIN],
  ])('%s may not', (_, peer) => {
    for (const request of [FIND, ADD]) expect(decide(target, peer, request)).toMatchObject({ verdict: 'denied', refusal: 403 });
  });

  it('the kubelet may probe it, and nothing else', () => {
    expect(decide(target, PLAIN, PROBE).verdict).toBe('allowed');
    expect(decide(target, PLAIN, call('POST', '/api/v3/openapi.json')).verdict).toBe('denied');
  });

  it('without the policy anybody may', () => {
    expect(decide(target, PLAIN, FIND, []).verdict).toBe('allowed');
  });

  it.each(['targetRef', 'requiredAuthenticationRefs'])(
    'without the group in %s, as sketches that go around have it, nobody may',
    (field) => {
      const broken = shipped.map((manifest) => (at(manifest, 'kind') === 'AuthorizationPolicy' ? withoutGroup(manifest, field) : manifest));
      expect(decide(target, account('default', 'cosmonic-system'), FIND, broken).verdict).toBe('denied');
    },
  );
});

/** A copy of an object without the group of one reference, or of each in a list. */
function withoutGroup(manifest: unknown, field: string): unknown {
  if (!isObject(manifest) || !isObject(manifest.spec)) throw new Error('no object');
  const strip = (reference: unknown): unknown => (isObject(reference) ? { kind: reference.kind, name: reference.name } : reference);
  const value = manifest.spec[field];
  return { ...manifest, spec: { ...manifest.spec, [field]: Array.isArray(value) ? value.map(strip) : strip(value) } };
}
