import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkedRules, counter, firingAlerts, type Series } from './support/alerts.ts';
import { availableCrds, installCrds } from './support/crds.ts';
import { FIXTURES } from './support/helm.ts';
import { type KubeApiServer, startKubeApiServer } from './support/kube-apiserver.ts';
import { kustomize } from './support/kustomize.ts';
import { useServers } from './support/servers.ts';
import { toolPath } from './tools/cache.ts';

const DEMO = fileURLToPath(new URL('../../deploy/petstore-demo', import.meta.url));
const POLICIES = join(DEMO, 'policies');
const servers = useServers();

describe('on a real API server', () => {
  let api: KubeApiServer;

  beforeAll(async () => {
    api = await startKubeApiServer(servers);
    const real = availableCrds().filter(({ name }) => name !== 'Istio');
    const linkerd = real.some(({ name }) => name === 'Linkerd') ? [] : [{ path: join(FIXTURES, 'crds/linkerd.yaml') }];
    await installCrds(api, [...real, ...linkerd, { path: toolPath('prometheus-operator-crds.yaml') }]);
    await api.kubectl(['apply', '--server-side', '--kustomize', DEMO]);
  });

  const apply = (folder: string, ...more: readonly string[]): Promise<string> =>
    api.kubectl(['apply', '--server-side', '--kustomize', join(POLICIES, folder), ...more]);

  /** Kind, name and generation of everything that policies/ has, and of what the demo had before. */
  async function state(): Promise<readonly string[]> {
    const kinds = [
      ...['servers', 'meshtlsauthentications', 'authorizationpolicies', 'httplocalratelimitpolicies'].map(
        (kind) => `${kind}.policy.linkerd.io`,
      ),
      ...['httproutes.gateway.networking.k8s.io', 'prometheusrules.monitoring.coreos.com', 'configmaps', 'services', 'deployments'],
    ];
    const columns = "{.kind}/{.metadata.name} {.metadata.resourceVersion}{'\\n'}";
    const list = await api.kubectl([
      'get',
      kinds.join(','),
      '--namespace',
      'petstore',
      '--output',
      `jsonpath={range .items[*]}${columns}{end}`,
    ]);
    return list.split('\n').filter((line) => line !== '');
  }

  const names = (lines: readonly string[]): readonly string[] => lines.map((line) => line.replace(/ .*/, '')).sort();
  const weights = (): Promise<string> =>
    api.kubectl(['get', 'httproutes', '--namespace', 'petstore', '--output', 'jsonpath={.items[*].spec.rules[0].backendRefs[*].weight}']);

  it('every object is admitted', async () => {
    for (const [folder, count] of [
      ['.', 6],
      ['canary', 10],
      ['monitoring', 2],
    ] as const) {
      expect((await apply(folder, '--dry-run=server')).match(/serverside-applied \(server dry run\)/g), folder).toHaveLength(count);
    }
  });

  it.each<[string, RegExp, string, RegExp]>([
    ['a reference without its kind', /kind: MeshTLSAuthentication\n( +)name: host-group/, 'name: host-group', /kind: Required value/],
    ['a limit in words', /requestsPerSecond: 100/, 'requestsPerSecond: many', /requestsPerSecond: expected numeric/],
    ['a misspelt field of a Server', /accessPolicy: deny/, 'acessPolicy: deny', /acessPolicy: field not declared in schema/],
    ['a misspelt field of a route', /backendRefs:/, 'backends:', /backends: field not declared in schema/],
    ['a method that there is not', /method: GET/, 'method: FETCH', /method: Unsupported value: "FETCH"/],
  ])('%s would be refused', async (_, from, to, says) => {
    const manifests = await api.kubectl(['kustomize', POLICIES]);
    const changed = manifests.replace(from, to);
    expect(changed).not.toBe(manifests);
    await expect(api.kubectl(['apply', '--server-side', '--dry-run=server', '--filename', '-'], changed)).rejects.toThrow(says);
  });

  it('applying again changes nothing, and taking it back leaves the demo as it was', async () => {
    const before = names(await state());
    await apply('.');
    await apply('monitoring');
    const applied = await state();
    expect(applied.length).toBe(before.length + 8);
    await apply('.');
    await apply('monitoring');
    expect(await state()).toEqual(applied);
    for (const folder of ['.', 'monitoring']) await api.kubectl(['delete', '--kustomize', join(POLICIES, folder)]);
    expect(names(await state())).toEqual(before);
  });

  it('the canary comes and goes as its kustomization says', async () => {
    await apply('.');
    const before = names(await state());
    const commands = readFileSync(join(POLICIES, 'canary/kustomization.yaml'), 'utf8').matchAll(/kubectl ((?:apply|delete) [^,\n]*)/g);
    const [first = '', second = '', back = '', last = ''] = [...commands].map(([, command = '']) => command);
    const as = (command: string): Promise<string> =>
      api.kubectl(command.split(' ').map((word) => word.replace('deploy/petstore-demo', DEMO)));
    await as(first);
    expect(await weights()).toBe('100 100');
    await as(second);
    expect(await weights()).toBe('90 10 90 10');
    await as(back);
    expect(await weights()).toBe('100 100');
    await as(last);
    expect(names(await state())).toEqual(before);
  });

  it('the circuit breaker is a patch of the Service, and comes off again', async () => {
    const annotations = (): Promise<string> =>
      api.kubectl(['get', 'service', 'petstore', '--namespace', 'petstore', '--output', 'jsonpath={.metadata.annotations}']);
    const before = await api.kubectl(['get', 'service', 'petstore', '--namespace', 'petstore', '--output', 'jsonpath={.spec}']);
    await api.kubectl([
      ...['--namespace', 'petstore', 'patch', 'service', 'petstore'],
      ...['--patch-file', join(POLICIES, 'circuit-breaking/petstore-patch.yaml')],
    ]);
    expect(JSON.parse(await annotations())).toMatchObject({ 'balancer.linkerd.io/failure-accrual': 'consecutive' });
    expect(await api.kubectl(['get', 'service', 'petstore', '--namespace', 'petstore', '--output', 'jsonpath={.spec}'])).toBe(before);
    // Deploying the demo again leaves it.
    await api.kubectl(['apply', '--server-side', '--kustomize', DEMO]);
    expect(JSON.parse(await annotations())).toHaveProperty(['balancer.linkerd.io/failure-accrual']);
    const [, off = ''] = /kubectl (-n petstore annotate .*)/.exec(readFileSync(join(POLICIES, 'README.md'), 'utf8')) ?? [];
    await api.kubectl(off.split(' '));
    expect(JSON.parse(await annotations())).not.toHaveProperty(['balancer.linkerd.io/failure-accrual']);
  });

  it('the circuit breaker is a component for kustomize as well', () => {
    const folder = servers.folder();
    const own = join(folder, 'own');
    mkdirSync(own);
    const kustomization = { resources: [relative(own, DEMO)], components: [relative(own, join(POLICIES, 'circuit-breaking'))] };
    writeFileSync(join(own, 'kustomization.yaml'), JSON.stringify(kustomization));
    expect(kustomize(own)).toContainEqual(
      expect.objectContaining({
        kind: 'Service',
        metadata: expect.objectContaining({
          name: 'petstore',
          annotations: expect.objectContaining({ 'balancer.linkerd.io/failure-accrual': 'consecutive' }),
        }),
        spec: expect.objectContaining({ selector: { app: 'petstore' } }),
      }),
    );
  });
});

