import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { componentPath } from '../../scripts/build.ts';
import { serveDemo } from '../../src/adapters/node/demo-server.ts';
import { demoKubernetes } from '../../src/demo/kubernetes/api.ts';
import { demoPrometheus } from '../../src/demo/prometheus/api.ts';
import { makeAccounts } from './support/accounts.ts';
import { availableCrds, installCrds } from './support/crds.ts';
import { type KubeApiServer, startKubeApiServer } from './support/kube-apiserver.ts';
import { callTool } from './support/mcp.ts';
import { startPlainProxy } from './support/proxies.ts';
import { seed } from './support/seed.ts';
import { useServers } from './support/servers.ts';
import { startWasmtime } from './support/wasmtime.ts';

const servers = useServers();
let api: KubeApiServer;
/** The component over the real API server, and over the demo of one. */
let real = '';
let demo = '';

beforeAll(async () => {
  api = await startKubeApiServer(servers);
  await installCrds(api);
  await seed(api);
  const { collector } = await makeAccounts(api);
  const proxy = await startPlainProxy(servers, api);
  const prometheus = await serveDemo(demoPrometheus());
  const kubernetes = await serveDemo(demoKubernetes());
  for (const [name, server] of Object.entries({ prometheus, kubernetes })) servers.add({ name, log: () => '', stop: () => server.close() });
  const serve = async (url: string, token: string) =>
    (
      await startWasmtime(servers, componentPath('quickjs'), {
        config: { KUBERNETES_URL: url, PROMETHEUS_URL: prometheus.url },
        env: { KUBERNETES_TOKEN: token },
      })
    ).url;
  real = await serve(proxy.url, collector);
  demo = await serve(kubernetes.url, '');
});

async function answerTo(url: string, args: Readonly<Record<string, unknown>>): Promise<unknown> {
  const { structured } = await callTool(url, 'check_access', args);
  return structured?.answer;
}

const hasLinkerd = availableCrds().some(({ name }) => name === 'Linkerd');

describe('from the component under wasmtime, over a real API server', () => {
  const isAsOverTheDemo = async (args: Readonly<Record<string, unknown>>, verdict: string) => {
    const answer = await answerTo(real, args);
    expect(answer).toMatchObject({ verdict });
    expect(answer).toEqual(await answerTo(demo, args));
  };

  it.skipIf(!hasLinkerd).each([
    [{ to: 'shop/orders', from: 'shop/web', method: 'GET', path: '/orders/1' }, 'allowed'],
    [{ to: 'shop/orders', from: 'shop/reports', method: 'GET', path: '/orders/1' }, 'denied'],
    [{ to: 'shop/orders', from: 'shop/web', method: 'GET', path: '/admin' }, 'not-found'],
    [{ to: 'shop/Deployment/catalog', from: 'shop/web', port: 9990 }, 'denied'],
    [{ to: 'shop/catalog', from: 'unauthenticated' }, 'allowed'],
  ])('in Linkerd %j is %s, as over the demo', isAsOverTheDemo);

  it.each([
    [{ to: 'bank/ledger', from: 'bank/accounts' }, 'allowed'],
    [{ to: 'bank/ledger', from: 'bank/portal' }, 'denied'],
    [{ to: 'bank/ledger', from: 'bank/statements' }, 'denied'],
    [{ to: 'weather/forecast', from: 'weather/frontend' }, 'allowed'],
    [{ to: 'weather/forecast', from: 'legacy/crm' }, 'denied'],
  ])('in Istio %j is %s, as over the demo', isAsOverTheDemo);

  it.skipIf(!hasLinkerd)('a policy is seen once it is there, as it was foreseen', async () => {
    const group = 'policy.linkerd.io';
    const manifest = {
      apiVersion: `${group}/v1beta3`,
      kind: 'Server',
      metadata: { name: 'foreseen', namespace: 'shop' },
      spec: { podSelector: { matchLabels: { app: 'cart' } }, port: 8080 },
    };
    const question = { to: 'shop/cart', from: 'shop/web' };
    expect(await answerTo(real, question)).toMatchObject({ verdict: 'allowed' });
    const foreseen = await callTool(real, 'simulate_policy', { manifests: [manifest] });
    expect(foreseen).toMatchObject({ isError: false, structured: { objects: [{ action: 'add', problems: [] }] } });
    const edges = foreseen.structured?.edges as readonly { readonly source: string; readonly before: string; readonly after: string }[];
    expect(edges).toContainEqual(expect.objectContaining({ source: 'shop/Deployment/web', before: 'allowed', after: 'denied' }));
    // Foreseen is not done.
    expect(await answerTo(real, question)).toMatchObject({ verdict: 'allowed' });

    await api.apply([manifest]);
    onTestFinished(() => api.kubectl(['delete', 'servers.policy.linkerd.io', 'foreseen', '--namespace', 'shop']).then(() => {}));
    expect(await answerTo(real, question)).toMatchObject({ verdict: 'denied' });
  });

  it.skipIf(!hasLinkerd)('what is suggested is taken by the API server, and lets in those that it says', async () => {
    const { structured } = await callTool(real, 'suggest_authorization_policy', { service: 'shop/recommendations' });
    const manifests = structured?.manifests as readonly { readonly kind: string; readonly metadata: { readonly name: string } }[];
    expect(manifests.map(({ kind }) => kind)).toEqual(['MeshTLSAuthentication', 'AuthorizationPolicy', 'Server']);
    await api.apply(manifests);
    onTestFinished(async () => {
      for (const { kind, metadata } of manifests) {
        await api.kubectl(['delete', `${kind.toLowerCase()}.policy.linkerd.io`, metadata.name, '--namespace', 'shop']);
      }
    });
    const admitted = structured?.admitted as readonly { readonly source: string }[];
    expect(admitted.length).toBeGreaterThan(0);
    for (const { source } of admitted) {
      expect(await answerTo(real, { to: 'shop/recommendations', from: source })).toMatchObject({ verdict: 'allowed' });
    }
    expect(await answerTo(real, { to: 'shop/recommendations', from: 'shop/reports' })).toMatchObject({ verdict: 'denied' });
  });

  it.skipIf(!hasLinkerd)('policies are listed, with those that do nothing', async () => {
    const { structured } = await callTool(real, 'list_policies', { namespace: 'shop', show: 'problems' });
    expect(structured?.policies).toMatchObject([{ id: 'shop/AuthorizationPolicy.policy.linkerd.io/catalog-admin' }]);
  });
});
