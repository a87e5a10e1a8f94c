import { defined } from '../../graph/defined.ts';
import type { Latency } from '../../graph/model.ts';
import type { Endpoint, Observation, ObservedDecisions, ObservedRoute, ObservedTraffic } from '../../graph/observed.ts';
import { DNS_LABEL, DNS_SUBDOMAIN, KIND_NAME } from '../kubernetes/decode/fields.ts';
import {
  type Decoded,
  endpointOfHost,
  identityIn,
  type Labels,
  linkerdService,
  linkerdWorkload,
  policyNameIn,
  portIn,
  type ServiceName,
} from './endpoints.ts';
import { add, type Shares } from './fold.ts';
import type { Sample } from './outcome.ts';
import type { QueryName } from './queries.ts';

/** What Linkerd's answers say, and how much of them says nothing. */
export interface LinkerdReading extends Observation {
  readonly rows: number;
  /** Rows whose reporting pod has no `namespace` or no workload label: the scrape configuration lacks linkerd-viz's relabelling. */
  readonly unattributed: number;
  /** Rows with a label that no object of Kubernetes can have; they are left out. */
  readonly malformed: number;
}

export type Rows = (name: QueryName) => readonly Sample[];

/** All that is known of one edge: the HTTP and the TCP series of a proxy have the same labels for its ends. */
interface EdgeFigures {
  readonly ends: EdgeEnds;
  requests: number;
  failures: number;
  grpc: boolean;
  readonly security: Map<string, number>;
  latency: Latency;
  connections: number;
  readonly connectionSecurity: Map<string, number>;
  sentBytes: number;
  receivedBytes: number;
}

interface EdgeEnds {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly service?: ServiceName;
  readonly port?: number;
}

/** Turns the rows of Linkerd's queries into observations. Never throws. */
export function observeLinkerd(rows: Rows): LinkerdReading {
  const counts = { rows: 0, unattributed: 0, malformed: 0 };
  const outbound = new Map<string, EdgeFigures>();
  const inbound = new Map<string, EdgeFigures>();

  /** Calls `use` with the figures of each row's edge. */
  const each = (
    name: QueryName,
    edges: Map<string, EdgeFigures>,
    endsOf: (labels: Labels) => Decoded<EdgeEnds>,
    use: (figures: EdgeFigures, sample: Sample) => void,
  ) => {
    for (const sample of rows(name)) {
      counts.rows += 1;
      const ends = endsOf(sample.labels);
      if (typeof ends === 'string') {
        counts[ends === 'absent' ? 'unattributed' : 'malformed'] += 1;
        continue;
      }
      if (ends.source.tag === 'unknown') counts.unattributed += 1;
      use(figuresOf(edges, ends), sample);
    }
  };

  for (const [name, endsOf, edges] of [
    ['linkerdRequests', outboundEnds, outbound],
    ['linkerdExternalRequests', externalEnds, outbound],
    ['linkerdUnmeshed', inboundEnds, inbound],
  ] as const) {
    each(name, edges, endsOf, countRequests);
  }
  for (const [quantile, within, external] of [
    ['p50', 'linkerdLatencyP50', 'linkerdExternalLatencyP50'],
    ['p95', 'linkerdLatencyP95', 'linkerdExternalLatencyP95'],
    ['p99', 'linkerdLatencyP99', 'linkerdExternalLatencyP99'],
  ] as const) {
    const take = (figures: EdgeFigures, { value }: Sample) => {
      figures.latency = { ...figures.latency, [quantile]: value };
    };
    each(within, outbound, outboundEnds, take);
    each(external, outbound, externalEnds, take);
  }
  each('linkerdTcpOpen', outbound, outboundEnds, (figures, { labels, value }) => {
    figures.connections += value;
    add(figures.connectionSecurity, securityOf(labels), value);
  });
  // A client's proxy reads from the destination what the client receives.
  each('linkerdTcpRead', outbound, outboundEnds, (figures, { value }) => {
    figures.receivedBytes += value;
  });
  each('linkerdTcpWrite', outbound, outboundEnds, (figures, { value }) => {
    figures.sentBytes += value;
  });

  const decisions = decisionsOf(rows, counts);
  const routes = routesOf(rows, counts);
  const traffic = [
    ...[...outbound.values()].flatMap((figures) => trafficOf(figures, 'source')),
    ...[...inbound.values()].flatMap((figures) => trafficOf(figures, 'destination')),
  ];
  return { traffic, decisions, routes, ...counts };
}

