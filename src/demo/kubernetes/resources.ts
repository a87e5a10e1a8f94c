/** A resource that the demo API serves. */
export interface Resource {
  /** The API group; empty for the core group. */
  readonly group: string;
  /** Served versions, the newest first. As with the real ones nothing is converted: only `apiVersion` differs. */
  readonly versions: readonly [newest: string, ...older: string[]];
  /** The plural that stands in paths. */
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** Brought by a CustomResourceDefinition: the API server answers for these with a little more strictness and another order of members. */
  readonly custom: boolean;
  /** Whether `status` is a part of its own, which a write to the object leaves alone. */
  readonly status: boolean;
  /** Whether `metadata.generation` counts the changes of the specification. */
  readonly counted: boolean;
  /** A DELETE answers with the object that was there, not with a Status. */
  readonly deleteAnswersObject: boolean;
  /** A PUT makes an object that is not there (kubernetes, pkg/registry: `AllowCreateOnUpdate`). */
  readonly createdByPut: boolean;
  /** The members of `spec`; undefined where any is taken. */
  readonly spec?: readonly string[];
  /** Members of `spec` without which an object is refused. */
  readonly required: readonly string[];
}

type Names = readonly [kind: string, resource: string, ...shortNames: string[]];

function builtIn(group: string, [kind, resource, ...shortNames]: Names, more: Partial<Resource> = {}): Resource {
  return {
    group,
    versions: ['v1'],
    resource,
    singular: kind.toLowerCase(),
    kind,
    shortNames,
    categories: ['all'],
    namespaced: true,
    custom: false,
    status: true,
    counted: true,
    deleteAnswersObject: false,
    createdByPut: false,
    required: [],
    ...more,
  };
}

interface Family {
  readonly group: string;
  readonly categories: readonly string[];
  readonly status: boolean;
}

type Fields = readonly [spec: string, required?: string];

/** `spec` and `required` are member names with blanks between them. */
const custom =
  ({ group, categories, status }: Family) =>
  ([kind, resource, ...shortNames]: Names, versions: Resource['versions'], [spec, required = '']: Fields, own = status): Resource => ({
    group,
    versions,
    resource,
    singular: kind.toLowerCase(),
    kind,
    shortNames,
    categories,
    namespaced: true,
    custom: true,
    status: own,
    counted: true,
    deleteAnswersObject: false,
    createdByPut: false,
    spec: spec.split(' '),
    required: required === '' ? [] : required.split(' '),
  });

const gatewayApi = custom({ group: 'gateway.networking.k8s.io', categories: ['gateway-api'], status: true });
const linkerd = custom({ group: 'policy.linkerd.io', categories: [], status: false });
const linkerdProfiles = custom({ group: 'linkerd.io', categories: [], status: false });
const istioNetworking = custom({ group: 'networking.istio.io', categories: ['istio-io', 'networking-istio-io'], status: true });
const istioSecurity = custom({ group: 'security.istio.io', categories: ['istio-io', 'security-istio-io'], status: true });
const istioTelemetry = custom({ group: 'telemetry.istio.io', categories: ['istio-io', 'telemetry-istio-io'], status: true });

const LINKERD: Resource['versions'] = ['v1alpha1'];
const NETWORKING: Resource['versions'] = ['v1', 'v1beta1', 'v1alpha3'];
const SECURITY: Resource['versions'] = ['v1', 'v1beta1'];

/** Core objects that a DELETE answers with, and whose specification is not counted. */
const core = { deleteAnswersObject: true, counted: false, categories: [] };

/**
 * What the demo API serves, by the name that `kubectl` takes: `deployments`, and with its group where it is a custom resource. Names, versions,
 * members and what is required are those of the CustomResourceDefinitions: Linkerd (charts/linkerd-crds), Istio (istio/api,
 * kubernetes/customresourcedefinitions.gen.yaml) and Gateway API (config/crd), the latter as it was before TCPRoute and TLSRoute were stable.
 */
