import { defined } from '../../graph/defined.ts';
import type { Latency } from '../../graph/model.ts';
import type { Endpoint, Observation, ObservedDecisions, ObservedTraffic } from '../../graph/observed.ts';
import { listAt } from '../../lib/group.ts';
import {
  type Decoded,
  endpointOfHost,
  identityIn,
  istioWorkload,
  known,
  type Labels,
  type ServiceName,
  serviceOfHost,
} from './endpoints.ts';
import { add } from './fold.ts';
import type { Rows } from './linkerd.ts';
import type { Sample } from './outcome.ts';
import type { QueryName } from './queries.ts';

/** What Istio's answers say, and how much of them says nothing. */
export interface IstioReading extends Observation {
  readonly rows: number;
  /** Rows without the labels that name their ends: a Telemetry resource or a relabelling rule took them away. */
  readonly unlabelled: number;
  /** Rows with a label that no object of Kubernetes can have; they are left out. */
  readonly malformed: number;
}

/** Who reported, the best first: a client sees every call that it makes, a waypoint those that pass it, a server those that arrive. */
const REPORTERS = ['source', 'waypoint', 'destination'] as const;
type Reporter = (typeof REPORTERS)[number];

interface Ends {
  readonly reporter: Reporter;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly service?: ServiceName;
  readonly protocol: ObservedTraffic['protocol'];
}

/** What one reporter says of one edge. */
interface Part extends Ends {
  requests: number;
  failures: number;
  latency: Latency;
  connections: number;
  sentBytes: number;
  receivedBytes: number;
  /** By `connection_security_policy`, where it says anything: requests or connections, and bytes. */
  readonly security: Map<string, number>;
  readonly byteSecurity: Map<string, number>;
}

/** Turns the rows of Istio's queries into observations, those of both ends of a call. Never throws. */
export function observeIstio(rows: Rows): IstioReading {
  const counts = { rows: 0, unlabelled: 0, malformed: 0 };
  const parts = new Map<string, Part>();

  const each = (name: QueryName, protocolOf: (labels: Labels) => Ends['protocol'], use: (part: Part, sample: Sample) => void) => {
    for (const sample of rows(name)) {
      counts.rows += 1;
      const ends = endsOf(sample.labels, protocolOf(sample.labels));
      if (ends === 'absent') counts.unlabelled += 1;
      else if (ends === 'malformed') counts.malformed += 1;
      else use(partAt(parts, ends), sample);
    }
  };

  each('istioRequests', requestProtocol, (part, { labels, value }) => {
    part.requests += value;
    if (isFailure(labels)) part.failures += value;
    add(part.security, securityOf(labels), value);
  });
  for (const [quantile, name] of [
    ['p50', 'istioLatencyP50'],
    ['p95', 'istioLatencyP95'],
    ['p99', 'istioLatencyP99'],
  ] as const) {
    each(name, requestProtocol, (part, { value }) => {
      part.latency = { ...part.latency, [quantile]: value };
    });
  }
  each('istioTcpOpened', tcp, (part, { labels, value }) => {
    part.connections += value;
    add(part.security, securityOf(labels), value);
  });
  // Named from the server's side at either end: what was sent is the answer (istio/istio issue 32399; Kiali, graph/telemetry/istio/istio.go, "L4 telemetry is backwards").
  each('istioTcpSent', tcp, (part, { labels, value }) => {
    part.receivedBytes += value;
    add(part.byteSecurity, securityOf(labels), value);
  });
  each('istioTcpReceived', tcp, (part, { labels, value }) => {
    part.sentBytes += value;
    add(part.byteSecurity, securityOf(labels), value);
  });

  const busy = [...parts.values()].filter(hasTraffic);
  // The keys are the larger part of it, and everything below makes more.
  parts.clear();
  const attributed = attribute(busy);
  const decisions = decisionsOf(rows, attributed, counts);
  return { traffic: withoutCarriers(withoutWaypoints(attributed)).map(trafficOf), decisions, routes: [], ...counts };
}

/** `http` stands for HTTP/2 too; anything else in a request metric would be news. */
function requestProtocol({ request_protocol: protocol }: Labels): Ends['protocol'] {
  return protocol === 'grpc' ? 'grpc' : 'http';
}

const tcp = () => 'tcp' as const;

