import type { Mesh } from '../../mesh/membership.ts';

/** A port that a workload serves and its Service offers. */
export interface SamplePort {
  readonly name: string;
  readonly port: number;
  /** The containers' port where it is another. */
  readonly targetPort?: number | string;
  readonly protocol?: 'TCP' | 'UDP';
  readonly appProtocol?: string;
}

/** A workload of the sample, with its pods. */
export interface SampleWorkload {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly name: string;
  readonly replicas: number;
  /** The mesh of its pods; absent for none. */
  readonly mesh?: Mesh;
  /** How many of the pods, counted from the last, are in no mesh all the same. */
  readonly unmeshedPods?: number;
  /** How many of the pods have finished (evicted) and only linger. */
  readonly finishedPods?: number;
  /** The value of the pods' `app` label where it is not the workload's name. */
  readonly app?: string;
}

/** A Service of the sample. */
export interface SampleService {
  readonly name: string;
  readonly ports: readonly SamplePort[];
  /** ClusterIP where absent. */
  readonly type?: 'Headless' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  /** The `app` label that it selects, the Service's name where absent; null for a Service without a selector. */
  readonly selects?: string | null;
  readonly externalName?: string;
}

/** A namespace of the sample. */
export interface SampleNamespace {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly workloads: readonly SampleWorkload[];
  readonly services: readonly SampleService[];
}

const http = (port = 80, targetPort = 8080): SamplePort => ({ name: 'http', port, targetPort });
const grpc = (port: number): SamplePort => ({ name: 'grpc', port, appProtocol: 'kubernetes.io/h2c' });
const tcp = (name: string, port: number): SamplePort => ({ name, port });
const deployment = (name: string, replicas: number, mesh?: Mesh, more: Partial<SampleWorkload> = {}): SampleWorkload => ({
  kind: 'Deployment',
  name,
  replicas,
  ...(mesh === undefined ? {} : { mesh }),
  ...more,
});

/**
 * A cluster with two meshes and some trouble to find: a client outside the mesh (shop/reports), a Deployment with a pod that started before
 * injection was switched on (shop/payments), a canary beside its stable version behind one Service (shop/checkout), a workload scaled to zero
 * (shop/gift-cards), a pod that was opted out (bank/statements), a Service whose selector matches nothing (legacy/fax), and a namespace that
 * no mesh has reached (legacy).
 */
export const SAMPLE: readonly SampleNamespace[] = [
  {
    name: 'default',
    workloads: [],
    services: [{ name: 'kubernetes', selects: null, ports: [{ name: 'https', port: 443, targetPort: 6443 }] }],
  },
  {
    name: 'kube-system',
    workloads: [deployment('coredns', 2, undefined, { app: 'kube-dns' })],
    services: [
      {
        name: 'kube-dns',
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP' },
          { name: 'dns-tcp', port: 53 },
          { name: 'metrics', port: 9153 },
        ],
      },
    ],
  },
  {
    name: 'linkerd',
    annotations: { 'linkerd.io/inject': 'disabled' },
    workloads: [
      deployment('linkerd-destination', 1, 'linkerd'),
      deployment('linkerd-identity', 1, 'linkerd'),
      deployment('linkerd-proxy-injector', 1, 'linkerd'),
    ],
    services: [
      { name: 'linkerd-dst', selects: 'linkerd-destination', ports: [grpc(8086)] },
      { name: 'linkerd-identity', ports: [grpc(8080)] },
      { name: 'linkerd-policy', type: 'Headless', selects: 'linkerd-destination', ports: [grpc(8090)] },
      { name: 'linkerd-proxy-injector', ports: [{ name: 'proxy-injector', port: 443, targetPort: 'proxy-injector' }] },
    ],
  },
  {
    name: 'shop',
    annotations: { 'linkerd.io/inject': 'enabled' },
    workloads: [
      deployment('web', 2, 'linkerd'),
      deployment('catalog', 2, 'linkerd'),
      deployment('cart', 2, 'linkerd', { finishedPods: 1 }),
      deployment('checkout', 2, 'linkerd'),
      deployment('checkout-canary', 1, 'linkerd', { app: 'checkout' }),
      deployment('payments', 3, 'linkerd', { unmeshedPods: 1 }),
      deployment('orders', 2, 'linkerd'),
      deployment('recommendations', 2, 'linkerd'),
      deployment('gift-cards', 0, 'linkerd'),
      deployment('reports', 1),
      { kind: 'StatefulSet', name: 'cart-redis', replicas: 1, mesh: 'linkerd' },
    ],
    services: [
      { name: 'web', type: 'LoadBalancer', ports: [http()] },
      { name: 'catalog', ports: [http()] },
      { name: 'cart', ports: [http()] },
      { name: 'cart-redis', type: 'Headless', ports: [tcp('redis', 6379)] },
      { name: 'checkout', ports: [http(), grpc(9090)] },
      { name: 'payments', ports: [grpc(9090)] },
      { name: 'orders', ports: [http()] },
      { name: 'recommendations', ports: [http()] },
      { name: 'gift-cards', ports: [http()] },
      { name: 'reports', ports: [http()] },
    ],
  },
  {
    name: 'istio-system',
    workloads: [
      deployment('istiod', 1),
      deployment('istio-ingressgateway', 2, 'istio-sidecar'),
      { kind: 'DaemonSet', name: 'ztunnel', replicas: 2 },
    ],
    services: [
      {
        name: 'istiod',
        ports: [
          { name: 'grpc-xds', port: 15010 },
          { name: 'https-dns', port: 15012 },
          { name: 'https-webhook', port: 443, targetPort: 15017 },
        ],
      },
      { name: 'istio-ingressgateway', type: 'LoadBalancer', ports: [http(), { name: 'https', port: 443, targetPort: 8443 }] },
    ],
  },
  {
    name: 'bank',
    labels: { 'istio-injection': 'enabled' },
    workloads: [
      deployment('portal', 2, 'istio-sidecar'),
      deployment('accounts', 2, 'istio-sidecar'),
      deployment('ledger', 2, 'istio-sidecar'),
      deployment('statements', 1),
      { kind: 'StatefulSet', name: 'ledger-db', replicas: 3, mesh: 'istio-sidecar' },
    ],
    services: [
      { name: 'portal', ports: [http()] },
      { name: 'accounts', ports: [grpc(9090)] },
      { name: 'ledger', ports: [grpc(9090)] },
      { name: 'ledger-db', type: 'Headless', ports: [tcp('postgres', 5432)] },
      { name: 'statements', ports: [http()] },
    ],
  },
  {
    name: 'weather',
    labels: { 'istio.io/dataplane-mode': 'ambient' },
    workloads: [deployment('frontend', 2, 'istio-ambient'), deployment('forecast', 2, 'istio-ambient')],
    services: [
      { name: 'frontend', ports: [http()] },
      { name: 'forecast', ports: [grpc(9090)] },
    ],
  },
  {
    name: 'legacy',
    workloads: [deployment('billing', 1), deployment('crm', 1)],
    services: [
      { name: 'billing', type: 'NodePort', ports: [http()] },
      { name: 'crm', ports: [http()] },
      { name: 'fax', selects: 'fax-gateway', ports: [tcp('fax', 4559)] },
      { name: 'tax-office', type: 'ExternalName', selects: null, externalName: 'api.tax.example.com', ports: [] },
    ],
  },
];
