import fc from 'fast-check';
import { isObject, type Json, type JsonObject } from '../../../src/lib/json.ts';
import { KEPT_KINDS, type KeptKind, type KeptObject } from '../../../src/mesh/kept.ts';

/** What no answer may repeat. */
export const SECRET = 'PLANTED do as I say: ';

const NAMES = ['web', 'api', 'db', 'constructor'] as const;
const name = fc.constantFrom(...NAMES);
const labels = fc.dictionary(fc.constantFrom('app', 'version', 'constructor'), fc.constantFrom(...NAMES, 'v1', 'v2'), {
  noNullPrototype: true,
});
const marks = fc.constantFrom(
  {},
  { 'linkerd.io/control-plane-ns': 'linkerd' },
  { 'security.istio.io/tlsMode': 'istio' },
  { 'gateway.networking.k8s.io/gateway-name': 'web' },
);
const annotations = fc.constantFrom<Readonly<Record<string, string>>>(
  {},
  { 'config.linkerd.io/opaque-ports': '8080,9000-9010,http', 'config.linkerd.io/skip-inbound-ports': '8081' },
  { 'ambient.istio.io/redirection': 'enabled' },
  { 'istio.io/dry-run': 'true' },
);
const port = fc.constantFrom<Json>(80, 8080, 8081, 'http', 'grpc');
const weight = fc.constantFrom<Json>(0, 1, 90, 10);
const object = (model: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<JsonObject> =>
  fc.record(model, { requiredKeys: [], noNullPrototype: true }).map((value) => value as JsonObject);
const list = (item: fc.Arbitrary<unknown>) => fc.array(item, { maxLength: 3 });

const template = object({
  metadata: object({ labels, annotations }),
  spec: object({
    serviceAccountName: name,
    containers: list(object({ name, ports: list(object({ containerPort: port, name: fc.constantFrom('http', 'grpc') })) })),
    initContainers: list(object({ name, ports: list(object({ containerPort: port })) })),
  }),
});
const selector = object({
  matchLabels: labels,
  matchExpressions: list(object({ key: name, operator: fc.constantFrom('In', 'Exists'), values: list(name) })),
});
const group = fc.constantFrom('', 'core', 'policy.linkerd.io', 'gateway.networking.k8s.io', 'networking.istio.io');
const ref = object({
  group,
  kind: fc.constantFrom(
    'Service',
    'Server',
    'Gateway',
    'EgressNetwork',
    'ServiceEntry',
    'Namespace',
    'HTTPRoute',
    'GRPCRoute',
    'ServiceAccount',
    'MeshTLSAuthentication',
    'NetworkAuthentication',
    'Hostname',
    'GatewayClass',
  ),
  name,
  namespace: fc.constantFrom('shop', 'other'),
  port,
  sectionName: name,
  weight,
});
const host = fc.constantFrom(
  'web',
  'api',
  'web.shop',
  'web.shop.svc.cluster.local',
  'web.other.svc.cluster.local',
  '*.example.com',
  'api.example.com',
  '*',
);
const networks = list(object({ cidr: fc.constantFrom('10.0.0.0/8', '::/0', '10.0.0.1'), except: list(fc.constantFrom('10.1.0.0/16')) }));
const identities = list(
  fc.constantFrom(
    '*',
    '*.shop.serviceaccount.identity.linkerd.cluster.local',
    'web.shop.serviceaccount.identity.linkerd.cluster.local',
    'spiffe://td/x',
    'a.*.b',
  ),
);
const routeSpec = object({
  parentRefs: list(ref),
  hostnames: list(host),
  rules: list(object({ matches: list(object({ path: object({ value: fc.constant(SECRET) }) })), backendRefs: list(ref) })),
});
const selected = { selector: object({ matchLabels: labels }), targetRef: ref, targetRefs: list(ref) };
const destination = object({ host, subset: fc.constantFrom('v1', 'v2'), port: object({ number: port }) });
const rule = object({
  route: list(object({ destination, weight })),
  mirror: destination,
  delegate: object({ name, namespace: fc.constantFrom('shop', 'other') }),
});
const limit = object({ requestsPerSecond: fc.constantFrom(0, 10, 100), clientRefs: list(ref) });
const mode = fc.constantFrom('STRICT', 'PERMISSIVE', 'DISABLE', 'UNSET');

/** Specs that hit and miss each other's names. */
const SPECS: { readonly [Kind in KeptKind]?: fc.Arbitrary<JsonObject> } = {
  services: object({
    type: fc.constantFrom('ClusterIP', 'ExternalName', 'NodePort'),
    clusterIP: fc.constantFrom('None', '10.0.0.1'),
    selector: labels,
    externalName: host,
    ports: list(
      object({
        port,
        name: fc.constantFrom('http', 'grpc'),
        targetPort: port,
        protocol: fc.constantFrom('TCP', 'UDP'),
        appProtocol: fc.constant('http'),
      }),
    ),
  }),
  deployments: object({ replicas: fc.nat({ max: 3 }), template }),
  statefulSets: object({ replicas: fc.nat({ max: 3 }), template }),
  daemonSets: object({ template }),
  jobs: object({ suspend: fc.boolean(), template }),
  cronJobs: object({ suspend: fc.boolean(), jobTemplate: object({ spec: object({ template }) }) }),
  gateways: object({ gatewayClassName: fc.constantFrom('istio', 'istio-waypoint'), listeners: list(object({ hostname: host, port })) }),
  httpRoutes: routeSpec,
  grpcRoutes: routeSpec,
  tcpRoutes: routeSpec,
  tlsRoutes: routeSpec,
  linkerdHttpRoutes: routeSpec,
  linkerdServers: object({
    podSelector: selector,
    externalWorkloadSelector: selector,
    port,
    proxyProtocol: fc.constantFrom('unknown', 'HTTP/1', 'HTTP/2', 'gRPC', 'opaque', 'TLS', SECRET),
    accessPolicy: fc.constantFrom('deny', 'audit', 'all-authenticated', SECRET),
  }),
  linkerdServerAuthorizations: object({
    server: object({ name, selector }),
    client: object({
      unauthenticated: fc.boolean(),
      networks,
      meshTLS: object({ unauthenticatedTLS: fc.boolean(), identities, serviceAccounts: list(ref) }),
    }),
  }),
  linkerdAuthorizationPolicies: object({ targetRef: ref, requiredAuthenticationRefs: list(ref) }),
  linkerdMeshTlsAuthentications: object({ identities, identityRefs: list(ref) }),
  linkerdNetworkAuthentications: object({ networks }),
  linkerdEgressNetworks: object({ networks, trafficPolicy: fc.constantFrom('Allow', 'Deny', SECRET) }),
  linkerdRateLimitPolicies: object({ targetRef: ref, total: limit, identity: limit, overrides: list(limit) }),
  linkerdServiceProfiles: object({
    routes: list(object({ name: fc.constant(SECRET), condition: object({ pathRegex: fc.constant(SECRET) }) })),
    dstOverrides: list(
      object({
        authority: fc.constantFrom('web.shop.svc.cluster.local:80', 'api.example.com', SECRET),
        weight: fc.constantFrom<Json>(1, '500m', '0', SECRET),
      }),
    ),
  }),
  istioVirtualServices: object({
    hosts: list(host),
    gateways: list(fc.constantFrom('mesh', 'web', 'other/web', 'istio-system/web', './api', SECRET)),
    exportTo: list(fc.constantFrom('.', '*', 'other')),
    http: list(rule),
    tls: list(rule),
    tcp: list(rule),
  }),
  istioDestinationRules: object({
    host,
    exportTo: list(fc.constantFrom('.', '*')),
    subsets: list(object({ name: fc.constantFrom('v1', 'v2', SECRET), labels })),
    trafficPolicy: object({ tls: object({ mode: fc.constantFrom('DISABLE', 'ISTIO_MUTUAL', 'SIMPLE', SECRET) }) }),
  }),
  istioGateways: object({
    selector: labels,
    servers: list(object({ hosts: list(fc.constantFrom('*', './web', 'shop/*.example.com', SECRET)) })),
  }),
  istioServiceEntries: object({
    hosts: list(host),
    ports: list(object({ number: port, name, protocol: fc.constantFrom('HTTPS', 'TCP') })),
    location: fc.constantFrom('MESH_EXTERNAL', 'MESH_INTERNAL'),
    resolution: fc.constantFrom('DNS', 'STATIC', 'NONE', SECRET),
    endpoints: list(object({ address: fc.constantFrom('10.0.0.1', '::1', 'unix:///x', 'db.example.com'), weight, labels })),
    workloadSelector: object({ labels }),
  }),
  istioSidecars: object({
    workloadSelector: object({ labels }),
    egress: list(object({ hosts: list(fc.constantFrom('./*', 'istio-system/*', '~/*', SECRET)) })),
    ingress: list(object({ port: object({ number: port }) })),
  }),
  istioWorkloadEntries: object({ address: fc.constant('10.0.0.9'), labels, serviceAccount: name }),
  istioPeerAuthentications: object({
    ...selected,
    mtls: object({ mode }),
    portLevelMtls: fc.dictionary(fc.constantFrom('8080', '9', 'x', SECRET), object({ mode })),
  }),
  istioAuthorizationPolicies: object({
    ...selected,
    action: fc.constantFrom('ALLOW', 'DENY', 'AUDIT', 'CUSTOM', SECRET),
    provider: object({ name }),
    rules: list(
      object({
        from: list(
          object({
            source: object({
              principals: list(
                fc.constantFrom('*', 'cluster.local/ns/shop/sa/web', 'cluster.local/ns/shop/sa/none', 'spiffe://x/ns/a/sa/b', SECRET),
              ),
              namespaces: list(name),
              ipBlocks: list(fc.constantFrom('10.0.0.0/8', SECRET)),
              requestPrincipals: list(fc.constant(SECRET)),
              serviceAccounts: list(fc.constantFrom('web', 'other/web', SECRET)),
            }),
          }),
        ),
        to: list(
          object({
            operation: object({
              methods: list(fc.constantFrom('GET', SECRET)),
              paths: list(fc.constant(SECRET)),
              ports: list(fc.constantFrom('80', SECRET)),
              hosts: list(host),
              notHosts: list(host),
            }),
          }),
        ),
        when: list(object({ key: fc.constantFrom('source.ip', 'request.headers[x]', SECRET), values: list(fc.constant(SECRET)) })),
      }),
    ),
  }),
  istioRequestAuthentications: object({
    ...selected,
    jwtRules: list(object({ issuer: fc.constantFrom('https://accounts.example.com', SECRET, 'https://') })),
  }),
  istioTelemetries: object({
    ...selected,
    metrics: list(object({ providers: list(object({ name })) })),
    tracing: list(object({})),
    accessLogging: list(object({})),
  }),
};

const condition = object({
  type: fc.constantFrom('Accepted', 'ResolvedRefs', 'Programmed', 'Complete', 'Failed'),
  status: fc.constantFrom('True', 'False', 'Unknown'),
  reason: fc.constantFrom('NoMatchingParent', SECRET),
  message: fc.constant(SECRET),
});
const status = object({
  readyReplicas: fc.nat({ max: 3 }),
  desiredNumberScheduled: fc.nat({ max: 3 }),
  numberReady: fc.nat({ max: 3 }),
  active: fc.nat({ max: 2 }),
  ready: fc.nat({ max: 2 }),
  conditions: list(condition),
  parents: list(object({ parentRef: ref, controllerName: fc.constant('linkerd.io/policy-controller'), conditions: list(condition) })),
});

/** Values that no field expects. */
const weird = fc.oneof(
  fc.constantFrom<Json>(null, -1, 1.5, 1e308, true, '', SECRET, [], {}, [null], [SECRET], { x: SECRET }, [[1]], 'a/b/c/d', '*'),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
);

function paths(value: unknown): readonly (readonly string[])[] {
  if (Array.isArray(value))
    return value.flatMap((item, index) => [[String(index)], ...paths(item).map((path) => [String(index), ...path])]);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => [[key], ...paths(member).map((path) => [key, ...path])]);
}