/**
 * Whether a request failed. HTTP: a 5xx, as Istio's own dashboards have it (istio, samples/addons/grafana.yaml), or the code 0, for no response at all. gRPC: a status
 * other than 0, unless the transport failed already, with a 4xx or 5xx (Kiali, graph/telemetry/istio/util, `HandleResponseCode`).
 */
export function isFailure({ request_protocol: protocol, response_code: code = '', grpc_response_status: status = '' }: Labels): boolean {
  if (code === '0') return true;
  if (protocol !== 'grpc') return /^5/.test(code);
  return /^[45]/.test(code) || (status !== '' && status !== '0');
}

/** What `connection_security_policy` says; a client's proxy says `unknown`, which is nothing. */
function securityOf({ connection_security_policy: policy }: Labels): string | undefined {
  return policy === 'mutual_tls' ? 'mutual_tls' : policy === 'none' ? 'plaintext' : undefined;
}

function endsOf(labels: Labels, protocol: Ends['protocol']): Decoded<Ends> {
  const reporter = REPORTERS.find((candidate) => candidate === labels.reporter);
  if (reporter === undefined || labels.source_workload === undefined || labels.destination_workload === undefined) return 'absent';
  const source = istioWorkload(labels, 'source');
  const workload = istioWorkload(labels, 'destination');
  if (source === 'malformed' || workload === 'malformed') return 'malformed';
  const destination = workload === 'absent' ? unresolved(labels) : workload;
  if (destination === 'malformed') return 'malformed';
  // `destination_service_namespace` is the reporting proxy's own at a server or waypoint (istio_stats, `populatePeerInfo`); the host has the Service's.
  const service = serviceOfHost(known(labels.destination_service) ?? '');
  return { reporter, source: source === 'absent' ? caller(labels) : source, destination, ...defined({ service }), protocol };
}

/** A caller whom a server cannot name has no sidecar if it came without TLS. A client's proxy never says that. */
function caller({ connection_security_policy: policy }: Labels): Endpoint {
  return policy === 'none' ? { tag: 'unmeshed' } : { tag: 'unknown' };
}

/** Proxies name the clusters for what they do not know. */
const CATCH_ALL = /^(?:PassthroughCluster|BlackHoleCluster|InboundPassthroughCluster(?:Ipv[46])?)$/;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?$/;

/**
 * A destination without a workload: denied, failed, or outside of the mesh. An address that is not known to lie outside is half a telemetry of a pod that comes or goes
 * (Kiali, graph/telemetry/istio/util, `IsBadDestTelemetry`).
 */
function unresolved(labels: Labels): Endpoint | 'malformed' {
  const host = known(labels.destination_service) ?? '';
  const { destination_service_name: name = '' } = labels;
  if (IPV4.test(host) && !CATCH_ALL.test(name)) return { tag: 'unknown' };
  const endpoint = endpointOfHost(host);
  return endpoint === 'absent' ? { tag: 'unknown' } : endpoint;
}

function keyOf({ reporter, source, destination, service, protocol }: Ends): string {
  return JSON.stringify([reporter, source, destination, service, protocol]);
}

function partAt(parts: Map<string, Part>, ends: Ends): Part {
  const key = keyOf(ends);
  const found = parts.get(key);
  if (found !== undefined) return found;
  const fresh = blank(ends);
  parts.set(key, fresh);
  return fresh;
}

function blank(ends: Ends): Part {
  return {
    ...ends,
    requests: 0,
    failures: 0,
    latency: {},
    connections: 0,
    sentBytes: 0,
    receivedBytes: 0,
    security: new Map(),
    byteSecurity: new Map(),
  };
}

function hasTraffic({ requests, connections, sentBytes, receivedBytes }: Part): boolean {
  return requests > 0 || connections > 0 || sentBytes > 0 || receivedBytes > 0;
}

/** What a part is about apart from the workload that answered. */
function serviceKey({ source, service, protocol }: Ends): string | undefined {
  return service === undefined ? undefined : JSON.stringify([source, service, protocol]);
}

function pairKey({ source, destination, protocol }: Ends): string {
  return JSON.stringify([source, destination, protocol]);
}

/**
 * A call that was denied or never arrived names a Service and no workload. Where all other calls of the same client to that Service went to one workload, it was meant
 * for that one too; where there are several, it stays with the Service.
 */
