import fc from 'fast-check';
import type { AccessCall, Callee, Peer } from '../../../../src/policy/access/model.ts';
import type { LinkerdSettings, LinkerdWorld } from '../../../../src/policy/linkerd/world.ts';
import { Field } from '../../../../src/policy/objects/field.ts';
import type { KubeObject } from '../../../../src/policy/objects/kube-object.ts';

/** A manifest of any shape below `spec` and `status`. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string | undefined;
  };
  readonly spec: unknown;
  readonly status?: unknown;
}

export const SETTINGS: LinkerdSettings = {
  controlNamespace: 'linkerd',
  trustDomain: 'cluster.local',
  clusterDomain: 'cluster.local',
  defaultInboundPolicy: 'all-unauthenticated',
  clusterNetworks: ['10.0.0.0/8', 'fd00::/8'],
  probeNetworks: ['0.0.0.0/0', '::/0'],
  assumed: ['The default policy is the chart’s.'],
};

export const CALLEE: Callee = {
  namespace: 'shop',
  kind: 'Deployment',
  name: 'web',
  labels: { app: 'web', tier: 'front' },
  annotations: {},
  namespaceLabels: {},
  namespaceAnnotations: {},
  mesh: 'linkerd',
  serviceAccount: 'web',
  ports: [
    { port: 8080, protocol: 'TCP', name: 'http' },
    { port: 9090, protocol: 'TCP', name: 'grpc' },
    { port: 9090, protocol: 'UDP', name: 'udp' },
    { port: 4191, protocol: 'TCP', name: 'linkerd-admin' },
  ],
  probes: [],
  services: ['web'],
};

export const CALL: AccessCall = {
  protocol: 'http',
  method: 'GET',
  path: '/',
  host: 'web.shop:8080',
  headers: [],
  sni: undefined,
  claims: null,
};

export const identityOf = (account: string, namespace = 'shop') => `${account}.${namespace}.serviceaccount.identity.linkerd.cluster.local`;

export function meshed(account: string, namespace = 'shop', address: string | undefined = '10.0.0.9'): Peer {
  return {
    identity: { tag: 'mutual-tls', name: identityOf(account, namespace) },
    address,
    loopback: false,
    workload: { namespace, serviceAccount: account },
  };
}

export function plain(address: string | undefined = '10.0.0.9'): Peer {
  return { identity: { tag: 'plain-text' }, address, loopback: false };
}

/** As the evaluator reads manifests. */
export function asObject(manifest: Manifest): KubeObject {
  const { apiVersion, kind, metadata } = manifest;
  const root = new Field(manifest);
  return {
    reference: { apiVersion, kind, namespace: metadata.namespace, name: metadata.name },
    group: apiVersion.split('/')[0] ?? '',
    version: apiVersion.split('/')[1] ?? '',
    kind,
    namespace: metadata.namespace,
    name: metadata.name,
    labels: new Map(Object.entries(metadata.labels ?? {})),
    annotations: new Map(),
    root,
    spec: root.at('spec'),
    context: false,
  };
}

export function worldOf(manifests: readonly Manifest[], settings: Partial<LinkerdSettings> = {}): LinkerdWorld {
  return { objects: manifests.map(asObject), settings: { ...SETTINGS, ...settings } };
}

const GROUP = 'policy.linkerd.io';
const GATEWAY = 'gateway.networking.k8s.io';
const OLD = '2024-01-01T00:00:00Z';

type Part = Readonly<Record<string, unknown>>;
type Metadata = Partial<Manifest['metadata']>;

function made(apiVersion: string, kind: string, name: string, spec: Part, metadata: Metadata = {}): Manifest {
  return { apiVersion, kind, metadata: { name, namespace: 'shop', creationTimestamp: OLD, ...metadata }, spec };
}

export const server = (name: string, spec: Part = {}, metadata: Metadata = {}) =>
  made(`${GROUP}/v1beta3`, 'Server', name, { podSelector: { matchLabels: { app: 'web' } }, port: 8080, ...spec }, metadata);

export const serverAuthorization = (name: string, spec: Part, metadata: Metadata = {}) =>
  made(`${GROUP}/v1beta1`, 'ServerAuthorization', name, spec, metadata);

export const authorizationPolicy = (name: string, targetRef: unknown, refs: unknown, metadata: Metadata = {}) =>
  made(`${GROUP}/v1alpha1`, 'AuthorizationPolicy', name, { targetRef, requiredAuthenticationRefs: refs }, metadata);

