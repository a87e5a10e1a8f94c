import type { JsonObject } from '../../../lib/json.ts';
import {
  accepted,
  conditions,
  deployment,
  grpcPort,
  httpPort,
  manifest,
  type SampleManifest,
  type SampleNamespace,
  servesGrpc,
  servesHttp,
  servesTcp,
  tcpPort,
} from './model.ts';

const POLICY = 'policy.linkerd.io';
const LINKERD_CONTROLLER = 'linkerd.io/policy-controller';
const service = (name: string, port: number): JsonObject => ({ group: '', kind: 'Service', name, port });
const WEB_SERVER: JsonObject = { group: POLICY, kind: 'Server', name: 'web-http' };
const account = (name: string): JsonObject => ({ kind: 'ServiceAccount', name });

/** A Server for a port of the pods with that `app` label. */
function server(name: string, app: string, port: number | string, proxyProtocol: string): SampleManifest {
  return manifest('servers.policy.linkerd.io', name, { podSelector: { matchLabels: { app } }, port, proxyProtocol });
}

/** Lets in whom an authentication names. */
function authorization(name: string, target: JsonObject, kind: string, authentication: string): SampleManifest {
  return manifest('authorizationpolicies.policy.linkerd.io', name, {
    targetRef: { group: POLICY, ...target },
    requiredAuthenticationRefs: [{ group: POLICY, kind, name: authentication }],
  });
}

function identities(name: string, ...accounts: readonly string[]): SampleManifest {
  return manifest('meshtlsauthentications.policy.linkerd.io', name, { identityRefs: accounts.map(account) });
}

/**
 * The policy: only the mesh's own callers reach payments and orders, so shop/reports, which is outside of the mesh, is denied; `catalog-admin` names an
 * authentication that is not there, which makes all of it void; and the public front is limited to a rate.
 */
const POLICIES: readonly SampleManifest[] = [
  server('payments-grpc', 'payments', 'grpc', 'gRPC'),
  identities('payments-clients', 'checkout'),
  authorization('payments-from-checkout', { kind: 'Server', name: 'payments-grpc' }, 'MeshTLSAuthentication', 'payments-clients'),

  server('orders-http', 'orders', 'http', 'HTTP/1'),
  identities('orders-clients', 'web', 'checkout'),
  authorization('orders-callers', { kind: 'HTTPRoute', name: 'orders-api' }, 'MeshTLSAuthentication', 'orders-clients'),
  authorization('orders-probes', { kind: 'HTTPRoute', name: 'orders-probes' }, 'NetworkAuthentication', 'nodes'),
  manifest('networkauthentications.policy.linkerd.io', 'nodes', { networks: [{ cidr: '10.0.0.0/16', except: ['10.0.255.0/24'] }] }),
  // With a route on a Server, what no route matches is not found: so the probes need one of their own.
  manifest(
    'httproutes.policy.linkerd.io',
    'orders-api',
    {
      parentRefs: [{ group: POLICY, kind: 'Server', name: 'orders-http' }],
      rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/orders' } }] }],
    },
    { status: accepted(LINKERD_CONTROLLER, { group: POLICY, kind: 'Server', name: 'orders-http', namespace: 'shop' }) },
  ),
  manifest(
    'httproutes.policy.linkerd.io',
    'orders-probes',
    {
      parentRefs: [{ group: POLICY, kind: 'Server', name: 'orders-http' }],
      rules: [
        {
          matches: [
            { method: 'GET', path: { type: 'Exact', value: '/ready' } },
            { method: 'GET', path: { type: 'Exact', value: '/live' } },
          ],
        },
      ],
    },
    { status: accepted(LINKERD_CONTROLLER, { group: POLICY, kind: 'Server', name: 'orders-http', namespace: 'shop' }) },
  ),

  server('catalog-admin', 'catalog', 'admin', 'HTTP/1'),
  authorization('catalog-admin', { kind: 'Server', name: 'catalog-admin' }, 'MeshTLSAuthentication', 'catalog-admins'),

  server('web-http', 'web', 'http', 'HTTP/1'),
  manifest('serverauthorizations.policy.linkerd.io', 'web-public', { server: { name: 'web-http' }, client: { unauthenticated: true } }),
  manifest(
    'httplocalratelimitpolicies.policy.linkerd.io',
    'web',
    { targetRef: WEB_SERVER, total: { requestsPerSecond: 200 }, identity: { requestsPerSecond: 50 } },
    { status: { ...conditions('Accepted'), targetRef: WEB_SERVER } },
  ),

  manifest(
    'egressnetworks.policy.linkerd.io',
    'partners',
    {
      trafficPolicy: 'Deny',
      // The tax office (203.0.113.0/24) is no partner: anybody may call it.
      networks: [{ cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '203.0.113.0/24'] }],
    },
    { status: conditions('Accepted') },
  ),
];

