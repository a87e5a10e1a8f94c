import { edgeKey, homeOf } from './edges.ts';
import { escapeName, objectKeyOf, workloadKeyOf } from './ids.ts';
import type {
  Edge,
  Mesh,
  NamespaceTopology,
  NamespaceTraffic,
  PolicyNode,
  RouteNode,
  RouteTraffic,
  ServiceNode,
  WorkloadNode,
} from './model.ts';
import { routeKey } from './route-traffic.ts';

/** A collection of a namespace in the public graph: what it has by key, so that no path of a patch depends on a position. */
export type Collection<Entry> = Readonly<Record<string, Entry>>;

/** A namespace in the public graph. An entry's arrays are values: they change as a whole. */
export interface PublicNamespace {
  readonly asksFor?: Mesh;
  /** By `Deployment/web`. */
  readonly workloads: Collection<WorkloadNode>;
  /** By name. */
  readonly services: Collection<ServiceNode>;
  /** By `HTTPRoute.gateway.networking.k8s.io/web`. */
  readonly routes: Collection<RouteNode>;
  /** By `AuthorizationPolicy.security.istio.io/web`. */
  readonly policies: Collection<PolicyNode>;
  /** By `edgeKey`: those whose home this is (`homeOf`), so that an edge stands once in the graph. */
  readonly edges: Collection<Edge>;
  /** By the route's key, `>` and its backend. */
  readonly routeTraffic: Collection<RouteTraffic>;
}

/** The whole graph as one JSON document: what deltas are about and what a snapshot holds. Keys are made of names so that none is a trap (`escapeName`). */
export interface PublicGraph {
  readonly namespaces: Collection<PublicNamespace>;
}

export const COLLECTIONS = ['workloads', 'services', 'routes', 'policies', 'edges', 'routeTraffic'] as const;
export type CollectionName = (typeof COLLECTIONS)[number];

/** A namespace as it stands in the public graph. The entries are those of topology and traffic themselves, so what did not change stays the same object. */
export function publicNamespace(topology: NamespaceTopology | undefined, traffic: NamespaceTraffic | undefined): PublicNamespace {
  const { workloads = [], services = [], routes = [], policies = [], asksFor } = topology ?? {};
  const own = traffic?.edges.filter((edge) => homeOf(edge) === traffic.namespace) ?? [];
  return {
    ...(asksFor === undefined ? {} : { asksFor }),
    workloads: collect(workloads, ({ kind, name }) => workloadKeyOf(kind, name)),
    services: collect(services, ({ name }) => escapeName(name)),
    routes: collect(routes, objectKeyOf),
    policies: collect(policies, objectKeyOf),
    edges: collect(own, edgeKey),
    routeTraffic: collect(traffic?.routes ?? [], routeKey),
  };
}

/** The public graph of namespaces by name. */
export function publicGraph(namespaces: Iterable<readonly [namespace: string, content: PublicNamespace]>): PublicGraph {
  return { namespaces: Object.fromEntries([...namespaces].map(([namespace, content]) => [namespaceKey(namespace), content])) };
}

/** The key of a namespace in the public graph: its name. */
export function namespaceKey(namespace: string): string {
  return escapeName(namespace);
}

function collect<Entry>(entries: readonly Entry[], keyOf: (entry: Entry) => string): Collection<Entry> {
  return Object.fromEntries(entries.map((entry) => [keyOf(entry), entry]));
}
