import type { Mesh } from '../../../graph/model.ts';
import type { JsonObject } from '../../../lib/json.ts';
import type { Labels } from '../../../mesh/membership.ts';
import type { ResourceKey } from '../resources.ts';

/** A port that a Service offers. */
export interface SamplePort {
  readonly name: string;
  readonly port: number;
  /** The containers' port where it is another. */
  readonly targetPort?: number | string;
  readonly protocol?: 'TCP' | 'UDP';
  readonly appProtocol?: string;
}

/** A port of a workload's container. */
export interface SampleContainerPort {
  readonly name: string;
  readonly port: number;
  readonly protocol?: 'TCP' | 'UDP';
  /** How the kubelet asks there whether the container is well: GET on `/ready` and `/live`, the gRPC health service, or a connection. */
  readonly probe?: 'http' | 'grpc' | 'tcp';
}

/** A workload of the sample, with its pods. */
export interface SampleWorkload {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly name: string;
  readonly replicas: number;
  /** Which of the replicas are not ready, by ordinal; none where it is absent. */
  readonly unready?: readonly number[];
  /** The mesh of its pods; absent for none. */
  readonly mesh?: Mesh;
  /** How many of the pods, counted from the last, are in no mesh all the same. */
  readonly unmeshedPods?: number;
  /** How many of the pods have finished (evicted) and only linger. */
  readonly finishedPods?: number;
  /** How often each pod was replaced by a new one, by ordinal; none where it is absent. */
  readonly replaced?: readonly number[];
  /** The value of the pods' `app` label where it is not the workload's name. */
  readonly app?: string;
  /** More labels of the pods. */
  readonly labels?: Labels;
  /** Annotations of the pods. */
  readonly annotations?: Labels;
  /** The ServiceAccount, the workload's name where absent. */
  readonly account?: string;
  readonly serves?: readonly SampleContainerPort[];
}

/** A CronJob with its last Job, which is done and has no pods any more, and one that is running. */
export interface SampleCronJob {
  readonly name: string;
  readonly schedule: string;
  readonly mesh?: Mesh;
}

/** A Service of the sample. */
export interface SampleService {
  readonly name: string;
  readonly ports: readonly SamplePort[];
  /** ClusterIP where absent. */
  readonly type?: 'Headless' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  /** The `app` label that it selects, the Service's name where absent; null for a Service without a selector. */
  readonly selects?: string | null;
  /** The name of the one workload that it selects, where several have the same `app` label. */
  readonly workload?: string;
  readonly externalName?: string;
}

/** A route or policy, as somebody would have written it. */
export interface SampleManifest {
  readonly resource: ResourceKey;
  readonly name: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly spec: JsonObject;
  readonly status?: JsonObject;
}

/** A namespace of the sample. */
export interface SampleNamespace {
  readonly name: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly workloads: readonly SampleWorkload[];
  readonly services: readonly SampleService[];
  readonly cronJobs?: readonly SampleCronJob[];
  readonly manifests?: readonly SampleManifest[];
}

export const httpPort = (port = 80, targetPort = 8080): SamplePort => ({ name: 'http', port, targetPort });
export const grpcPort = (port: number): SamplePort => ({ name: 'grpc', port, appProtocol: 'kubernetes.io/h2c' });
export const tcpPort = (name: string, port: number): SamplePort => ({ name, port });

export const servesHttp: SampleContainerPort = { name: 'http', port: 8080, probe: 'http' };
export const servesGrpc: SampleContainerPort = { name: 'grpc', port: 9090, probe: 'grpc' };
export const servesTcp = (name: string, port: number): SampleContainerPort => ({ name, port, probe: 'tcp' });

export function deployment(name: string, replicas: number, mesh?: Mesh, more: Partial<SampleWorkload> = {}): SampleWorkload {
  return { kind: 'Deployment', name, replicas, ...(mesh === undefined ? {} : { mesh }), ...more };
}

export function manifest(resource: ResourceKey, name: string, spec: JsonObject, more: Partial<SampleManifest> = {}): SampleManifest {
  return { resource, name, spec, ...more };
}

function holds(type: string): JsonObject {
  return { type, status: 'True', reason: type, message: '', lastTransitionTime: '2026-01-05T08:00:00Z' };
}

/** What a controller says of a policy or Gateway that it took: conditions that hold. */
export function conditions(...types: readonly string[]): JsonObject {
  return { conditions: types.map(holds) };
}

/** What a controller says of a route that it took, about each parent. */
export function accepted(controllerName: string, ...parentRefs: readonly JsonObject[]): JsonObject {
  return { parents: parentRefs.map((parentRef) => ({ controllerName, parentRef, ...conditions('Accepted', 'ResolvedRefs') })) };
}
