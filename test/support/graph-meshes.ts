import type { Endpoint, Observation, ObservedDecisions, ObservedTraffic } from '../../src/graph/observed.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import type { KeptKind, KeptObject } from '../../src/mesh/kept.ts';
import { deployment, kept, LINKERD, SIDECAR, server, service, spec } from '../unit/mesh/kept-objects.ts';
import type { Mesh } from './graph-world.ts';

const POLICY = 'policy.linkerd.io';

/** Objects of a namespace, with the Namespace itself. */
function namespaceOf(
  name: string,
  asks: Pick<KeptObject, 'labels' | 'annotations'>,
  objects: readonly (KeptObject | readonly KeptObject[])[],
): readonly KeptObject[] {
  return [kept('namespaces', name, asks), ...objects.flat()].map((object) => ({ ...object, namespace: name }));
}

const IN_LINKERD = { labels: {}, annotations: { 'linkerd.io/inject': 'enabled' } };
const IN_ISTIO = { labels: { 'istio-injection': 'enabled' }, annotations: {} };
const IN_NONE = { labels: {}, annotations: {} };

const linkerd = (name: string, pods: number, ready = pods) => [deployment(name, { pods, ready, injected: LINKERD }), service(name)].flat();
const istio = (name: string, pods: number) => [deployment(name, { pods, injected: SIDECAR }), service(name)].flat();

function statefulSet(name: string, port: number): readonly KeptObject[] {
  return [
    spec(
      'statefulSets',
      name,
      {
        replicas: 1,
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', ports: [{ containerPort: port }] }] } },
      },
      { status: { readyReplicas: 1 } },
    ),
    kept('pods', `${name}-0`, { labels: { app: name, ...LINKERD }, owner: { kind: 'StatefulSet', name } }),
    service(name, [{ port, name: 'tcp' }], { clusterIP: 'None' }),
  ];
}

const local = (kind: string, name: string): JsonObject => ({ group: POLICY, kind, name });

/** A Linkerd policy of `shop` that lets in whom an authentication names. */
function authorization(name: string, server: string, authentication: string): KeptObject {
  return spec('linkerdAuthorizationPolicies', name, {
    targetRef: local('Server', server),
    requiredAuthenticationRefs: [local('MeshTLSAuthentication', authentication)],
  });
}

const SHOP = namespaceOf('shop', IN_LINKERD, [
  linkerd('web', 2),
  linkerd('cart', 2),
  statefulSet('cart-redis', 6379),
  linkerd('catalog', 2),
  linkerd('checkout', 2),
  linkerd('gift-cards', 0),
  linkerd('orders', 2),
  linkerd('payments', 3, 2),
  linkerd('search', 2),
  // Outside of the mesh, though the namespace asks for it.
  [deployment('reports', { pods: 1 }), service('reports')].flat(),
  server('orders-http', 'orders'),
  authorization('orders-callers', 'orders-http', 'orders-clients'),
  spec('linkerdMeshTlsAuthentications', 'orders-clients', { identityRefs: [{ kind: 'ServiceAccount', name: 'web' }] }),
  server('payments-http', 'payments'),
  // Names an authentication that is not there, so that all of it is void.
  authorization('payments-callers', 'payments-http', 'payments-clients'),
  spec('httpRoutes', 'checkout', {
    parentRefs: [{ group: '', kind: 'Service', name: 'checkout', port: 80 }],
    rules: [
      {
        backendRefs: [
          { name: 'checkout', port: 80, weight: 90 },
          { name: 'checkout-canary', port: 80, weight: 10 },
        ],
      },
    ],
  }),
]);

const BANK = namespaceOf('bank', IN_ISTIO, [
  istio('portal', 2),
  istio('ledger', 2),
  istio('ledger-db', 1),
  spec('istioPeerAuthentications', 'default', { mtls: { mode: 'STRICT' } }),
  spec('istioAuthorizationPolicies', 'ledger', {
    selector: { matchLabels: { app: 'ledger' } },
    rules: [{ from: [{ source: { principals: ['cluster.local/ns/bank/sa/portal'] } }] }],
  }),
]);

