/**
 * The traffic of the sample cluster (`demo/kubernetes/sample.ts`), as a table: what a reader of the graph should find, before any mesh, proxy or Prometheus comes into it.
 */

/** A workload of the sample, `namespace/name`. */
export type WorkloadName = `${string}/${string}`;

/** The median, the 95th and the 99th percentile, in milliseconds. All are bounds of the mesh's buckets, so that a histogram gives them back exactly. */
export type Quantiles = readonly [p50: number, p95: number, p99: number];

/** What let calls in at a Linkerd workload, where it was not the default: the names of policy objects. */
export interface DemoPolicy {
  readonly server: string;
  /** Absent: the Server's default route. */
  readonly route?: string;
  readonly authorization: string;
  /** `authorizationpolicy` where it is absent. */
  readonly kind?: 'serverauthorization';
}

/** Requests from one workload to another. */
export interface DemoCall {
  /** Absent: somebody outside of every mesh, whom no metric names. */
  readonly from?: WorkloadName;
  readonly to: WorkloadName;
  /** The Service in the namespace of `to` that was called. */
  readonly service: string;
  /** Of the pods of `to`. */
  readonly port: number;
  readonly protocol: 'http' | 'grpc';
  /** Requests a second that are let in. */
  readonly rps: number;
  /** The part of `rps` that the HTTPRoute shop/checkout gives to one of its two backends: all of it where it is absent. */
  readonly part?: 'stable' | 'canary';
  /** The share of them that fails, 0 to 1. */
  readonly failing: number;
  readonly latency: Quantiles;
  /** Requests a second that the policies of `to` refuse, beside `rps`. */
  readonly denied?: number;
  readonly policy?: DemoPolicy;
}

/** Requests from a workload to the outside. */
export interface DemoExternalCall {
  readonly from: WorkloadName;
  readonly host: string;
  readonly port: number;
  readonly rps: number;
  readonly failing: number;
  readonly latency: Quantiles;
}

/** Connections of which nobody reads the requests: opaque ports, and all of an ambient mesh without waypoints. */
export interface DemoConnection {
  readonly from: WorkloadName;
  readonly to: WorkloadName;
  readonly service: string;
  readonly port: number;
  /** At the same time. */
  readonly open: number;
  /** Opened in a second. */
  readonly opened: number;
  /** Bytes a second, from the client to the server and back. */
  readonly sent: number;
  readonly received: number;
  /** Connections a second that the policies of `to` refuse, beside `opened`. */
  readonly denied?: number;
}

/** Requests that match a route of the Gateway API, as Linkerd's clients count them. */
export interface DemoRoute {
  readonly namespace: string;
  readonly group: string;
  readonly kind: 'HTTPRoute' | 'GRPCRoute';
  readonly name: string;
  readonly from: WorkloadName;
  readonly service: string;
  readonly backends: readonly Pick<DemoCall, 'service' | 'rps' | 'part' | 'failing'>[];
}

export interface DemoTraffic {
  readonly calls: readonly DemoCall[];
  readonly externalCalls: readonly DemoExternalCall[];
  readonly connections: readonly DemoConnection[];
  readonly routes: readonly DemoRoute[];
}

const ORDERS: DemoPolicy = { server: 'orders-http', route: 'orders-api', authorization: 'orders-callers' };
const PAYMENTS: DemoPolicy = { server: 'payments-grpc', authorization: 'payments-from-checkout' };

/**
 * To be found in it: recommendations is slow, and web's 99th percentile with it; the canary of checkout fails more often than its stable version; ledger fails, and accounts with
 * it; the weather's frontend is slow; one pod of payments is outside of the mesh, so a third of the calls to it are plain; reports has no proxy, and orders refuses it,
 * letting in the kubelet's probes alone; portal may not call ledger, and tries; crm, which no mesh has reached, may not call forecast.
 */
