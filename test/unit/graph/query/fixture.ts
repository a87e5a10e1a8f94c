import type { Edge, NamespaceTopology, NamespaceTraffic, PodCounts, ServiceNode, WorkloadNode } from '../../../../src/graph/model.ts';
import type { MeshView } from '../../../../src/graph/query/view.ts';

export const meshed: PodCounts = { pods: 2, meshedPods: 2, meshes: ['linkerd'] };
export const bare: PodCounts = { pods: 1, meshedPods: 0, meshes: [] };

export const deployment = (name: string, pods: PodCounts = meshed, more: Partial<WorkloadNode> = {}): WorkloadNode => ({
  kind: 'Deployment',
  name,
  health: 'healthy',
  ports: [],
  ...pods,
  ...more,
});

export const serviceBefore = (name: string, workloads: readonly string[], pods: PodCounts = meshed): ServiceNode => ({
  name,
  type: 'ClusterIP',
  selects: true,
  ports: [],
  omittedPorts: 0,
  omittedWorkloads: 0,
  workloads: workloads.map((workload) => ({ kind: 'Deployment', name: workload, ...pods })),
  ...pods,
});

export const topologyOf = (namespace: string, more: Partial<NamespaceTopology> = {}): NamespaceTopology => ({
  namespace,
  workloads: [],
  services: [],
  routes: [],
  policies: [],
  ...more,
});

/** `a->b` is between Deployments of `shop`; a name with a slash is an id. */
export const edge = (arrow: string, more: Partial<Edge> = {}): Edge => {
  const [source = '', destination = ''] = arrow.split('->').map((name) => (/\/|^un/.test(name) ? name : `shop/Deployment/${name}`));
  return { source, destination, protocol: 'http', mesh: 'linkerd', rps: 1, ...more };
};

export const trafficIn = (namespace: string, edges: readonly Edge[]): NamespaceTraffic => ({ namespace, edges });

export const viewOf = (topologies: readonly NamespaceTopology[], traffic: readonly NamespaceTraffic[]): MeshView => ({
  topologies: new Map(topologies.map((one) => [one.namespace, one])),
  traffic: new Map(traffic.map((one) => [one.namespace, one])),
});

/** A shop: web calls cart and a bank, cart calls db over TCP; loadtest is outside the mesh; someone calls web from outside. */
export const shop = topologyOf('shop', {
  asksFor: 'linkerd',
  workloads: [
    deployment('cart', meshed, { health: 'degraded', desired: 3, ready: 2 }),
    deployment('db'),
    deployment('loadtest', bare),
    deployment('web'),
  ],
  services: [serviceBefore('cart', ['cart']), serviceBefore('db', ['db']), serviceBefore('web', ['web'])],
  routes: [
    {
      group: 'gateway.networking.k8s.io',
      kind: 'HTTPRoute',
      name: 'cart-canary',
      attachedTo: ['shop/Service/cart'],
      hosts: [],
      backends: [{ to: 'shop/Service/cart', weight: 1 }],
      problems: ['Its backend cart-v2 does not exist.'],
    },
    { group: 'networking.istio.io', kind: 'VirtualService', name: 'other', attachedTo: ['mesh'], hosts: ['x'], backends: [], problems: [] },
  ],
  policies: [
    {
      group: 'policy.linkerd.io',
      kind: 'AuthorizationPolicy',
      name: 'cart',
      selects: ['shop/Server/cart-http'],
      summary: 'web',
      problems: [],
    },
    {
      group: 'policy.linkerd.io',
      kind: 'Server',
      name: 'cart-http',
      action: 'deny',
      selects: ['shop/Deployment/cart'],
      summary: '',
      problems: [],
    },
    {
      group: 'policy.linkerd.io',
      kind: 'HTTPLocalRateLimitPolicy',
      name: 'limit',
      selects: ['shop/Server/web-http'],
      summary: '',
      problems: [],
    },
    {
      group: 'security.istio.io',
      kind: 'AuthorizationPolicy',
      name: 'all',
      action: 'ALLOW',
      selects: ['shop'],
      summary: '',
      problems: ['No rule.'],
    },
  ],
});

export const shopTraffic = trafficIn('shop', [
  edge('cart->db', { protocol: 'tcp', rps: 0, sent: 4096, received: 0, tls: 1 }),
  edge('loadtest->web', { rps: 50, successRate: 1, tls: 0, plaintext: { no_tls_from_remote: 1 } }),
  edge('unmeshed->cart', { rps: 0, denied: 2, allowed: 0 }),
  edge('web->cart', { service: 'shop/Service/cart', port: 80, rps: 20, successRate: 0.95, latency: { p50: 20, p99: 600 }, tls: 1 }),
  edge('web->cart', {
    service: 'shop/Service/cart',
    port: 81,
    rps: 20,
    successRate: 1,
    latency: { p50: 8, p99: 40 },
    tls: 0.9,
    plaintext: { plaintext: 0.1 },
  }),
  edge('web->external/pay.example.com', { rps: 3, successRate: 1 }),
  edge('web->bank/Deployment/api', { service: 'bank/Service/api', rps: 5, successRate: 0.999, latency: { p99: 90 }, tls: 1 }),
]);

export const view = viewOf([shop], [shopTraffic]);
