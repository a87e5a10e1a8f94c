/** The ways in which a pod can belong to a service mesh. */
export const MESHES = ['linkerd', 'istio-sidecar', 'istio-ambient'] as const;
export type Mesh = (typeof MESHES)[number];

/** Which services an answer is about. */
export const SERVICE_FILTERS = ['all', 'unmeshed', ...MESHES] as const;
export type ServiceFilter = (typeof SERVICE_FILTERS)[number];

/**
 * Names one node everywhere: a workload `shop/Deployment/web`, a Service `shop/Service/web`, a destination outside the cluster
 * `external/api.example.com:443`, and two nodes that stand for many: `unmeshed` (callers outside every mesh, whom no metric names) and `unknown`. Made and
 * read in `ids.ts`.
 */
export type NodeId = string;

/** A set of pods, seen by the meshes. */
export interface PodCounts {
  readonly pods: number;
  /** How many of `pods` are in a mesh, whichever. */
  readonly meshedPods: number;
  /** The meshes that at least one of the pods is in, in the order of `MESHES`. */
  readonly meshes: readonly Mesh[];
}

export const HEALTHS = ['healthy', 'degraded', 'down', 'scaled-to-zero', 'unknown'] as const;
/** What a workload's own status says: all replicas ready, some, none, none wanted; `unknown` where its kind says nothing. */
export type Health = (typeof HEALTHS)[number];

/** A port that the containers of a workload declare, or that a policy or annotation makes known. */
export interface WorkloadPort {
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly name?: string;
  /** What the mesh is told about it: `opaque` (no protocol detection), `skip-inbound` (the proxy is bypassed). */
  readonly marks?: readonly ('opaque' | 'skip-inbound')[];
}

/** A workload: what makes pods, or a pod that nothing made. */
export interface WorkloadNode extends PodCounts {
  /** `Deployment`, `StatefulSet`, `DaemonSet`, `Job`, `CronJob`, `ReplicaSet`, `Pod`, or whatever else owns pods (`Rollout`). */
  readonly kind: string;
  readonly name: string;
  readonly health: Health;
  readonly desired?: number;
  readonly ready?: number;
  readonly serviceAccount?: string;
  /** The identity that its proxies present: a Linkerd identity or a SPIFFE id; absent where no pod is meshed. */
  readonly identity?: string;
  /** By number, then protocol. */
  readonly ports: readonly WorkloadPort[];
  /** How many ports were left out of `ports`; absent for none, as with every `omitted…?` here. */
  readonly omittedPorts?: number;
}

/** A port of a Service. */
export interface ServicePort {
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly name?: string;
  /** The pods' port, by number or by name; absent where it equals `port`. */
  readonly targetPort?: number | string;
  readonly appProtocol?: string;
}

/** A Service with what stands behind it. */
export interface ServiceNode extends PodCounts {
  readonly name: string;
  /** The Service's type, a ClusterIP Service without an address being `Headless`. */
  readonly type: 'ClusterIP' | 'Headless' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  /** False: the Service names no pods (its endpoints are kept by someone else, or it is an alias), so nothing can be said of meshes. */
  readonly selects: boolean;
  readonly ports: readonly ServicePort[];
  /** How many ports were left out of `ports`. */
  readonly omittedPorts: number;
  /** The workloads behind it, with those of their pods that it selects; by kind, then name. */
  readonly workloads: readonly (PodCounts & { readonly kind: string; readonly name: string })[];
  readonly omittedWorkloads: number;
  readonly externalName?: string;
}

/** Where a route sends traffic. */
export interface RouteBackend {
  /** A node id, or the host as written where it is no Service that is known. */
  readonly to: string;
  readonly weight: number;
  readonly subset?: string;
}

/**
 * A route: Gateway API and Linkerd routes, Istio's VirtualService and DestinationRule, Linkerd's ServiceProfile. Also what routes hang on or lead to without
 * being a workload: Gateways of both groups (attached to the workloads that serve them), and Istio's ServiceEntry (its backends are `external` nodes).
 */
export interface RouteNode {
  /** The API group; the same kind exists in several. */
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  /** What it hangs on: node ids (`shop/Service/web`, `shop/Server/web-http`, `shop/Gateway/public`) or `mesh`. */
  readonly attachedTo: readonly string[];
  readonly omittedAttachments?: number;
  readonly hosts: readonly string[];
  readonly omittedHosts?: number;
  /** Of all its rules, each once. */
  readonly backends: readonly RouteBackend[];
  readonly omittedBackends?: number;
  /** Why it, or a part of it, has no effect; a sentence each. Empty: nothing was found. */
  readonly problems: readonly string[];
}