function attribute(parts: readonly Part[]): readonly Part[] {
  if (parts.every(({ destination }) => destination.tag !== 'service')) return parts;
  const answering = new Map<string, Map<string, Endpoint>>();
  for (const part of parts) {
    const key = serviceKey(part);
    if (key === undefined || part.destination.tag !== 'workload') continue;
    const workloads = answering.get(key) ?? new Map<string, Endpoint>();
    answering.set(key, workloads.set(JSON.stringify(part.destination), part.destination));
  }
  const merged = new Map<string, Part>();
  for (const part of parts) {
    const [only, ...others] = part.destination.tag === 'service' ? [...(answering.get(serviceKey(part) ?? '')?.values() ?? [])] : [];
    const destination = only !== undefined && others.length === 0 ? only : part.destination;
    merge(partAt(merged, { ...endsOnly(part), destination }), part);
  }
  return [...merged.values()];
}

function endsOnly({ reporter, source, destination, service, protocol }: Part): Ends {
  return { reporter, source, destination, ...defined({ service }), protocol };
}

/** Adds what one part says to another; a latency that is known stays, for a quantile of both cannot be had. */
function merge(into: Part, part: Part): void {
  into.requests += part.requests;
  into.failures += part.failures;
  into.latency = { ...part.latency, ...into.latency };
  into.connections += part.connections;
  into.sentBytes += part.sentBytes;
  into.receivedBytes += part.receivedBytes;
  for (const [policy, amount] of part.security) add(into.security, policy, amount);
  for (const [policy, amount] of part.byteSecurity) add(into.byteSecurity, policy, amount);
}

/**
 * Leaves each call that passes a waypoint once. Gone are the connections to the waypoint and the traffic from it, which carry the requests that it reports itself: a ztunnel names the
 * waypoint as the destination of a call to the Service (ztunnel, src/proxy/outbound.rs, `actual_destination_workload`). Gone is also what servers say of the same calls.
 */
function withoutWaypoints(parts: readonly Part[]): readonly Part[] {
  const reported = parts.filter(({ reporter }) => reporter === 'waypoint');
  const called = new Set(reported.flatMap((part) => serviceKey({ ...part, protocol: 'tcp' }) ?? []));
  const pairs = new Set(reported.map(pairKey));
  const servers = new Set(reported.map(({ destination }) => JSON.stringify(destination)));
  const isFirstHop = (part: Part) =>
    part.protocol === 'tcp' && called.has(serviceKey(part) ?? '') && !servers.has(JSON.stringify(part.destination));
  const waypoints = new Set(parts.filter(isFirstHop).map(({ destination }) => JSON.stringify(destination)));
  const isSecondHop = ({ source, destination }: Part) => waypoints.has(JSON.stringify(source)) && servers.has(JSON.stringify(destination));
  const isRepeated = (part: Part) => part.reporter === 'destination' && pairs.has(pairKey(part));
  return parts.filter((part) => !isFirstHop(part) && !isSecondHop(part) && !isRepeated(part));
}

/**
 * Gives the bytes of connections to the requests that they carry: from the same client to the same workload by the same Service. So it is where a client's proxy or a gateway reads
 * requests and the server's ztunnel sees connections. How these are secured holds for the requests too.
 */
function withoutCarriers(parts: readonly Part[]): readonly Part[] {
  const keyOfCarried = (part: Part) => JSON.stringify([part.source, part.destination, part.service]);
  const carried = new Map<string, Part>();
  for (const part of parts) {
    const key = keyOfCarried(part);
    const best = carried.get(key);
    if (part.protocol !== 'tcp' && (best === undefined || rankOf(part) < rankOf(best))) carried.set(key, part);
  }
  const carriers = new Map<string, Part[]>();
  for (const part of parts) if (part.protocol === 'tcp' && carried.has(keyOfCarried(part))) listAt(carriers, keyOfCarried(part)).push(part);
  for (const [key, list] of carriers) {
    const requests = carried.get(key);
    // Both ends report a connection: the better one's bytes are all of them.
    const [best] = list.toSorted((a, b) => rankOf(a) - rankOf(b));
    if (requests === undefined || best === undefined) continue;
    requests.sentBytes += best.sentBytes;
    requests.receivedBytes += best.receivedBytes;
    if (requests.security.size > 0) continue;
    // In the requests' own measure, of which these are shares.
    const security = list.map(securityOfPart).find((shares) => Object.keys(shares).length > 0) ?? {};
    const total = Object.values(security).reduce((sum, amount) => sum + amount, 0);
    for (const [policy, amount] of Object.entries(security)) add(requests.security, policy, (amount / total) * requests.requests);
  }
  return parts.filter((part) => part.protocol !== 'tcp' || !carried.has(keyOfCarried(part)));
}

