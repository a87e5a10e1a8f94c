import { ISTIO_ENDS, LINKERD_DESTINATION, LINKERD_REPORTER } from './labels.ts';

/** How the series of a metric become figures. `rate` is over the whole window, `irate` over its last two samples, as linkerd-viz has it. */
export type Figure =
  | { readonly tag: 'rate' }
  | { readonly tag: 'gauge' }
  | { readonly tag: 'quantile'; readonly quantile: number; readonly over: 'rate' | 'irate' };

/** One query: a sum over series of one metric, by labels. */
export interface Query {
  readonly mesh: 'linkerd' | 'istio';
  /** What it is about, for a sentence that says what is missing. */
  readonly about: string;
  readonly metric: string;
  /** Matchers that always hold. */
  readonly where: readonly string[];
  readonly by: readonly string[];
  readonly figure: Figure;
  /** The label whose namespace the series belong to: large answers are split by it. */
  readonly from: string;
  /** The label with the namespace of the other end, where series of other namespaces can lead into those that were asked for. */
  readonly into?: string;
}

/** Which series: all, those that begin in some namespaces, or those that lead into some from outside of `except`. */
export type Selection =
  | { readonly tag: 'all' }
  | { readonly tag: 'from'; readonly namespaces: readonly string[] }
  | { readonly tag: 'into'; readonly namespaces: readonly string[]; readonly except: readonly string[] };

const LINKERD_EDGE = [...LINKERD_REPORTER, ...LINKERD_DESTINATION, 'target_port'];
const LINKERD_EXTERNAL_EDGE = [...LINKERD_REPORTER, 'authority', 'target_port'];
const OUTBOUND = 'direction="outbound"';
const LINKERD_ENDS = { mesh: 'linkerd', from: 'namespace', into: 'dst_namespace' } as const;
const LINKERD_ONE_END = { mesh: 'linkerd', from: 'namespace' } as const;

/** Scrapes of the proxy's own port, and the kubelet's probes (linkerd2, policy-controller/k8s/index/src/inbound/index.rs, `RouteRef::Default("probe")`). */
const NO_SCRAPE = 'target_port!="4191"';
const NO_PROBE = 'route_name!="probe"';

const QUANTILES = [
  ['P50', 0.5],
  ['P95', 0.95],
  ['P99', 0.99],
] as const;
type QuantileName = (typeof QUANTILES)[number][0];

/** The same query for each quantile that we show. */
function quantiles<const Name extends string>(
  name: Name,
  over: 'rate' | 'irate',
  query: Omit<Query, 'figure'>,
): { readonly [Key in `${Name}${QuantileName}`]: Query } {
  const made = QUANTILES.map(([suffix, quantile]) => [
    `${name}${suffix}`,
    { ...query, about: `${query.about} (${suffix.toLowerCase()})`, figure: { tag: 'quantile', quantile, over } },
  ]);
  // One entry for each quantile, under the name that the type says.
  return Object.fromEntries(made) as { readonly [Key in `${Name}${QuantileName}`]: Query };
}

const LINKERD_DECISION = [...LINKERD_REPORTER, 'target_port', 'tls', 'client_id', 'srv_kind', 'srv_name'];
const LINKERD_ROUTE = ['route_group', 'route_kind', 'route_namespace', 'route_name', 'error'];
const LINKERD_BACKEND = ['backend_kind', 'backend_namespace', 'backend_name'];
const LINKERD_OWN_ROUTE = { mesh: 'linkerd', where: ['route_kind!="default"'], figure: { tag: 'rate' }, from: 'route_namespace' } as const;

const ISTIO_BOTH_ENDS = { mesh: 'istio', from: 'source_workload_namespace', into: 'destination_workload_namespace' } as const;
const ISTIO_REPORTED = ['reporter', ...ISTIO_ENDS];