export const meshTls = (name: string, spec: Part, metadata: Metadata = {}) =>
  made(`${GROUP}/v1alpha1`, 'MeshTLSAuthentication', name, spec, metadata);

export const networkAuthentication = (name: string, networks: unknown, metadata: Metadata = {}) =>
  made(`${GROUP}/v1alpha1`, 'NetworkAuthentication', name, { networks }, metadata);

export const rateLimit = (name: string, serverName: string, spec: Part, accepted = true): Manifest => ({
  ...made(`${GROUP}/v1alpha1`, 'HTTPLocalRateLimitPolicy', name, { targetRef: serverRef(serverName), ...spec }),
  status: { conditions: [{ type: 'Accepted', status: accepted ? 'True' : 'False' }], targetRef: serverRef(serverName) },
});

export const egressNetwork = (name: string, spec: Part, metadata: Metadata = {}) =>
  made(`${GROUP}/v1alpha1`, 'EgressNetwork', name, spec, metadata);

/** What `status` says of a route that the controller accepted on Servers. */
export const acceptedOn = (...servers: readonly string[]) => ({
  parents: servers.map((name) => ({
    controllerName: 'linkerd.io/policy-controller',
    parentRef: { group: GROUP, kind: 'Server', name },
    conditions: [{ type: 'Accepted', status: 'True' }],
  })),
});

const KINDS = {
  linkerd: [`${GROUP}/v1beta3`, 'HTTPRoute'],
  gateway: [`${GATEWAY}/v1`, 'HTTPRoute'],
  grpc: [`${GATEWAY}/v1`, 'GRPCRoute'],
} as const;

export function route(
  kind: keyof typeof KINDS,
  name: string,
  serverName: string,
  rules: unknown,
  {
    spec = {},
    metadata = {},
    status = acceptedOn(serverName) as unknown,
  }: {
    readonly spec?: Part;
    readonly metadata?: Metadata;
    readonly status?: unknown;
  } = {},
): Manifest {
  const [apiVersion, of] = KINDS[kind];
  return { ...made(apiVersion, of, name, { parentRefs: [serverRef(serverName)], rules, ...spec }, metadata), status };
}

export const serverRef = (name: string) => ({ group: GROUP, kind: 'Server', name });
export const namespaceRef = { kind: 'Namespace', name: 'shop' };
export const routeRef = (kind: keyof typeof KINDS, name: string) => ({ group: KINDS[kind][0].split('/')[0], kind: KINDS[kind][1], name });
export const meshTlsRef = (name: string, namespace?: string) => ({ group: GROUP, kind: 'MeshTLSAuthentication', name, namespace });
export const networkRef = (name: string, namespace?: string) => ({ group: GROUP, kind: 'NetworkAuthentication', name, namespace });
export const accountRef = (name: string, namespace?: string) => ({ kind: 'ServiceAccount', name, namespace });

// Generators. Names come from small sets, so that objects refer to one another as often as not.

const pick = <const T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const few = <T>(value: fc.Arbitrary<T>, maxLength = 2) => fc.array(value, { maxLength, size: 'max' });

const serverName = pick('a', 'b');
const metadata = fc.record({ creationTimestamp: pick(OLD, OLD, '2024-01-01T00:00:01Z', '2023-05-05T10:00:00.000Z', undefined) });
const labels = pick<Readonly<Record<string, string>>>({ app: 'web' }, { app: 'api' }, {});

const selector = fc.oneof(
  { weight: 9, arbitrary: pick<Part>({ matchLabels: { app: 'web' } }, {}) },
  pick<Part>(
    { matchLabels: { app: 'api' } },
    { matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'api'] }] },
    { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] },
    { matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
    { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] },
    { matchExpressions: [{ key: 'tier', operator: 'Exists', values: ['x'] }] },
    { matchExpressions: [{ key: 'tier', operator: 'Is', values: ['x'] }] },
  ),
);
const defaultPolicy = pick('all-unauthenticated', 'all-authenticated', 'cluster-unauthenticated', 'cluster-authenticated', 'deny', 'audit');

const servers = fc
  .tuple(
    serverName,
    fc.record({
      podSelector: selector,
      port: fc.oneof({ weight: 9, arbitrary: pick<unknown>(8080) }, pick<unknown>('http', 'grpc', 'udp', 9090, 0, 1.5)),
      proxyProtocol: pick(undefined, undefined, 'unknown', 'HTTP/1', 'HTTP/2', 'gRPC', 'gRPC', 'gRPC', 'opaque', 'TLS', 'nonsense'),
      accessPolicy: fc.oneof({ weight: 9, arbitrary: pick<unknown>(undefined, 'deny') }, defaultPolicy, pick<unknown>('nonsense')),
    }),
    fc.record({ creationTimestamp: metadata.map((each) => each.creationTimestamp), labels }),
  )
  .map(([name, spec, meta]) => server(name, spec, meta));

