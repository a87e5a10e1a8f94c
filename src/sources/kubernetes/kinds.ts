import type { KeptKind } from '../../mesh/kept.ts';

/** Whose objects they are: every cluster has those of Kubernetes; the others come with CustomResourceDefinitions, which may be absent. */
export type Family = 'kubernetes' | 'gateway-api' | 'linkerd' | 'istio';

/** What we know of one kind of object, and how much of it we want. */
export interface Kind {
  readonly kind: string;
  /** The API group; empty for the core group. */
  readonly group: string;
  /** Those that we can read, the newest first: what is asked for is the first of them that the cluster serves. */
  readonly versions: readonly [newest: string, ...older: string[]];
  /** The plural that stands in paths and in RBAC rules. */
  readonly resource: string;
  readonly namespaced: boolean;
  /** `metadata`: PartialObjectMetadata is enough, which spares us specifications and status. */
  readonly form: 'object' | 'metadata';
  /** Without it there is no answer; what else is forbidden or missing only makes the answer poorer, as `without` says. */
  readonly required: boolean;
  /** What an answer lacks where this kind cannot be read. */
  readonly without: string;
  readonly mesh: Family;
  /** Leaves out on the server what we would drop here. */
  readonly fieldSelector?: string;
}

/** A kind of Kubernetes' own. */
function builtIn(group: string, kind: string, resource: string, more: Partial<Kind> & Pick<Kind, 'without'>): Kind {
  return { kind, group, versions: ['v1'], resource, namespaced: true, form: 'object', required: false, mesh: 'kubernetes', ...more };
}

type Custom = readonly [kind: string, resource: string, versions: Kind['versions'], without: string];

/** A kind that a CustomResourceDefinition brings: namespaced, read whole, and missed by nobody where the cluster has none of it. */
const custom =
  (mesh: Family, group: string) =>
  (...[kind, resource, versions, without]: Custom): Kind => ({
    kind,
    group,
    versions,
    resource,
    namespaced: true,
    form: 'object',
    required: false,
    without,
    mesh,
  });

const gatewayApi = custom('gateway-api', 'gateway.networking.k8s.io');
const linkerd = custom('linkerd', 'policy.linkerd.io');
const linkerdProfile = custom('linkerd', 'linkerd.io');
const istioNetworking = custom('istio', 'networking.istio.io');
const istioSecurity = custom('istio', 'security.istio.io');
const istioTelemetry = custom('istio', 'telemetry.istio.io');

const NETWORKING: Kind['versions'] = ['v1', 'v1beta1', 'v1alpha3'];
const SECURITY: Kind['versions'] = ['v1', 'v1beta1'];
const POLICY: Kind['versions'] = ['v1alpha1'];

/**
 * The kinds that we read. This table makes the requests, chooses what is kept of an object, and gives the RBAC rules (`rbac.ts`).
 *
 * Groups and versions are those of the CustomResourceDefinitions: Linkerd 2.20 (charts/linkerd-crds), Istio 1.31 (istio/api,
 * kubernetes/customresourcedefinitions.gen.yaml), Gateway API 1.5 and main (config/crd: TCPRoute and TLSRoute are `v1` there, and their alpha versions
 * are no longer served in the standard channel). GRPCRoute was never `v1beta1`; `v1alpha2` is what Gateway API 1.0 served.
 */
