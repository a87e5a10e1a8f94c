import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../../src/config.ts';
import { metricsIn } from '../../support/promql.ts';
import { at, list, map, seconds } from '../istio/manifests.ts';
import { documents, object, text } from './manifests.ts';

const AUTHORIZATION = 'policies/base/authorization.yaml';
const ROUTES = 'policies/base/routes.yaml';
const CANARY = 'policies/canary/petstore-canary.yaml';
const chart = parse(text('../../charts/mesh-mcp/values.yaml')) as unknown;
/** What the hosts of the demo prove themselves as. */
const HOSTS = {
  kind: 'ServiceAccount',
  name: at(chart, 'hostGroup', 'serviceAccount'),
  namespace: at(chart, 'hostGroup', 'namespace'),
};

const container = (file: string, name: string): unknown =>
  at(object(file, 'Deployment', name), 'spec', 'template', 'spec', 'containers', 0);

describe('who may call the Petstore', () => {
  it.each([
    [AUTHORIZATION, 'petstore', 'petstore.yaml'],
    [CANARY, 'petstore-canary', CANARY],
  ])('%s selects the pods and the port that there are', (file, name, workload) => {
    const server = object(file, 'Server', name);
    const deployment = object(workload, 'Deployment', name);
    expect(at(server, 'metadata', 'namespace')).toBe(at(deployment, 'metadata', 'namespace'));
    expect(map(server, 'spec', 'podSelector', 'matchLabels')).toEqual(map(deployment, 'spec', 'template', 'metadata', 'labels'));
    expect(list(container(workload, name), 'ports').map((port) => at(port, 'name'))).toContain(at(server, 'spec', 'port'));
    expect(at(server, 'spec', 'accessPolicy')).toBe('deny');
  });

  it.each([
    [AUTHORIZATION, 'petstore'],
    [CANARY, 'petstore-canary'],
  ])('%s refers by group, kind and name to objects that there are', (file, name) => {
    const policy = object(file, 'AuthorizationPolicy', name);
    expect(at(policy, 'spec', 'targetRef')).toEqual({ group: 'policy.linkerd.io', kind: 'Server', name });
    expect(at(policy, 'spec', 'requiredAuthenticationRefs')).toEqual([
      { group: 'policy.linkerd.io', kind: 'MeshTLSAuthentication', name: 'host-group' },
    ]);
    expect(() => object(file, 'Server', name)).not.toThrow();
  });

  it('it is the account of the host group, and nobody else’s', () => {
    const authentication = object(AUTHORIZATION, 'MeshTLSAuthentication', 'host-group');
    expect(at(authentication, 'spec')).toEqual({ identityRefs: [HOSTS] });
  });

  it('has nothing else of the group policy.linkerd.io that would let somebody in', () => {
    const kinds = [AUTHORIZATION, ROUTES, 'policies/base/rate-limit.yaml', CANARY].flatMap((file) =>
      documents(file).map((each) => `${String(at(each, 'kind'))}/${String(at(each, 'metadata', 'name'))}`),
    );
    expect(kinds.sort()).toEqual([
      'AuthorizationPolicy/petstore',
      'AuthorizationPolicy/petstore-canary',
      'Deployment/petstore-canary',
      'HTTPLocalRateLimitPolicy/petstore',
      'HTTPRoute/petstore',
      'HTTPRoute/petstore-read',
      'MeshTLSAuthentication/host-group',
      'Server/petstore',
      'Server/petstore-canary',
      'Service/petstore-canary',
    ]);
  });
});

