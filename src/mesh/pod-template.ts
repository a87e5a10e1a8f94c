import type { WorkloadPort } from '../graph/model.ts';
import type { HttpProbe } from '../policy/access/model.ts';
import { Field } from '../policy/objects/field.ts';
import type { KeptKind, KeptObject } from './kept.ts';
import type { Labels } from './membership.ts';
import { nameWord, portNameWord, portWord, protocolWord } from './words.ts';

/** A port that a container declares. */
export type ContainerPort = Pick<WorkloadPort, 'port' | 'protocol' | 'name'>;

/** What is known of the pods that a workload makes. */
export interface PodTemplate {
  readonly labels: Labels;
  readonly annotations: Labels;
  /** What its containers say; undefined where only metadata was kept. */
  readonly containers:
    | { readonly ports: readonly ContainerPort[]; readonly probes: readonly HttpProbe[]; readonly serviceAccount: string }
    | undefined;
}

/** Where each kind keeps its pod template. A bare pod is its own. */
const TEMPLATES: { readonly [Kind in KeptKind]?: (spec: Field) => Field } = {
  deployments: (spec) => spec.at('template'),
  statefulSets: (spec) => spec.at('template'),
  daemonSets: (spec) => spec.at('template'),
  jobs: (spec) => spec.at('template'),
  cronJobs: (spec) => spec.at('jobTemplate', 'spec', 'template'),
};

/** The pod template of a workload, or what a pod says of itself; undefined for any other kind. */
export function templateOf(object: KeptObject): PodTemplate | undefined {
  const spec = new Field(object.spec);
  if (object.kind === 'pods') return { labels: object.labels, annotations: object.annotations, containers: containersOf(spec) };
  const template = TEMPLATES[object.kind]?.(spec);
  if (template === undefined) return undefined;
  return {
    labels: Object.fromEntries(template.at('metadata', 'labels').labels),
    annotations: Object.fromEntries(template.at('metadata', 'annotations').labels),
    containers: containersOf(template.at('spec')),
  };
}

/**
 * Ports of all containers, the init containers among them: a native sidecar is one, and Linkerd takes the ports of every one (linkerd2,
 * policy-controller/k8s/index/src/inbound/workload.rs: `pod_tcp_ports_by_name`).
 */
function containersOf(pod: Field): PodTemplate['containers'] {
  if (!pod.isObject) return undefined;
  const containers = [...pod.at('containers').items, ...pod.at('initContainers').items];
  const ports = containers.flatMap((container) => container.at('ports').items.flatMap((port) => readPort(port) ?? []));
  const probes = containers.flatMap((container) => PROBES.flatMap((probe) => readProbe(container.at(probe, 'httpGet')) ?? []));
  // The older of the two names of the field is still set beside the newer (kubernetes, core/v1: `PodSpec.DeprecatedServiceAccount`).
  const serviceAccount = nameWord(pod.at('serviceAccountName').text ?? pod.at('serviceAccount').text ?? 'default');
  return { ports, probes, serviceAccount: serviceAccount ?? 'default' };
}

function readPort(field: Field): ContainerPort | undefined {
  const port = portWord(field.at('containerPort').value);
  const protocol = protocolWord(field.at('protocol').value);
  if (port === undefined || protocol === undefined) return undefined;
  const name = portNameWord(field.at('name').value);
  return { port, protocol, ...(name === undefined ? {} : { name }) };
}

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;

/** The kubelet asks for `/` where a probe says no path (kubernetes, core/v1: `HTTPGetAction.Path`). */
function readProbe(get: Field): HttpProbe | undefined {
  const given = get.at('port').value;
  const port = portWord(given) ?? portNameWord(given);
  return port === undefined ? undefined : { path: get.at('path').text ?? '/', port };
}
