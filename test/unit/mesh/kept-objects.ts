import type { NamespaceTopology, PolicyNode, RouteNode, WorkloadNode } from '../../../src/graph/model.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import type { KeptKind, KeptObject } from '../../../src/mesh/kept.ts';
import type { Labels } from '../../../src/mesh/membership.ts';
import { buildNamespace } from '../../../src/mesh/namespace.ts';
import { type SharedOptions, sharedContextOf } from '../../../src/mesh/shared.ts';

export const OPTIONS: SharedOptions = {
  linkerdNamespace: 'linkerd',
  linkerdTrustDomain: 'cluster.local',
  istioRootNamespace: 'istio-system',
  istioTrustDomain: 'cluster.local',
};

/** An object of namespace `shop`. */
export function kept(kind: KeptKind, name: string, more: Partial<KeptObject> = {}): KeptObject {
  return { kind, namespace: 'shop', name, labels: {}, annotations: {}, ...more };
}

export function spec(kind: KeptKind, name: string, value: JsonObject, more: Partial<KeptObject> = {}): KeptObject {
  return kept(kind, name, { spec: value, ...more });
}

export const LINKERD: Labels = { 'linkerd.io/control-plane-ns': 'linkerd' };
export const SIDECAR: Labels = { 'security.istio.io/tlsMode': 'istio' };
export const AMBIENT: Labels = { 'ambient.istio.io/redirection': 'enabled' };

interface DeploymentParts {
  readonly labels?: Labels;
  readonly ports?: readonly JsonObject[];
  readonly serviceAccount?: string;
  readonly pods?: number;
  /** Labels that the injector adds to the pods. */
  readonly injected?: Labels;
  /** Annotations of the pods, as an agent sets them. */
  readonly annotated?: Labels;
  readonly annotations?: Labels;
  readonly replicas?: number;
  readonly ready?: number;
}

/** A Deployment with its pods, which bear `app: name`. */
export function deployment(name: string, parts: DeploymentParts = {}): readonly KeptObject[] {
  const { pods = 1, replicas = pods, ready = replicas } = parts;
  const labels = { app: name, ...parts.labels };
  const ports = parts.ports ?? [{ containerPort: 8080, name: 'http' }];
  return [
    kept('deployments', name, {
      spec: {
        replicas,
        template: {
          metadata: { labels, annotations: parts.annotations ?? {} },
          spec: { serviceAccountName: parts.serviceAccount ?? name, containers: [{ name: 'main', ports }] },
        },
      },
      status: { readyReplicas: ready },
    }),
    kept('replicaSets', `${name}-abc`, { owner: { kind: 'Deployment', name } }),
    ...Array.from({ length: pods }, (_, index) =>
      kept('pods', `${name}-abc-${index}`, {
        labels: { ...labels, ...parts.injected },
        annotations: { ...parts.annotations, ...parts.annotated },
        owner: { kind: 'ReplicaSet', name: `${name}-abc` },
      }),
    ),
  ];
}

export function service(name: string, ports: readonly JsonObject[] = [{ port: 80, targetPort: 8080 }], more: JsonObject = {}): KeptObject {
  return spec('services', name, { type: 'ClusterIP', selector: { app: name }, ports, ...more });
}

/** A Linkerd Server on port 8080 of `app: name`. */
export function server(name: string, app: string, more: JsonObject = {}, rest: Partial<KeptObject> = {}): KeptObject {
  return spec('linkerdServers', name, { podSelector: { matchLabels: { app } }, port: 8080, ...more }, rest);
}

export function build(
  objects: readonly KeptObject[],
  root: readonly KeptObject[] = [],
  options: Partial<SharedOptions> = {},
): NamespaceTopology {
  return buildNamespace('shop', objects, sharedContextOf({ ...OPTIONS, ...options }, root));
}

/** An object of Istio's root namespace. */
export function root(kind: KeptKind, name: string, value: JsonObject, more: Partial<KeptObject> = {}): KeptObject {
  return spec(kind, name, value, { namespace: 'istio-system', ...more });
}

export function workload(topology: NamespaceTopology, name: string): WorkloadNode {
  return found(topology.workloads.find((node) => node.name === name));
}

export function route(topology: NamespaceTopology, name: string): RouteNode {
  return found(topology.routes.find((node) => node.name === name));
}

export function policy(topology: NamespaceTopology, name: string, kind?: string): PolicyNode {
  return found(topology.policies.find((node) => node.name === name && (kind === undefined || node.kind === kind)));
}

function found<Node>(node: Node | undefined): Node {
  if (node === undefined) throw new Error('there is no such node');
  return node;
}