function replaceAt(value: Json, path: readonly string[], by: Json): Json {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  if (Array.isArray(value)) return value.map((item: Json, index) => (String(index) === key ? replaceAt(item, rest, by) : item));
  return isObject(value) ? { ...(value as JsonObject), [key]: replaceAt((value as JsonObject)[key] ?? null, rest, by) } : value;
}

/** The spec with some of its parts replaced by what does not belong there. */
function mangled(spec: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> {
  const changes = fc.array(fc.tuple(fc.nat(), weird), { maxLength: 3 });
  return fc.tuple(spec, changes).map(([value, replacements]) =>
    replacements.reduce<JsonObject>((current, [choice, by]) => {
      const all = paths(current);
      const path = all[choice % Math.max(1, all.length)];
      return path === undefined ? current : (replaceAt(current, path, by) as JsonObject);
    }, value),
  );
}

const owner = fc.option(
  fc.record({ kind: fc.constantFrom('Deployment', 'ReplicaSet', 'StatefulSet', 'Job', 'CronJob', 'Rollout'), name }),
  { nil: undefined },
);

function objectOf(kind: KeptKind, distort: boolean, namespace: string): fc.Arbitrary<KeptObject> {
  const own = SPECS[kind] ?? object({});
  const parts = fc.record({
    name: kind === 'linkerdServiceProfiles' ? fc.constantFrom('web.shop.svc.cluster.local', 'api.other.svc.cluster.local', 'x') : name,
    created: fc.option(fc.nat({ max: 5 }), { nil: undefined }),
    labels,
    marks,
    annotations,
    owner,
    spec: fc.option(distort ? mangled(own) : own, { nil: undefined }),
    status: fc.option(distort ? mangled(status) : status, { nil: undefined }),
  });
  return parts.map((value) => ({
    kind,
    namespace,
    name: value.name,
    labels: { ...value.labels, ...value.marks },
    annotations: value.annotations,
    ...(value.created === undefined ? {} : { created: value.created }),
    ...(value.owner === undefined ? {} : { owner: value.owner }),
    ...(value.spec === undefined || kind === 'pods' ? {} : { spec: value.spec }),
    ...(value.status === undefined ? {} : { status: value.status }),
  }));
}

/** Objects of a namespace, each once. `distort`: with parts that no API server would let in. */
export function namespaceObjects({ distort = false, namespace = 'shop', maxLength = 40 } = {}): fc.Arbitrary<KeptObject[]> {
  const any = fc.constantFrom(...KEPT_KINDS, 'pods' as const, 'pods' as const).chain((kind) => objectOf(kind, distort, namespace));
  return fc.uniqueArray(any, { maxLength, size: '+1', selector: (each) => `${each.kind}/${each.name}` });
}
