import { describe, expect, test } from 'vitest';
import { at, documents, FILES, list, ofKind, spec, text } from './manifests.ts';

/** Names that Istio and the kubelet really give (shared list of Istio's standard metrics; istio, pilot and security: monitoring). */
const METRICS = new Set([
  'istio_requests_total',
  'istio_request_duration_milliseconds_bucket',
  'istio_request_bytes_sum',
  'istio_request_bytes_count',
  'istio_response_bytes_sum',
  'istio_response_bytes_count',
  'istio_tcp_sent_bytes_total',
  'istio_tcp_received_bytes_total',
  'istio_tcp_connections_opened_total',
  'istio_build',
  'pilot_info',
  'pilot_xds',
  'pilot_xds_pushes',
  'pilot_total_xds_rejects',
  'pilot_proxy_convergence_time_bucket',
  'galley_validation_failed',
  'citadel_server_root_cert_expiry_timestamp',
  'container_cpu_usage_seconds_total',
  'container_memory_working_set_bytes',
]);
const STANDARD = /\b(?:istio|pilot|galley|citadel|container|envoy|linkerd)_[a-z_]+\b/g;

/** The names of metrics in a query: what comes before braces, brackets or a closing parenthesis, and not the text of a label. */
function metrics(query: string): readonly string[] {
  return query.replace(/"[^"]*"/g, '""').match(STANDARD) ?? [];
}

const DASHBOARDS = FILES.filter((path) => path.startsWith('observability/grafana/dashboards/'));
const dashboard = (path: string): unknown => JSON.parse(text(path));
const queries = (of: unknown) => list(of, 'panels').flatMap((panel) => list(panel, 'targets').map((target) => String(at(target, 'expr'))));

/** What the choices of a dashboard are read from. */
const variables = (of: unknown) => list(of, 'templating', 'list').map((each) => String(at(each, 'query', 'query') ?? ''));

describe('dashboards', () => {
  test('are four: mesh overview, performance, service and workload', () => {
    expect(DASHBOARDS.map((path) => at(dashboard(path), 'uid'))).toEqual([
      'mcp-mesh-overview',
      'mcp-performance',
      'mcp-service',
      'mcp-workload',
    ]);
    const files = list(documents('observability/grafana/kustomization.yaml')[0], 'configMapGenerator', 1, 'files');
    expect(files).toEqual(DASHBOARDS.map((path) => path.replace('observability/grafana/', '')));
  });

  test.each(DASHBOARDS)('%s asks for metrics that exist, and never counts a request at both ends', (path) => {
    const asked = queries(dashboard(path));
    expect(asked.length).toBeGreaterThan(6);
    for (const query of [...asked, ...variables(dashboard(path))]) {
      for (const metric of metrics(query)) expect(METRICS, query).toContain(metric);
    }
    for (const query of asked) {
      for (const selector of query.match(/istio_(?:requests|request_duration|tcp)[a-z_]*(?:\{[^}]*\}|\[)/g) ?? []) {
        expect(selector, query).toMatch(/reporter="(source|destination)"/);
      }
    }
  });

  test.each(DASHBOARDS)('%s has panels that do not overlap, each with a title and a data source', (path) => {
    const taken = new Set<string>();
    for (const panel of list(dashboard(path), 'panels')) {
      expect(at(panel, 'title')).toBeTruthy();
      const [x, y, w, h] = ['x', 'y', 'w', 'h'].map((key) => Number(at(panel, 'gridPos', key)));
      for (let column = x ?? 0; column < (x ?? 0) + (w ?? 0); column++) {
        for (let row = y ?? 0; row < (y ?? 0) + (h ?? 0); row++) {
          expect(column).toBeLessThan(24);
          expect(taken.has(`${column},${row}`), String(at(panel, 'title'))).toBe(false);
          taken.add(`${column},${row}`);
        }
      }
      if (at(panel, 'type') !== 'row') expect(at(panel, 'datasource', 'uid')).toBe(`$${'{datasource}'}`);
    }
  });

  test('every variable of a query is defined', () => {
    for (const path of DASHBOARDS) {
      const known = list(dashboard(path), 'templating', 'list').map((each) => at(each, 'name'));
      for (const query of queries(dashboard(path))) {
        for (const [, name] of query.matchAll(/\$(\w+)/g)) if (name !== '__rate_interval') expect(known, path).toContain(name);
      }
    }
  });
});

