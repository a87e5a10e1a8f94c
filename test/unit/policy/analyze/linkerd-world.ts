import { type Manifest, other, type Place, type PortSpec, service } from './world.ts';

/** A small Linkerd namespace without a mistake, and what builds others. Tests of the checks of Linkerd and the Gateway API start from it. */
export const PAY = { namespace: 'pay' } as const;

type Spec = Readonly<Record<string, unknown>>;

const policy =
  (version: string, kind: string) =>
  (name: string, spec: unknown, place: Place = {}) =>
    other(`policy.linkerd.io/${version}`, kind, name, { spec }, { ...PAY, ...place });
const gatewayApi =
  (kind: string) =>
  (name: string, spec: unknown, place: Place = {}) =>
    other('gateway.networking.k8s.io/v1', kind, name, { spec }, { ...PAY, ...place });

export const server = policy('v1beta3', 'Server');
export const serverAuthorization = policy('v1beta1', 'ServerAuthorization');
export const linkerdPolicy = policy('v1alpha1', 'AuthorizationPolicy');
export const meshTls = policy('v1alpha1', 'MeshTLSAuthentication');
export const networks = policy('v1alpha1', 'NetworkAuthentication');
export const egressNetwork = policy('v1alpha1', 'EgressNetwork');
export const rateLimit = policy('v1alpha1', 'HTTPLocalRateLimitPolicy');
export const linkerdRoute = policy('v1beta3', 'HTTPRoute');
export const httpRoute = gatewayApi('HTTPRoute');
export const grpcRoute = gatewayApi('GRPCRoute');
export const tcpRoute = gatewayApi('TCPRoute');
export const kubeGateway = gatewayApi('Gateway');

export function profile(name: string, spec: Spec): Manifest {
  return other('linkerd.io/v1alpha2', 'ServiceProfile', name, { spec }, PAY);
}

export function account(name: string, place: Place = PAY): Manifest {
  return other('v1', 'ServiceAccount', name, {}, place);
}

/** A namespace with annotations. */
export function annotated(name: string, annotations: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, annotations } };
}

export function payService(
  name: string,
  app: string,
  ports: readonly PortSpec[],
  annotations: Readonly<Record<string, string>> = {},
): Manifest {
  return service(name, { app }, ports, { ...PAY, annotations });
}

export interface ContainerPort {
  readonly containerPort: number;
  readonly name?: string;
  readonly protocol?: string;
}

/** A workload of pods with the label `app`, which run as the ServiceAccount of that name. */
export function workload(
  name: string,
  ports: readonly ContainerPort[],
  annotations: Readonly<Record<string, string>> = {},
  kind = 'Deployment',
  metadata: Place = {},
): Manifest {
  const containers = [{ name: 'app', image: 'app', ports }];
  const template = { metadata: { labels: { app: name }, annotations }, spec: { serviceAccountName: name, containers } };
  return other('apps/v1', kind, name, { spec: { template } }, { ...PAY, ...metadata });
}

export const ref = (group: string, kind: string, name: string, rest: Spec = {}): Spec => ({ group, kind, name, ...rest });
export const L5D = 'policy.linkerd.io';
export const toService = (name: string, port?: number, rest: Spec = {}): Spec => ({
  name,
  ...(port === undefined ? {} : { port }),
  ...rest,
});
export const onService = (name: string, port?: number): Spec => ref('', 'Service', name, port === undefined ? {} : { port });
export const onServer = (name: string): Spec => ref(L5D, 'Server', name);
export const onGateway = (name: string, rest: Spec = {}): Spec => ({ name, ...rest });
export const apps = (app: string): Spec => ({ matchLabels: { app } });

