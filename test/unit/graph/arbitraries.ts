import fc from 'fast-check';
import { edgeKey } from '../../../src/graph/edges.ts';
import { externalId, objectId, serverId, serviceId, UNKNOWN, UNMESHED, workloadId } from '../../../src/graph/ids.ts';
import {
  type Edge,
  HEALTHS,
  MESHES,
  type NamespaceTopology,
  type NamespaceTraffic,
  type PolicyNode,
  type RouteNode,
  type RouteTraffic,
  type ServiceNode,
  type WorkloadNode,
} from '../../../src/graph/model.ts';
import type { Endpoint, Observation, ObservedDecisions, ObservedTraffic } from '../../../src/graph/observed.ts';
import { quantise, quantiseShare } from '../../../src/graph/quantise.ts';
import { compareText } from '../../../src/lib/order.ts';

/** Names as Kubernetes has them, and names that are traps: as keys of objects, in paths, in JSON pointers, in our own ids. */
export const name = fc.oneof(
  { weight: 3, arbitrary: fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '__proto__',
      'constructor',
      'prototype',
      'toString',
      'a/b',
      'a~b',
      '~1',
      '~0',
      '',
      '%',
      '%41',
      'a>b',
      '0',
      '-',
      'é',
      '\u{1f600}',
      'Service',
      '_x',
      'a.b',
    ),
  },
  // No lone surrogates: no text that came as UTF-8 has any.
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 5 }) },
);

/** A few names, so that things meet. */
export const fewNames = fc.constantFrom('a', 'b', 'c', 'constructor', '__proto__', 'x/y');

const count = fc.nat(50);
const rate = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true })).map(quantise);
const share = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })).map(quantiseShare);
const texts = fc.array(name, { maxLength: 3 });
const port = fc.integer({ min: 1, max: 65_535 });
const transport = fc.constantFrom('TCP', 'UDP', 'SCTP');
const pods = { pods: count, meshedPods: count, meshes: fc.subarray([...MESHES]) };

/** A record of which some members may be absent. */
function record<Value>(
  required: Record<string, fc.Arbitrary<unknown>>,
  optional: Record<string, fc.Arbitrary<unknown>> = {},
): fc.Arbitrary<Value> {
  // The tests that use it would not compile against, or fail with, members of another type.
  return fc.record({ ...required, ...optional }, { requiredKeys: Object.keys(required) }) as fc.Arbitrary<Value>;
}

export const workload = record<WorkloadNode>(
  {
    kind: fc.constantFrom('Deployment', 'Job', 'Rollout'),
    name,
    health: fc.constantFrom(...HEALTHS),
    ...pods,
    ports: fc.array(record({ port, protocol: transport }, { name, marks: fc.subarray(['opaque', 'skip-inbound']) }), { maxLength: 2 }),
  },
  { desired: count, ready: count, serviceAccount: name, identity: name, omittedPorts: count },
);

export const service = record<ServiceNode>(
  {
    name,
    type: fc.constantFrom('ClusterIP', 'Headless', 'NodePort', 'LoadBalancer', 'ExternalName'),
    selects: fc.boolean(),
    ...pods,
    ports: fc.array(record({ port, protocol: transport }, { name, targetPort: fc.oneof(name, port), appProtocol: name }), { maxLength: 2 }),
    omittedPorts: count,
    workloads: fc.array(record({ kind: fc.constantFrom('Deployment', 'Job'), name, ...pods }), { maxLength: 2 }),
    omittedWorkloads: count,
  },
  { externalName: name },
);

const group = fc.constantFrom('gateway.networking.k8s.io', 'policy.linkerd.io', 'networking.istio.io');

export const route = record<RouteNode>(
  {
    group,
    kind: fc.constantFrom('HTTPRoute', 'VirtualService', 'Gateway'),
    name,
    attachedTo: texts,
    hosts: texts,
    backends: fc.array(record({ to: name, weight: count }, { subset: name }), { maxLength: 2 }),
    problems: texts,
  },
  { omittedAttachments: count, omittedHosts: count, omittedBackends: count },
);

export const policy = record<PolicyNode>(
  { group, kind: fc.constantFrom('AuthorizationPolicy', 'Server'), name, selects: texts, summary: name, problems: texts },
  { action: name, omittedSelects: count },
);

export const topology = (namespace: fc.Arbitrary<string>): fc.Arbitrary<NamespaceTopology> =>
  record(
    {
      namespace,
      workloads: fc.uniqueArray(workload, { maxLength: 4, selector: ({ kind, name }) => `${kind}/${name}` }),
      services: fc.uniqueArray(service, { maxLength: 4, selector: ({ name }) => name }),
      routes: fc.uniqueArray(route, { maxLength: 3, selector: (node) => objectId('x', node) }),
      policies: fc.uniqueArray(policy, { maxLength: 3, selector: (node) => objectId('x', node) }),
    },
    { asksFor: fc.constantFrom(...MESHES) },
  );

