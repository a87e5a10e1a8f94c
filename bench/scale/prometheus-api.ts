/** The part of the Prometheus API that the collector uses, over the calls of a generated cluster: our own queries, as instant vectors. */
import type { DemoAnswer, DemoHandler, DemoRequest } from '../../src/demo/http.ts';
import { type BenchMesh, type Call, type Cluster, meshOfNamespace, namespaceName, numbers, PORT, serviceName } from './cluster.ts';

type Labels = Readonly<Record<string, string>>;

/** A sum over series by labels, as all our queries are; anything else is not understood. */
export interface ParsedQuery {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
  readonly by: readonly string[];
  readonly quantile: number | undefined;
}

interface Matcher {
  readonly label: string;
  readonly holds: (value: string) => boolean;
}

const QUERY = /^(?:histogram_quantile\((0\.\d+), )?sum by \(([a-z0-9_,]*)\) \((?:i?rate\()?([a-z_]+)\{(.*)\}(?:\[\w+\]\))?\)\)? > 0$/;
const MATCHER = /([a-z0-9_]+)(=~|!~|!=|=)"((?:[^"\\]|\\.)*)"/g;

/** Undefined where the text is none of our queries. */
export function parseQuery(text: string): ParsedQuery | undefined {
  const [, quantile, by = '', metric, matchers = ''] = QUERY.exec(text) ?? [];
  if (metric === undefined) return undefined;
  return {
    metric,
    matchers: parseMatchers(matchers),
    by: by.split(',').filter((label) => label !== 'le'),
    quantile: quantile === undefined ? undefined : Number(quantile),
  };
}

function parseMatchers(text: string): readonly Matcher[] {
  return [...text.matchAll(MATCHER)].map(([, label = '', operator, quoted = '']): Matcher => {
    const value = quoted.replace(/\\(.)/g, '$1');
    const pattern = new RegExp(`^(?:${value})$`);
    const equal = operator === '=~' || operator === '!~' ? (found: string) => pattern.test(found) : (found: string) => found === value;
    const negated = operator === '!=' || operator === '!~';
    // The same few values over and over.
    const known = new Map<string, boolean>();
    return {
      label,
      holds: (found) => {
        const answer = known.get(found) ?? equal(found) !== negated;
        known.set(found, answer);
        return answer;
      },
    };
  });
}

interface Series {
  readonly labels: Labels;
  readonly value: number;
}

/** The label with the namespace whose series they are, by mesh. */
const NAMESPACE_LABEL: Readonly<Record<BenchMesh, string>> = { linkerd: 'namespace', istio: 'source_workload_namespace' };

type Emit = (call: Call, quantile: number | undefined) => readonly Series[];

/** The series that a call leaves, by metric. */
const METRICS: Readonly<Record<string, { readonly mesh: BenchMesh; readonly emit: Emit }>> = {
  response_total: {
    mesh: 'linkerd',
    emit: (call) => [
      { labels: { ...linkerd(call), classification: 'success' }, value: call.rate - call.failures },
      ...(call.failures === 0 ? [] : [{ labels: { ...linkerd(call), classification: 'failure' }, value: call.failures }]),
    ],
  },
  response_latency_ms_bucket: { mesh: 'linkerd', emit: (call, quantile) => [{ labels: linkerd(call), value: latency(call, quantile) }] },
  tcp_open_connections: { mesh: 'linkerd', emit: (call) => [{ labels: { ...linkerd(call), peer: 'dst' }, value: 2 }] },
  tcp_read_bytes_total: { mesh: 'linkerd', emit: (call) => [{ labels: { ...linkerd(call), peer: 'dst' }, value: call.rate * 900 }] },
  tcp_write_bytes_total: { mesh: 'linkerd', emit: (call) => [{ labels: { ...linkerd(call), peer: 'dst' }, value: call.rate * 300 }] },
  inbound_http_authz_allow_total: {
    mesh: 'linkerd',
    emit: ({ from, to, rate }) => [
      {
        labels: {
          ...{
            namespace: namespaceName(to.namespace),
            deployment: serviceName(to.service),
            target_port: String(PORT),
            direction: 'inbound',
            tls: 'true',
          },
          client_id: `${serviceName(from.service)}.${namespaceName(from.namespace)}.serviceaccount.identity.linkerd.cluster.local`,
          ...{ srv_kind: 'server', srv_name: serviceName(to.service), route_name: 'default' },
          ...(to.service < 3
            ? { authz_kind: 'authorizationpolicy', authz_name: serviceName(to.service) }
            : { authz_kind: 'default', authz_name: 'all-authenticated' }),
        },
        value: rate,
      },
    ],
  },
  istio_requests_total: {
    mesh: 'istio',
    emit: (call) =>
      ['source', 'destination'].flatMap((reporter) => [
        { labels: { ...istio(call, reporter), response_code: '200' }, value: call.rate - call.failures },
        ...(call.failures === 0 ? [] : [{ labels: { ...istio(call, reporter), response_code: '503' }, value: call.failures }]),
      ]),
  },
  istio_request_duration_milliseconds_bucket: {
    mesh: 'istio',
    emit: (call, quantile) =>
      ['source', 'destination'].map((reporter) => ({ labels: istio(call, reporter), value: latency(call, quantile) })),
  },
};

