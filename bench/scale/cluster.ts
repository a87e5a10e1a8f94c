/** A cluster of any size, written down nowhere: every object and every call follows from its numbers. */
import type { JsonObject } from '../../src/lib/json.ts';
import type { KeptKind } from '../../src/mesh/kept.ts';
import { KINDS } from '../../src/sources/kubernetes/kinds.ts';

/** Of each namespace. */
export const SERVICES = 10;
export const PODS_PER_SERVICE = 5;
/** Calls that go out of each service. */
export const EDGES_PER_SERVICE = 10;
/** Those of them that stay in the namespace. */
const EDGES_WITHIN = 7;
export const PODS = SERVICES * PODS_PER_SERVICE;

export const PORT = 8080;

/** Namespaces with an even number are in Linkerd, the others in Istio. */
export type BenchMesh = 'linkerd' | 'istio';

export function meshOfNamespace(namespace: number): BenchMesh {
  return namespace % 2 === 0 ? 'linkerd' : 'istio';
}

export function namespaceName(namespace: number): string {
  return `team-${String(namespace).padStart(4, '0')}`;
}

export function serviceName(service: number): string {
  return `app-${service}`;
}

/** One place of a call: the number of a namespace, and of a service in it. */
export interface Place {
  readonly namespace: number;
  readonly service: number;
}

export interface Call {
  readonly from: Place;
  readonly to: Place;
  /** Requests per second. */
  readonly rate: number;
  /** Failed ones among them. */
  readonly failures: number;
  readonly p50Ms: number;
}

/** A cluster of so many namespaces, which must be an even number: the last of each mesh call the first of it. What has happened to it since it was made is kept here. */
export class Cluster {
  readonly namespaces: number;
  /** How often a pod was replaced, by namespace, service and ordinal. */
  readonly #replaced = new Map<string, number>();
  /** Deployments of which a pod is not ready. */
  readonly #degraded = new Set<string>();

  constructor(namespaces: number) {
    if (namespaces < 2 || namespaces % 2 !== 0) throw new Error('a cluster has an even number of namespaces');
    this.namespaces = namespaces;
  }

  /** The calls that go out of a namespace: each service calls seven others beside it, and three in the next namespace of its mesh. */
  calls(namespace: number): readonly Call[] {
    const next = (namespace + 2) % this.namespaces;
    return numbers(SERVICES).flatMap((service) =>
      numbers(EDGES_PER_SERVICE).map((edge): Call => {
        const to =
          edge < EDGES_WITHIN
            ? { namespace, service: (service + 1 + edge) % SERVICES }
            : { namespace: next, service: (service + edge) % SERVICES };
        const rate = 1 + ((namespace * 31 + service * 7 + edge * 13) % 50);
        return {
          from: { namespace, service },
          to,
          rate,
          failures: edge === 0 && service % 5 === 0 ? rate / 50 : 0,
          p50Ms: 2 + ((service + edge) % 20),
        };
      }),
    );
  }

