import { describe, expect, it } from 'vitest';
import { isObject } from '../../../src/lib/json.ts';
import { View } from '../../../src/policy/analyze/view.ts';
import { Field } from '../../../src/policy/objects/field.ts';
import { readObjects } from '../../../src/policy/objects/kube-object.ts';
import type { RouteRequest } from '../../../src/policy/routing/request.ts';
import { resolveRoute, resolveRouteIn } from '../../../src/policy/routing/resolve.ts';
import { callTo, destinationOf, destinationsOf, ingress, shipped, sidecarOf, subsetsOf, treatmentOf } from './route.ts';

const OBJECTS = shipped();
const VIEW = new View(readObjects(OBJECTS));
const go = (request: RouteRequest) => resolveRouteIn(VIEW, request);

/** Every service, the time-out of calls to it, and how often and how long each is tried. */
const SERVICES = [
  { name: 'mcp-gateway', timeoutMs: 290_000, attempts: 1, perTryTimeoutMs: 140_000, algorithm: 'ROUND_ROBIN' },
  { name: 'mcp-debate', timeoutMs: 270_000, attempts: 1, perTryTimeoutMs: 130_000, algorithm: 'LEAST_REQUEST' },
  { name: 'mcp-llm', timeoutMs: 120_000, attempts: 1, perTryTimeoutMs: 60_000, algorithm: 'LEAST_REQUEST' },
  { name: 'mcp-organization', timeoutMs: 10_000, attempts: 3, perTryTimeoutMs: 2_000, algorithm: 'ROUND_ROBIN' },
  { name: 'mcp-context', timeoutMs: 45_000, attempts: 1, perTryTimeoutMs: 22_000, algorithm: 'CONSISTENT_HASH' },
  { name: 'mcp-rag', timeoutMs: 20_000, attempts: 2, perTryTimeoutMs: 6_000, algorithm: 'LEAST_REQUEST' },
  { name: 'mcp-controller', timeoutMs: 120_000, attempts: 1, perTryTimeoutMs: 50_000, algorithm: 'ROUND_ROBIN' },
  { name: 'mcp-template', timeoutMs: 5_000, attempts: 3, perTryTimeoutMs: 1_000, algorithm: 'RANDOM' },
] as const;

describe.each(SERVICES)('calls to $name', ({ name, timeoutMs, attempts, perTryTimeoutMs, algorithm }) => {
  it.each([name, `${name}.mcp-system`, `${name}.mcp-system.svc.cluster.local`])('reach running workloads as %s', (host) => {
    for (const { problem, workloads } of destinationsOf(go(callTo(host)))) {
      expect(problem).toBeUndefined();
      expect(workloads.map(({ kind }) => kind)).toEqual(['Deployment']);
    }
  });

  it('are tried again exactly when 5xx,reset,connect-failure,refused-stream, within their time-out', () => {
    const { retries, timeoutMs: timeout } = treatmentOf(go(callTo(name)));
    expect(timeout).toBe(timeoutMs);
    expect(retries).toEqual({
      attempts,
      perTryTimeoutMs,
      retryOn: ['5xx', 'reset', 'connect-failure', 'refused-stream'],
      statuses: [],
      from: 'route',
    });
    expect((attempts + 1) * perTryTimeoutMs).toBeLessThanOrEqual(timeoutMs);
  });

  it('are free of faults, rewriting and copies', () => {
    expect(treatmentOf(go(callTo(name)))).toMatchObject({ fault: undefined, rewrite: undefined, mirrors: [] });
  });

  it('are balanced, limited and watched for failures', () => {
    for (const { policy } of destinationsOf(go(callTo(name)))) {
      expect(policy.loadBalancer.algorithm).toBe(algorithm);
      expect(policy.connectionPool).toMatchObject({ tcp: { connectTimeout: '3s' } });
      expect(policy.outlierDetection).toMatchObject({ consecutive5xxErrors: 5, maxEjectionPercent: 50 });
      // Nothing here turns mutual TLS off: the sidecars agree on it by themselves.
      expect(policy.tls).toEqual({ mode: 'AUTO' });
    }
  });
});