describe('how it is called', () => {
  const routes = documents(ROUTES);
  const annotation = (name: string, key: string): unknown => at(object(ROUTES, 'HTTPRoute', name), 'metadata', 'annotations', key);

  it('every route belongs to a Service and port that there are, and leads there', () => {
    const service = object('petstore.yaml', 'Service', 'petstore');
    const port = at(service, 'spec', 'ports', 0, 'port');
    expect(routes).toHaveLength(2);
    for (const route of routes) {
      expect(at(route, 'spec', 'parentRefs')).toEqual([{ group: '', kind: 'Service', name: 'petstore', port }]);
      expect(at(route, 'spec', 'rules', 0, 'backendRefs')).toEqual([{ name: 'petstore', port, weight: 100 }]);
      expect(list(route, 'spec', 'rules')).toHaveLength(1);
    }
  });

  it('reads are tried again, writes never, and no request is without a route', () => {
    expect(at(object(ROUTES, 'HTTPRoute', 'petstore-read'), 'spec', 'rules', 0, 'matches')).toEqual([
      { method: 'GET', path: { type: 'PathPrefix', value: '/api/v3' } },
    ]);
    expect(annotation('petstore-read', 'retry.linkerd.io/http')).toBe('5xx');
    expect(at(object(ROUTES, 'HTTPRoute', 'petstore'), 'spec', 'rules', 0, 'matches')).toEqual([
      { path: { type: 'PathPrefix', value: '/' } },
    ]);
    expect(Object.keys(map(object(ROUTES, 'HTTPRoute', 'petstore'), 'metadata', 'annotations')).join(' ')).not.toContain('retry');
  });

  it('the Petstore’s URL lies below the path of reads', () => {
    const { petstoreUrl } = parseConfig({ get: () => undefined });
    expect(String(petstoreUrl)).toContain(':8080/api/v3');
  });

  it('each time-out lies inside of the next', () => {
    const tries = 1 + Number(annotation('petstore-read', 'retry.linkerd.io/limit'));
    const one = seconds(annotation('petstore-read', 'retry.linkerd.io/timeout'));
    const request = seconds(annotation('petstore-read', 'timeout.linkerd.io/request'));
    const component = parseConfig({ get: () => undefined }).upstreamTimeoutMs / 1000;
    expect(tries * one).toBeLessThan(request);
    expect(seconds(annotation('petstore', 'timeout.linkerd.io/request'))).toBe(request);
    expect(request).toBeLessThan(component);
    expect(component).toBeLessThan(15);
    // And what the documents say of it.
    for (const file of [ROUTES, 'policies/README.md']) {
      for (const value of [one, request, component, 15]) expect(text(file), file).toContain(`${value} s`);
    }
  });

  it('the limit is the Server’s, and leaves the hosts the most', () => {
    const limit = object('policies/base/rate-limit.yaml', 'HTTPLocalRateLimitPolicy', 'petstore');
    expect(at(limit, 'spec', 'targetRef')).toEqual({ group: 'policy.linkerd.io', kind: 'Server', name: 'petstore' });
    const total = Number(at(limit, 'spec', 'total', 'requestsPerSecond'));
    const identity = Number(at(limit, 'spec', 'identity', 'requestsPerSecond'));
    const [override] = list(limit, 'spec', 'overrides');
    expect(at(override, 'clientRefs')).toEqual([HOSTS]);
    const hosts = Number(at(override, 'requestsPerSecond'));
    expect(identity).toBeLessThan(hosts);
    // Linkerd refuses a part that is larger than the whole.
    expect(hosts).toBeLessThanOrEqual(total);
  });
});

describe('the circuit breaker', () => {
  const patch = object('policies/circuit-breaking/petstore-patch.yaml', 'Service', 'petstore');
  const annotations = map(patch, 'metadata', 'annotations');
  const PREFIX = 'balancer.linkerd.io/failure-accrual';

  it('has annotations that Linkerd knows, with values that it takes', () => {
    // linkerd2, policy-controller/k8s/index/src/outbound: `parse_accrual_config`.
    expect(Object.keys(annotations).sort()).toEqual([
      PREFIX,
      `${PREFIX}-consecutive-max-failures`,
      `${PREFIX}-consecutive-max-penalty`,
      `${PREFIX}-consecutive-min-penalty`,
    ]);
    expect(annotations[PREFIX]).toBe('consecutive');
    expect(Number(annotations[`${PREFIX}-consecutive-max-failures`])).toBeGreaterThan(0);
    const [least, most] = ['min', 'max'].map((end) => seconds(annotations[`${PREFIX}-consecutive-${end}-penalty`]));
    expect(least).toBeLessThan(Number(most));
  });

  it('changes nothing but the annotations of a Service that there is', () => {
    expect(Object.keys(map(patch)).sort()).toEqual(['apiVersion', 'kind', 'metadata']);
    const { name, namespace } = map(object('petstore.yaml', 'Service', 'petstore'), 'metadata');
    expect(at(patch, 'metadata')).toEqual({ name, namespace, annotations });
  });

  it('is the same for the canary', () => {
    expect(map(object(CANARY, 'Service', 'petstore-canary'), 'metadata', 'annotations')).toEqual(annotations);
  });
});

describe('the canary', () => {
  it('is the Petstore but for its names', () => {
    const pod = (file: string, name: string): string => JSON.stringify(at(object(file, 'Deployment', name), 'spec', 'template', 'spec'));
    expect(JSON.parse(pod(CANARY, 'petstore-canary'))).toEqual(JSON.parse(pod('petstore.yaml', 'petstore')));
    const spec = (file: string, name: string): unknown => at(object(file, 'Service', name), 'spec', 'ports');
    expect(spec(CANARY, 'petstore-canary')).toEqual(spec('petstore.yaml', 'petstore'));
  });

  it('gets one call in ten', () => {
    const [patch] = list(documents('policies/canary/kustomization.yaml')[0], 'patches');
    const [operation] = parse(String(at(patch, 'patch'))) as readonly unknown[];
    const weights = list(operation, 'value').map((backend) => [at(backend, 'name'), at(backend, 'weight')]);
    expect(weights).toEqual([
      ['petstore', 90],
      ['petstore-canary', 10],
    ]);
  });
});