const LEGACY = namespaceOf('legacy', IN_NONE, [
  [deployment('crm', { pods: 2 }), service('crm')].flat(),
  spec('services', 'tax-office', { type: 'ExternalName', externalName: 'tax.example.com' }),
]);

export const workload = (namespace: string, name: string, kind = 'Deployment'): Endpoint => ({ tag: 'workload', namespace, kind, name });

export const external = (authority: string): Endpoint => ({ tag: 'external', authority });

export interface CallParts extends Partial<Omit<ObservedTraffic, 'source' | 'destination'>> {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly rps?: number;
  /** The share of the requests that fails. */
  readonly failing?: number;
  /** p99, in milliseconds; the other quantiles follow from it. */
  readonly p99?: number;
}

/** Observed requests; by mutual TLS unless said otherwise, and to the Service with the workload's name. */
export function call({ from, to, rps = 0, failing = 0, p99, ...more }: CallParts): ObservedTraffic {
  return {
    mesh: 'linkerd',
    source: from,
    destination: to,
    ...(to.tag === 'workload' ? { service: { namespace: to.namespace, name: to.name }, port: 8080 } : {}),
    protocol: 'http',
    reporter: 'source',
    requests: rps,
    failures: rps * failing,
    ...(p99 === undefined ? {} : { latency: { p50: p99 / 5, p95: p99 / 2, p99 } }),
    security: { mutual_tls: rps },
    ...more,
  };
}

const web = workload('shop', 'web');
const cart = workload('shop', 'cart');
const catalog = workload('shop', 'catalog');
export const CHECKOUT = workload('shop', 'checkout');
const orders = workload('shop', 'orders');
const payments = workload('shop', 'payments');
const search = workload('shop', 'search');
const portal = workload('bank', 'portal');
const ledger = workload('bank', 'ledger');

const TRAFFIC: readonly ObservedTraffic[] = [
  call({ from: { tag: 'unmeshed' }, to: web, rps: 50, p99: 90, reporter: 'destination', security: { no_tls_from_remote: 50 } }),
  call({ from: web, to: cart, rps: 20, p99: 30 }),
  call({ from: web, to: catalog, rps: 40, p99: 1_500 }),
  call({ from: web, to: CHECKOUT, rps: 5, failing: 0.04, p99: 600 }),
  call({ from: web, to: orders, rps: 8, p99: 40 }),
  // The slow dependency.
  call({ from: catalog, to: search, rps: 30, p99: 1_400 }),
  // The failing path.
  call({ from: CHECKOUT, to: payments, rps: 5, failing: 0.04, p99: 200, protocol: 'grpc' }),
  call({
    from: CHECKOUT,
    to: external('api.cards.example.com:443'),
    rps: 5,
    p99: 150,
    security: { not_provided_by_service_discovery: 5 },
  }),
  call({ from: CHECKOUT, to: ledger, rps: 2, p99: 80, security: { not_provided_by_service_discovery: 2 } }),
  call({
    from: cart,
    to: workload('shop', 'cart-redis', 'StatefulSet'),
    port: 6379,
    protocol: 'tcp',
    security: { mutual_tls: 1 },
    sentBytes: 4_096,
    receivedBytes: 61_440,
  }),
  call({ from: portal, to: ledger, rps: 10, p99: 70, mesh: 'istio' }),
  call({ from: ledger, to: workload('bank', 'ledger-db'), protocol: 'tcp', security: { mutual_tls: 1 }, sentBytes: 2_048, mesh: 'istio' }),
];

const identityOf = (namespace: string, account: string) => `${account}.${namespace}.serviceaccount.identity.linkerd.cluster.local`;