  /** The raw objects of a kind in a namespace, as the API server has them. */
  objects(kind: KeptKind, namespace: number): readonly JsonObject[] {
    const mesh = meshOfNamespace(namespace);
    const services = numbers(SERVICES);
    const first = (count: number, make: (service: number) => JsonObject) => numbers(count).map(make);
    switch (kind) {
      case 'namespaces':
        return [
          this.#object(kind, namespace, namespaceName(namespace), { labels: mesh === 'istio' ? { 'istio-injection': 'enabled' } : {} }),
        ];
      case 'services':
        return services.map((service) => this.#service(namespace, service));
      case 'deployments':
        return services.map((service) => this.deployment({ namespace, service }));
      case 'replicaSets':
        return services.map((service) =>
          this.#object(kind, namespace, replicaSetName(service), {
            labels: labelsOf(service),
            ...ownedBy('Deployment', serviceName(service)),
          }),
        );
      case 'pods':
        return services.flatMap((service) => numbers(PODS_PER_SERVICE).map((ordinal) => this.pod({ namespace, service }, ordinal)));
      case 'serviceAccounts':
        return services.map((service) => this.#object(kind, namespace, serviceName(service), {}));
      case 'linkerdServers':
        return mesh === 'istio' ? [] : services.map((service) => this.#linkerdServer(namespace, service));
      case 'linkerdAuthorizationPolicies':
        return mesh === 'istio' ? [] : first(3, (service) => this.#linkerdAuthorization(namespace, service));
      case 'linkerdMeshTlsAuthentications':
        return mesh === 'istio'
          ? []
          : first(3, (service) =>
              this.#object(
                kind,
                namespace,
                serviceName(service),
                {},
                { spec: { identityRefs: [{ kind: 'Namespace', name: namespaceName(namespace) }] } },
              ),
            );
      case 'httpRoutes':
        return mesh === 'istio' ? [] : first(2, (service) => this.#httpRoute(namespace, service));
      case 'istioVirtualServices':
        return mesh === 'linkerd' ? [] : first(3, (service) => this.#virtualService(namespace, service));
      case 'istioDestinationRules':
        return mesh === 'linkerd' ? [] : first(3, (service) => this.#destinationRule(namespace, service));
      case 'istioAuthorizationPolicies':
        return mesh === 'linkerd' ? [] : first(3, (service) => this.#istioAuthorization(namespace, service));
      case 'istioPeerAuthentications':
        return mesh === 'linkerd' ? [] : [this.#object(kind, namespace, 'default', {}, { spec: { mtls: { mode: 'STRICT' } } })];
      default:
        return [];
    }
  }

  /** Replaces a pod by another of the same workload; gives the one that went and the one that came. */
  replacePod(place: Place, ordinal: number): { readonly gone: JsonObject; readonly come: JsonObject } {
    const gone = this.pod(place, ordinal);
    const key = podKey(place, ordinal);
    this.#replaced.set(key, (this.#replaced.get(key) ?? 0) + 1);
    return { gone, come: this.pod(place, ordinal) };
  }

  /** One pod of a Deployment is no longer ready, or is again. */
  toggle(place: Place): JsonObject {
    const key = placeKey(place);
    if (!this.#degraded.delete(key)) this.#degraded.add(key);
    return this.deployment(place);
  }

  pod(place: Place, ordinal: number): JsonObject {
    const { namespace, service } = place;
    const times = this.#replaced.get(podKey(place, ordinal)) ?? 0;
    const mesh = meshOfNamespace(namespace);
    const labels = {
      ...labelsOf(service),
      'pod-template-hash': hashOf(service),
      ...(mesh === 'linkerd'
        ? {
            'linkerd.io/control-plane-ns': 'linkerd',
            'linkerd.io/proxy-deployment': serviceName(service),
            'linkerd.io/workload-ns': namespaceName(namespace),
          }
        : {
            'security.istio.io/tlsMode': 'istio',
            'service.istio.io/canonical-name': serviceName(service),
            'service.istio.io/canonical-revision': 'v1',
          }),
    };
    const annotations =
      mesh === 'linkerd'
        ? {
            'linkerd.io/created-by': 'linkerd/proxy-injector edge-26.8.1',
            'linkerd.io/proxy-version': 'edge-26.8.1',
            'linkerd.io/trust-root-sha256': 'ab'.repeat(32),
          }
        : {
            'sidecar.istio.io/status': '{"initContainers":["istio-init","istio-proxy"],"containers":null,"revision":"default"}',
            'prometheus.io/scrape': 'true',
          };
    const name = `${replicaSetName(service)}-${suffix(namespace * PODS + service * PODS_PER_SERVICE + ordinal, times)}`;
    return this.#object('pods', namespace, name, { labels, annotations, ...ownedBy('ReplicaSet', replicaSetName(service)) });
  }

  deployment({ namespace, service }: Place): JsonObject {
    const ready = this.#degraded.has(placeKey({ namespace, service })) ? PODS_PER_SERVICE - 1 : PODS_PER_SERVICE;
    const probe = { httpGet: { path: '/ready', port: 'http', scheme: 'HTTP' }, periodSeconds: 10 };
    const container = {
      ...{ name: 'app', image: `registry.example.com/${serviceName(service)}:1.4.2`, imagePullPolicy: 'IfNotPresent' },
      ports: [{ containerPort: PORT, name: 'http', protocol: 'TCP' }],
      readinessProbe: probe,
      resources: { limits: { memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
      env: numbers(5).map((each) => ({ name: `SETTING_${each}`, value: `value-${each}` })),
    };
    return this.#object(
      'deployments',
      namespace,
      serviceName(service),
      { labels: labelsOf(service) },
      {
        spec: {
          replicas: PODS_PER_SERVICE,
          selector: { matchLabels: { app: serviceName(service) } },
          template: {
            metadata: { labels: labelsOf(service) },
            spec: { serviceAccountName: serviceName(service), containers: [container] },
          },
        },
        status: {
          observedGeneration: 1,
          replicas: PODS_PER_SERVICE,
          updatedReplicas: PODS_PER_SERVICE,
          readyReplicas: ready,
          availableReplicas: ready,
        },
      },
    );
  }

  #service(namespace: number, service: number): JsonObject {
    const spec = {
      ...{ type: 'ClusterIP', clusterIP: `10.${namespace % 256}.${service}.1`, sessionAffinity: 'None', internalTrafficPolicy: 'Cluster' },
      selector: { app: serviceName(service) },
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 'http', appProtocol: 'http' }],
    };
    return this.#object('services', namespace, serviceName(service), { labels: labelsOf(service) }, { spec, status: { loadBalancer: {} } });
  }

  #linkerdServer(namespace: number, service: number): JsonObject {
    const spec = {
      podSelector: { matchLabels: { app: serviceName(service) } },
      port: 'http',
      proxyProtocol: 'HTTP/1',
      accessPolicy: 'all-authenticated',
    };
    return this.#object('linkerdServers', namespace, serviceName(service), {}, { spec });
  }

  #linkerdAuthorization(namespace: number, service: number): JsonObject {
    const group = 'policy.linkerd.io';
    const spec = {
      targetRef: { group, kind: 'Server', name: serviceName(service) },
      requiredAuthenticationRefs: [{ group, kind: 'MeshTLSAuthentication', name: serviceName(service) }],
    };
    return this.#object('linkerdAuthorizationPolicies', namespace, serviceName(service), {}, { spec });
  }

  #httpRoute(namespace: number, service: number): JsonObject {
    const backend = { group: '', kind: 'Service', name: serviceName(service), port: 80 };
    const spec = {
      parentRefs: [backend],
      rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], backendRefs: [backend], timeouts: { request: '5s' } }],
    };
    return this.#object('httpRoutes', namespace, serviceName(service), {}, { spec });
  }

  #virtualService(namespace: number, service: number): JsonObject {
    const host = serviceName(service);
    const spec = { hosts: [host], http: [{ route: [{ destination: { host, subset: 'v1' } }], timeout: '2s', retries: { attempts: 2 } }] };
    return this.#object('istioVirtualServices', namespace, host, {}, { spec });
  }

  #destinationRule(namespace: number, service: number): JsonObject {
    const spec = {
      host: serviceName(service),
      trafficPolicy: { outlierDetection: { consecutive5xxErrors: 5, interval: '10s', baseEjectionTime: '30s' } },
      subsets: [{ name: 'v1', labels: { version: 'v1' } }],
    };
    return this.#object('istioDestinationRules', namespace, serviceName(service), {}, { spec });
  }

  #istioAuthorization(namespace: number, service: number): JsonObject {
    const spec = {
      selector: { matchLabels: { app: serviceName(service) } },
      action: 'ALLOW',
      rules: [
        {
          from: [
            { source: { namespaces: [namespaceName(namespace), namespaceName((namespace + this.namespaces - 2) % this.namespaces)] } },
          ],
        },
      ],
    };
    return this.#object('istioAuthorizationPolicies', namespace, serviceName(service), {}, { spec });
  }

  /** With what every object has, and nobody here reads: it comes over the wire all the same. */
  #object(kind: KeptKind, namespace: number, name: string, metadata: JsonObject, more: JsonObject = {}): JsonObject {
    const row = KINDS[kind];
    const version = row.group === '' ? row.versions[0] : `${row.group}/${row.versions[0]}`;
    return {
      apiVersion: row.form === 'metadata' ? 'meta.k8s.io/v1' : version,
      kind: row.form === 'metadata' ? 'PartialObjectMetadata' : row.kind,
      metadata: {
        name,
        ...(row.namespaced ? { namespace: namespaceName(namespace) } : {}),
        uid: `6f1c2a54-0000-4000-8000-${String(namespace).padStart(6, '0')}${name.length}${hashOf(name.length)}`,
        resourceVersion: '1000',
        creationTimestamp: '2026-08-01T08:00:00Z',
        ...metadata,
        managedFields: MANAGED_FIELDS,
      },
      ...more,
    };
  }
}

