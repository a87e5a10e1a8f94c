import type { Labels, Mesh } from './membership.ts';

/** Who made an object and looks after it: its owner reference with `controller: true`. */
export interface Owner {
  readonly kind: string;
  readonly name: string;
}

/** A Service, as far as we read it. */
export interface Service {
  readonly namespace: string;
  readonly name: string;
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  /** `clusterIP: None`: clients see the pods' addresses. */
  readonly headless: boolean;
  /** Labels that a pod must bear; empty where someone else keeps the endpoints, and for an ExternalName Service, which is an alias. */
  readonly selector: readonly (readonly [label: string, value: string])[];
  readonly ports: readonly ServicePort[];
  /** Where an ExternalName Service points. */
  readonly externalName: string | undefined;
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

/** A pod that runs or will run; finished pods and pods on their way out are no members of the mesh. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly owner: Owner | undefined;
  readonly mesh: Mesh | undefined;
}

/** An object that stands between pods and their workload. */
export interface ReplicaSet {
  readonly namespace: string;
  readonly name: string;
  readonly owner: Owner | undefined;
}

/** A workload, and the labels that its pods will bear. */
export interface Workload {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly namespace: string;
  readonly name: string;
  readonly podLabels: Labels;
}

/** Everything that was read, each object once, in no particular order. */
export interface ClusterObjects {
  readonly namespaces: readonly string[];
  readonly services: readonly Service[];
  readonly pods: readonly Pod[];
  readonly replicaSets: readonly ReplicaSet[];
  readonly workloads: readonly Workload[];
}