/**
 * Every query that a reading makes, 20 for Linkerd and 9 for Istio, each once unless its answer has to be split.
 *
 * Linkerd (linkerd2-proxy: linkerd/app/core/src/metrics.rs and transport/labels.rs for the labels; linkerd/http/metrics for `response_*`, where latency is the
 * time to the first frame of the body; linkerd/transport-metrics for `tcp_*`; linkerd/app/inbound/src/metrics/authz.rs; linkerd/app/outbound/src/http/logical/policy/route
 * for the routes). There is no prefix on the names. `direction="outbound"` alone, since both ends count a request. `classification` is on `response_total` only, and
 * `grpc_status` is empty there unless the call is gRPC. `server_id` is not asked for: it follows from the destination, and would double the length of a row.
 * `target_port` is the pod's port at either end, also for opaque connections (linkerd/app/outbound/src/tcp/tagged_transport.rs). Windows below 1m are unsafe, since
 * many a Prometheus scrapes every 15 or 30 s.
 *
 * Istio (the istio_stats filter; ztunnel, src/proxy/metrics.rs; Kiali, graph/telemetry/istio/istio.go, for the way to query it): sources say
 * `connection_security_policy="unknown"`, so that destinations are needed for it.
 *
 * Everywhere `> 0`: Istio's series never end, Linkerd's end after ten idle minutes, and an idle one is no traffic.
 */