function figuresOf(edges: Map<string, EdgeFigures>, ends: EdgeEnds): EdgeFigures {
  const key = JSON.stringify([ends.source, ends.destination, ends.service, ends.port]);
  const found = edges.get(key);
  if (found !== undefined) return found;
  const fresh: EdgeFigures = {
    ends,
    requests: 0,
    failures: 0,
    grpc: false,
    security: new Map(),
    latency: {},
    connections: 0,
    connectionSecurity: new Map(),
    sentBytes: 0,
    receivedBytes: 0,
  };
  edges.set(key, fresh);
  return fresh;
}

function countRequests(figures: EdgeFigures, { labels, value }: Sample): void {
  figures.requests += value;
  if (labels.classification !== 'success') figures.failures += value;
  // A gRPC call that broke has no status, so one row with a status makes the whole edge gRPC.
  if ((labels.grpc_status ?? '') !== '') figures.grpc = true;
  add(figures.security, securityOf(labels), value);
}

/** Mesh words are short and lower case. */
const SECURITY_WORD = /^[a-z][a-z_]{0,47}$/;

/** `mutual_tls`, or the proxy's word for why not. */
function securityOf({ tls = '', no_tls_reason: reason = '' }: Labels): string | undefined {
  if (tls === 'true') return 'mutual_tls';
  const word = reason === '' ? tls : reason;
  return SECURITY_WORD.test(word) ? word : undefined;
}

/** A source that the labels do not name is unknown, so that the destination keeps its traffic. */
function sourceOf(labels: Labels): Endpoint | 'malformed' {
  const source = linkerdWorkload(labels, '');
  return source === 'absent' ? { tag: 'unknown' } : source;
}

function outboundEnds(labels: Labels): Decoded<EdgeEnds> {
  const source = sourceOf(labels);
  const service = linkerdService(labels);
  const workload = linkerdWorkload(labels, 'dst_');
  if (source === 'malformed' || service === 'malformed' || workload === 'malformed') return 'malformed';
  // A pod of an owner that has no label of its own is known by its Service.
  const byService: Endpoint = service === 'absent' ? { tag: 'unknown' } : { tag: 'service', ...service };
  const destination = workload === 'absent' ? byService : workload;
  return { source, destination, ...defined({ service: service === 'absent' ? undefined : service, port: portIn(labels.target_port) }) };
}

function externalEnds(labels: Labels): Decoded<EdgeEnds> {
  const source = sourceOf(labels);
  const destination = endpointOfHost(labels.authority ?? '');
  if (source === 'malformed' || destination === 'malformed') return 'malformed';
  return {
    source,
    destination: destination === 'absent' ? { tag: 'unknown' } : destination,
    ...defined({ port: portIn(labels.target_port) }),
  };
}

function inboundEnds(labels: Labels): Decoded<EdgeEnds> {
  const destination = linkerdWorkload(labels, '');
  if (typeof destination === 'string') return destination;
  return { source: { tag: 'unmeshed' }, destination, ...defined({ port: portIn(labels.target_port) }) };
}

function trafficOf(figures: EdgeFigures, reporter: ObservedTraffic['reporter']): readonly ObservedTraffic[] {
  const { ends, requests, failures, grpc, latency, connections, sentBytes, receivedBytes } = figures;
  const bytes = defined({
    sentBytes: sentBytes > 0 ? sentBytes : undefined,
    receivedBytes: receivedBytes > 0 ? receivedBytes : undefined,
  });
  if (requests > 0) {
    const quantiles = Object.keys(latency).length === 0 ? {} : { latency };
    const protocol = grpc ? 'grpc' : 'http';
    return [
      { mesh: 'linkerd', ...ends, protocol, reporter, requests, failures, ...quantiles, security: shares(figures.security), ...bytes },
    ];
  }
  if (connections === 0 && sentBytes === 0 && receivedBytes === 0) return [];
  const security = shares(figures.connectionSecurity);
  return [{ mesh: 'linkerd', ...ends, protocol: 'tcp', reporter, requests: 0, failures: 0, security, ...bytes }];
}

function shares(map: ReadonlyMap<string, number>): Shares {
  return Object.fromEntries(map);
}

