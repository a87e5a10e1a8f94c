import type { AccessAnswer, AccessCall, Callee, Peer } from '../../../../src/policy/access/model.ts';
import { istioInbound } from '../../../../src/policy/istio/inbound.ts';
import type { IstioSettings } from '../../../../src/policy/istio/world.ts';
import { readObjects } from '../../../../src/policy/objects/kube-object.ts';

/** A mesh with one callee, `shop/web` on port 8080. Every test says only what it is about. */

export const SETTINGS: IstioSettings = { rootNamespace: 'istio-system', trustDomain: 'cluster.local', trustDomainAliases: [] };

export const WEB: Callee = {
  namespace: 'shop',
  kind: 'Deployment',
  name: 'web',
  labels: { app: 'web' },
  annotations: {},
  namespaceLabels: {},
  namespaceAnnotations: {},
  mesh: 'istio-sidecar',
  serviceAccount: 'web',
  ports: [{ port: 8080, protocol: 'TCP', name: 'http' }],
  probes: [],
  services: [],
};

export const AMBIENT: Callee = { ...WEB, mesh: 'istio-ambient' };

export type Labels = Readonly<Record<string, string>>;

export interface Place {
  readonly namespace?: string;
  readonly annotations?: Labels;
  readonly labels?: Labels;
  /** Seconds after an instant that is the same for all; infinitely many: it is planned, and not there yet. */
  readonly age?: number;
}

export type Manifest = Readonly<Record<string, unknown>>;

const kindOf =
  (apiVersion: string, kind: string) =>
  (name: string, spec: unknown, place: Place = {}): Manifest => ({
    apiVersion,
    kind,
    metadata: {
      name,
      namespace: place.namespace ?? 'shop',
      labels: place.labels ?? {},
      annotations: place.annotations ?? {},
      ...(place.age === Number.POSITIVE_INFINITY
        ? {}
        : { creationTimestamp: new Date(1_700_000_000_000 + (place.age ?? 0) * 1000).toISOString() }),
    },
    spec,
  });

export const policy = kindOf('security.istio.io/v1', 'AuthorizationPolicy');
export const peerAuthentication = kindOf('security.istio.io/v1', 'PeerAuthentication');
export const requestAuthentication = kindOf('security.istio.io/v1', 'RequestAuthentication');
export const sidecar = kindOf('networking.istio.io/v1', 'Sidecar');
export const service = kindOf('v1', 'Service');
export const gateway = (name: string, place: Place & { readonly status?: unknown; readonly spec?: Manifest } = {}): Manifest => ({
  ...kindOf('gateway.networking.k8s.io/v1', 'Gateway')(name, { gatewayClassName: 'istio-waypoint', ...place.spec }, place),
  ...('status' in place ? { status: place.status } : { status: { addresses: [{ type: 'IPAddress', value: '10.96.0.9' }] } }),
});

export const allow = (name: string, rules: unknown, place?: Place): Manifest => policy(name, { rules }, place);
export const deny = (name: string, rules: unknown, place?: Place): Manifest => policy(name, { action: 'DENY', rules }, place);

/** `spiffe://cluster.local/ns/shop/sa/client`. */
export function spiffe(account = 'client', namespace = 'shop', trustDomain = 'cluster.local'): string {
  return `spiffe://${trustDomain}/ns/${namespace}/sa/${account}`;
}

export function meshed(name = spiffe(), address: string | undefined = '10.0.0.7'): Peer {
  return { identity: { tag: 'mutual-tls', name }, address, loopback: false };
}

export const CLIENT = meshed();
export const PLAIN: Peer = { identity: { tag: 'plain-text' }, address: '10.0.0.7', loopback: false };
export const NOBODY: Peer = { identity: { tag: 'unknown' }, address: undefined, loopback: false };

/** A GET of `/` with everything known. */
export const GET: AccessCall = {
  protocol: 'http',
  method: 'GET',
  path: '/',
  host: 'web.shop',
  headers: [],
  sni: undefined,
  claims: null,
};
export const TCP: AccessCall = {
  protocol: 'tcp',
  method: undefined,
  path: undefined,
  host: undefined,
  headers: undefined,
  sni: undefined,
  claims: undefined,
};

export interface Case {
  readonly objects: readonly Manifest[];
  readonly callee?: Callee;
  readonly port?: number;
  readonly settings?: IstioSettings;
  readonly peer?: Peer;
  readonly call?: AccessCall;
}

export function ask({ objects, callee = WEB, port = 8080, settings = SETTINGS, peer = CLIENT, call = GET }: Case): AccessAnswer {
  return istioInbound(callee, port, { objects: readObjects(objects), settings }).decide(peer, call);
}

/** `allowed`, `denied by shop/web` and so on: the verdict and the object that makes it. */
export function brief(answer: AccessAnswer): string {
  const { object } = answer.decidedBy;
  return object === undefined ? answer.verdict : `${answer.verdict} by ${object.name}`;
}
