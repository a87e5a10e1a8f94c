import type { KeptKind } from './kept.ts';

/** What an object is called in the API: its group (empty for the core group) and its kind. */
export interface ApiKind {
  readonly group: string;
  readonly kind: string;
}

const GATEWAY_API = 'gateway.networking.k8s.io';
const LINKERD = 'policy.linkerd.io';
const ISTIO_NETWORKING = 'networking.istio.io';
const ISTIO_SECURITY = 'security.istio.io';

/** Group and kind of every kind that is kept. */
export const API_KINDS: { readonly [Kind in KeptKind]: ApiKind } = {
  namespaces: { group: '', kind: 'Namespace' },
  services: { group: '', kind: 'Service' },
  deployments: { group: 'apps', kind: 'Deployment' },
  statefulSets: { group: 'apps', kind: 'StatefulSet' },
  daemonSets: { group: 'apps', kind: 'DaemonSet' },
  replicaSets: { group: 'apps', kind: 'ReplicaSet' },
  jobs: { group: 'batch', kind: 'Job' },
  cronJobs: { group: 'batch', kind: 'CronJob' },
  pods: { group: '', kind: 'Pod' },
  serviceAccounts: { group: '', kind: 'ServiceAccount' },
  gateways: { group: GATEWAY_API, kind: 'Gateway' },
  httpRoutes: { group: GATEWAY_API, kind: 'HTTPRoute' },
  grpcRoutes: { group: GATEWAY_API, kind: 'GRPCRoute' },
  tcpRoutes: { group: GATEWAY_API, kind: 'TCPRoute' },
  tlsRoutes: { group: GATEWAY_API, kind: 'TLSRoute' },
  linkerdServers: { group: LINKERD, kind: 'Server' },
  linkerdServerAuthorizations: { group: LINKERD, kind: 'ServerAuthorization' },
  linkerdAuthorizationPolicies: { group: LINKERD, kind: 'AuthorizationPolicy' },
  linkerdMeshTlsAuthentications: { group: LINKERD, kind: 'MeshTLSAuthentication' },
  linkerdNetworkAuthentications: { group: LINKERD, kind: 'NetworkAuthentication' },
  linkerdHttpRoutes: { group: LINKERD, kind: 'HTTPRoute' },
  linkerdEgressNetworks: { group: LINKERD, kind: 'EgressNetwork' },
  linkerdRateLimitPolicies: { group: LINKERD, kind: 'HTTPLocalRateLimitPolicy' },
  linkerdServiceProfiles: { group: 'linkerd.io', kind: 'ServiceProfile' },
  istioVirtualServices: { group: ISTIO_NETWORKING, kind: 'VirtualService' },
  istioDestinationRules: { group: ISTIO_NETWORKING, kind: 'DestinationRule' },
  istioGateways: { group: ISTIO_NETWORKING, kind: 'Gateway' },
  istioServiceEntries: { group: ISTIO_NETWORKING, kind: 'ServiceEntry' },
  istioSidecars: { group: ISTIO_NETWORKING, kind: 'Sidecar' },
  istioWorkloadEntries: { group: ISTIO_NETWORKING, kind: 'WorkloadEntry' },
  istioPeerAuthentications: { group: ISTIO_SECURITY, kind: 'PeerAuthentication' },
  istioAuthorizationPolicies: { group: ISTIO_SECURITY, kind: 'AuthorizationPolicy' },
  istioRequestAuthentications: { group: ISTIO_SECURITY, kind: 'RequestAuthentication' },
  istioTelemetries: { group: 'telemetry.istio.io', kind: 'Telemetry' },
};
