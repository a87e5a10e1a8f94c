import type { Field } from './field.ts';
import type { KubeObject } from './kube-object.ts';

/** Where each kind that applies to workloads keeps its selector. */
const SELECTORS: Readonly<Record<string, readonly [string, string]>> = {
  AuthorizationPolicy: ['selector', 'matchLabels'],
  RequestAuthentication: ['selector', 'matchLabels'],
  PeerAuthentication: ['selector', 'matchLabels'],
  Telemetry: ['selector', 'matchLabels'],
  WasmPlugin: ['selector', 'matchLabels'],
  TrafficExtension: ['selector', 'matchLabels'],
  ProxyConfig: ['selector', 'matchLabels'],
  DestinationRule: ['workloadSelector', 'matchLabels'],
  Sidecar: ['workloadSelector', 'labels'],
  EnvoyFilter: ['workloadSelector', 'labels'],
  ServiceEntry: ['workloadSelector', 'labels'],
};

/** The groups of those kinds. */
const ISTIO_GROUP = /\.istio\.io$/;

/** Kinds that select in their own namespace even when that is the root namespace. */
const NEVER_MESH_WIDE = new Set(['DestinationRule', 'ServiceEntry']);

/** The labels by which an object selects workloads. */
export interface Selection {
  readonly field: Field;
  readonly labels: ReadonlyMap<string, string>;
}

/** The selector of an Istio object, undefined where the kind has none or this object leaves it out. One without labels selects every workload. */
export function selectionOf(object: KubeObject): Selection | undefined {
  const path = ISTIO_GROUP.test(object.group) ? SELECTORS[object.kind] : undefined;
  if (path === undefined || !Object.hasOwn(SELECTORS, object.kind)) return undefined;
  const [selector, labels] = path;
  const field = object.spec.at(selector);
  return field.exists ? { field, labels: field.at(labels).labels } : undefined;
}

/** The references by which a policy attaches to a Gateway or Service instead of to workloads. */
export function targetsOf(object: KubeObject): readonly Field[] {
  const single = object.spec.at('targetRef');
  return [...(single.exists ? [single] : []), ...object.spec.at('targetRefs').items];
}

/** Where an object of the namespace applies: in that namespace, or, from the root namespace, everywhere. */
export function reachOf(object: KubeObject, rootNamespace: string): string | undefined {
  return object.namespace === rootNamespace && !NEVER_MESH_WIDE.has(object.kind) ? undefined : object.namespace;
}
