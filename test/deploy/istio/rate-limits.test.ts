import { describe, expect, test } from 'vitest';
import { at, documents, list, map, spec } from './manifests.ts';

const TYPE = 'type.googleapis.com/envoy.extensions.filters.http';
const patches = (name: string, namespace?: string) => list(spec('EnvoyFilter', name, namespace), 'configPatches');

describe('local limit', () => {
  const [filter] = patches('mcp-gateway-local-limit');
  const config = at(filter, 'patch', 'value', 'typed_config');

  test('1000 per 60 seconds, enabled and enforced for all', () => {
    expect(at(config, '@type')).toBe(`${TYPE}.local_ratelimit.v3.LocalRateLimit`);
    expect(at(config, 'token_bucket')).toEqual({ max_tokens: 1000, tokens_per_fill: 1000, fill_interval: '60s' });
    for (const key of ['filter_enabled', 'filter_enforced'])
      expect(at(config, key, 'default_value')).toEqual({ numerator: 100, denominator: 'HUNDRED' });
    expect(at(config, 'stat_prefix')).toBeTypeOf('string');
  });

  test('is the first filter of what comes in to mcp-gateway', () => {
    expect(at(spec('EnvoyFilter', 'mcp-gateway-local-limit'), 'workloadSelector', 'labels')).toEqual({ app: 'mcp-gateway' });
    expect(at(filter, 'applyTo')).toBe('HTTP_FILTER');
    expect(at(filter, 'match', 'context')).toBe('SIDECAR_INBOUND');
    expect(at(filter, 'match', 'listener', 'portNumber')).toBe(8080);
    expect(at(filter, 'patch', 'operation')).toBe('INSERT_FIRST');
  });
});

describe('global limit', () => {
  test.each([
    ['mcp-gateway-global-limit', 'mcp-system', 'SIDECAR_INBOUND', 'inbound|http|8080', { app: 'mcp-gateway' }],
    ['ingress-global-limit', 'istio-ingress', 'GATEWAY', 'mcp.example.com:443', { istio: 'ingressgateway' }],
  ])('%s: a filter that asks and a route that says what to ask', (name, namespace, context, virtualHost, labels) => {
    const [filter, route, ...rest] = patches(name, namespace);
    expect(rest).toEqual([]);
    expect(at(spec('EnvoyFilter', name, namespace), 'workloadSelector', 'labels')).toEqual(labels);
    // Without it the insertion next to the router depends on the order in which EnvoyFilters were made.
    expect(at(spec('EnvoyFilter', name, namespace), 'priority')).toBeTypeOf('number');
    expect([at(filter, 'applyTo'), at(filter, 'match', 'context'), at(filter, 'patch', 'operation')]).toEqual([
      'HTTP_FILTER',
      context,
      'INSERT_BEFORE',
    ]);
    expect(at(filter, 'match', 'listener', 'filterChain', 'filter', 'subFilter', 'name')).toBe('envoy.filters.http.router');
    const config = at(filter, 'patch', 'value', 'typed_config');
    expect(at(config, '@type')).toBe(`${TYPE}.ratelimit.v3.RateLimit`);
    expect(at(config, 'failure_mode_deny')).toBe(false);
    expect(at(config, 'rate_limit_service', 'transport_api_version')).toBe('V3');
    expect(at(config, 'rate_limit_service', 'grpc_service', 'envoy_grpc', 'cluster_name')).toBe(
      'outbound|8081||ratelimit.mcp-system.svc.cluster.local',
    );
    expect([at(route, 'applyTo'), at(route, 'match', 'context'), at(route, 'patch', 'operation')]).toEqual([
      'VIRTUAL_HOST',
      context,
      'MERGE',
    ]);
    expect(at(route, 'match', 'routeConfiguration', 'vhost', 'name')).toBe(virtualHost);
    expect(list(route, 'patch', 'value', 'rate_limits').length).toBeGreaterThan(0);
  });

  test('every question has an answer in the configuration of the service', () => {
    const [config] = documents('rate-limits/services/ratelimit-config.yaml');
    const domains = ['mcp-gateway-global-limit', 'ingress-global-limit'].map((name) =>
      at(patches(name, name.startsWith('ingress') ? 'istio-ingress' : 'mcp-system')[0], 'patch', 'value', 'typed_config', 'domain'),
    );
    expect(domains).toEqual([at(config, 'domain'), at(config, 'domain')]);
    const asked = [...patches('mcp-gateway-global-limit'), ...patches('ingress-global-limit', 'istio-ingress')].flatMap((patch) =>
      list(patch, 'patch', 'value', 'rate_limits').map((limit) => list(limit, 'actions').map(keyOf)),
    );
    expect(asked).toEqual([['organization_id'], ['organization_id', 'user_id'], ['remote_address']]);
    for (const keys of asked) expect(limitFor(config, keys), keys.join()).toBeTypeOf('object');
  });

  test('600 a minute for an address, 6000 for an organization, 600 for a user', () => {
    const [config] = documents('rate-limits/services/ratelimit-config.yaml');
    expect(limitFor(config, ['remote_address'])).toEqual({ unit: 'minute', requests_per_unit: 600 });
    expect(limitFor(config, ['organization_id'])).toEqual({ unit: 'minute', requests_per_unit: 6000 });
    expect(limitFor(config, ['organization_id', 'user_id'])).toEqual({ unit: 'minute', requests_per_unit: 600 });
    const trial = list(config, 'descriptors').find((each) => at(each, 'value') === 'trial');
    expect(at(trial, 'rate_limit')).toEqual({ unit: 'minute', requests_per_unit: 60 });
  });
});