function rankOf({ reporter }: Part): number {
  return REPORTERS.indexOf(reporter);
}

/** What both ends report stays: `graph/once.ts` counts it once, and takes from the server how it was secured. */
function trafficOf(part: Part): ObservedTraffic {
  const { source, destination, service, protocol, reporter, requests, failures, latency, sentBytes, receivedBytes } = part;
  return {
    mesh: 'istio',
    source,
    destination,
    ...defined({ service }),
    protocol,
    reporter: reporter === 'source' ? 'source' : 'destination',
    requests,
    failures,
    ...(Object.keys(latency).length === 0 ? {} : { latency }),
    security: securityOfPart(part),
    ...defined({
      sentBytes: sentBytes > 0 ? sentBytes : undefined,
      receivedBytes: receivedBytes > 0 ? receivedBytes : undefined,
    }),
  };
}

/** By requests or connections; by bytes where no connection was opened in the window, and then as shares of one connection, since shares are all that bytes can tell. */
function securityOfPart({ security, byteSecurity }: Part): Readonly<Record<string, number>> {
  if (security.size > 0) return Object.fromEntries(security);
  const total = [...byteSecurity.values()].reduce((sum, bytes) => sum + bytes, 0);
  return Object.fromEntries([...byteSecurity].map(([policy, bytes]) => [policy, bytes / total]));
}

type Counts = { rows: number; unlabelled: number; malformed: number };

const DENIALS = [
  ['istioDenied', 'http', undefined],
  ['istioTcpDenied', 'tcp', 'tcp'],
] as const;

/**
 * What was denied, and for the workloads that denied anything, what they let in. That a server answered 403 is all that Istio's metrics tell of a denial, so an
 * application that answers 403 itself counts here too.
 */
function decisionsOf(rows: Rows, parts: readonly Part[], counts: Counts): readonly ObservedDecisions[] {
  const denied = new Map<string, ObservedDecisions>();
  const deniedOfPair = new Map<string, number>();
  const denying = new Set<string>();
  for (const [name, within, protocol] of DENIALS) {
    for (const { labels, value } of rows(name)) {
      counts.rows += 1;
      if (!isDenial(labels)) continue;
      const ends = endsOf(labels, within);
      const clientId = identityIn(labels.source_principal);
      if (ends === 'absent') counts.unlabelled += 1;
      if (ends === 'malformed' || clientId === 'malformed') counts.malformed += 1;
      if (typeof ends === 'string' || clientId === 'malformed') continue;
      const { destination } = ends;
      const about = { ...callerOf(ends), ...defined({ clientId: clientId === 'absent' ? undefined : clientId, protocol }) };
      const key = JSON.stringify([destination, about]);
      const sum = denied.get(key) ?? { destination, ...about, allowed: 0, denied: 0 };
      denied.set(key, { ...sum, denied: sum.denied + value });
      add(deniedOfPair, decisionKey(ends), value);
      denying.add(JSON.stringify([destination, protocol]));
    }
  }
  const allowed = parts.flatMap((part): readonly ObservedDecisions[] => {
    const protocol = part.protocol === 'tcp' ? ('tcp' as const) : undefined;
    const { destination, reporter } = part;
    if (reporter === 'source' || !denying.has(JSON.stringify([destination, protocol]))) return [];
    const rest = (protocol === 'tcp' ? part.connections : part.requests) - (deniedOfPair.get(decisionKey(part)) ?? 0);
    return rest > 0 ? [{ destination, ...callerOf(part), ...defined({ protocol }), allowed: rest, denied: 0 }] : [];
  });
  return [...denied.values(), ...allowed];
}

/** Envoy's RBAC filter answers with no flag, which is written `-`; external authorization sets UAEX. Any other flag is another reason. */
function isDenial({ response_flags: flags = '-' }: Labels): boolean {
  return flags === '-' || flags.split(',').includes('UAEX');
}

function callerOf({ source }: Ends): { readonly source?: Endpoint } {
  return source.tag === 'unknown' ? {} : { source };
}

/** gRPC calls are denied as HTTP ones are. */
function decisionKey({ source, destination, protocol, service }: Ends): string {
  return JSON.stringify([source, destination, protocol === 'tcp', service]);
}