const nodeIn = (namespace: fc.Arbitrary<string>) =>
  fc.oneof(
    fc.tuple(namespace, name).map(([namespace, name]) => workloadId(namespace, 'Deployment', name)),
    fc.tuple(namespace, name).map(([namespace, name]) => serviceId(namespace, name)),
  );

const anyEnd = fc.oneof(
  nodeIn(fewNames),
  name.map(externalId),
  fc.constantFrom(UNMESHED, UNKNOWN),
  fc.tuple(fewNames, name).map(([namespace, name]) => serverId(namespace, name)),
);

const figures = {
  rps: rate,
  successRate: share,
  latency: record({ p50: rate }, { p95: rate, p99: rate }),
  tls: share,
  plaintext: fc.dictionary(name, share, { maxKeys: 3 }),
  sent: rate,
  received: rate,
  allowed: rate,
  denied: rate,
};

const edgeBetween = (source: fc.Arbitrary<string>, destination: fc.Arbitrary<string>) =>
  record<Edge>(
    { source, destination, protocol: fc.constantFrom('http', 'grpc', 'tcp'), mesh: fc.constantFrom('linkerd', 'istio') },
    { service: nodeIn(fewNames), port, ...figures },
  );

export const edge = edgeBetween(anyEnd, anyEnd);

const routed = record<RouteTraffic>(
  { group, kind: fc.constant('HTTPRoute'), name, rps: rate },
  { backend: nodeIn(fewNames), successRate: share },
);

/** The traffic of one namespace: each edge begins or ends in it, once, in the order of keys. */
export const trafficOf = (namespace: fc.Arbitrary<string>): fc.Arbitrary<NamespaceTraffic> =>
  namespace.chain((namespace) => {
    const here = nodeIn(fc.constant(namespace));
    const edges = fc.uniqueArray(fc.oneof(edgeBetween(here, anyEnd), edgeBetween(anyEnd, here)), { maxLength: 6, selector: edgeKey });
    return record<NamespaceTraffic>(
      {
        namespace: fc.constant(namespace),
        edges: edges.map((edges) => edges.toSorted((a, b) => compareText(edgeKey(a), edgeKey(b)))),
      },
      {
        omittedEdges: count,
        routes: fc.uniqueArray(routed, { maxLength: 2, selector: (row) => `${objectId('x', row)} ${row.backend}` }),
        omittedRoutes: count,
      },
    );
  });

const endpoint: fc.Arbitrary<Endpoint> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      tag: fc.constant('workload'),
      namespace: fewNames,
      kind: fc.constantFrom('Deployment', undefined),
      name: fewNames,
    }),
  },
  { weight: 1, arbitrary: fc.record({ tag: fc.constant('service'), namespace: fewNames, name: fewNames }) },
  { weight: 1, arbitrary: fc.record({ tag: fc.constant('external'), authority: fewNames }) },
  { weight: 1, arbitrary: fc.constant({ tag: 'unmeshed' }) },
  { weight: 1, arbitrary: fc.constant({ tag: 'unknown' }) },
);

const raw = fc.oneof(
  { weight: 5, arbitrary: fc.double({ min: 0, max: 1000, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1e-5, Number.NaN, Number.POSITIVE_INFINITY, -1) },
);

/** A row of traffic, with figures as an upstream may give them. */
export const observed: fc.Arbitrary<ObservedTraffic> = record(
  {
    mesh: fc.constantFrom('linkerd', 'istio'),
    source: endpoint,
    destination: endpoint,
    protocol: fc.constantFrom('http', 'grpc', 'tcp'),
    reporter: fc.constantFrom('source', 'destination'),
    requests: raw,
    failures: raw,
    security: fc.dictionary(fc.constantFrom('mutual_tls', 'plaintext', 'unknown', '__proto__'), raw, { maxKeys: 3 }),
  },
  {
    service: fc.record({ namespace: fewNames, name: fewNames }),
    port: fc.constantFrom(80, 8080),
    latency: record({}, { p50: raw, p95: raw, p99: raw }),
    sentBytes: raw,
    receivedBytes: raw,
  },
);

export const decisions: fc.Arbitrary<ObservedDecisions> = record(
  { destination: endpoint, allowed: raw, denied: raw },
  { clientId: fewNames, source: endpoint, port: fc.constantFrom(80, 8080), protocol: fc.constantFrom('http', 'tcp') },
);

export const observation: fc.Arbitrary<Observation> = fc.record({
  traffic: fc.array(observed, { maxLength: 12 }),
  decisions: fc.array(decisions, { maxLength: 6 }),
  routes: fc.array(
    record<Observation['routes'][number]>(
      { namespace: fewNames, group, kind: fc.constant('HTTPRoute'), name: fewNames, requests: raw, failures: raw },
      { backend: fc.record({ namespace: fewNames, name: fewNames }) },
    ),
    { maxLength: 4 },
  ),
});