export const KINDS: Readonly<Record<KeptKind, Kind>> = {
  namespaces: builtIn('', 'Namespace', 'namespaces', {
    namespaced: false,
    form: 'metadata',
    without: 'namespaces that hold nothing are not counted',
  }),
  services: builtIn('', 'Service', 'services', { required: true, without: '' }),
  deployments: builtIn('apps', 'Deployment', 'deployments', { without: 'Deployments without pods are not shown' }),
  statefulSets: builtIn('apps', 'StatefulSet', 'statefulsets', { without: 'StatefulSets without pods are not shown' }),
  daemonSets: builtIn('apps', 'DaemonSet', 'daemonsets', { without: 'DaemonSets without pods are not shown' }),
  replicaSets: builtIn('apps', 'ReplicaSet', 'replicasets', {
    form: 'metadata',
    without: 'Deployments are told from the names of their ReplicaSets',
  }),
  jobs: builtIn('batch', 'Job', 'jobs', { without: 'Jobs without pods are not shown, and CronJobs are not told from their Jobs' }),
  cronJobs: builtIn('batch', 'CronJob', 'cronjobs', { without: 'CronJobs between two runs are not shown' }),
  pods: builtIn('', 'Pod', 'pods', {
    form: 'metadata',
    required: true,
    without: '',
    // A finished pod (of a Job, or evicted) keeps its labels but serves nobody. The phase is not in the metadata, but the server can select by it.
    fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
  }),
  serviceAccounts: builtIn('', 'ServiceAccount', 'serviceaccounts', {
    form: 'metadata',
    without: 'policies that name a ServiceAccount which does not exist are not found',
  }),

  gateways: gatewayApi('Gateway', 'gateways', ['v1', 'v1beta1'], 'gateways and waypoints are not shown'),
  httpRoutes: gatewayApi('HTTPRoute', 'httproutes', ['v1', 'v1beta1'], 'HTTP routes are not shown'),
  grpcRoutes: gatewayApi('GRPCRoute', 'grpcroutes', ['v1', 'v1alpha2'], 'gRPC routes are not shown'),
  tcpRoutes: gatewayApi('TCPRoute', 'tcproutes', ['v1', 'v1alpha2'], 'TCP routes are not shown'),
  tlsRoutes: gatewayApi('TLSRoute', 'tlsroutes', ['v1', 'v1alpha3', 'v1alpha2'], 'TLS routes are not shown'),

  linkerdServers: linkerd('Server', 'servers', ['v1beta3', 'v1beta2', 'v1beta1'], "Linkerd's inbound policy is not shown"),
  linkerdServerAuthorizations: linkerd(
    'ServerAuthorization',
    'serverauthorizations',
    ['v1beta1'],
    'who may call is shown without ServerAuthorizations',
  ),
  linkerdAuthorizationPolicies: linkerd(
    'AuthorizationPolicy',
    'authorizationpolicies',
    POLICY,
    "who may call is shown without Linkerd's AuthorizationPolicies",
  ),
  linkerdMeshTlsAuthentications: linkerd(
    'MeshTLSAuthentication',
    'meshtlsauthentications',
    POLICY,
    "the identities that Linkerd's policies ask for are not shown",
  ),
  linkerdNetworkAuthentications: linkerd(
    'NetworkAuthentication',
    'networkauthentications',
    POLICY,
    "the networks that Linkerd's policies ask for are not shown",
  ),
  linkerdHttpRoutes: linkerd(
    'HTTPRoute',
    'httproutes',
    ['v1beta3', 'v1beta2', 'v1beta1', 'v1alpha1'],
    "Linkerd's own HTTP routes are not shown",
  ),
  linkerdEgressNetworks: linkerd('EgressNetwork', 'egressnetworks', POLICY, "Linkerd's egress policy is not shown"),
  linkerdRateLimitPolicies: linkerd(
    'HTTPLocalRateLimitPolicy',
    'httplocalratelimitpolicies',
    POLICY,
    "Linkerd's rate limits are not shown",
  ),
  linkerdServiceProfiles: linkerdProfile('ServiceProfile', 'serviceprofiles', ['v1alpha2'], 'ServiceProfiles are not shown'),

  istioVirtualServices: istioNetworking('VirtualService', 'virtualservices', NETWORKING, 'VirtualServices are not shown'),
  istioDestinationRules: istioNetworking('DestinationRule', 'destinationrules', NETWORKING, 'DestinationRules are not shown'),
  istioGateways: istioNetworking('Gateway', 'gateways', NETWORKING, "Istio's gateways are not shown"),
  istioServiceEntries: istioNetworking('ServiceEntry', 'serviceentries', NETWORKING, 'ServiceEntries are not shown'),
  istioSidecars: istioNetworking('Sidecar', 'sidecars', NETWORKING, 'what Sidecars hide from a workload is not known'),
  istioWorkloadEntries: istioNetworking('WorkloadEntry', 'workloadentries', NETWORKING, 'workloads outside the cluster are not shown'),
  istioPeerAuthentications: istioSecurity('PeerAuthentication', 'peerauthentications', SECURITY, "Istio's mutual TLS modes are not shown"),
  istioAuthorizationPolicies: istioSecurity(
    'AuthorizationPolicy',
    'authorizationpolicies',
    SECURITY,
    "who may call is shown without Istio's AuthorizationPolicies",
  ),
  istioRequestAuthentications: istioSecurity(
    'RequestAuthentication',
    'requestauthentications',
    SECURITY,
    "Istio's token checks are not shown",
  ),
  istioTelemetries: istioTelemetry('Telemetry', 'telemetries', ['v1', 'v1alpha1'], "why Istio's metrics may be missing is not known"),
};