export const TRAFFIC: DemoTraffic = {
  calls: [
    {
      to: 'shop/web',
      service: 'web',
      port: 8080,
      protocol: 'http',
      rps: 36,
      failing: 0.002,
      latency: [50, 400, 2000],
      policy: { server: 'web-http', authorization: 'web-public', kind: 'serverauthorization' },
    },
    http('shop/web', 'shop/catalog', { rps: 42, failing: 0.0005, latency: [10, 30, 50] }),
    http('shop/web', 'shop/cart', { rps: 12, failing: 0, latency: [5, 10, 20] }),
    http('shop/web', 'shop/checkout', { rps: 6, part: 'stable', failing: 0.002, latency: [50, 200, 400] }),
    http('shop/web', 'shop/checkout-canary', { rps: 6, part: 'canary', failing: 0.12, latency: [100, 500, 1000] }),
    http('shop/web', 'shop/recommendations', { rps: 18, failing: 0.008, latency: [300, 1000, 2000] }),
    grpc('shop/checkout', 'shop/payments', { rps: 5, failing: 0.01, latency: [40, 100, 300], policy: PAYMENTS }),
    grpc('shop/checkout-canary', 'shop/payments', { rps: 0.8, failing: 0.1, latency: [50, 200, 400], policy: PAYMENTS }),
    http('shop/checkout', 'shop/orders', { rps: 5, failing: 0.001, latency: [20, 50, 100], policy: ORDERS }),
    http('shop/checkout', 'shop/cart', { rps: 5.4, failing: 0, latency: [5, 10, 20] }),
    {
      to: 'shop/orders',
      service: 'orders',
      port: 8080,
      protocol: 'http',
      rps: 0.4,
      failing: 0,
      latency: [1, 2, 3],
      denied: 0.8,
      policy: { ...ORDERS, route: 'orders-probes', authorization: 'orders-probes' },
    },
    http('istio-system/istio-ingressgateway', 'bank/portal', { rps: 24, failing: 0.001, latency: [25, 100, 250] }),
    http('istio-system/istio-ingressgateway', 'weather/frontend', { rps: 8, failing: 0, latency: [500, 1000, 2500] }),
    grpc('bank/portal', 'bank/accounts', { rps: 12.6, failing: 0.05, latency: [10, 50, 100] }),
    grpc('bank/portal', 'bank/accounts-canary', { service: 'accounts', rps: 1.4, failing: 0.05, latency: [10, 50, 100] }),
    grpc('bank/accounts', 'bank/ledger', { rps: 11, failing: 0.08, latency: [10, 25, 50] }),
    grpc('bank/accounts-canary', 'bank/ledger', { rps: 1.2, failing: 0.08, latency: [10, 25, 50] }),
    grpc('bank/portal', 'bank/ledger', { rps: 0, failing: 0, latency: [1, 5, 10], denied: 0.3 }),
  ],
  externalCalls: [{ from: 'shop/web', host: 'api.tax.example.com', port: 80, rps: 1.5, failing: 0.02, latency: [100, 300, 500] }],
  connections: [
    connection('shop/cart', 'shop/cart-redis', 6379, { open: 4, opened: 0.1, sent: 18_000, received: 52_000 }),
    connection('bank/ledger', 'bank/ledger-db', 5432, { open: 6, opened: 0.2, sent: 24_000, received: 310_000 }),
    connection('weather/frontend', 'weather/forecast', 9090, { open: 3, opened: 0.05, sent: 6_300, received: 21_000 }),
    connection('legacy/billing', 'weather/frontend', 8080, { open: 1, opened: 0.02, sent: 400, received: 2_000 }),
    connection('legacy/crm', 'weather/forecast', 9090, { open: 0, opened: 0, sent: 0, received: 0, denied: 0.1 }),
  ],
  routes: [
    {
      namespace: 'shop',
      group: 'gateway.networking.k8s.io',
      kind: 'HTTPRoute',
      name: 'checkout',
      from: 'shop/web',
      service: 'checkout',
      backends: [
        { service: 'checkout', rps: 6, part: 'stable', failing: 0.002 },
        { service: 'checkout-canary', rps: 6, part: 'canary', failing: 0.12 },
      ],
    },
    {
      namespace: 'shop',
      group: 'gateway.networking.k8s.io',
      kind: 'GRPCRoute',
      name: 'payments',
      from: 'shop/checkout',
      service: 'payments',
      backends: [{ service: 'payments', rps: 5, failing: 0.01 }],
    },
  ],
};

type Figures = Omit<DemoCall, 'from' | 'to' | 'service' | 'port' | 'protocol'> & { readonly service?: string };

/** The Service has its workload's name, unless it is given. */
function http(from: WorkloadName, to: WorkloadName, figures: Figures): DemoCall {
  return { from, to, service: nameOf(to), port: 8080, protocol: 'http', ...figures };
}

function grpc(from: WorkloadName, to: WorkloadName, figures: Figures): DemoCall {
  return { from, to, service: nameOf(to), port: 9090, protocol: 'grpc', ...figures };
}

function connection(
  from: WorkloadName,
  to: WorkloadName,
  port: number,
  figures: Omit<DemoConnection, 'from' | 'to' | 'service' | 'port'>,
): DemoConnection {
  return { from, to, service: nameOf(to), port, ...figures };
}

function nameOf(workload: WorkloadName): string {
  return workload.slice(workload.indexOf('/') + 1);
}
