import type { Callee } from '../access/model.ts';
import { LINKERD_POLICY } from '../analyze/references.ts';
import { compareAge } from '../objects/age.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { type LabelSelector, meets, readLabelSelector } from '../objects/label-selector.ts';
import { type DefaultPolicy, parseDefaultPolicy } from './default-policy.ts';
import { type LinkerdWorld, objectsOf } from './world.ts';

/** What a Server takes the connections of its port for (linkerd2, policy-controller/k8s/index/src/inbound/server.rs: `proxy_protocol`). */
export type Protocol = 'detect' | 'http1' | 'http2' | 'grpc' | 'opaque' | 'tls';

const PROTOCOLS: ReadonlyMap<unknown, Protocol> = new Map<unknown, Protocol>([
  [undefined, 'detect'],
  [null, 'detect'],
  ['unknown', 'detect'],
  ['HTTP/1', 'http1'],
  ['HTTP/2', 'http2'],
  ['gRPC', 'grpc'],
  ['opaque', 'opaque'],
  ['TLS', 'tls'],
]);

/** A Server that selects pods. */
export interface Server {
  readonly object: KubeObject;
  readonly labels: Readonly<Record<string, string>>;
  readonly selector: LabelSelector;
  /** By number, or by the name of containers' ports. */
  readonly port: number | string;
  readonly protocol: Protocol;
  /** Undefined: nobody but whom authorizations admit. A word that Linkerd does not know counts as none. */
  readonly accessPolicy: DefaultPolicy | undefined;
}

/** The Servers of a namespace that select pods, the oldest first. What the controller cannot read is left out. */
export function serversOf(world: LinkerdWorld, namespace: string): readonly Server[] {
  return [...objectsOf(world, LINKERD_POLICY, 'Server', namespace)].sort(compareAge).flatMap((object) => readServer(object) ?? []);
}

function readServer(object: KubeObject): Server | undefined {
  const { spec } = object;
  const protocol = PROTOCOLS.get(spec.at('proxyProtocol').value);
  const port = readPort(spec.at('port').value);
  const accessPolicy = spec.at('accessPolicy');
  const readable = !accessPolicy.exists || typeof accessPolicy.value === 'string';
  if (protocol === undefined || port === undefined || !readable || !spec.at('podSelector').isObject) return undefined;
  return {
    object,
    labels: Object.fromEntries(object.labels),
    selector: readLabelSelector(spec.at('podSelector')),
    port,
    protocol,
    accessPolicy: parseDefaultPolicy(accessPolicy.value),
  };
}

function readPort(value: unknown): number | string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535 ? value : undefined;
}

/** Which Servers may be the one that decides on a port. */
export interface Selected {
  /** The first that surely selects it; none: the default policy holds. */
  readonly server: Server | undefined;
  /** Older ones that select it if a port of that name is this one, which is not known. */
  readonly perhaps: readonly Server[];
  /** Younger ones that select it too. */
  readonly shadowed: readonly Server[];
}

/**
 * Of several Servers the oldest decides, then the first by name. A named port is that of every container with one so called, init containers and native
 * sidecars among them, if it is of TCP (linkerd2, policy-controller/k8s/index/src/inbound/index.rs: `reindex_servers`, `select_ports`; workload.rs:
 * `pod_tcp_ports_by_name`).
 */
export function selectServer(servers: readonly Server[], callee: Callee, port: number): Selected {
  const perhaps: Server[] = [];
  const sure: Server[] = [];
  for (const server of servers) {
    if (!meets(callee.labels, server.selector)) continue;
    if (typeof server.port === 'number' ? server.port === port : isNamed(callee, server.port, port)) sure.push(server);
    else if (typeof server.port === 'string' && callee.ports === undefined && sure.length === 0) perhaps.push(server);
  }
  return { server: sure[0], perhaps, shadowed: sure.slice(1) };
}

function isNamed({ ports }: Callee, name: string, number: number): boolean {
  return ports?.some((port) => port.name === name && port.port === number && port.protocol === 'TCP') ?? false;
}