export const QUERIES = {
  linkerdRequests: {
    ...LINKERD_ENDS,
    about: 'requests between Linkerd workloads',
    metric: 'response_total',
    where: [OUTBOUND, 'dst_namespace!=""'],
    by: [...LINKERD_EDGE, 'tls', 'no_tls_reason', 'classification', 'grpc_status'],
    figure: { tag: 'rate' },
  },
  ...quantiles('linkerdLatency', 'irate', {
    ...LINKERD_ENDS,
    about: 'latency between Linkerd workloads',
    metric: 'response_latency_ms_bucket',
    where: [OUTBOUND, 'dst_namespace!=""'],
    by: LINKERD_EDGE,
  }),
  linkerdExternalRequests: {
    ...LINKERD_ONE_END,
    about: 'requests from Linkerd workloads to the outside',
    metric: 'response_total',
    where: [OUTBOUND, 'dst_namespace=""'],
    by: [...LINKERD_EXTERNAL_EDGE, 'tls', 'no_tls_reason', 'classification', 'grpc_status'],
    figure: { tag: 'rate' },
  },
  ...quantiles('linkerdExternalLatency', 'irate', {
    ...LINKERD_ONE_END,
    about: 'latency from Linkerd workloads to the outside',
    metric: 'response_latency_ms_bucket',
    where: [OUTBOUND, 'dst_namespace=""'],
    by: LINKERD_EXTERNAL_EDGE,
  }),
  linkerdTcpOpen: {
    ...LINKERD_ENDS,
    about: 'open connections between Linkerd workloads',
    metric: 'tcp_open_connections',
    where: [OUTBOUND, 'peer="dst"', 'dst_namespace!=""'],
    by: [...LINKERD_EDGE, 'tls', 'no_tls_reason'],
    figure: { tag: 'gauge' },
  },
  linkerdTcpRead: {
    ...LINKERD_ENDS,
    about: 'bytes received between Linkerd workloads',
    metric: 'tcp_read_bytes_total',
    where: [OUTBOUND, 'peer="dst"', 'dst_namespace!=""'],
    by: LINKERD_EDGE,
    figure: { tag: 'rate' },
  },
  linkerdTcpWrite: {
    ...LINKERD_ENDS,
    about: 'bytes sent between Linkerd workloads',
    metric: 'tcp_write_bytes_total',
    where: [OUTBOUND, 'peer="dst"', 'dst_namespace!=""'],
    by: LINKERD_EDGE,
    figure: { tag: 'rate' },
  },
  // Inbound series have the client's identity and no client workload: a caller without identity has no name at all. A pod that calls itself is no caller.
  linkerdUnmeshed: {
    ...LINKERD_ONE_END,
    about: 'requests from outside the mesh to Linkerd workloads',
    metric: 'response_total',
    where: ['direction="inbound"', 'tls!="true"', 'no_tls_reason!="loopback"', NO_PROBE, NO_SCRAPE],
    by: [...LINKERD_REPORTER, 'target_port', 'tls', 'no_tls_reason', 'classification', 'grpc_status'],
    figure: { tag: 'rate' },
  },
  linkerdHttpAllowed: {
    ...LINKERD_ONE_END,
    about: 'requests that Linkerd policies allowed',
    metric: 'inbound_http_authz_allow_total',
    where: [NO_PROBE, NO_SCRAPE],
    by: [...LINKERD_DECISION, 'authz_kind', 'authz_name'],
    figure: { tag: 'rate' },
  },
  // A denial has no authz labels: no authorization is to blame for it.
  linkerdHttpDenied: {
    ...LINKERD_ONE_END,
    about: 'requests that Linkerd policies denied',
    metric: 'inbound_http_authz_deny_total',
    where: [NO_PROBE, NO_SCRAPE],
    by: LINKERD_DECISION,
    figure: { tag: 'rate' },
  },
  linkerdTcpAllowed: {
    ...LINKERD_ONE_END,
    about: 'connections that Linkerd policies allowed',
    metric: 'inbound_tcp_authz_allow_total',
    where: [NO_SCRAPE],
    by: [...LINKERD_DECISION, 'authz_kind', 'authz_name'],
    figure: { tag: 'rate' },
  },
  linkerdTcpDenied: {
    ...LINKERD_ONE_END,
    about: 'connections that Linkerd policies denied',
    metric: 'inbound_tcp_authz_deny_total',
    where: [NO_SCRAPE],
    by: LINKERD_DECISION,
    figure: { tag: 'rate' },
  },
  linkerdHttpRoutes: {
    ...LINKERD_OWN_ROUTE,
    about: 'requests by Linkerd HTTP route',
    metric: 'outbound_http_route_request_statuses_total',
    by: [...LINKERD_ROUTE, 'http_status'],
  },
  linkerdGrpcRoutes: {
    ...LINKERD_OWN_ROUTE,
    about: 'requests by Linkerd gRPC route',
    metric: 'outbound_grpc_route_request_statuses_total',
    by: [...LINKERD_ROUTE, 'grpc_status'],
  },
  linkerdHttpBackends: {
    ...LINKERD_OWN_ROUTE,
    about: 'requests by backend of Linkerd HTTP routes',
    metric: 'outbound_http_route_backend_response_statuses_total',
    by: [...LINKERD_ROUTE, ...LINKERD_BACKEND, 'http_status'],
  },
  linkerdGrpcBackends: {
    ...LINKERD_OWN_ROUTE,
    about: 'requests by backend of Linkerd gRPC routes',
    metric: 'outbound_grpc_route_backend_response_statuses_total',
    by: [...LINKERD_ROUTE, ...LINKERD_BACKEND, 'grpc_status'],
  },
  istioRequests: {
    ...ISTIO_BOTH_ENDS,
    about: 'requests between Istio workloads',
    metric: 'istio_requests_total',
    where: ['reporter=~"source|destination|waypoint"'],
    by: [...ISTIO_REPORTED, 'request_protocol', 'response_code', 'grpc_response_status', 'connection_security_policy'],
    figure: { tag: 'rate' },
  },
  ...quantiles('istioLatency', 'rate', {
    ...ISTIO_BOTH_ENDS,
    about: 'latency between Istio workloads',
    metric: 'istio_request_duration_milliseconds_bucket',
    where: ['reporter=~"source|destination|waypoint"'],
    by: [...ISTIO_REPORTED, 'request_protocol'],
  }),
  // Envoy's RBAC filter answers 403 itself; its external authorization sets the flag UAEX as well. An application's own 403 looks like the former.
  istioDenied: {
    ...ISTIO_BOTH_ENDS,
    about: 'requests that Istio policies denied',
    metric: 'istio_requests_total',
    where: ['reporter=~"destination|waypoint"', 'response_code="403"'],
    by: [...ISTIO_REPORTED, 'source_principal', 'response_flags', 'connection_security_policy'],
    figure: { tag: 'rate' },
  },
  istioTcpOpened: {
    ...ISTIO_BOTH_ENDS,
    about: 'connections between Istio workloads',
    metric: 'istio_tcp_connections_opened_total',
    where: ['reporter=~"source|destination"'],
    by: [...ISTIO_REPORTED, 'connection_security_policy'],
    figure: { tag: 'rate' },
  },
  istioTcpSent: {
    ...ISTIO_BOTH_ENDS,
    about: 'bytes sent between Istio workloads',
    metric: 'istio_tcp_sent_bytes_total',
    where: ['reporter=~"source|destination"'],
    by: [...ISTIO_REPORTED, 'connection_security_policy'],
    figure: { tag: 'rate' },
  },
  istioTcpReceived: {
    ...ISTIO_BOTH_ENDS,
    about: 'bytes received between Istio workloads',
    metric: 'istio_tcp_received_bytes_total',
    where: ['reporter=~"source|destination"'],
    by: [...ISTIO_REPORTED, 'connection_security_policy'],
    figure: { tag: 'rate' },
  },
  // ztunnel's word for it (src/proxy/metrics.rs, `AuthorizationPolicyDenied`); sidecars close such a connection without a count.
  istioTcpDenied: {
    ...ISTIO_BOTH_ENDS,
    about: 'connections that Istio policies denied',
    metric: 'istio_tcp_connections_failed_total',
    where: ['reporter="destination"', 'response_flags="DENY"'],
    by: [...ISTIO_REPORTED, 'source_principal', 'connection_security_policy'],
    figure: { tag: 'rate' },
  },
} as const satisfies Readonly<Record<string, Query>>;

