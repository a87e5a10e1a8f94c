/** A small mesh without a mistake, and what builds others. Every test of a check starts from it. */

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Labels; readonly annotations?: Labels };
  readonly [member: string]: unknown;
}
type Labels = Readonly<Record<string, string>>;

export interface Place {
  readonly namespace?: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
}

function manifest(apiVersion: string, kind: string, name: string, rest: Readonly<Record<string, unknown>>, place: Place = {}): Manifest {
  return { apiVersion, kind, metadata: { name, namespace: 'shop', ...place }, ...rest };
}

const istio = (group: string, kind: string) => (name: string, spec: unknown, place?: Place) =>
  manifest(`${group}.istio.io/v1`, kind, name, { spec }, place);

export const virtualService = istio('networking', 'VirtualService');
export const destinationRule = istio('networking', 'DestinationRule');
export const gateway = istio('networking', 'Gateway');
export const serviceEntry = istio('networking', 'ServiceEntry');
export const sidecar = istio('networking', 'Sidecar');
export const authorizationPolicy = istio('security', 'AuthorizationPolicy');
export const peerAuthentication = istio('security', 'PeerAuthentication');
export const requestAuthentication = istio('security', 'RequestAuthentication');
export const telemetry = istio('telemetry', 'Telemetry');

export function envoyFilter(name: string, spec: unknown, place?: Place): Manifest {
  return manifest('networking.istio.io/v1alpha3', 'EnvoyFilter', name, { spec }, place);
}

export function other(
  apiVersion: string,
  kind: string,
  name: string,
  rest: Readonly<Record<string, unknown>> = {},
  place?: Place,
): Manifest {
  return manifest(apiVersion, kind, name, rest, place);
}

export function namespace(name: string, labels: Labels = {}): Manifest {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

export interface PortSpec {
  readonly port: number;
  readonly name?: string;
  readonly targetPort?: number | string;
  readonly protocol?: string;
  readonly appProtocol?: string;
}

export function service(name: string, selector: Labels, ports: readonly PortSpec[], place?: Place): Manifest {
  return manifest('v1', 'Service', name, { spec: { selector, ports } }, place);
}

/** A Deployment of pods with these labels; `pod` goes into the pod's spec. */
export function deployment(
  name: string,
  labels: Labels,
  containerPort: number,
  place?: Place,
  pod: Readonly<Record<string, unknown>> = {},
): Manifest {
  const containers = [{ name: 'app', image: 'app', ports: [{ containerPort }] }];
  return manifest('apps/v1', 'Deployment', name, { spec: { template: { metadata: { labels }, spec: { containers, ...pod } } } }, place);
}

/** One route to a host. */
export function to(host: string, rest: Readonly<Record<string, unknown>> = {}): unknown {
  return { destination: { host, ...rest } };
}

export const INGRESS = { namespace: 'istio-system' } as const;

/** The labels of the gateway's proxies. */
export const PROXY = { istio: 'ingressgateway' } as const;

export const WORLD: readonly Manifest[] = [
  namespace('shop', { 'istio-injection': 'enabled' }),
  namespace('istio-system'),
  service('web', { app: 'web' }, [{ port: 80, name: 'http-web', targetPort: 8080 }]),
  deployment('web-v1', { app: 'web', version: 'v1' }, 8080, {}, { serviceAccountName: 'web' }),
  deployment('web-v2', { app: 'web', version: 'v2' }, 8080, {}, { serviceAccountName: 'web' }),
  service('db', { app: 'db' }, [{ port: 5432, name: 'tcp-db' }]),
  deployment('db', { app: 'db' }, 5432),
  service(
    'gateway',
    PROXY,
    [
      { port: 80, name: 'http2', targetPort: 8080 },
      { port: 443, name: 'https', targetPort: 8443 },
    ],
    INGRESS,
  ),
  deployment('gateway', { ...PROXY, 'sidecar.istio.io/inject': 'true' }, 8080, INGRESS),
  other('v1', 'Secret', 'shop-tls', { data: { 'tls.crt': 'eA==', 'tls.key': 'eA==' } }, INGRESS),
  gateway('public', {
    selector: PROXY,
    servers: [
      { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['shop.example.com'] },
      {
        port: { number: 443, name: 'https', protocol: 'HTTPS' },
        hosts: ['shop.example.com'],
        tls: { mode: 'SIMPLE', credentialName: 'shop-tls' },
      },
    ],
  }),
  virtualService('web', {
    hosts: ['web'],
    http: [
      { match: [{ headers: { 'x-stage': { exact: 'next' } } }], route: [to('web', { subset: 'v2' })] },
      {
        route: [
          { ...Object(to('web', { subset: 'v1' })), weight: 90 },
          { ...Object(to('web', { subset: 'v2' })), weight: 10 },
        ],
        timeout: '10s',
        retries: { attempts: 3, perTryTimeout: '2s', retryOn: '5xx,reset,connect-failure,refused-stream' },
      },
    ],
  }),
  virtualService('shop', { hosts: ['shop.example.com'], gateways: ['public'], http: [{ route: [to('web')] }] }),
  destinationRule('web', {
    host: 'web.shop.svc.cluster.local',
    trafficPolicy: { loadBalancer: { simple: 'LEAST_REQUEST' }, outlierDetection: { consecutive5xxErrors: 5 } },
    subsets: [
      { name: 'v1', labels: { version: 'v1' } },
      { name: 'v2', labels: { version: 'v2' } },
    ],
  }),
  serviceEntry('bank', {
    hosts: ['api.bank.example'],
    location: 'MESH_EXTERNAL',
    resolution: 'DNS',
    ports: [{ number: 443, name: 'tls', protocol: 'TLS' }],
  }),
  peerAuthentication('default', { mtls: { mode: 'STRICT' } }, INGRESS),
  authorizationPolicy('deny-by-default', {}),
  authorizationPolicy('web', {
    selector: { matchLabels: { app: 'web' } },
    rules: [
      {
        from: [{ source: { principals: ['cluster.local/ns/shop/sa/web'], namespaces: ['istio-system'] } }],
        to: [{ operation: { methods: ['GET'], paths: ['/api/*'], ports: ['8080'] } }],
      },
    ],
  }),
  sidecar('default', { egress: [{ hosts: ['./*', 'istio-system/*'] }] }),
  telemetry('default', { tracing: [{ randomSamplingPercentage: 0.1 }] }),
];

const keyOf = ({ kind, metadata }: Manifest) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;

/** The world with these objects; one that is there already is replaced. */
export function worldWith(...objects: readonly Manifest[]): readonly Manifest[] {
  const replaced = new Set(objects.map(keyOf));
  return [...WORLD.filter((object) => !replaced.has(keyOf(object))), ...objects];
}

/** The world without the objects of these names. */
export function worldWithout(kind: string, ...names: readonly string[]): readonly Manifest[] {
  return WORLD.filter((object) => object.kind !== kind || (names.length > 0 && !names.includes(object.metadata.name)));
}