const DECISIONS: readonly ObservedDecisions[] = [
  { destination: orders, clientId: identityOf('shop', 'web'), port: 8080, allowed: 8, denied: 0 },
  // The denied callers: one that has an identity, one that has none.
  { destination: orders, clientId: identityOf('shop', 'search'), port: 8080, allowed: 0, denied: 0.5 },
  { destination: orders, source: { tag: 'unmeshed' }, port: 8080, allowed: 0, denied: 1.5 },
];

/**
 * Two meshes and a namespace outside of both: `shop` (Linkerd, ten services), `bank` (Istio), `legacy`. With callers outside of every mesh, callers that a policy denies, a
 * destination outside of the cluster, a slow dependency (search), a failing path (web, checkout, payments), calls between namespaces, a route to a Service that is not
 * there, and a policy that is void.
 */
export const SMALL_MESH: Mesh & { readonly observation: Observation } = {
  objects: [...SHOP, ...BANK, ...LEGACY],
  observation: { traffic: TRAFFIC, decisions: DECISIONS, routes: [] },
};

/** The objects of some namespaces of a mesh, and what was observed there. */
export function without({ objects, observation }: Mesh, gone: (object: KeptObject) => boolean): Mesh {
  return { objects: objects.filter((object) => !gone(object)), ...(observation === undefined ? {} : { observation }) };
}

/** The mesh with other objects in the place of those of the same kind, namespace and name. */
export function withObjects({ objects, ...mesh }: Mesh, ...fresh: readonly KeptObject[]): Mesh {
  const replaced = (old: KeptObject) =>
    fresh.some(({ kind, namespace, name }) => kind === old.kind && namespace === old.namespace && name === old.name);
  return { ...mesh, objects: [...objects.filter((old) => !replaced(old)), ...fresh] };
}

/** One object of a mesh. */
export function objectOf({ objects }: Mesh, kind: KeptKind, namespace: string, name: string): KeptObject {
  const found = objects.find((object) => object.kind === kind && object.namespace === namespace && object.name === name);
  if (found === undefined) throw new Error(`the mesh has no ${kind} ${namespace}/${name}`);
  return found;
}

export interface TownOptions {
  readonly namespaces: number;
  /** Of each workload. */
  readonly pods?: number;
  /** Of each service, within the namespace. */
  readonly calls?: number;
  /** The name of the namespace at a place. */
  readonly name?: (place: number) => string;
}

const TRADES = ['cart', 'catalog', 'checkout', 'mail', 'orders', 'payments', 'search', 'stock', 'users', 'web'] as const;

/** Many namespaces as they are in the field: ten services each that call each other, and the next three namespaces. */
export function towns({
  namespaces,
  pods = 5,
  calls = 10,
  name = (place) => `team-${place}`,
}: TownOptions): Mesh & { readonly observation: Observation } {
  const names = Array.from({ length: namespaces }, (_, place) => name(place));
  const objects = names.flatMap((own) =>
    namespaceOf(
      own,
      IN_LINKERD,
      TRADES.flatMap((trade) => linkerd(trade, pods)),
    ),
  );
  const traffic = names.flatMap((own, place) => {
    const within = TRADES.flatMap((from, source) =>
      Array.from({ length: calls }, (_, step) =>
        call({
          from: workload(own, from),
          to: workload(own, TRADES[(source + step) % TRADES.length] ?? from),
          port: 8080 + step,
          rps: 1 + ((place + step) % 7),
          p99: 20 + step,
        }),
      ),
    );
    const across = [1, 2, 3].flatMap((step) => {
      const other = names[(place + step) % names.length];
      return other === undefined || other === own
        ? []
        : [call({ from: workload(own, 'web'), to: workload(other, 'users'), rps: step, p99: 50 })];
    });
    return [...within, ...across];
  });
  return { objects, observation: { traffic, decisions: [], routes: [] } };
}
