import { hashText } from '../../lib/hash.ts';
import type { Json, JsonObject } from '../../lib/json.ts';
import { asArray, asObject, asText, at, objectAt, own, withMember } from './json.ts';
import type { ResourceKey } from './resources.ts';

/**
 * What the API server fills in where an object says nothing: for custom resources the defaults of their schemas, for Kubernetes' own kinds those that
 * a reader of meshes may meet (kubernetes, pkg/apis/core/v1/defaults.go and others). Written values stay as they are.
 */
export function withDefaults(key: ResourceKey, object: JsonObject): JsonObject {
  const fill = DEFAULTS[key];
  return fill === undefined ? object : fill(object);
}

type Fill = (object: JsonObject) => JsonObject;

/** The members that are absent. */
function filled(object: JsonObject, defaults: JsonObject): JsonObject {
  return { ...object, ...Object.fromEntries(Object.entries(defaults).filter(([member]) => own(object, member) === undefined)) };
}

/** Fills in the object, or each object of a list, that stands under a member; leaves anything else alone. */
function inside(object: JsonObject, member: string, fill: Fill): JsonObject {
  const value = own(object, member);
  const list = asArray(value);
  const each = (item: Json): Json => {
    const inner = asObject(item);
    return inner === undefined ? item : fill(inner);
  };
  if (list !== undefined) return withMember(object, member, list.map(each));
  return asObject(value) === undefined ? object : withMember(object, member, each(value ?? null));
}

const spec =
  (fill: Fill): Fill =>
  (object) =>
    inside(object, 'spec', fill);

const ANY_PATH: Json = { path: { type: 'PathPrefix', value: '/' } };

/** Parents, rules and backends of a route, whose parents are of that group. */
const route = (group: string, rule: Fill): Fill =>
  spec((fields) => {
    const parents = inside(fields, 'parentRefs', (ref) => filled(ref, { group, kind: 'Gateway' }));
    return inside(parents, 'rules', (each) =>
      inside(rule(each), 'backendRefs', (ref) => filled(ref, { group: '', kind: 'Service', weight: 1 })),
    );
  });

const httpRule: Fill = (rule) =>
  inside(filled(rule, { matches: [ANY_PATH] }), 'matches', (match) =>
    inside(filled(match, { path: { type: 'PathPrefix', value: '/' } }), 'path', (path) => filled(path, { type: 'PathPrefix', value: '/' })),
  );

const httpRoute = (group: string): Fill => {
  const inner = route(group, httpRule);
  return (object) => inner(inside(object, 'spec', (fields) => filled(fields, { rules: [{ matches: [ANY_PATH] }] })));
};

const anyRule: Fill = (rule) => rule;
const GATEWAY_API = 'gateway.networking.k8s.io';
const oneReplica = spec((fields) => filled(fields, { replicas: 1 }));

const service: Fill = (object) => {
  const type = asText(at(object, 'spec', 'type')) ?? 'ClusterIP';
  const withPorts = inside(object, 'spec', (fields) =>
    inside(filled(fields, { type, sessionAffinity: 'None' }), 'ports', (port) =>
      filled(port, { protocol: 'TCP', targetPort: own(port, 'port') }),
    ),
  );
  if (type === 'ExternalName') return withPorts;
  const clusterIP = asText(at(withPorts, 'spec', 'clusterIP')) ?? addressFor(object);
  const address = {
    clusterIP,
    clusterIPs: [clusterIP],
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    internalTrafficPolicy: 'Cluster',
  };
  return filled(
    inside(withPorts, 'spec', (fields) => filled(fields, address)),
    { status: { loadBalancer: {} } },
  );
};

/** An address of the service network, always the same for the same name. */
function addressFor(object: JsonObject): string {
  const { namespace = '', name = '' } = objectAt(object, 'metadata');
  const hash = hashText(`${namespace}/${name}`);
  const octet = (place: number) => (Number.parseInt(hash.slice(place, place + 2), 16) % 254) + 1;
  return `10.96.${octet(0)}.${octet(2)}`;
}

const namespace: Fill = (object) => {
  const { name = '' } = objectAt(object, 'metadata');
  const metadata = inside(filled(objectAt(object, 'metadata'), { labels: {} }), 'labels', (labels) => ({
    ...labels,
    'kubernetes.io/metadata.name': name,
  }));
  return filled(withMember(object, 'metadata', metadata), { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
};

const DEFAULTS: Readonly<Partial<Record<ResourceKey, Fill>>> = {
  namespaces: namespace,
  services: service,
  pods: (object) => filled(object, { status: { phase: 'Pending' } }),
  deployments: oneReplica,
  replicasets: oneReplica,
  statefulsets: oneReplica,
  'gateways.gateway.networking.k8s.io': spec((fields) =>
    inside(fields, 'listeners', (listener) => filled(listener, { allowedRoutes: { namespaces: { from: 'Same' } } })),
  ),
  'httproutes.gateway.networking.k8s.io': httpRoute(GATEWAY_API),
  'grpcroutes.gateway.networking.k8s.io': route(GATEWAY_API, anyRule),
  'tcproutes.gateway.networking.k8s.io': route(GATEWAY_API, anyRule),
  'tlsroutes.gateway.networking.k8s.io': route(GATEWAY_API, anyRule),
  'httproutes.policy.linkerd.io': httpRoute('policy.linkerd.io'),
  'servers.policy.linkerd.io': spec((fields) => filled(fields, { accessPolicy: 'deny', proxyProtocol: 'unknown' })),
};
