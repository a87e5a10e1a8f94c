import {
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

const principal = (account: string) => `cluster.local/ns/bank/sa/${account}`;

/** Lets those accounts call the pods with that `app` label, and nobody else. */
function allow(app: string, ...accounts: readonly string[]): SampleManifest {
  return manifest('authorizationpolicies.security.istio.io', `${app}-callers`, {
    selector: { matchLabels: { app } },
    action: 'ALLOW',
    rules: [{ from: [{ source: { principals: accounts.map(principal) } }] }],
  });
}

/** Mutual TLS is required, so statements, which has no sidecar, cannot call anybody; the portal is not among the ledger's callers. */
const POLICIES: readonly SampleManifest[] = [
  manifest('peerauthentications.security.istio.io', 'default', { mtls: { mode: 'STRICT' } }),
  allow('ledger', 'accounts', 'reconcile'),
  allow('ledger-db', 'ledger'),
  manifest('requestauthentications.security.istio.io', 'portal-login', {
    selector: { matchLabels: { app: 'portal' } },
    jwtRules: [{ issuer: 'https://login.bank.example.com', jwksUri: 'https://login.bank.example.com/keys' }],
  }),
  manifest('sidecars.networking.istio.io', 'default', { egress: [{ hosts: ['./*', 'istio-system/*'] }] }),
];

/** A tenth of the calls to accounts go to its canary; statements asks for a subset that nobody defined. */
const ROUTES: readonly SampleManifest[] = [
  manifest('virtualservices.networking.istio.io', 'portal', {
    hosts: ['bank.example.com'],
    gateways: ['istio-system/public'],
    http: [{ route: [{ destination: { host: 'portal.bank.svc.cluster.local', port: { number: 80 } } }] }],
  }),
  manifest('virtualservices.networking.istio.io', 'accounts', {
    hosts: ['accounts'],
    http: [
      {
        route: [
          { destination: { host: 'accounts', subset: 'v1' }, weight: 90 },
          { destination: { host: 'accounts', subset: 'v2' }, weight: 10 },
        ],
        timeout: '2s',
        retries: { attempts: 2, retryOn: 'unavailable' },
      },
    ],
  }),
  manifest('destinationrules.networking.istio.io', 'accounts', {
    host: 'accounts',
    trafficPolicy: {
      connectionPool: { http: { http2MaxRequests: 200 } },
      outlierDetection: { consecutive5xxErrors: 5, interval: '10s', baseEjectionTime: '30s' },
    },
    subsets: [
      { name: 'v1', labels: { version: 'v1' } },
      { name: 'v2', labels: { version: 'v2' } },
    ],
  }),
  manifest('virtualservices.networking.istio.io', 'statements', {
    hosts: ['statements'],
    http: [
      {
        match: [{ uri: { prefix: '/archive' } }],
        route: [{ destination: { host: 'statements', subset: 'archive' } }],
      },
      { route: [{ destination: { host: 'statements', subset: 'current' } }] },
    ],
  }),
  manifest('destinationrules.networking.istio.io', 'statements', {
    host: 'statements',
    subsets: [{ name: 'current', labels: { app: 'statements' } }],
  }),
  manifest('serviceentries.networking.istio.io', 'card-network', {
    hosts: ['api.cards.example.com'],
    location: 'MESH_EXTERNAL',
    resolution: 'DNS',
    ports: [{ number: 443, name: 'tls', protocol: 'TLS' }],
  }),
  manifest('serviceentries.networking.istio.io', 'mainframe', {
    hosts: ['mainframe.bank.internal'],
    location: 'MESH_INTERNAL',
    resolution: 'STATIC',
    ports: [{ number: 3270, name: 'tcp-tn3270', protocol: 'TCP' }],
    workloadSelector: { labels: { app: 'mainframe' } },
  }),
  manifest('workloadentries.networking.istio.io', 'mainframe', {
    address: '10.20.0.5',
    labels: { app: 'mainframe' },
    serviceAccount: 'mainframe',
  }),
];

/**
 * A bank in Istio with sidecars, with trouble to find: a workload without a sidecar of which only one of two pods is ready (statements), a canary
 * (accounts), a reference to nothing, and a caller that the ledger does not let in.
 */
export const BANK: SampleNamespace = {
  name: 'bank',
  labels: { 'istio-injection': 'enabled' },
  workloads: [
    deployment('portal', 2, 'istio-sidecar', { serves: [servesHttp] }),
    deployment('accounts', 2, 'istio-sidecar', { labels: { version: 'v1' }, serves: [servesGrpc] }),
    deployment('accounts-canary', 1, 'istio-sidecar', {
      app: 'accounts',
      account: 'accounts',
      labels: { version: 'v2' },
      serves: [servesGrpc],
    }),
    deployment('ledger', 2, 'istio-sidecar', { serves: [servesGrpc] }),
    deployment('statements', 2, undefined, {
      unready: [1],
      annotations: { 'sidecar.istio.io/inject': 'false' },
      serves: [servesHttp],
    }),
    { kind: 'StatefulSet', name: 'ledger-db', replicas: 3, mesh: 'istio-sidecar', serves: [servesTcp('postgres', 5432)] },
  ],
  services: [
    { name: 'portal', ports: [httpPort()] },
    { name: 'accounts', ports: [grpcPort(9090)] },
    { name: 'ledger', ports: [grpcPort(9090)] },
    { name: 'ledger-db', type: 'Headless', ports: [tcpPort('postgres', 5432)] },
    { name: 'statements', ports: [httpPort()] },
  ],
  cronJobs: [{ name: 'reconcile', schedule: '*/30 * * * *', mesh: 'istio-sidecar' }],
  manifests: [...POLICIES, ...ROUTES],
};
