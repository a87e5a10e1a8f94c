import { isObject, type Json, type JsonObject } from '../../../lib/json.ts';
import { arrayAt, choiceAt, DNS_LABEL, DNS_SUBDOMAIN, isPort, Malformed, objectAt, optionalTextAt, textAt } from '../decode/fields.ts';
import { keepConditions } from './conditions.ts';
import { keepAnnotations, keepLabels } from './labels.ts';

type Members = Record<string, unknown>;

/** Spec and status of an object, cut down. */
export interface SpecAndStatus {
  readonly spec: JsonObject;
  readonly status: JsonObject;
}

/** A Deployment or StatefulSet (apps/v1): `{replicas, selector, template}` and `{replicas, readyReplicas}`. Throws `Malformed`. */
export function keepReplicated(item: Members): SpecAndStatus {
  const spec = objectAt(item, 'spec', 'spec');
  return {
    spec: { ...numbers(spec, 'spec', ['replicas']), ...selectorOf(spec), ...templateOf(spec, 'spec') },
    status: numbers(objectAt(item, 'status', 'status'), 'status', ['replicas', 'readyReplicas']),
  };
}

/** A DaemonSet (apps/v1): `{selector, template}` and `{desiredNumberScheduled, numberReady}`. Throws `Malformed`. */
export function keepDaemonSet(item: Members): SpecAndStatus {
  const spec = objectAt(item, 'spec', 'spec');
  return {
    spec: { ...selectorOf(spec), ...templateOf(spec, 'spec') },
    status: numbers(objectAt(item, 'status', 'status'), 'status', ['desiredNumberScheduled', 'numberReady']),
  };
}

/** A Job (batch/v1): `{suspend, template}` and `{active, ready, conditions}`: its conditions say whether it is over. Throws `Malformed`. */
export function keepJob(item: Members): SpecAndStatus {
  const spec = objectAt(item, 'spec', 'spec');
  const status = objectAt(item, 'status', 'status');
  return {
    spec: { ...flag(spec, 'suspend'), ...templateOf(spec, 'spec') },
    status: { ...numbers(status, 'status', ['active', 'ready']), ...keepConditions(status) },
  };
}

/** A CronJob (batch/v1): `{suspend, jobTemplate: {spec: {template}}}`; its status tells of single runs alone. Throws `Malformed`. */
export function keepCronJob(item: Members): Pick<SpecAndStatus, 'spec'> {
  const spec = objectAt(item, 'spec', 'spec');
  const jobSpec = objectAt(objectAt(spec, 'jobTemplate', 'spec.jobTemplate'), 'spec', 'spec.jobTemplate.spec');
  return { spec: { ...flag(spec, 'suspend'), jobTemplate: { spec: templateOf(jobSpec, 'spec.jobTemplate.spec') } } };
}

/** The members that are set, which must be counts. */
function numbers(parent: Members, field: string, keys: readonly string[]): JsonObject {
  const kept: Record<string, number> = {};
  for (const key of keys) {
    const value = parent[key];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new Malformed(`${field}.${key}`, 'a count');
    kept[key] = value;
  }
  return kept;
}

function flag(parent: Members, key: string): JsonObject {
  return parent[key] === true ? { [key]: true } : {};
}

function selectorOf(spec: Members): JsonObject {
  const selector = objectAt(spec, 'selector', 'spec.selector');
  const expressions = arrayAt(selector, 'matchExpressions', 'spec.selector.matchExpressions').map(keepExpression);
  const matchLabels = keepLabels(selector, 'matchLabels', 'spec.selector.matchLabels');
  return { selector: { matchLabels, ...(expressions.length === 0 ? {} : { matchExpressions: expressions }) } };
}

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;
const LABEL_KEY = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,316}$/;
const LABEL_VALUE = /^[A-Za-z0-9._-]{0,63}$/;

function keepExpression(value: unknown): JsonObject {
  const field = 'spec.selector.matchExpressions';
  if (!isObject(value)) throw new Malformed(field, 'an array of objects');
  const operator = OPERATORS.find((known) => known === value.operator);
  if (operator === undefined) throw new Malformed(`${field}.operator`, `one of ${OPERATORS.join(', ')}`);
  const values = arrayAt(value, 'values', `${field}.values`).map((each) => {
    if (typeof each !== 'string' || !LABEL_VALUE.test(each)) throw new Malformed(`${field}.values`, 'an array of label values');
    return each;
  });
  return { key: textAt(value, 'key', `${field}.key`, LABEL_KEY), operator, ...(values.length === 0 ? {} : { values }) };
}