const cidr = pick('10.0.0.0/8', '10.0.0.9', '0.0.0.0/0', '::/0', 'fd00::/16', '192.168.0.0/16', '10.1.2.3/31');
const networks = few(fc.record({ cidr, except: maybe(few(cidr, 1)) }));
const identity = pick(
  '*',
  identityOf('web'),
  identityOf('cart'),
  '*.shop.serviceaccount.identity.linkerd.cluster.local',
  '*.other.serviceaccount.identity.linkerd.cluster.local',
  'w*',
  'spiffe://td/web',
);
const account = fc.record({ name: pick('web', 'cart'), namespace: pick(undefined, undefined, 'shop', 'other') });

const serverAuthorizations = fc
  .tuple(
    pick('s1', 's2'),
    fc.oneof(
      serverName.map((name): Part => ({ name })),
      selector.map((each): Part => ({ selector: each })),
      fc.constant<Part>({}),
    ),
    fc.record({
      networks: pick<unknown>(undefined, undefined, [], [{ cidr: '10.0.0.0/8', except: ['10.0.0.9'] }], [{ cidr: 'nonsense' }]),
      unauthenticated: pick(undefined, undefined, undefined, true, false),
      meshTLS: maybe(
        fc.record({
          unauthenticatedTLS: pick(undefined, undefined, true),
          identities: maybe(few(identity)),
          serviceAccounts: maybe(few(account, 1)),
        }),
      ),
    }),
  )
  .map(([name, on, client]) => serverAuthorization(name, { server: on, client }));

const authentications = fc.oneof(
  fc
    .tuple(
      pick('m1', 'm2'),
      pick('shop', 'shop', 'other'),
      fc.record({
        identities: few(identity),
        identityRefs: maybe(
          few(
            fc.oneof(
              account.map((each) => ({ kind: 'ServiceAccount', ...each })),
              pick({ kind: 'Namespace', name: 'shop' }, { kind: 'namespace', group: '', name: 'other' }, { kind: 'Pod', name: 'x' }),
            ),
            1,
          ),
        ),
      }),
    )
    .map(([name, namespace, spec]) => meshTls(name, spec, { namespace })),
  fc
    .tuple(pick('n1', 'n2'), pick('shop', 'other'), networks)
    .map(([name, namespace, list]) => networkAuthentication(name, list, { namespace })),
);

const namespaceOrNone = fc.oneof({ weight: 5, arbitrary: pick(undefined) }, pick('shop', 'other'));
const authenticationRef = fc.oneof(
  fc.tuple(pick('m1', 'm2'), namespaceOrNone).map(([name, namespace]): unknown => meshTlsRef(name, namespace)),
  fc.tuple(pick('n1', 'n2'), namespaceOrNone).map(([name, namespace]): unknown => networkRef(name, namespace)),
  account.map((each): unknown => ({ kind: 'ServiceAccount', ...each })),
);
const target = fc.oneof(
  { weight: 3, arbitrary: serverName.map((name): unknown => serverRef(name)) },
  {
    weight: 4,
    arbitrary: fc.tuple(pick('linkerd', 'gateway', 'grpc'), pick('r1', 'r2', 'R1')).map(([kind, name]): unknown => routeRef(kind, name)),
  },
  pick<unknown>(namespaceRef, { kind: 'Namespace', name: 'elsewhere' }, { kind: 'Server', name: 'a' }),
);
const authorizationPolicies = fc
  .tuple(pick('p1', 'p2', 'p3'), target, few(authenticationRef))
  .map(([name, targetRef, refs]) => authorizationPolicy(name, targetRef, refs));

