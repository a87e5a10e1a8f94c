/**
 * Ports that Linkerd takes to be opaque where nothing is said: their servers speak first, or their clients say nothing that can be told apart (linkerd2,
 * charts/linkerd-control-plane/values.yaml: `proxy.opaquePorts`).
 */
export const DEFAULT_OPAQUE: ReadonlyMap<number, string> = new Map([
  [25, 'SMTP'],
  [587, 'SMTP'],
  [3306, 'MySQL'],
  [4444, 'Galera'],
  [5432, 'PostgreSQL'],
  [6379, 'Redis'],
  [9300, 'Elasticsearch'],
  [11211, 'Memcached'],
]);

/** NATS's server speaks first to clients, to other servers and to leaf nodes (docs.nats.io, "Client protocol": INFO). Linkerd does not know its ports. */
export const NATS: ReadonlyMap<number, string> = new Map([
  [4222, 'NATS'],
  [6222, 'NATS'],
  [7422, 'NATS'],
]);

/** More ports that people skip, and need not: NATS's monitoring is plain HTTP, and a MongoDB client speaks first. */
const DETECTED: ReadonlyMap<number, string> = new Map([
  [8222, 'NATS monitoring'],
  [27017, 'MongoDB'],
]);

/** The protocol that a port usually carries; undefined where that is not known. */
export function protocolOfPort(port: number): string | undefined {
  return DEFAULT_OPAQUE.get(port) ?? NATS.get(port) ?? DETECTED.get(port);
}