/** Of Linkerd's proxy (linkerd2-proxy, linkerd/app/core and linkerd/app/inbound: metrics). */
const METRICS = new Set([
  'response_total',
  'response_latency_ms_bucket',
  'inbound_http_authz_allow_total',
  'inbound_http_authz_deny_total',
  'tcp_read_bytes_total',
  'tcp_write_bytes_total',
]);

describe('monitoring', () => {
  const [group] = list(object('policies/monitoring/alerts.yaml', 'PrometheusRule', 'petstore-demo'), 'spec', 'groups');
  const rules = list(group, 'rules');
  const dashboard: unknown = JSON.parse(text('policies/monitoring/dashboard.json'));
  const panels = list(dashboard, 'panels');

  it('alerts at the thresholds, each with a severity and words', () => {
    const alerts = rules.filter((rule) => at(rule, 'alert') !== undefined);
    const of = (name: string): readonly string[] =>
      alerts
        .filter((rule) => at(rule, 'alert') === name)
        .map((rule) => `${String(at(rule, 'labels', 'severity'))} ${/[<>] [\d.]+$/.exec(String(at(rule, 'expr')))?.[0] ?? ''}`);
    expect(of('PetstoreSuccess')).toEqual(['warning < 99.9', 'critical < 99']);
    expect(of('PetstoreLatencyP50')).toEqual(['info > 10', 'warning > 50', 'critical > 100']);
    expect(of('PetstoreLatencyP99')).toEqual(['info > 100', 'warning > 500', 'critical > 1000']);
    expect(of('PetstoreMeshed')).toEqual(['warning < 100', 'critical < 90']);
    for (const rule of alerts) {
      expect(String(at(rule, 'annotations', 'summary'))).toMatch(/\.$/);
      expect(String(at(rule, 'annotations', 'description'))).toContain('$value');
    }
  });

  it('reads metrics that Linkerd has, or what was recorded before, in PromQL', () => {
    const recorded = new Set<string>();
    for (const rule of rules) {
      for (const name of metricsIn(String(at(rule, 'expr')))) expect([...METRICS, ...recorded]).toContain(name);
      const name = at(rule, 'record');
      if (typeof name === 'string') recorded.add(name);
    }
    expect(recorded.size).toBe(5);
    const expressions = panels.flatMap((panel) => list(panel, 'targets').map((target) => String(at(target, 'expr'))));
    expect(expressions.length).toBeGreaterThanOrEqual(panels.length);
    for (const expression of expressions) {
      const names = metricsIn(expression.replaceAll('$__rate_interval', '5m'));
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) expect(METRICS, expression).toContain(name);
    }
  });

  it('shows the same thresholds', () => {
    const steps = (title: string): readonly unknown[] =>
      list(
        panels.find((panel) => at(panel, 'title') === title),
        'fieldConfig',
        'defaults',
        'thresholds',
        'steps',
      ).map((step) => at(step, 'value'));
    expect(steps('Success')).toEqual([null, 99, 99.9]);
    expect(steps('p50')).toEqual([null, 10, 50, 100]);
    expect(steps('p99')).toEqual([null, 100, 500, 1000]);
    expect(steps('Meshed')).toEqual([null, 90, 100]);
  });

  it('has panels that do not lie on each other, and asks for the namespaces of the demo', () => {
    const cells = panels.flatMap((panel) => {
      const [x, y, w, h] = ['x', 'y', 'w', 'h'].map((side) => Number(at(panel, 'gridPos', side)));
      if (x === undefined || y === undefined || w === undefined || h === undefined) throw new Error('a panel without a place');
      return Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
    expect(new Set(panels.map((panel) => at(panel, 'id'))).size).toBe(panels.length);
    const defaults = Object.fromEntries(
      list(dashboard, 'templating', 'list').map((variable) => [at(variable, 'name'), at(variable, 'query')]),
    );
    expect(defaults).toMatchObject({
      namespace: HOSTS.namespace,
      hosts: at(chart, 'hostGroup', 'tuning', 'deployment'),
      petstore: at(object('petstore.yaml', 'Deployment', 'petstore'), 'metadata', 'namespace'),
    });
  });
});
