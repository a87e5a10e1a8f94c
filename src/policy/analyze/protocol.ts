/** What a port carries, as far as routing cares. `detected`: nothing is declared, so that the proxy looks at the first bytes. */
export type Protocol = 'http' | 'tls' | 'tcp' | 'udp' | 'detected';

/** Istio's names of protocols (istio, pkg/config/protocol: `Parse`). */
const NAMES: ReadonlyMap<string, Protocol> = new Map([
  ['http', 'http'],
  ['http2', 'http'],
  ['http_proxy', 'http'],
  ['grpc', 'http'],
  ['grpc-web', 'http'],
  ['https', 'tls'],
  ['tls', 'tls'],
  ['tcp', 'tcp'],
  ['mongo', 'tcp'],
  ['redis', 'tcp'],
  ['mysql', 'tcp'],
  ['udp', 'udp'],
]);

/** The `appProtocol` values that Kubernetes itself defines. */
const KUBERNETES_NAMES: ReadonlyMap<string, Protocol> = new Map([
  ['kubernetes.io/h2c', 'http'],
  ['kubernetes.io/ws', 'http'],
  ['kubernetes.io/wss', 'tls'],
]);

/** Ports whose protocol lets the server speak first, so that Istio does not wait for the client's first bytes: SMTP, DNS, MySQL, MongoDB. */
const SERVER_FIRST: ReadonlySet<number> = new Set([25, 53, 3306, 27_017]);

/** The protocol that a Gateway's or a ServiceEntry's port names. */
export function parseProtocol(name: string | undefined): Protocol | undefined {
  return name === undefined ? undefined : NAMES.get(name.toLowerCase());
}

/**
 * The protocol of a Service's port: `appProtocol`, else the name up to its first hyphen, else detected (istio, pkg/config/kube:
 * `ConvertProtocol`).
 */
export function serviceProtocol(
  port: number,
  name: string | undefined,
  transport: string | undefined,
  appProtocol: string | undefined,
): Protocol {
  if (transport === 'UDP') return 'udp';
  const known = appProtocol === undefined ? undefined : KUBERNETES_NAMES.get(appProtocol);
  if (known !== undefined) return known;
  const declared = (appProtocol ?? name ?? '').toLowerCase();
  if (declared.startsWith('grpc-web')) return 'http';
  return parseProtocol(declared.split('-')[0]) ?? (SERVER_FIRST.has(port) ? 'tcp' : 'detected');
}