describe('canary of mcp-debate', () => {
  const canary = go(callTo('mcp-debate'));

  it('sends nine in ten to the stable version and one in ten to the new one', () => {
    expect(subsetsOf(canary)).toEqual(['stable 9/10', 'canary 1/10']);
  });

  it('each version is a deployment of its own', () => {
    expect(destinationsOf(canary).map(({ workloads }) => workloads.map(({ name }) => name))).toEqual([
      ['mcp-debate-v1'],
      ['mcp-debate-v2'],
    ]);
  });

  it('without its DestinationRule every request would fail', () => {
    const without = OBJECTS.filter((object) => {
      const field = new Field(object);
      return field.at('kind').text !== 'DestinationRule' || field.at('metadata', 'name').text !== 'mcp-debate';
    });
    const problems = destinationsOf(resolveRoute(without, callTo('mcp-debate'))).map(({ problem }) => problem?.tag);
    expect(problems).toEqual(['no subset', 'no subset']);
  });
});

describe('blue-green deployment of mcp-organization', () => {
  it.each([
    ['the header green', [['x-deployment-stage', 'green']], 'green'],
    ['the header in capitals', [['X-Deployment-Stage', 'green']], 'green'],
    ['the header blue', [['x-deployment-stage', 'blue']], 'blue'],
    ['another value that begins with it', [['x-deployment-stage', 'greenish']], 'blue'],
    ['no header', [], 'blue'],
  ] as const)('%s', (_, headers, subset) => {
    const destination = destinationOf(go(callTo('mcp-organization', { headers })));
    expect(destination.subset).toBe(subset);
    expect(destination.subsetLabels).toEqual({ stage: subset });
    expect(destination.workloads.map(({ name }) => name)).toEqual([`mcp-organization-${subset}`]);
  });
});

describe('A/B test at the ingress', () => {
  it.each([
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15', 'mobile-optimized'],
    ['Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15', 'mobile-optimized'],
    ['Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36', 'mobile-optimized'],
    ['Mobile', 'mobile-optimized'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'standard'],
    ['curl/8.14.1', 'standard'],
    ['', 'standard'],
  ])('%j', (agent, subset) => {
    const destination = destinationOf(go(ingress({ headers: [['User-Agent', agent]] })));
    expect(destination).toMatchObject({ host: 'mcp-gateway.mcp-system.svc.cluster.local', port: 8080, subset, problem: undefined });
    expect(destination.workloads.map(({ name }) => name)).toEqual([`mcp-gateway-${subset}`]);
  });

  it('a client without a user agent gets the standard one', () => {
    expect(subsetsOf(go(ingress()))).toEqual(['standard 1/1']);
  });

  it('what only the mesh may say of a caller is removed', () => {
    expect(treatmentOf(go(ingress())).headers?.request.remove).toEqual(['x-organization-id', 'x-user-id']);
  });

  it('only what never reached the service is sent again', () => {
    expect(treatmentOf(go(ingress())).retries?.retryOn).toEqual(['connect-failure', 'refused-stream']);
  });

  it('without TLS there is a redirect and nothing else', () => {
    const answer = go(ingress({ port: 80, protocol: 'http', path: '/v1/mcp?x=1' }));
    expect(answer).toMatchObject({
      tag: 'redirected',
      status: 301,
      location: { scheme: 'https', authority: 'mcp.example.com', path: '/v1/mcp?x=1' },
    });
  });

  it('other hosts are refused', () => {
    expect(go(ingress({ host: 'other.example.com' }))).toMatchObject({ tag: 'refused', reason: 'no server' });
    expect(go(ingress({ host: 'other.example.com', port: 80, protocol: 'http' }))).toMatchObject({ tag: 'refused', status: 404 });
  });
});

/** Every outside host that a ServiceEntry of mcp-system names. */
const OUTSIDE = OBJECTS.filter((object) => isObject(object) && object.kind === 'ServiceEntry').flatMap(
  (object) => new Field(object).at('spec', 'hosts').texts,
);