export const RESOURCES = {
  namespaces: builtIn('', ['Namespace', 'namespaces', 'ns'], { ...core, namespaced: false }),
  pods: builtIn('', ['Pod', 'pods', 'po'], { ...core, counted: true, categories: ['all'] }),
  serviceaccounts: builtIn('', ['ServiceAccount', 'serviceaccounts', 'sa'], { ...core, status: false }),
  services: builtIn('', ['Service', 'services', 'svc'], { ...core, createdByPut: true, categories: ['all'] }),

  daemonsets: builtIn('apps', ['DaemonSet', 'daemonsets', 'ds']),
  deployments: builtIn('apps', ['Deployment', 'deployments', 'deploy']),
  replicasets: builtIn('apps', ['ReplicaSet', 'replicasets', 'rs']),
  statefulsets: builtIn('apps', ['StatefulSet', 'statefulsets', 'sts']),

  cronjobs: builtIn('batch', ['CronJob', 'cronjobs', 'cj']),
  jobs: builtIn('batch', ['Job', 'jobs']),

  'gateways.gateway.networking.k8s.io': gatewayApi(
    ['Gateway', 'gateways', 'gtw'],
    ['v1', 'v1beta1'],
    ['addresses allowedListeners backendTLS gatewayClassName infrastructure listeners tls', 'gatewayClassName listeners'],
  ),
  'grpcroutes.gateway.networking.k8s.io': gatewayApi(['GRPCRoute', 'grpcroutes'], ['v1'], ['hostnames parentRefs rules']),
  'httproutes.gateway.networking.k8s.io': gatewayApi(['HTTPRoute', 'httproutes'], ['v1', 'v1beta1'], ['hostnames parentRefs rules']),
  'tcproutes.gateway.networking.k8s.io': gatewayApi(['TCPRoute', 'tcproutes'], ['v1alpha2'], ['parentRefs rules', 'rules']),
  'tlsroutes.gateway.networking.k8s.io': gatewayApi(['TLSRoute', 'tlsroutes'], ['v1alpha2'], ['hostnames parentRefs rules', 'rules']),

  'authorizationpolicies.policy.linkerd.io': linkerd(['AuthorizationPolicy', 'authorizationpolicies', 'authzpolicy'], LINKERD, [
    'requiredAuthenticationRefs targetRef',
    'targetRef requiredAuthenticationRefs',
  ]),
  'egressnetworks.policy.linkerd.io': linkerd(
    ['EgressNetwork', 'egressnetworks'],
    LINKERD,
    ['networks trafficPolicy', 'trafficPolicy'],
    true,
  ),
  'httplocalratelimitpolicies.policy.linkerd.io': linkerd(
    ['HTTPLocalRateLimitPolicy', 'httplocalratelimitpolicies'],
    LINKERD,
    ['identity overrides targetRef total', 'targetRef'],
    true,
  ),
  'httproutes.policy.linkerd.io': linkerd(
    ['HTTPRoute', 'httproutes'],
    ['v1beta3', 'v1beta2', 'v1beta1', 'v1alpha1'],
    ['hostnames parentRefs rules'],
    true,
  ),
  'meshtlsauthentications.policy.linkerd.io': linkerd(['MeshTLSAuthentication', 'meshtlsauthentications', 'meshtlsauthn'], LINKERD, [
    'identities identityRefs',
  ]),
  'networkauthentications.policy.linkerd.io': linkerd(
    ['NetworkAuthentication', 'networkauthentications', 'netauthn', 'networkauthn'],
    LINKERD,
    ['networks', 'networks'],
  ),
  'serverauthorizations.policy.linkerd.io': linkerd(
    ['ServerAuthorization', 'serverauthorizations', 'saz', 'serverauthz', 'srvauthz'],
    ['v1beta1', 'v1alpha1'],
    ['client server', 'server client'],
  ),
  'servers.policy.linkerd.io': linkerd(
    ['Server', 'servers', 'srv'],
    ['v1beta3', 'v1beta2', 'v1beta1', 'v1alpha1'],
    ['accessPolicy externalWorkloadSelector podSelector port proxyProtocol', 'port'],
  ),

  'serviceprofiles.linkerd.io': linkerdProfiles(
    ['ServiceProfile', 'serviceprofiles', 'sp'],
    ['v1alpha2', 'v1alpha1'],
    ['dstOverrides opaquePorts retryBudget routes'],
  ),

  'destinationrules.networking.istio.io': istioNetworking(['DestinationRule', 'destinationrules', 'dr'], NETWORKING, [
    'exportTo host subsets trafficPolicy workloadSelector',
    'host',
  ]),
  'gateways.networking.istio.io': istioNetworking(['Gateway', 'gateways', 'gw'], NETWORKING, ['selector servers']),
  'serviceentries.networking.istio.io': istioNetworking(['ServiceEntry', 'serviceentries', 'se'], NETWORKING, [
    'addresses endpoints exportTo hosts location ports resolution subjectAltNames workloadSelector',
    'hosts',
  ]),
  'sidecars.networking.istio.io': istioNetworking(['Sidecar', 'sidecars'], NETWORKING, [
    'egress inboundConnectionPool ingress outboundTrafficPolicy workloadSelector',
  ]),
  'virtualservices.networking.istio.io': istioNetworking(['VirtualService', 'virtualservices', 'vs'], NETWORKING, [
    'exportTo gateways hosts http tcp tls',
  ]),
  'workloadentries.networking.istio.io': istioNetworking(['WorkloadEntry', 'workloadentries', 'we'], NETWORKING, [
    'address labels locality network ports serviceAccount weight',
  ]),

  'authorizationpolicies.security.istio.io': istioSecurity(['AuthorizationPolicy', 'authorizationpolicies', 'ap'], SECURITY, [
    'action provider rules selector targetRef targetRefs',
  ]),
  'peerauthentications.security.istio.io': istioSecurity(['PeerAuthentication', 'peerauthentications', 'pa'], SECURITY, [
    'mtls portLevelMtls selector',
  ]),
  'requestauthentications.security.istio.io': istioSecurity(['RequestAuthentication', 'requestauthentications', 'ra'], SECURITY, [
    'jwtRules selector targetRef targetRefs',
  ]),

  'telemetries.telemetry.istio.io': istioTelemetry(
    ['Telemetry', 'telemetries', 'telemetry'],
    ['v1', 'v1alpha1'],
    ['accessLogging metrics selector targetRef targetRefs tracing'],
  ),
} as const satisfies Record<string, Resource>;

/** The name of a resource: `services`, `servers.policy.linkerd.io`. */
export type ResourceKey = keyof typeof RESOURCES;

/** The names in the table's order, which is the order of groups in discovery. */
export const RESOURCE_KEYS = Object.keys(RESOURCES) as readonly ResourceKey[]; // Object.keys forgets the literal key type.

/** `v1`, `apps/v1` */
export function apiVersionOf(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The resource of a group in which messages name it: `services`, `servers.policy.linkerd.io`. */
export function qualifiedName({ group, resource }: Resource): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** The kind as messages name it: `Service`, `Server.policy.linkerd.io`. */
export function qualifiedKind({ group, kind }: Pick<Resource, 'group' | 'kind'>): string {
  return group === '' ? kind : `${kind}.${group}`;
}