const header = fc.record({
  name: pick('x-stage', 'X-User'),
  type: pick(undefined, 'Exact', 'RegularExpression'),
  value: pick('blue', 'b.*', 'b|blue'),
});
const parameter = fc.record({ name: pick('q', 'a b'), type: pick(undefined, 'RegularExpression'), value: pick('1', '.', '.*') });
const httpMatch = fc.record({
  path: fc.oneof(
    pick(undefined),
    fc.record({
      type: pick(undefined, 'Exact', 'PathPrefix', 'RegularExpression'),
      value: pick(undefined, '/', '/a', '/a', '/a', '/a/', '/a/b', '/a/b', '//', '/a|/a/b', '/a(?:/b)?', '/.*'),
    }),
  ),
  headers: fc.oneof(few(header, 1), pick(undefined)),
  queryParams: maybe(few(parameter, 1)),
  method: fc.oneof({ weight: 30, arbitrary: pick(undefined, undefined, undefined, 'GET', 'POST') }, pick('FETCH')),
});
const grpcMatch = fc.record({
  headers: maybe(few(header, 1)),
  method: fc.oneof(
    {
      weight: 19,
      arbitrary: fc.record({
        type: fc.oneof({ weight: 30, arbitrary: pick(undefined, 'Exact') }, pick('RegularExpression')),
        service: pick(undefined, 'shop.Cart', 'shop.Pay', ''),
        method: pick(undefined, 'Add', 'Get'),
      }),
    },
    fc.constant(undefined),
  ),
});
const filters = fc.oneof(
  { weight: 25, arbitrary: pick<unknown>(undefined, []) },
  pick<unknown>(
    [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'a', value: 'b' }], remove: ['c'] } }],
    [{ type: 'RequestHeaderModifier', requestHeaderModifier: { add: [{ name: 'a b', value: 'b' }] } }],
    [{ type: 'RequestRedirect', requestRedirect: { hostname: 'elsewhere.example.com' } }],
    [{ type: 'RequestRedirect', requestRedirect: { hostname: 'web.shop', port: 8080, statusCode: 301 } }],
    [{ type: 'RequestRedirect', requestRedirect: { path: { type: 'ReplaceFullPath', replaceFullPath: '/a' } } }],
    [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https' } }],
    [{ type: 'RequestMirror', requestMirror: {} }],
    [{ type: 'URLRewrite', urlRewrite: {} }],
    [{ type: 'RequestRedirect' }],
  ),
);
const hostnames = pick<unknown>(undefined, undefined, undefined, ['web.shop'], ['*.shop', 'WEB.shop.'], ['*.example.com'], ['*.']);

const routes = fc
  .tuple(
    pick('linkerd', 'gateway', 'grpc', 'grpc'),
    pick('r1', 'r2'),
    serverName,
    hostnames,
    fc.oneof(
      { weight: 8, arbitrary: pick<Part>({}) },
      pick<Part>({ namespace: 'shop' }, { namespace: 'other' }, { port: 8080 }, { sectionName: 'x' }),
    ),
    metadata,
    fc.oneof({ weight: 9, arbitrary: pick('accepted') }, pick('other', 'refused', 'none')),
  )
  .chain(([kind, name, on, hosts, parent, meta, status]) =>
    few(fc.record({ matches: maybe(few<unknown>(kind === 'grpc' ? grpcMatch : httpMatch)), filters })).map((rules) =>
      route(kind, name, on, rules, {
        spec: {
          hostnames: hosts,
          parentRefs: [
            { ...serverRef(on), ...parent },
            { kind: 'Service', name: 'web' },
          ],
        },
        metadata: meta,
        status:
          status === 'accepted'
            ? acceptedOn(on)
            : status === 'other'
              ? acceptedOn('elsewhere')
              : status === 'refused'
                ? { parents: [{ ...acceptedOn(on).parents[0], conditions: [{ type: 'Accepted', status: 'False' }] }] }
                : undefined,
      }),
    ),
  );

/** Objects of every kind, each name once a kind and namespace. */
export const manifests: fc.Arbitrary<readonly Manifest[]> = fc
  .tuple(few(servers, 4), few(serverAuthorizations), few(authentications, 6), few(authorizationPolicies, 6), few(routes, 6))
  .map((parts) => {
    const known = new Map(
      parts.flat().map((each) => [`${each.apiVersion} ${each.kind} ${each.metadata.namespace} ${each.metadata.name}`, each]),
    );
    return [...known.values()];
  });