/** About as much as a controller and a kubelet leave on a pod. */
const MANAGED_FIELDS = ['kube-controller-manager', 'kubelet'].map((manager) => ({
  ...{ manager, operation: 'Update', apiVersion: 'v1', time: '2026-08-01T08:00:00Z', fieldsType: 'FieldsV1' },
  fieldsV1: {
    'f:metadata': {
      'f:labels': { '.': {}, 'f:app': {}, 'f:version': {}, 'f:pod-template-hash': {} },
      'f:ownerReferences': { '.': {}, 'k:{"uid":"6f1c2a54-0000-4000-8000-000000000000"}': {} },
    },
    'f:spec': {
      'f:containers': { 'k:{"name":"app"}': { '.': {}, 'f:image': {}, 'f:ports': {}, 'f:resources': {} } },
      'f:restartPolicy': {},
    },
  },
}));

export function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, number) => number);
}

function labelsOf(service: number): Readonly<Record<string, string>> {
  return { app: serviceName(service), version: 'v1', 'app.kubernetes.io/name': serviceName(service), 'app.kubernetes.io/part-of': 'bench' };
}

function ownedBy(kind: string, name: string): JsonObject {
  return {
    ownerReferences: [
      { apiVersion: 'apps/v1', kind, name, uid: '6f1c2a54-0000-4000-8000-000000000000', controller: true, blockOwnerDeletion: true },
    ],
  };
}

function hashOf(service: number): string {
  return (7_654_321 + service * 1_234_577).toString(36).slice(0, 9);
}

function replicaSetName(service: number): string {
  return `${serviceName(service)}-${hashOf(service)}`;
}

function suffix(pod: number, times: number): string {
  return ((pod * 48_271 + times * 69_621 + 1_000_003) % 60_466_176).toString(36).padStart(5, '0');
}

function placeKey({ namespace, service }: Place): string {
  return `${namespace}/${service}`;
}

function podKey(place: Place, ordinal: number): string {
  return `${placeKey(place)}/${ordinal}`;
}