describe('Prometheus', () => {
  const [rules] = documents('observability/prometheus/rules.yaml');
  const [config] = documents('observability/prometheus/prometheus-config.yaml');
  const all = list(rules, 'groups').flatMap((group) => list(group, 'rules'));
  const recorded = new Set(all.flatMap((rule) => (at(rule, 'record') === undefined ? [] : [String(at(rule, 'record'))])));

  test('rules ask for metrics that exist or that they record', () => {
    for (const rule of all) {
      const query = String(at(rule, 'expr'));
      for (const metric of metrics(query)) expect(METRICS, query).toContain(metric);
      for (const name of query.match(/\bmcp:[a-z_]+:[a-z0-9_]+/g) ?? []) expect(recorded).toContain(name);
    }
  });

  test('every alert has a severity, says what is wrong and what to do', () => {
    const alerts = all.filter((rule) => at(rule, 'alert') !== undefined);
    expect(alerts.map((rule) => at(rule, 'alert'))).toEqual(
      expect.arrayContaining(['McpServiceErrors', 'McpCanaryErrors', 'McpPlainText', 'IstiodMissing']),
    );
    for (const alert of alerts) {
      expect(at(alert, 'labels', 'severity')).toMatch(/^(critical|warning|info)$/);
      expect(at(alert, 'annotations', 'summary')).toBeTruthy();
      expect(at(alert, 'annotations', 'action')).toBeTruthy();
    }
  });

  test('the canary is judged by the versions that the Deployments bear', () => {
    const canary = all.find((rule) => at(rule, 'alert') === 'McpCanaryErrors');
    for (const version of ['v1', 'v2']) {
      expect(String(at(canary, 'expr'))).toContain(`destination_version="${version}"`);
      expect(at(spec('Deployment', `mcp-debate-${version}`), 'template', 'metadata', 'labels', 'version')).toBe(version);
    }
  });

  test('scrapes pods by their annotations, and loads the rules', () => {
    expect(list(config, 'rule_files')).toEqual(['/etc/prometheus/rules.yaml']);
    const pods = list(config, 'scrape_configs').find((job) => at(job, 'job_name') === 'pods');
    expect(at(pods, 'relabel_configs', 1)).toEqual({
      action: 'drop',
      source_labels: ['__meta_kubernetes_pod_phase'],
      regex: 'Pending|Succeeded|Failed',
    });
    expect(at(pods, 'relabel_configs', 0)).toEqual({
      action: 'keep',
      source_labels: ['__meta_kubernetes_pod_annotation_prometheus_io_scrape'],
      regex: 'true',
    });
  });

  test('an address and the annotated port become one target', () => {
    const [v4, v6] = list(documents('observability/prometheus/prometheus-config.yaml')[0], 'scrape_configs', 0, 'relabel_configs').filter(
      (each) => at(each, 'target_label') === '__address__',
    );
    const apply = (rule: unknown, value: string) => {
      const pattern = new RegExp(`^(?:${String(at(rule, 'regex'))})$`);
      return pattern.test(value) ? value.replace(pattern, String(at(rule, 'replacement'))) : undefined;
    };
    expect(apply(v4, '15020;10.1.2.3')).toBe('10.1.2.3:15020');
    expect(apply(v6, '15020;10.1.2.3')).toBeUndefined();
    expect(apply(v6, '15020;fd00::1')).toBe('[fd00::1]:15020');
    expect(apply(v4, '15020;fd00::1')).toBeUndefined();
  });
});

