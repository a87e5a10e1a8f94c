import type { JsonObject } from '../../../lib/json.ts';
import type { Labels } from '../../../mesh/membership.ts';
import type { ResourceKey } from '../resources.ts';
import type { SampleContainerPort, SampleWorkload } from '../sample/model.ts';
import { suffixFor } from '../stored.ts';
import { CREATED, type Made, makeMetadata, ownedBy } from './metadata.ts';

export const RESOURCE_OF = {
  Deployment: 'deployments',
  StatefulSet: 'statefulsets',
  DaemonSet: 'daemonsets',
} as const satisfies Record<SampleWorkload['kind'], ResourceKey>;

export function makeAccount(namespace: string, name: string): Made {
  return { resource: 'serviceaccounts', object: { metadata: makeMetadata('serviceaccounts', namespace, name) } };
}

/** The labels by which a workload knows its pods. */
export function selectorLabels({ app, name }: SampleWorkload): Labels {
  return app === undefined ? { app: name } : { app, workload: name };
}

/** The labels of its pods. */
export function podLabels(workload: SampleWorkload): Labels {
  return { ...selectorLabels(workload), ...workload.labels };
}

export function makeWorkload(namespace: string, workload: SampleWorkload): Made {
  const { kind, name, replicas } = workload;
  const resource = RESOURCE_OF[kind];
  const spec: JsonObject = {
    ...(kind === 'DaemonSet' ? {} : { replicas }),
    ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
    selector: { matchLabels: selectorLabels(workload) },
    template: podTemplate(workload),
  };
  const metadata = makeMetadata(resource, namespace, name, { labels: podLabels(workload) });
  return { resource, object: { metadata, spec, status: statusOf(workload) } };
}

function podTemplate(workload: SampleWorkload): JsonObject {
  const { annotations } = workload;
  return {
    metadata: { labels: podLabels(workload), ...(annotations === undefined ? {} : { annotations }) },
    spec: podSpec(workload),
  };
}

export function podSpec({ name, account = name, serves = [] }: SampleWorkload): JsonObject {
  const [probed] = serves.filter(({ probe }) => probe !== undefined);
  return {
    serviceAccountName: account,
    containers: [{ name: 'app', image: `demo.example.com/${name}:1.0.0`, ...portsOf(serves), ...probes(probed) }],
  };
}

function portsOf(serves: readonly SampleContainerPort[]): JsonObject {
  if (serves.length === 0) return {};
  return { ports: serves.map(({ name, port, protocol = 'TCP' }) => ({ name, containerPort: port, protocol })) };
}

function probes(serves: SampleContainerPort | undefined): JsonObject {
  if (serves === undefined) return {};
  const { probe, name, port } = serves;
  if (probe === 'http')
    return { readinessProbe: { httpGet: { path: '/ready', port: name } }, livenessProbe: { httpGet: { path: '/live', port: name } } };
  return { readinessProbe: probe === 'grpc' ? { grpc: { port } } : { tcpSocket: { port: name } } };
}

/** What the controller of each kind counts; a count of nothing is left out, as Kubernetes writes it. */
function statusOf({ kind, replicas, unready = [] }: SampleWorkload): JsonObject {
  const ready = replicas - unready.length;
  const observedGeneration = 1;
  switch (kind) {
    case 'Deployment':
      return {
        observedGeneration,
        ...counts({
          replicas,
          updatedReplicas: replicas,
          readyReplicas: ready,
          availableReplicas: ready,
          unavailableReplicas: replicas - ready,
        }),
        conditions: [condition('Available', ready === replicas, 'MinimumReplicas'), condition('Progressing', true, 'NewReplicaSet')],
      };
    case 'StatefulSet':
      return {
        observedGeneration,
        replicas,
        ...counts({ readyReplicas: ready, currentReplicas: replicas, updatedReplicas: replicas }),
        availableReplicas: ready,
      };
    case 'DaemonSet':
      return {
        observedGeneration,
        currentNumberScheduled: replicas,
        desiredNumberScheduled: replicas,
        numberMisscheduled: 0,
        numberReady: ready,
        ...counts({ updatedNumberScheduled: replicas, numberAvailable: ready, numberUnavailable: replicas - ready }),
      };
  }
}

function counts(all: Readonly<Record<string, number>>): JsonObject {
  return Object.fromEntries(Object.entries(all).filter(([, count]) => count > 0));
}

function condition(type: string, holds: boolean, what: string): JsonObject {
  const reason = `${what}${holds ? 'Available' : 'Unavailable'}`;
  return { type, status: holds ? 'True' : 'False', reason, lastUpdateTime: CREATED, lastTransitionTime: CREATED };
}

/** The current ReplicaSet, and one of an earlier rollout that has no pods any more. */
export function makeReplicaSets(namespace: string, workload: SampleWorkload, owner: Made): readonly [current: Made, previous: Made] {
  const { name, replicas, unready = [] } = workload;
  const revise = (revision: string, all: number, readyReplicas: number): Made => {
    const hash = suffixFor(`${revision} ${namespace}/${name}`, 10);
    const own = { 'pod-template-hash': hash };
    const labels = { ...podLabels(workload), ...own };
    const annotations = { 'deployment.kubernetes.io/revision': revision };
    const metadata = makeMetadata('replicasets', namespace, `${name}-${hash}`, { labels, annotations, ...ownedBy(owner) });
    const template = { metadata: { labels }, spec: podSpec(workload) };
    const spec = { replicas: all, selector: { matchLabels: { ...selectorLabels(workload), ...own } }, template };
    const status = {
      replicas: all,
      ...counts({ fullyLabeledReplicas: all, readyReplicas, availableReplicas: readyReplicas }),
      observedGeneration: 1,
    };
    return { resource: 'replicasets', object: { metadata, spec, status } };
  };
  return [revise('2', replicas, replicas - unready.length), revise('1', 0, 0)];
}