type Counts = { rows: number; unattributed: number; malformed: number };

const DECISIONS = [
  ['linkerdHttpAllowed', 'allowed', undefined],
  ['linkerdHttpDenied', 'denied', undefined],
  ['linkerdTcpAllowed', 'allowed', 'tcp'],
  ['linkerdTcpDenied', 'denied', 'tcp'],
] as const;

function decisionsOf(rows: Rows, counts: Counts): readonly ObservedDecisions[] {
  const made = new Map<string, ObservedDecisions>();
  for (const [name, verdict, protocol] of DECISIONS) {
    for (const { labels, value } of rows(name)) {
      counts.rows += 1;
      const destination = linkerdWorkload(labels, '');
      const clientId = identityIn(labels.client_id);
      if (destination === 'absent') counts.unattributed += 1;
      if (destination === 'malformed' || clientId === 'malformed') counts.malformed += 1;
      if (typeof destination === 'string' || clientId === 'malformed') continue;
      const about = defined({
        clientId: clientId === 'absent' ? undefined : clientId,
        // An identity is in the client's certificate: without TLS there is no client of the mesh.
        source: labels.tls === 'true' ? undefined : ({ tag: 'unmeshed' } as const),
        port: portIn(labels.target_port),
        protocol,
        server: policyNameIn(labels.srv_kind, labels.srv_name),
        authorization: policyNameIn(labels.authz_kind, labels.authz_name),
      });
      const key = JSON.stringify([destination, about]);
      const sum = made.get(key) ?? { destination, ...about, allowed: 0, denied: 0 };
      made.set(key, { ...sum, [verdict]: sum[verdict] + value });
    }
  }
  return [...made.values()];
}

const ROUTES = [
  ['linkerdHttpRoutes', isHttpFailure, false],
  ['linkerdGrpcRoutes', isGrpcFailure, false],
  ['linkerdHttpBackends', isHttpFailure, true],
  ['linkerdGrpcBackends', isGrpcFailure, true],
] as const;

/** As linkerd-viz counts them (linkerd2, viz/cmd/stat-outbound.go, `populateHTTPCounts`). */
function isHttpFailure({ http_status: status = '', error = '' }: Labels): boolean {
  return status.startsWith('5') || error !== '';
}

/** As linkerd-viz counts them (`populateGRPCCounts`). */
function isGrpcFailure({ grpc_status: status = '', error = '' }: Labels): boolean {
  return status !== 'OK' || error !== '';
}

function routesOf(rows: Rows, counts: Counts): readonly ObservedRoute[] {
  const made = new Map<string, ObservedRoute>();
  for (const [name, isFailure, byBackend] of ROUTES) {
    for (const { labels, value } of rows(name)) {
      counts.rows += 1;
      const route = routeOf(labels);
      const backend = byBackend ? backendOf(labels) : 'absent';
      if (route === undefined || backend === 'malformed') {
        counts.malformed += 1;
        continue;
      }
      // A backend that is no Service of Kubernetes has no place in the graph.
      if (byBackend && backend === 'absent') continue;
      const about = { ...route, ...defined({ backend: typeof backend === 'string' ? undefined : backend }) };
      const key = JSON.stringify(about);
      const sum = made.get(key) ?? { ...about, requests: 0, failures: 0 };
      made.set(key, { ...sum, requests: sum.requests + value, failures: sum.failures + (isFailure(labels) ? value : 0) });
    }
  }
  return [...made.values()];
}

function routeOf(labels: Labels): Pick<ObservedRoute, 'namespace' | 'group' | 'kind' | 'name'> | undefined {
  const { route_namespace: namespace = '', route_group: group = '', route_kind: kind = '', route_name: name = '' } = labels;
  if (!DNS_LABEL.test(namespace) || !DNS_SUBDOMAIN.test(group) || !KIND_NAME.test(kind) || !DNS_SUBDOMAIN.test(name)) return undefined;
  return { namespace, group, kind, name };
}

function backendOf({ backend_kind: kind = '', backend_namespace: namespace = '', backend_name: name = '' }: Labels): Decoded<ServiceName> {
  if (kind !== 'Service') return 'absent';
  return DNS_LABEL.test(namespace) && DNS_LABEL.test(name) ? { namespace, name } : 'malformed';
}