describe('alerts, evaluated by Prometheus', () => {
  const rule = parse(readFileSync(join(POLICIES, 'monitoring/alerts.yaml'), 'utf8')) as { readonly spec: object };
  const HOSTS = 'direction="outbound",namespace="cosmonic-system",deployment="hostgroup",dst_namespace="petstore",dst_service="petstore"';

  /** Calls a minute by their outcome and encryption, out of 1,000. */
  interface Traffic {
    readonly failed?: number;
    readonly plain?: number;
    /** How long all of them take, as the upper bound of their bucket in milliseconds. */
    readonly bucketMs?: number;
    readonly refused?: number;
    /** Another namespace's, which must not count. */
    readonly elsewhere?: boolean;
  }

  /** Bounds of the histogram of Linkerd's proxy (linkerd2-proxy, linkerd/metrics/src/histogram.rs: `latency::BOUNDS`), as far as they matter here. */
  const BOUNDS = ['1', '2', '5', '10', '20', '50', '100', '200', '500', '1000', '2000', '+Inf'];

  function series({ failed = 0, plain = 0, bucketMs = 5, refused = 0, elsewhere = false }: Traffic): readonly Series[] {
    const labels = elsewhere ? HOSTS.replace('dst_namespace="petstore"', 'dst_namespace="other"') : HOSTS;
    const calls = (classification: string, tls: boolean, count: number): readonly Series[] =>
      counter(`response_total{${labels},classification="${classification}",tls="${tls ? 'true' : 'no_identity'}"}`, count);
    const good = 1000 - failed;
    return [
      ...[calls('success', true, good - plain), calls('success', false, plain), calls('failure', true, failed)].flat(),
      ...BOUNDS.map((le) => ({
        series: `response_latency_ms_bucket{${labels},le="${le}"}`,
        values: `0+${le === '+Inf' || Number(le) >= bucketMs ? 1000 : 0}x30`,
      })),
      ...counter('inbound_http_authz_deny_total{namespace="petstore",pod="petstore-1"}', refused),
    ];
  }

  const firing = (traffic: Traffic): Promise<readonly string[]> => firingAlerts(servers.folder(), rule.spec, series(traffic));

  it('are rules that Prometheus takes', async () => {
    expect(await checkedRules(servers.folder(), rule.spec)).toBe(16);
  });

  it.each<[string, Traffic, readonly string[]]>([
    ['all is well', {}, []],
    ['99.9 % succeed', { failed: 1 }, []],
    ['99.8 % succeed', { failed: 2 }, ['PetstoreSuccess warning']],
    ['98.9 % succeed', { failed: 11 }, ['PetstoreSuccess critical', 'PetstoreSuccess warning']],
    ['nothing succeeds', { failed: 1000 }, ['PetstoreSuccess critical', 'PetstoreSuccess warning']],
    ['answers take up to 20 ms', { bucketMs: 20 }, ['PetstoreLatencyP50 info']],
    ['answers take up to 100 ms', { bucketMs: 100 }, ['PetstoreLatencyP50 info', 'PetstoreLatencyP50 warning']],
    [
      'answers take up to 200 ms',
      { bucketMs: 200 },
      ['PetstoreLatencyP50 critical', 'PetstoreLatencyP50 info', 'PetstoreLatencyP50 warning', 'PetstoreLatencyP99 info'],
    ],
    [
      'answers take up to 2 s',
      { bucketMs: 2000 },
      ['P50 critical', 'P50 info', 'P50 warning', 'P99 critical', 'P99 info', 'P99 warning'].map((alert) => `PetstoreLatency${alert}`),
    ],
    ['one call in a thousand is plain text', { plain: 1 }, ['PetstoreMeshed warning']],
    ['one call in nine is plain text', { plain: 111 }, ['PetstoreMeshed critical', 'PetstoreMeshed warning']],
    ['all calls are plain text', { plain: 1000 }, ['PetstoreMeshed critical', 'PetstoreMeshed warning']],
    ['a stranger calls', { refused: 1 }, ['PetstoreRefused warning']],
    ['another namespace has all the trouble', { elsewhere: true, failed: 1000, plain: 0, bucketMs: 2000 }, []],
  ])('%s: %j', async (_, traffic, alerts) => {
    expect(await firing(traffic)).toEqual([...alerts].sort());
  });
});