export type QueryName = keyof typeof QUERIES;
// The keys of a constant table are exactly its type's.
export const QUERY_NAMES = Object.keys(QUERIES) as readonly QueryName[];

/** The row of a query, with the type that all rows share. */
export function queryOf(name: QueryName): Query {
  return QUERIES[name];
}

/** A window as Prometheus writes durations, of one unit. */
const WINDOW = /^[1-9]\d{0,4}[smh]$/;

/** Whether a text is a window: a number with `s`, `m` or `h`. */
export function isWindow(text: string): boolean {
  return WINDOW.test(text);
}

/** The text of a query. `window` is a duration such as `1m`; anything else is a defect of the caller's and throws. */
export function promql({ metric, where, by, figure, from, into }: Query, window: string, selection: Selection): string {
  if (!isWindow(window)) throw new Error('the window is not a duration');
  const matchers = [...where, ...matchersOf(selection, from, into)].join(',');
  const series = `${metric}{${matchers}}`;
  const groups = by.join(',');
  switch (figure.tag) {
    case 'gauge':
      return `sum by (${groups}) (${series}) > 0`;
    case 'rate':
      return `sum by (${groups}) (rate(${series}[${window}])) > 0`;
    case 'quantile':
      return `histogram_quantile(${figure.quantile}, sum by (le,${groups}) (${figure.over}(${series}[${window}]))) > 0`;
  }
}

/** The series of a query, without a window: to ask which namespaces they are of. */
export function selectorOf({ metric, where }: Query): string {
  return `${metric}{${where.join(',')}}`;
}

/** Whether a mesh's proxies are scraped at all: every one of Linkerd's has connections, if only the scrape itself. */
export const PRESENCE = {
  linkerd: 'count(tcp_open_total)',
  istio: 'count(istio_requests_total) or count(istio_tcp_connections_opened_total)',
} as const;

function matchersOf(selection: Selection, from: string, into: string | undefined): readonly string[] {
  switch (selection.tag) {
    case 'all':
      return [];
    case 'from':
      return [`${from}=~${oneOf(selection.namespaces)}`];
    case 'into':
      return into === undefined ? [] : [`${into}=~${oneOf(selection.namespaces)}`, `${from}!~${oneOf(selection.except)}`];
  }
}

/** A regular expression that matches one of the texts, as a PromQL string. Prometheus anchors it. */
export function oneOf(texts: readonly string[]): string {
  return promqlString(texts.map(escapeRegex).join('|'));
}

/** RE2's own set (`regexp.QuoteMeta` in Go). */
function escapeRegex(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}

/** A text as PromQL writes strings: as Go does, so that line breaks are escaped. */
function promqlString(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n')}"`;
}