const TO_CARDS: JsonObject = { group: POLICY, kind: 'EgressNetwork', name: 'partners', port: 443 };

/** The routes: a tenth of the checkouts go to the canary, whose pods the stable Service selects as well. */
const ROUTES: readonly SampleManifest[] = [
  manifest(
    'httproutes.gateway.networking.k8s.io',
    'checkout',
    {
      parentRefs: [service('checkout', 80)],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/' } }],
          backendRefs: [
            { ...service('checkout', 80), weight: 90 },
            { ...service('checkout-canary', 80), weight: 10 },
          ],
        },
      ],
    },
    { status: accepted(LINKERD_CONTROLLER, service('checkout', 80)) },
  ),
  manifest(
    'grpcroutes.gateway.networking.k8s.io',
    'payments',
    {
      parentRefs: [service('payments', 9090)],
      rules: [
        {
          matches: [{ method: { type: 'Exact', service: 'shop.Payments', method: 'Charge' } }],
          backendRefs: [{ ...service('payments', 9090), weight: 1 }],
        },
      ],
    },
    { status: accepted(LINKERD_CONTROLLER, service('payments', 9090)) },
  ),
  manifest(
    'tcproutes.gateway.networking.k8s.io',
    'cart-redis',
    { parentRefs: [service('cart-redis', 6379)], rules: [{ backendRefs: [{ ...service('cart-redis', 6379), weight: 1 }] }] },
    { status: accepted(LINKERD_CONTROLLER, service('cart-redis', 6379)) },
  ),
  manifest(
    'tlsroutes.gateway.networking.k8s.io',
    'card-network',
    { parentRefs: [TO_CARDS], hostnames: ['api.cards.example.com'], rules: [{ backendRefs: [{ ...TO_CARDS, weight: 1 }] }] },
    { status: accepted(LINKERD_CONTROLLER, TO_CARDS) },
  ),
  manifest('serviceprofiles.linkerd.io', 'recommendations.shop.svc.cluster.local', {
    routes: [
      {
        name: 'GET /recommendations',
        condition: { method: 'GET', pathRegex: '/recommendations/[^/]*' },
        timeout: '300ms',
        isRetryable: true,
      },
    ],
    retryBudget: { retryRatio: 0.2, minRetriesPerSecond: 10, ttl: '10s' },
  }),
];

/**
 * A shop in Linkerd, with trouble to find: a client outside of the mesh that is denied (reports), a Deployment with a pod that started before
 * injection was switched on (payments), a canary (checkout), a slow dependency (recommendations), and a workload scaled to zero (gift-cards).
 */
export const SHOP: SampleNamespace = {
  name: 'shop',
  annotations: { 'linkerd.io/inject': 'enabled' },
  workloads: [
    deployment('web', 2, 'linkerd', { serves: [servesHttp] }),
    deployment('catalog', 2, 'linkerd', { serves: [servesHttp, { name: 'admin', port: 9990 }] }),
    deployment('cart', 2, 'linkerd', { finishedPods: 1, serves: [servesHttp] }),
    deployment('checkout', 2, 'linkerd', { serves: [servesHttp, servesGrpc] }),
    deployment('checkout-canary', 1, 'linkerd', { app: 'checkout', account: 'checkout', serves: [servesHttp, servesGrpc] }),
    deployment('payments', 3, 'linkerd', { unmeshedPods: 1, serves: [servesGrpc] }),
    deployment('orders', 2, 'linkerd', { serves: [servesHttp] }),
    deployment('recommendations', 2, 'linkerd', { serves: [servesHttp] }),
    deployment('gift-cards', 0, 'linkerd', { serves: [servesHttp] }),
    deployment('reports', 1, undefined, { annotations: { 'linkerd.io/inject': 'disabled' }, serves: [servesHttp] }),
    {
      kind: 'StatefulSet',
      name: 'cart-redis',
      replicas: 1,
      mesh: 'linkerd',
      annotations: { 'config.linkerd.io/opaque-ports': '6379' },
      serves: [servesTcp('redis', 6379)],
    },
  ],
  services: [
    { name: 'web', type: 'LoadBalancer', ports: [httpPort()] },
    { name: 'catalog', ports: [httpPort()] },
    { name: 'cart', ports: [httpPort()] },
    { name: 'cart-redis', ports: [tcpPort('redis', 6379)] },
    { name: 'checkout', ports: [httpPort(), grpcPort(9090)] },
    { name: 'checkout-canary', selects: 'checkout', workload: 'checkout-canary', ports: [httpPort(), grpcPort(9090)] },
    { name: 'payments', ports: [grpcPort(9090)] },
    { name: 'orders', ports: [httpPort()] },
    { name: 'recommendations', ports: [httpPort()] },
    { name: 'gift-cards', ports: [httpPort()] },
    { name: 'reports', ports: [httpPort()] },
  ],
  manifests: [...POLICIES, ...ROUTES],
};