describe('Kiali, Grafana and Jaeger', () => {
  const service = (name: string) => list(spec('Service', name, 'observability'), 'ports').map((port) => at(port, 'port'));

  test('find each other', () => {
    const [kiali] = documents('observability/kiali/kiali-config.yaml');
    const [grafana] = documents('observability/grafana/datasources.yaml');
    const urls = [
      at(kiali, 'external_services', 'prometheus', 'url'),
      at(kiali, 'external_services', 'grafana', 'internal_url'),
      at(kiali, 'external_services', 'tracing', 'internal_url'),
      ...list(grafana, 'datasources').map((each) => at(each, 'url')),
    ];
    expect(urls).toHaveLength(5);
    expect(list(grafana, 'datasources').map((each) => [at(each, 'type'), at(each, 'uid')])).toEqual([
      ['prometheus', 'prometheus'],
      ['jaeger', 'jaeger'],
    ]);
    const [provider] = documents('observability/grafana/provider.yaml');
    expect(at(provider, 'apiVersion')).toBe(1);
    const mounts = list(spec('Deployment', 'grafana', 'observability'), 'template', 'spec', 'containers', 0, 'volumeMounts');
    expect(mounts.map((mount) => at(mount, 'mountPath'))).toContain(at(provider, 'providers', 0, 'options', 'path'));
    for (const url of urls) {
      const { hostname, port } = new URL(String(url));
      const [name, namespace, ...rest] = hostname.split('.');
      expect([namespace, ...rest]).toEqual(['observability', 'svc', 'cluster', 'local']);
      expect(service(String(name))).toContain(Number(port));
    }
  });

  test('proxies send traces to where Jaeger takes them', () => {
    const [installation] = documents('istio/installation.yaml');
    const tracing = list(installation, 'spec', 'meshConfig', 'extensionProviders').find((each) => at(each, 'name') === 'mcp-tracing');
    expect(at(tracing, 'opentelemetry')).toEqual({ service: 'jaeger-collector.observability.svc.cluster.local', port: 4317 });
    expect(service('jaeger-collector')).toEqual([4317]);
    const [jaeger] = documents('observability/jaeger/jaeger-config.yaml');
    expect(at(jaeger, 'receivers', 'otlp', 'protocols', 'grpc', 'endpoint')).toBe('0.0.0.0:4317');
    const container = at(spec('Deployment', 'jaeger', 'observability'), 'template', 'spec', 'containers', 0);
    const listens = [
      at(jaeger, 'receivers', 'otlp', 'protocols', 'grpc', 'endpoint'),
      at(jaeger, 'extensions', 'jaeger_query', 'http', 'endpoint'),
      at(jaeger, 'extensions', 'jaeger_query', 'grpc', 'endpoint'),
      at(jaeger, 'extensions', 'healthcheckv2', 'http', 'endpoint'),
    ];
    expect(list(container, 'ports').map((port) => `0.0.0.0:${String(at(port, 'containerPort'))}`)).toEqual(listens);
    for (const exporter of list(jaeger, 'service', 'pipelines', 'traces', 'exporters'))
      expect(at(jaeger, 'exporters', String(exporter))).toBeDefined();
    expect(
      at(jaeger, 'extensions', 'jaeger_storage', 'backends', String(at(jaeger, 'extensions', 'jaeger_query', 'storage', 'traces'))),
    ).toBeDefined();
  });

  test('show and change nothing', () => {
    const [kiali] = documents('observability/kiali/kiali-config.yaml');
    expect(at(kiali, 'deployment', 'view_only_mode')).toBe(true);
    for (const { value } of ofKind('ClusterRole')) {
      for (const rule of list(value, 'rules')) {
        for (const verb of list(rule, 'verbs')) expect(['get', 'list', 'watch']).toContain(verb);
        expect(list(rule, 'resources')).not.toContain('secrets');
      }
    }
  });
});