it('the outside hosts are those that the issue names', () => {
  expect(OUTSIDE).toEqual(
    expect.arrayContaining(['api.openai.com', 'api.anthropic.com', 'generativelanguage.googleapis.com', 'pypi.packages.example.com']),
  );
});

describe.each(OUTSIDE)('egress to %s', (host) => {
  it('goes from the caller to the egress gateway, in mutual TLS that names the host', () => {
    const answer = go({ from: sidecarOf('mcp-llm'), host, port: 443, protocol: 'https' });
    expect(answer).toMatchObject({ tag: 'routed', layer: 'tls' });
    const { problem, policy, workloads, ...gateway } = destinationOf(answer);
    expect(gateway).toMatchObject({ host: 'istio-egressgateway.istio-egress.svc.cluster.local', port: 443 });
    expect(problem).toBeUndefined();
    expect(policy.tls).toEqual({ mode: 'ISTIO_MUTUAL', sni: host });
    expect(workloads.length).toBeGreaterThan(0);
  });

  it('goes from the gateway to the host itself', () => {
    const answer = go({ from: { tag: 'gateway', gateway: 'istio-egress/mcp-egress' }, host, port: 443, protocol: 'tls' });
    expect(destinationOf(answer)).toMatchObject({ host, port: 443, external: true, problem: undefined });
  });
});

it.each([443, 80])('hosts that nobody named are refused on port %i', (port) => {
  const answer = go({ from: sidecarOf('mcp-llm'), host: 'evil.example.net', port, protocol: port === 80 ? 'http' : 'https' });
  expect(answer).toMatchObject({ tag: 'refused', reason: 'unknown host' });
});

describe('where among zones and regions', () => {
  it('mcp-llm: four in five stay in their zone', () => {
    const share = (numerator: number) => ({ numerator, denominator: 5 });
    const [a, b] = ['eu-central-1/eu-central-1a/*', 'eu-central-1/eu-central-1b/*'];
    expect(destinationOf(go(callTo('mcp-llm'))).policy.loadBalancer.locality).toEqual({
      tag: 'distribute',
      rules: [
        { from: a, to: { [a]: share(4), [b]: share(1) } },
        { from: b, to: { [b]: share(4), [a]: share(1) } },
      ],
    });
  });

  it('mcp-rag: fails over to the other region, and can tell when', () => {
    expect(destinationOf(go(callTo('mcp-rag'))).policy.loadBalancer.locality).toEqual({
      tag: 'failover',
      active: true,
      rules: [
        { from: 'eu-central-1', to: 'eu-west-1' },
        { from: 'eu-west-1', to: 'eu-central-1' },
      ],
    });
  });
});

it('mcp-context keeps a session with its replica', () => {
  const { loadBalancer } = destinationOf(go(callTo('mcp-context'))).policy;
  expect(loadBalancer.consistentHash).toEqual({ httpHeaderName: 'mcp-session-id', ringHash: { minimumRingSize: 1024 } });
});

describe('east-west gateway', () => {
  const from = { tag: 'gateway', gateway: 'istio-eastwest/mcp-east-west' } as const;
  const enter = (host: string) => go({ from, host, port: 15443, protocol: 'https', authority: `${host}:8080` });

  it.each(['mcp-context', 'mcp-rag'])('lets %s be reached', (name) => {
    const host = `${name}.mcp-system.svc.cluster.local`;
    expect(destinationOf(enter(host))).toMatchObject({ host, port: 8080, problem: undefined });
  });

  it.each(['mcp-debate', 'mcp-llm', 'mcp-organization'])('does not let %s be reached', (name) => {
    expect(enter(`${name}.mcp-system.svc.cluster.local`)).toMatchObject({ tag: 'refused', status: 404 });
  });

  it('knows names of the cluster only', () => {
    expect(enter('mcp.example.com')).toMatchObject({ tag: 'refused', reason: 'no server' });
  });
});
