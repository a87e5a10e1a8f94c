import {
  HEALTHS,
  MESHES,
  type NamespaceTopology,
  type PodCounts,
  type PolicyNode,
  type RouteNode,
  type ServiceNode,
  type WorkloadNode,
} from '../model.ts';
import { seal, unseal } from './envelope.ts';
import { type Codec, type Columns, count, either, figure, flag, list, oneOf, optional, row, text } from './row.ts';

/** A namespace's topology as compact JSON, equal for equal values. */
export function encodeTopology(topology: NamespaceTopology): string {
  return seal('topology', codec.encode(topology));
}

/** The topology back from its text; undefined for any other text. */
export function decodeTopology(json: string): NamespaceTopology | undefined {
  return codec.decode(unseal('topology', json));
}

const texts = list(text);
const mesh = oneOf(...MESHES);
const pods: Columns<PodCounts> = { pods: count, meshedPods: count, meshes: list(mesh) };
const transport = oneOf('TCP', 'UDP', 'SCTP');

const workload: Codec<WorkloadNode> = row<WorkloadNode>({
  kind: text,
  name: text,
  health: oneOf(...HEALTHS),
  ...pods,
  ports: list(
    row<WorkloadNode['ports'][number]>({
      port: count,
      protocol: transport,
      name: optional(text),
      marks: optional(list(oneOf('opaque', 'skip-inbound'))),
    }),
  ),
  desired: optional(count),
  ready: optional(count),
  serviceAccount: optional(text),
  identity: optional(text),
  omittedPorts: optional(count),
});

const service: Codec<ServiceNode> = row<ServiceNode>({
  name: text,
  type: oneOf('ClusterIP', 'Headless', 'NodePort', 'LoadBalancer', 'ExternalName'),
  selects: flag,
  ...pods,
  ports: list(
    row<ServiceNode['ports'][number]>({
      port: count,
      protocol: transport,
      name: optional(text),
      targetPort: optional(either((value) => typeof value === 'number', count, text)),
      appProtocol: optional(text),
    }),
  ),
  omittedPorts: count,
  workloads: list(row<ServiceNode['workloads'][number]>({ kind: text, name: text, ...pods })),
  omittedWorkloads: count,
  externalName: optional(text),
});

const route: Codec<RouteNode> = row<RouteNode>({
  group: text,
  kind: text,
  name: text,
  attachedTo: texts,
  hosts: texts,
  backends: list(row<RouteNode['backends'][number]>({ to: text, weight: figure, subset: optional(text) })),
  problems: texts,
  omittedAttachments: optional(count),
  omittedHosts: optional(count),
  omittedBackends: optional(count),
});

const policy: Codec<PolicyNode> = row<PolicyNode>({
  group: text,
  kind: text,
  name: text,
  selects: texts,
  summary: text,
  problems: texts,
  action: optional(text),
  omittedSelects: optional(count),
});

const codec = row<NamespaceTopology>({
  namespace: text,
  workloads: list(workload),
  services: list(service),
  routes: list(route),
  policies: list(policy),
  asksFor: optional(mesh),
});
