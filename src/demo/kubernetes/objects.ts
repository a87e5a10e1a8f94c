import { hashText } from '../../lib/hash.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { Labels, Mesh } from '../../mesh/membership.ts';
import type { SampleNamespace, SamplePort, SampleService, SampleWorkload } from './sample.ts';

/** An object as the API server would give it, with what its lists need to know. */
export interface DemoObject {
  /** Empty for an object outside namespaces. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** A pod's phase. */
  readonly phase?: string;
  readonly object: JsonObject;
}

const RESOURCES = ['namespaces', 'services', 'pods', 'replicasets', 'deployments', 'statefulsets', 'daemonsets'] as const;

/** The objects of each resource. */
export type DemoObjects = { readonly [Resource in (typeof RESOURCES)[number]]: readonly DemoObject[] };

/** The state that every object of the sample was last changed in. */
export const RESOURCE_VERSION = '4711';
const CREATED = '2026-01-05T08:00:00Z';

/** Makes all objects of a sample, always the same ones, in the order of their keys, as lists from etcd come. */
export function makeObjects(sample: readonly SampleNamespace[]): DemoObjects {
  const made: Record<(typeof RESOURCES)[number], DemoObject[]> = {
    namespaces: [],
    services: [],
    pods: [],
    replicasets: [],
    deployments: [],
    statefulsets: [],
    daemonsets: [],
  };
  for (const namespace of sample) {
    made.namespaces.push(makeNamespace(namespace));
    for (const service of namespace.services) made.services.push(makeService(namespace.name, service));
    for (const workload of namespace.workloads) {
      const own = makeWorkload(namespace.name, workload);
      made[PLURALS[workload.kind]].push(own);
      if (workload.kind === 'Deployment') {
        const [current, previous] = makeReplicaSets(namespace.name, workload, own);
        made.replicasets.push(current, previous);
        made.pods.push(...makePods(namespace.name, workload, current, 'ReplicaSet'));
      } else {
        made.pods.push(...makePods(namespace.name, workload, own, workload.kind));
      }
    }
  }
  for (const resource of RESOURCES) made[resource].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return made;
}

const PLURALS = { Deployment: 'deployments', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' } as const;

/** Where an object stands in the order of lists. */
export function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

/** The parts that all objects have; `more` adds to the metadata. */
function make(kind: string, namespace: string, name: string, labels: Labels, more: JsonObject, rest: JsonObject): DemoObject {
  const digits = hashText(`${kind} ${namespace}/${name}`) + hashText(`${name}.${namespace} ${kind}`);
  const uid = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const scope = namespace === '' ? {} : { namespace };
  const metadata = { name, ...scope, uid, resourceVersion: RESOURCE_VERSION, creationTimestamp: CREATED, labels, ...more };
  return { namespace, name, uid, object: { metadata, ...rest } };
}

function ownerReferences(kind: string, { name, uid }: DemoObject): JsonObject {
  return { ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid, controller: true, blockOwnerDeletion: true }] };
}

