import { describe, expect, test } from 'vitest';
import { at, host, list, map, ofKind, SERVICES, seconds, spec } from './manifests.ts';

const policy = (name: string) => at(spec('DestinationRule', name), 'trafficPolicy');

describe('load balancing', () => {
  test.each([
    ['mcp-gateway', 'ROUND_ROBIN'],
    ['mcp-organization', 'ROUND_ROBIN'],
    ['mcp-controller', 'ROUND_ROBIN'],
    ['mcp-debate', 'LEAST_REQUEST'],
    ['mcp-llm', 'LEAST_REQUEST'],
    ['mcp-rag', 'LEAST_REQUEST'],
    ['mcp-template', 'RANDOM'],
    ['ratelimit-redis', 'PASSTHROUGH'],
  ])('%s: %s', (name, simple) => expect(at(policy(name), 'loadBalancer', 'simple')).toBe(simple));

  test('mcp-context: consistent hash by MCP session', () => {
    const balancer = at(policy('mcp-context'), 'loadBalancer');
    expect(at(balancer, 'consistentHash', 'httpHeaderName')).toBe('mcp-session-id');
    expect(at(balancer, 'simple')).toBeUndefined();
  });

  test('PASSTHROUGH is for a headless service, and says its TLS mode', () => {
    expect(at(spec('Service', 'ratelimit-redis'), 'clusterIP')).toBe('None');
    expect(at(policy('ratelimit-redis'), 'tls', 'mode')).toBe('ISTIO_MUTUAL');
  });
});

describe('circuit breaking', () => {
  test.each(SERVICES)('%s has a pool and outlier detection', (service) => {
    const { connectionPool, outlierDetection } = map(policy(service));
    expect(at(connectionPool, 'tcp', 'maxConnections')).toBeGreaterThan(0);
    expect(seconds(at(connectionPool, 'tcp', 'connectTimeout'))).toBe(3);
    const pending = Number(at(connectionPool, 'http', 'http1MaxPendingRequests'));
    expect(pending).toBeGreaterThanOrEqual(100);
    // Ten requests on one connection of HTTP/2 for each that may wait.
    expect(at(connectionPool, 'http')).toEqual({
      http1MaxPendingRequests: pending,
      http2MaxRequests: pending * 10,
      maxRequestsPerConnection: 0,
      maxRetries: 3,
      idleTimeout: '300s',
    });
    expect(outlierDetection).toEqual({
      consecutive5xxErrors: 5,
      consecutiveGatewayErrors: 3,
      interval: '10s',
      baseEjectionTime: '30s',
      maxEjectionPercent: 50,
    });
  });

  test('is not called circuitBreaker anywhere', () => {
    for (const { value } of ofKind('DestinationRule')) expect(JSON.stringify(value)).not.toContain('circuitBreaker');
  });
});

describe('localities', () => {
  test('mcp-llm: 80/20 between two zones, from either side', () => {
    const setting = at(policy('mcp-llm'), 'loadBalancer', 'localityLbSetting');
    const distribute = list(setting, 'distribute');
    expect(distribute).toHaveLength(2);
    for (const each of distribute) {
      const to = map(each, 'to');
      expect(Object.values(to).sort()).toEqual([20, 80]);
      expect(to[String(at(each, 'from'))]).toBe(80);
    }
    // Istio refuses both together.
    expect(at(setting, 'failover')).toBeUndefined();
  });

  test('mcp-rag: failover between two regions, to where there is something to fail over', () => {
    const setting = at(policy('mcp-rag'), 'loadBalancer', 'localityLbSetting');
    expect(at(setting, 'failover')).toEqual([
      { from: 'eu-central-1', to: 'eu-west-1' },
      { from: 'eu-west-1', to: 'eu-central-1' },
    ]);
    expect(at(setting, 'distribute')).toBeUndefined();
    expect(at(policy('mcp-rag'), 'outlierDetection')).toBeDefined();
  });
});

describe('subsets', () => {
  test.each([
    ['mcp-gateway', 'standard', { variant: 'standard' }],
    ['mcp-gateway', 'mobile-optimized', { variant: 'mobile-optimized' }],
    ['mcp-debate', 'stable', { version: 'v1' }],
    ['mcp-debate', 'canary', { version: 'v2' }],
    ['mcp-organization', 'blue', { stage: 'blue' }],
    ['mcp-organization', 'green', { stage: 'green' }],
  ])('%s, %s: labels of a Deployment', (service, name, labels) => {
    const subset = list(spec('DestinationRule', service), 'subsets').find((each) => at(each, 'name') === name);
    expect(at(subset, 'labels')).toEqual(labels);
    const bearers = ofKind('Deployment', 'mcp-system').filter(({ value }) => {
      const borne = map(value, 'spec', 'template', 'metadata', 'labels');
      return borne.app === service && Object.entries(labels).every(([key, label]) => borne[key] === label);
    });
    expect(bearers).toHaveLength(1);
  });

  test('every subset that a route names is there', () => {
    const known = new Set(
      ofKind('DestinationRule').flatMap(({ value }) =>
        list(value, 'spec', 'subsets').map((subset) => `${String(at(value, 'spec', 'host'))} ${String(at(subset, 'name'))}`),
      ),
    );
    const named = ofKind('VirtualService').flatMap(({ value }) =>
      ['http', 'tls', 'tcp'].flatMap((protocol) =>
        list(value, 'spec', protocol).flatMap((rule) =>
          list(rule, 'route').flatMap((route) => {
            const subset = at(route, 'destination', 'subset');
            return subset === undefined ? [] : [`${String(at(route, 'destination', 'host'))} ${String(subset)}`];
          }),
        ),
      ),
    );
    expect(named.length).toBeGreaterThan(6);
    for (const each of named) expect(known).toContain(each);
  });
});

test('every service has one DestinationRule, for its full name', () => {
  for (const service of SERVICES) expect(at(spec('DestinationRule', service), 'host')).toBe(host(service));
});
