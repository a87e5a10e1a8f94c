import type { JsonObject } from '../lib/json.ts';
import type { Labels } from './membership.ts';
import type { Owner } from './objects.ts';

/** The kinds of objects that the graph is made of, by the name of their row in `sources/kubernetes/kinds.ts`. */
export const KEPT_KINDS = [
  'namespaces',
  'services',
  'deployments',
  'statefulSets',
  'daemonSets',
  'replicaSets',
  'jobs',
  'cronJobs',
  'pods',
  'serviceAccounts',
  'gateways',
  'httpRoutes',
  'grpcRoutes',
  'tcpRoutes',
  'tlsRoutes',
  'linkerdServers',
  'linkerdServerAuthorizations',
  'linkerdAuthorizationPolicies',
  'linkerdMeshTlsAuthentications',
  'linkerdNetworkAuthentications',
  'linkerdHttpRoutes',
  'linkerdEgressNetworks',
  'linkerdRateLimitPolicies',
  'linkerdServiceProfiles',
  'istioVirtualServices',
  'istioDestinationRules',
  'istioGateways',
  'istioServiceEntries',
  'istioSidecars',
  'istioWorkloadEntries',
  'istioPeerAuthentications',
  'istioAuthorizationPolicies',
  'istioRequestAuthentications',
  'istioTelemetries',
] as const;
export type KeptKind = (typeof KEPT_KINDS)[number];

/**
 * What we keep of a Kubernetes object: enough to build the graph and to judge policies again, and nothing that changes without a meaning (no
 * resourceVersion, no managedFields, no status heartbeat). The source cuts an object down to this; `mesh/` reads it.
 */
export interface KeptObject {
  readonly kind: KeptKind;
  /** A Namespace object stands in itself: its own name. */
  readonly namespace: string;
  readonly name: string;
  /** `creationTimestamp`, milliseconds since 1970: policies of the same rank are decided by age. */
  readonly created?: number;
  readonly labels: Labels;
  /** Only those that a mesh reads. */
  readonly annotations: Labels;
  readonly owner?: Owner;
  /** Cut down for workloads and Services, whole for policies and routes, absent where metadata is all that was asked for. */
  readonly spec?: JsonObject;
  /** Replica counts of workloads; conditions of routes and policies, those of a route by its parents. */
  readonly status?: JsonObject;
}

/** `kind/namespace/name` */
export type ObjectKey = string;

export function objectKey({ kind, namespace, name }: Pick<KeptObject, 'kind' | 'namespace' | 'name'>): ObjectKey {
  return `${kind}/${namespace}/${name}`;
}