function makeNamespace({ name, labels = {}, annotations = {} }: SampleNamespace): DemoObject {
  const all = { 'kubernetes.io/metadata.name': name, ...labels };
  return make('Namespace', '', name, all, { annotations }, { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
}

function makeService(namespace: string, service: SampleService): DemoObject {
  const { name, type = 'ClusterIP', selects = name, externalName, ports } = service;
  const octet = Number.parseInt(hashText(`${namespace}/${name}`).slice(0, 2), 16);
  const clusterIP = type === 'Headless' ? 'None' : `10.96.${octet}.${name.length}`;
  const address = { clusterIP, clusterIPs: [clusterIP], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' };
  const spec: JsonObject = {
    type: type === 'Headless' ? 'ClusterIP' : type,
    ...(type === 'ExternalName' ? { externalName } : address),
    ...(selects === null ? {} : { selector: { app: selects } }),
    ...(ports.length === 0 ? {} : { ports: ports.map(servicePort) }),
    sessionAffinity: 'None',
    internalTrafficPolicy: 'Cluster',
  };
  return make('Service', namespace, name, { app: name }, {}, { spec, status: { loadBalancer: {} } });
}

function servicePort({ name, port, targetPort = port, protocol = 'TCP', appProtocol }: SamplePort): JsonObject {
  return { name, protocol, port, targetPort, ...(appProtocol === undefined ? {} : { appProtocol }) };
}

function makeWorkload(namespace: string, workload: SampleWorkload): DemoObject {
  const { kind, name, replicas } = workload;
  const labels = podLabels(workload);
  const spec: JsonObject = {
    ...(kind === 'DaemonSet' ? {} : { replicas }),
    ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: podSpec(name) },
  };
  return make(kind, namespace, name, labels, {}, { spec, status: { replicas, readyReplicas: replicas } });
}

function podSpec(name: string): JsonObject {
  return { containers: [{ name: 'app', image: `demo.example.com/${name}:1.0.0` }] };
}

function podLabels({ app, name }: SampleWorkload): Labels {
  return app === undefined ? { app: name } : { app, workload: name };
}

/** The current ReplicaSet, and one of an earlier rollout that has no pods any more. */
function makeReplicaSets(namespace: string, workload: SampleWorkload, deployment: DemoObject): [DemoObject, DemoObject] {
  const revise = (revision: string, replicas: number): DemoObject => {
    const hash = safeDigits(hashText(`${revision} ${namespace}/${workload.name}`).slice(0, 10));
    const labels = { ...podLabels(workload), 'pod-template-hash': hash };
    const metadata = { annotations: { 'deployment.kubernetes.io/revision': revision }, ...ownerReferences('Deployment', deployment) };
    const spec = { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec(workload.name) } };
    return make('ReplicaSet', namespace, `${workload.name}-${hash}`, labels, metadata, { spec, status: { replicas } });
  };
  return [revise('2', workload.replicas), revise('1', 0)];
}

// Kubernetes writes generated names without vowels, so that no words come out.
const SAFE_DIGITS = 'bcdfghjklmnpqrst';

function safeDigits(hexadecimal: string): string {
  return hexadecimal.replace(/./g, (digit) => SAFE_DIGITS.charAt(Number.parseInt(digit, 16)));
}

/** The running pods, then the finished ones. */
function makePods(namespace: string, workload: SampleWorkload, owner: DemoObject, ownerKind: string): DemoObject[] {
  const { replicas, unmeshedPods = 0, finishedPods = 0 } = workload;
  return Array.from({ length: replicas + finishedPods }, (_, ordinal) => {
    const suffix =
      ownerKind === 'StatefulSet' ? String(ordinal) : safeDigits(hashText(`pod ${namespace}/${owner.name}/${ordinal}`).slice(0, 5));
    const marks = meshMarks(ordinal < replicas - unmeshedPods ? workload.mesh : undefined);
    const hash = ownerKind === 'ReplicaSet' ? { 'pod-template-hash': owner.name.slice(workload.name.length + 1) } : {};
    const labels = { ...podLabels(workload), ...hash, ...marks.labels };
    const metadata = { annotations: marks.annotations, ...ownerReferences(ownerKind, owner) };
    const phase = ordinal < replicas ? 'Running' : 'Failed';
    const spec = { nodeName: `node-${(ordinal % 2) + 1}`, ...podSpec(workload.name) };
    return { ...make('Pod', namespace, `${owner.name}-${suffix}`, labels, metadata, { spec, status: { phase } }), phase };
  });
}

/** What each mesh's injector or node agent would have written on the pod. */
function meshMarks(mesh: Mesh | undefined): { readonly labels: Labels; readonly annotations: Labels } {
  switch (mesh) {
    case 'linkerd':
      return { labels: { 'linkerd.io/control-plane-ns': 'linkerd' }, annotations: { 'linkerd.io/proxy-version': 'edge-26.8.1' } };
    case 'istio-sidecar':
      return {
        labels: { 'security.istio.io/tlsMode': 'istio' },
        annotations: {
          'sidecar.istio.io/status': '{"initContainers":["istio-init","istio-proxy"],"containers":null,"revision":"default"}',
        },
      };
    case 'istio-ambient':
      return { labels: {}, annotations: { 'ambient.istio.io/redirection': 'enabled' } };
    case undefined:
      return { labels: {}, annotations: {} };
  }
}