function linkerd({ from, to }: Call): Labels {
  return {
    ...{ direction: 'outbound', namespace: namespaceName(from.namespace), deployment: serviceName(from.service) },
    ...{ dst_namespace: namespaceName(to.namespace), dst_service: serviceName(to.service), dst_deployment: serviceName(to.service) },
    ...{ target_port: String(PORT), tls: 'true' },
  };
}

function istio({ from, to }: Call, reporter: string): Labels {
  return {
    ...{ reporter, source_workload: serviceName(from.service), source_workload_namespace: namespaceName(from.namespace) },
    ...{ destination_workload: serviceName(to.service), destination_workload_namespace: namespaceName(to.namespace) },
    destination_service: `${serviceName(to.service)}.${namespaceName(to.namespace)}.svc.cluster.local`,
    destination_service_name: serviceName(to.service),
    request_protocol: 'http',
    connection_security_policy: reporter === 'source' ? 'unknown' : 'mutual_tls',
  };
}

const TIMES_P50: Readonly<Record<string, number>> = { '0.5': 1, '0.95': 4, '0.99': 12 };

function latency({ p50Ms }: Call, quantile: number | undefined): number {
  return p50Ms * (TIMES_P50[String(quantile)] ?? 1);
}

/** The rows of a query as text, one each, in the form of the API; at most so many. */
export function rowsOf(cluster: Cluster, { metric, matchers, by, quantile }: ParsedQuery, limit: number): readonly string[] {
  const known = METRICS[metric];
  if (known === undefined) return [];
  const namespaceMatchers = matchers.filter(({ label }) => label === NAMESPACE_LABEL[known.mesh]);
  const rows: string[] = [];
  for (const namespace of numbers(cluster.namespaces)) {
    if (meshOfNamespace(namespace) !== known.mesh) continue;
    // Inbound series belong to the other end of a call.
    if (!metric.startsWith('inbound_') && !namespaceMatchers.every(({ holds }) => holds(namespaceName(namespace)))) continue;
    for (const call of cluster.calls(namespace)) {
      for (const { labels, value } of known.emit(call, quantile)) {
        if (!matchers.every(({ label, holds }) => holds(labels[label] ?? ''))) continue;
        if (rows.length >= limit) return rows;
        const shown = by.flatMap((label) => (labels[label] === undefined ? [] : [[label, labels[label]] as const]));
        rows.push(`{"metric":${JSON.stringify(Object.fromEntries(shown))},"value":[1785571200.123,"${value}"]}`);
      }
    }
  }
  return rows;
}

/** Serves the calls of a cluster. */
export function prometheusApi(cluster: Cluster): DemoHandler {
  return Object.assign((request: DemoRequest): DemoAnswer => {
    const { path, query, body, method } = request;
    const values = /^\/api\/v1\/label\/([a-z_]+)\/values$/.exec(path);
    if (values !== null) {
      const mesh: BenchMesh = values[1] === NAMESPACE_LABEL.istio ? 'istio' : 'linkerd';
      const names = numbers(cluster.namespaces)
        .filter((namespace) => meshOfNamespace(namespace) === mesh)
        .map(namespaceName);
      return success(JSON.stringify(names));
    }
    const form = new URLSearchParams(method === 'POST' ? Buffer.from(body).toString() : query);
    const parsed = parseQuery(form.get('query') ?? '');
    if (path !== '/api/v1/query' || parsed === undefined) {
      return answer(
        400,
        JSON.stringify({ status: 'error', errorType: 'bad_data', error: 'this server knows the queries of mesh-mcp alone' }),
      );
    }
    const rows = rowsOf(cluster, parsed, Number(form.get('limit') ?? Number.POSITIVE_INFINITY));
    return success(`{"resultType":"vector","result":[${rows.join(',')}]}`);
  }, {});
}

function success(data: string): DemoAnswer {
  return answer(200, `{"status":"success","data":${data}}`);
}

function answer(status: number, text: string): DemoAnswer {
  return { status, headers: [['content-type', 'application/json']], body: new Uint8Array(Buffer.from(text)) };
}