export const LINKERD_WORLD: readonly Manifest[] = [
  annotated('pay', { 'linkerd.io/inject': 'enabled', 'config.linkerd.io/default-inbound-policy': 'all-authenticated' }),
  account('client'),
  workload('client', []),
  payService(
    'api',
    'api',
    [
      { port: 80, name: 'http', targetPort: 'http' },
      { port: 9090, name: 'grpc' },
    ],
    {
      'balancer.linkerd.io/failure-accrual': 'consecutive',
      'balancer.linkerd.io/failure-accrual-consecutive-max-failures': '5',
      'balancer.linkerd.io/failure-accrual-consecutive-max-penalty': '1m',
      'retry.linkerd.io/http': '5xx,gateway-error,429,500-504',
      'retry.linkerd.io/limit': '2',
      'timeout.linkerd.io/request': '10s',
    },
  ),
  workload('api', [
    { containerPort: 8080, name: 'http' },
    { containerPort: 9090, name: 'grpc' },
  ]),
  payService('api-canary', 'api-canary', [{ port: 80, targetPort: 8080 }]),
  workload('api-canary', [{ containerPort: 8080, name: 'http' }]),
  payService('nats', 'nats', [{ port: 4222 }], { 'config.linkerd.io/opaque-ports': '4222' }),
  workload('nats', [{ containerPort: 4222, name: 'client' }], { 'config.linkerd.io/opaque-ports': 'client,6222' }, 'StatefulSet'),
  payService('cache', 'cache', [{ port: 6379 }]),
  workload('cache', [{ containerPort: 6379 }]),
  server('api-http', { podSelector: apps('api'), port: 'http', proxyProtocol: 'HTTP/1' }),
  server('api-grpc', { podSelector: apps('api'), port: 9090, proxyProtocol: 'gRPC', accessPolicy: 'cluster-authenticated' }),
  meshTls('clients', {
    identities: ['*.other.serviceaccount.identity.linkerd.cluster.local'],
    identityRefs: [{ kind: 'ServiceAccount', name: 'client' }],
  }),
  networks('nodes', { networks: [{ cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] }, { cidr: 'fd00::/8' }] }),
  linkerdPolicy('api-http', {
    targetRef: onServer('api-http'),
    requiredAuthenticationRefs: [ref(L5D, 'MeshTLSAuthentication', 'clients'), ref(L5D, 'NetworkAuthentication', 'nodes')],
  }),
  linkerdPolicy('probes', {
    targetRef: ref(L5D, 'HTTPRoute', 'probes'),
    requiredAuthenticationRefs: [ref(L5D, 'NetworkAuthentication', 'nodes')],
  }),
  linkerdRoute('probes', {
    parentRefs: [onServer('api-http')],
    rules: [{ matches: [{ path: { type: 'Exact', value: '/ready' }, method: 'GET' }] }],
  }),
  linkerdRoute('api-http', { parentRefs: [onServer('api-http')], rules: [{ matches: [{ path: { value: '/api' } }] }] }),
  rateLimit('api', {
    targetRef: onServer('api-http'),
    total: { requestsPerSecond: 100 },
    identity: { requestsPerSecond: 20 },
    overrides: [{ requestsPerSecond: 50, clientRefs: [{ kind: 'ServiceAccount', name: 'client' }] }],
  }),
  egressNetwork('partners', { trafficPolicy: 'Deny', networks: [{ cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] }] }),
  httpRoute('api', {
    parentRefs: [onService('api', 80)],
    rules: [
      { backendRefs: [toService('api', 80, { weight: 90 }), toService('api-canary', 80, { weight: 10 })], timeouts: { request: '10s' } },
    ],
  }),
  grpcRoute('api', { parentRefs: [onService('api', 9090)], rules: [{ backendRefs: [toService('api', 9090)] }] }),
  kubeGateway('edge', {
    gatewayClassName: 'envoy',
    listeners: [
      { name: 'http', port: 80, protocol: 'HTTP' },
      { name: 'https', port: 443, protocol: 'HTTPS', hostname: '*.pay.example', tls: { certificateRefs: [{ name: 'pay-tls' }] } },
    ],
  }),
  httpRoute('edge', {
    parentRefs: [onGateway('edge', { sectionName: 'https' })],
    hostnames: ['www.pay.example'],
    rules: [{ filters: [{ type: 'URLRewrite', urlRewrite: { hostname: 'api' } }], backendRefs: [toService('api', 80)] }],
  }),
];

const keyOf = ({ apiVersion, kind, metadata }: Manifest) =>
  `${apiVersion.split('/')[0]}/${kind}/${metadata.namespace ?? ''}/${metadata.name}`;

/** The world with these objects; one that is there already is replaced. */
export function payWith(...objects: readonly Manifest[]): readonly Manifest[] {
  const replaced = new Set(objects.map(keyOf));
  return [...LINKERD_WORLD.filter((object) => !replaced.has(keyOf(object))), ...objects];
}

/** The world without the objects of these names. */
export function payWithout(kind: string, ...names: readonly string[]): readonly Manifest[] {
  return LINKERD_WORLD.filter((object) => object.kind !== kind || !names.includes(object.metadata.name));
}