/**
 * A policy: whatever decides who may call, or how fast, with what it refers to (Linkerd's Server, MeshTLSAuthentication, NetworkAuthentication), and Istio's
 * Sidecar and Telemetry.
 */
export interface PolicyNode {
  readonly group: string;
  readonly kind: string;
  /** A policy of Istio's root namespace stands in every namespace where it holds, as `istio-system/name`. */
  readonly name: string;
  /** What it does, in the mesh's own word: `ALLOW`, `DENY`, `STRICT`, `audit`, …; absent where its kind has but one meaning. */
  readonly action?: string;
  /** Node ids of the workloads, services, servers or routes that it selects; the namespace's name alone for all of it. */
  readonly selects: readonly string[];
  readonly omittedSelects?: number;
  /** One line for a reader: who is let in, which port, which mode. */
  readonly summary: string;
  readonly problems: readonly string[];
}

/** A namespace without its traffic. Every list is sorted by kind, then group, then name. */
export interface NamespaceTopology {
  readonly namespace: string;
  /** The mesh that the namespace asks for, by its labels and annotations. */
  readonly asksFor?: Mesh;
  readonly workloads: readonly WorkloadNode[];
  readonly services: readonly ServiceNode[];
  readonly routes: readonly RouteNode[];
  readonly policies: readonly PolicyNode[];
}

/** Time to first byte (Linkerd) or to the end of the answer (Istio), in milliseconds. */
export interface Latency {
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
}

/**
 * Traffic from one node to another, as rates over the window that was asked for. All figures are quantised to two significant digits, so that noise is no
 * change. Traffic that both ends report is counted once.
 */
export interface Edge {
  readonly source: NodeId;
  readonly destination: NodeId;
  /** The Service it was addressed to, as a node id, where the metrics name it. */
  readonly service?: NodeId;
  readonly port?: number;
  readonly protocol: 'http' | 'grpc' | 'tcp';
  readonly mesh: 'linkerd' | 'istio';
  /** Requests a second; absent for TCP. */
  readonly rps?: number;
  /** 0 to 1, of the requests; absent where there were none. */
  readonly successRate?: number;
  readonly latency?: Latency;
  /** 0 to 1: the share that was mutual TLS; absent where nothing says. */
  readonly tls?: number;
  /** Why the rest was not, by the mesh's word for it (`not_provided_by_service_discovery`, `plaintext`), with its share. */
  readonly plaintext?: Readonly<Record<string, number>>;
  /** Bytes a second. */
  readonly sent?: number;
  readonly received?: number;
  /** What the destination's policies decided, decisions a second. */
  readonly allowed?: number;
  readonly denied?: number;
}

/** Requests that took one way through a route, a second. */
export interface RouteTraffic {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  /** The node that they were sent to, where the metrics name it. */
  readonly backend?: NodeId;
  readonly rps: number;
  readonly successRate?: number;
}

/** All edges that begin or end in a namespace, by `edgeKey`. An edge between two namespaces stands in both. */
export interface NamespaceTraffic {
  readonly namespace: string;
  readonly edges: readonly Edge[];
  /** How many edges were left out because there were too many, those with the least traffic; absent where there are all. */
  readonly omittedEdges?: number;
  /** The namespace's routes that had traffic, by kind, group, name, backend; absent where there are none. */
  readonly routes?: readonly RouteTraffic[];
  readonly omittedRoutes?: number;
}

/** Traffic from one namespace to another. */
export interface NamespaceLink {
  readonly to: string;
  readonly rps: number;
  readonly successRate?: number;
  readonly tls?: number;
}

/** A namespace in figures: what an overview needs, without its shards. */
export interface NamespaceSummary extends PodCounts {
  readonly namespace: string;
  readonly workloads: number;
  /** How many of its services pass each filter. */
  readonly services: { readonly [Filter in ServiceFilter]: number };
  /** Routes and policies that have a problem. */
  readonly problems: number;
  /** Workloads that are degraded or down. */
  readonly unhealthy: number;
  /** Requests a second that its workloads answer, and the share that succeeds. */
  readonly rps: number;
  readonly successRate?: number;
  /** Decisions a second against a caller. */
  readonly denied: number;
  /** To other namespaces and to the outside (`external`), busiest first, at most `MAX_LINKS`. */
  readonly links: readonly NamespaceLink[];
}

export const MAX_LINKS = 16;