describe('the service', () => {
  const pod = at(spec('Deployment', 'ratelimit'), 'template', 'spec');
  const env = Object.fromEntries(list(pod, 'containers', 0, 'env').map((each) => [String(at(each, 'name')), at(each, 'value')]));

  test('reads its configuration where it is mounted', () => {
    const [mount] = list(pod, 'containers', 0, 'volumeMounts');
    expect(at(mount, 'mountPath')).toBe(`${String(env.RUNTIME_ROOT)}/${String(env.RUNTIME_SUBDIRECTORY)}/config`);
    expect(list(documents('rate-limits/services/kustomization.yaml')[0], 'configMapGenerator')).toEqual([
      { name: 'ratelimit-config', files: ['config.yaml=ratelimit-config.yaml'] },
    ]);
    expect(at(pod, 'volumes', 0, 'configMap', 'name')).toBe('ratelimit-config');
    expect(env.RUNTIME_IGNOREDOTFILES).toBe('true');
  });

  test('listens for gRPC where the proxies ask, and counts in Redis', () => {
    expect(list(spec('Service', 'ratelimit'), 'ports')).toEqual([{ name: 'grpc', port: 8081, targetPort: 'grpc', appProtocol: 'grpc' }]);
    expect(list(pod, 'containers', 0, 'ports')).toContainEqual({ name: 'grpc', containerPort: 8081 });
    expect(env.REDIS_URL).toBe('ratelimit-redis.mcp-system.svc.cluster.local:6379');
    expect(map(spec('Service', 'ratelimit-redis'), 'ports', 0).port).toBe(6379);
  });
});

/** The descriptor that an action of Envoy's route makes. */
function keyOf(action: unknown): string {
  if (at(action, 'remote_address') !== undefined) return 'remote_address';
  return String(at(action, 'request_headers', 'descriptor_key'));
}

/** The limit of any value of these keys, as envoyproxy/ratelimit walks its tree of descriptors. */
function limitFor(config: unknown, keys: readonly string[]): unknown {
  let node = config;
  for (const key of keys) node = list(node, 'descriptors').find((each) => at(each, 'key') === key && at(each, 'value') === undefined);
  return at(node, 'rate_limit');
}