/**
 * What a workload says of its pods, in Kubernetes' own shape (core/v1, PodTemplateSpec): labels, the annotations that meshes read, service account, and of each
 * container the ports and HTTP probes. Containers that declare neither are left out.
 */
function templateOf(parent: Members, field: string): { readonly template: JsonObject } {
  const template = objectAt(parent, 'template', `${field}.template`);
  const metadata = objectAt(template, 'metadata', `${field}.template.metadata`);
  const pod = objectAt(template, 'spec', `${field}.template.spec`);
  const at = `${field}.template.spec`;
  const serviceAccountName = optionalTextAt(pod, 'serviceAccountName', `${at}.serviceAccountName`, DNS_SUBDOMAIN);
  const initContainers = containersOf(pod, 'initContainers', at);
  return {
    template: {
      metadata: {
        labels: keepLabels(metadata, 'labels', `${field}.template.metadata.labels`),
        annotations: keepAnnotations(metadata, 'annotations', `${field}.template.metadata.annotations`),
      },
      spec: {
        ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
        // Both meshes' injectors pass over pods in the host's network.
        ...flag(pod, 'hostNetwork'),
        containers: containersOf(pod, 'containers', at),
        ...(initContainers.length === 0 ? {} : { initContainers }),
      },
    },
  };
}

function containersOf(pod: Members, key: string, at: string): readonly JsonObject[] {
  return arrayAt(pod, key, `${at}.${key}`).flatMap((value) => {
    const container = keepContainer(value, `${at}.${key}`);
    return container === undefined ? [] : [container];
  });
}

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;

function keepContainer(value: unknown, field: string): JsonObject | undefined {
  if (!isObject(value)) throw new Malformed(field, 'an array of objects');
  const name = textAt(value, 'name', `${field}.name`, DNS_LABEL);
  const ports = arrayAt(value, 'ports', `${field}.ports`).map((port) => keepContainerPort(port, `${field}.ports`));
  const probes: Record<string, JsonObject> = {};
  for (const probe of PROBES) {
    const kept = keepProbe(value[probe]);
    if (kept !== undefined) probes[probe] = kept;
  }
  if (ports.length === 0 && Object.keys(probes).length === 0) return undefined;
  return { name, ...(ports.length === 0 ? {} : { ports }), ...probes };
}

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;

function keepContainerPort(value: unknown, field: string): JsonObject {
  if (!isObject(value)) throw new Malformed(field, 'an array of objects');
  const { containerPort } = value;
  if (!isPort(containerPort)) throw new Malformed(`${field}.containerPort`, 'a port number');
  const name = optionalTextAt(value, 'name', `${field}.name`, DNS_LABEL);
  const protocol = choiceAt(value, 'protocol', `${field}.protocol`, PROTOCOLS, 'TCP');
  return { containerPort, ...(name === undefined ? {} : { name }), ...(protocol === 'TCP' ? {} : { protocol }) };
}

const PATH = /^\/[\x21-\x7e]{0,1023}$/;

/**
 * Linkerd lets a pod's own HTTP probes through: by path and port, whichever of the three they are (linkerd2,
 * policy-controller/k8s/index/src/inbound/workload.rs: `pod_http_probes`; a path that cannot be one is passed over there too). Other probes are no HTTP.
 */
function keepProbe(probe: unknown): JsonObject | undefined {
  if (!isObject(probe) || !isObject(probe.httpGet)) return undefined;
  const { path, port } = probe.httpGet;
  const target = keepProbePort(port);
  if (target === undefined || (path !== undefined && (typeof path !== 'string' || !PATH.test(path)))) return undefined;
  return { httpGet: { ...(path === undefined ? {} : { path }), port: target } };
}

function keepProbePort(port: unknown): Json | undefined {
  return isPort(port) || (typeof port === 'string' && DNS_LABEL.test(port)) ? port : undefined;
}