export const callees: fc.Arbitrary<Callee> = fc
  .record({
    labels: pick<Callee['labels']>(CALLEE.labels, CALLEE.labels, { app: 'api' }),
    annotations: fc.oneof(
      { weight: 9, arbitrary: pick<Callee['annotations']>({}) },
      pick<Callee['annotations']>(
        { 'config.linkerd.io/skip-inbound-ports': '25,8080-8090' },
        { 'config.linkerd.io/skip-inbound-ports': '25, 8080' },
        { 'config.linkerd.io/skip-inbound-ports': 'http' },
        { 'config.linkerd.io/opaque-ports': '8080' },
        { 'config.linkerd.io/opaque-ports': '8080,http' },
        { 'config.linkerd.io/proxy-require-identity-inbound-ports': '8000-9000' },
      ),
      defaultPolicy.map((policy): Callee['annotations'] => ({ 'config.linkerd.io/default-inbound-policy': policy })),
    ),
    mesh: fc.oneof({ weight: 19, arbitrary: pick<Callee['mesh']>('linkerd') }, pick<Callee['mesh']>(undefined, 'istio-sidecar')),
    probes: pick<Callee['probes']>(
      [],
      [{ path: '/a?b', port: 'HTTP' }],
      [
        { path: '/', port: 8080 },
        { path: 'x', port: 8080 },
      ],
    ),
  })
  .map((part) => ({ ...CALLEE, ...part }));

export const ports = fc.oneof({ weight: 12, arbitrary: pick(8080) }, pick(9090, 9090, 4191, 4567, 25));

export const settings: fc.Arbitrary<Partial<LinkerdSettings>> = fc.record({
  defaultInboundPolicy: defaultPolicy,
  probeNetworks: pick<readonly string[]>(SETTINGS.probeNetworks, ['192.168.0.0/16'], []),
});

/** Of whom everything is known. */
export const peers: fc.Arbitrary<Peer> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(pick('web', 'cart'), pick('shop', 'other'), pick('10.0.0.9', '10.1.2.3', 'fd00::1')).map((each) => meshed(...each)),
  },
  { weight: 2, arbitrary: pick('10.0.0.9', '192.168.7.7', '8.8.8.8', '::ffff:10.0.0.9').map((address) => plain(address)) },
  pick<Peer>(
    { identity: { tag: 'mutual-tls', name: 'spiffe://td/web' }, address: '10.0.0.9', loopback: false },
    { identity: { tag: 'plain-text' }, address: undefined, loopback: true },
    { identity: { tag: 'plain-text' }, address: '::1', loopback: true },
  ),
);

/** Of which everything is known. */
export const calls: fc.Arbitrary<AccessCall> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      protocol: pick<AccessCall['protocol']>('http'),
      method: pick('GET', 'GET', 'POST', 'PUT'),
      path: pick('/', '/a', '/a/', '/a/b', '/ab', '/a?q=1', '/a/b?a+b=%31&q=x', '/shop.Cart/Add'),
      host: pick('web.shop:8080', 'web.shop.', 'api.example.com', '[fd00::1]:80', 'shop'),
      headers: few(fc.tuple(pick('x-stage', 'x-user'), pick('blue', 'b', 'red'))),
      sni: fc.constant(undefined),
      claims: fc.constant(null),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      protocol: pick<AccessCall['protocol']>('grpc'),
      method: pick('POST'),
      path: pick('/shop.Cart/Add', '/shop.Cart/Get', '/shop.Pay/Add', '/other.Thing/Do'),
      host: pick('web.shop:9090', 'web.shop'),
      headers: few(fc.tuple(pick('x-stage', 'x-user'), pick('blue', 'b', 'red'))),
      sni: fc.constant(undefined),
      claims: fc.constant(null),
    }),
  },
  pick<AccessCall>({ ...CALL, protocol: 'tcp' }, { ...CALL, protocol: 'tls', sni: 'web.shop' }),
);

const JUNK = pick<unknown>(null, undefined, 0, -1, true, '', 'x', [], {}, [null], [[]], { name: 1 }, '/', { __proto__: null, name: 'a' });
const WILD_JUNK = fc.oneof(JUNK, pick<unknown>('*', '(', 1e9, 'a'.repeat(2000)), fc.jsonValue({ maxDepth: 2 }));

/**
 * Puts things where nobody expects them: replaces or takes away values anywhere below `spec` and `status`, one in `odds` of them. `wild`: anything at all may be
 * put there, what no expression can be among it.
 */
export function garbled(manifest: Manifest, odds = 10, wild = true): fc.Arbitrary<Manifest> {
  return fc.tuple(fc.infiniteStream(fc.nat(odds - 1)), fc.infiniteStream(wild ? WILD_JUNK : JUNK)).map(([choices, values]) => {
    const change = (value: unknown, depth: number): unknown => {
      if (choices.next().value === 0) return values.next().value;
      if (depth > 8) return value;
      if (Array.isArray(value)) return value.map((each: unknown) => change(each, depth + 1));
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, change(each, depth + 1)]));
    };
    return { ...manifest, spec: change(manifest.spec, 0), status: change(manifest.status, 0) };
  });
}
