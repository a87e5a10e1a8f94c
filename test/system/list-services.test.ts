import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { componentPath, ENGINES, type Engine } from '../../scripts/build.ts';
import { serveDemo } from '../../src/adapters/node/demo-server.ts';
import { demoKubernetes } from '../../src/demo/kubernetes/api.ts';
import { SAMPLE } from '../../src/demo/kubernetes/sample.ts';
import { demoPrometheus } from '../../src/demo/prometheus/api.ts';
import { type Accounts, makeAccounts } from './support/accounts.ts';
import { type KubeApiServer, startKubeApiServer } from './support/kube-apiserver.ts';
import { callTool, type ToolResult } from './support/mcp.ts';
import { freePort } from './support/ports.ts';
import { type ApiProxy, startKubectlProxy, startPlainProxy } from './support/proxies.ts';
import { seed } from './support/seed.ts';
import { useServers } from './support/servers.ts';
import { startWasmtime, type Wasmtime } from './support/wasmtime.ts';

const servers = useServers();
let api: KubeApiServer;
let accounts: Accounts;
let proxy: ApiProxy;
/** A token for bank and weather alone. */
let someNamespaces = '';

beforeAll(async () => {
  api = await startKubeApiServer(servers);
  await seed(api);
  accounts = await makeAccounts(api);
  someNamespaces = await makeLimitedAccount(['bank', 'weather']);
  proxy = await startPlainProxy(servers, api);
});

/** What the collector may, in these namespaces: the ClusterRole through a RoleBinding in each. Resolves to a token. */
async function makeLimitedAccount(namespaces: readonly string[]): Promise<string> {
  const name = 'some-namespaces';
  const group = 'rbac.authorization.k8s.io';
  const bindings = namespaces.map((namespace) => ({
    apiVersion: `${group}/v1`,
    kind: 'RoleBinding',
    metadata: { name, namespace },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'mesh-mcp-collector' },
    subjects: [{ kind: 'ServiceAccount', name, namespace: 'mesh-mcp' }],
  }));
  await api.apply([{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'mesh-mcp' } }, ...bindings]);
  return api.token('mesh-mcp', name);
}

/** A server of the test itself, until the test is over. Resolves to its URL. */
async function listen(server: Server | TcpServer): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the test server has no port');
  return `http://127.0.0.1:${address.port}`;
}

const answering = (listener: RequestListener): Promise<string> => listen(createServer(listener));

/** An answer that always goes on and never ends: a limit on silence alone would wait for ever. */
function trickle(answer: ServerResponse): void {
  answer.writeHead(200, { 'content-type': 'application/json' });
  const drop = setInterval(() => answer.write(' '), 20);
  answer.on('close', () => clearInterval(drop));
}

interface ServiceRow {
  readonly namespace: string;
  readonly name: string;
}

function rowsOf(result: ToolResult): readonly ServiceRow[] {
  expect(result).toMatchObject({ isError: false });
  // The SDK has checked the answer against the tool's output schema.
  return (result.structured as { services: ServiceRow[] }).services;
}

describe.each(ENGINES)('list_services from the component on %s under wasmtime', (engine: Engine) => {
  let collector = '';

  /** The component with this view of Kubernetes. Secrets go by the environment, which no other user of the machine sees. */
  const serve = async (url: string, token: string, options: Record<string, string> = {}): Promise<Wasmtime> => {
    const env = { KUBERNETES_TOKEN: token, ...options };
    return startWasmtime(servers, componentPath(engine), { config: { KUBERNETES_URL: url }, env });
  };

  beforeAll(async () => {
    collector = (await serve(proxy.url, accounts.collector)).url;
  });

  it('answers from a real API server with the rights of a ServiceAccount that may only read', async () => {
    const result = await callTool(collector, 'list_services', { limit: 200 });
    const rows = rowsOf(result);
    const notes = [expect.stringContaining('PROMETHEUS_URL is not set')];
    expect(result.structured).toMatchObject({ synced: true, demo: false, notes, total: rows.length });
    expect(result.structured).not.toHaveProperty('stale');
    const named = new Map(rows.map((row) => [`${row.namespace}/${row.name}`, row]));
    expect(named.get('shop/web')).toMatchObject({
      type: 'LoadBalancer',
      status: 'meshed',
      pods: 2,
      meshedPods: 2,
      meshes: ['linkerd'],
      workloads: [{ kind: 'Deployment', name: 'web', pods: 2, meshedPods: 2 }],
      ports: [{ port: 80, protocol: 'TCP', name: 'http', targetPort: '8080' }],
    });
    expect(named.get('shop/payments')).toMatchObject({ status: 'partial', pods: 3, meshedPods: 2, meshes: ['linkerd'] });
    expect(named.get('shop/cart')).toMatchObject({ status: 'meshed', pods: 2, meshedPods: 2 });
    expect(named.get('shop/checkout')).toMatchObject({ workloads: [{ name: 'checkout' }, { name: 'checkout-canary' }] });
    expect(named.get('shop/gift-cards')).toMatchObject({
      status: 'no-pods',
      workloads: [{ kind: 'Deployment', name: 'gift-cards', pods: 0 }],
    });
    expect(named.get('bank/ledger-db')).toMatchObject({ type: 'Headless', workloads: [{ kind: 'StatefulSet', name: 'ledger-db' }] });
    expect(named.get('shop/reports')).toMatchObject({ status: 'unmeshed', pods: 1, meshedPods: 0, meshes: [] });
    expect(named.get('bank/portal')).toMatchObject({ meshes: ['istio-sidecar'] });
    expect(named.get('weather/forecast')).toMatchObject({ meshes: ['istio-ambient'] });
    expect(named.get('legacy/tax-office')).toMatchObject({
      type: 'ExternalName',
      status: 'no-selector',
      externalName: 'api.tax.example.com',
    });
    expect(named.get('default/kubernetes')).toMatchObject({ status: 'no-selector', ports: [{ port: 443, name: 'https' }] });
  });

  it('answers for the same objects as it does on the demo API', async () => {
    const demo = await serveDemo(demoKubernetes());
    onTestFinished(() => demo.close());
    const onDemo = await serve(demo.url, '');
    for (const { name: namespace } of SAMPLE.filter(({ name }) => name !== 'default')) {
      const answered = await callTool(collector, 'list_services', { namespace, limit: 200 });
      const expected = await callTool(onDemo.url, 'list_services', { namespace, limit: 200 });
      expect(expected.structured).toMatchObject({ demo: true });
      // Two readings: the times differ, and with them the generations, and one of them says that it is a demo.
      const comparable = { asOf: '', generation: 0, demo: false };
      expect({ ...answered.structured, ...comparable }).toEqual({ ...expected.structured, ...comparable });
    }
  });

  it('gives the same services page by page', async () => {
    const all = rowsOf(await callTool(collector, 'list_services', { limit: 200 }));
    const paged: ServiceRow[] = [];
    let cursor: unknown;
    do {
      const page = await callTool(collector, 'list_services', { limit: 7, ...(cursor === undefined ? {} : { cursor }) });
      expect(rowsOf(page).length).toBeLessThanOrEqual(7);
      paged.push(...rowsOf(page));
      ({ nextCursor: cursor } = page.structured ?? {});
    } while (cursor !== undefined && paged.length <= all.length);
    expect(paged).toEqual(all);
  });

  it('reads one namespace, and says when there is none of that name', async () => {
    const rows = rowsOf(await callTool(collector, 'list_services', { namespace: 'bank', limit: 200 }));
    expect(rows.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual([
      'bank/accounts',
      'bank/ledger',
      'bank/ledger-db',
      'bank/portal',
      'bank/statements',
    ]);
    const nowhere = await callTool(collector, 'list_services', { namespace: 'moon' });
    expect(nowhere).toMatchObject({ isError: true, code: 'invalid', text: expect.stringContaining('no namespace "moon"') });
  });

  it('sees a change with the next call, since no collector keeps anything', async () => {
    const name = `new-${engine}`;
    const before = rowsOf(await callTool(collector, 'list_services', { namespace: 'legacy', limit: 200 }));
    await api.kubectl(['create', 'service', 'clusterip', name, '--tcp=80', '--namespace', 'legacy']);
    const after = rowsOf(await callTool(collector, 'list_services', { namespace: 'legacy', limit: 200 }));
    await api.kubectl(['delete', 'service', name, '--namespace', 'legacy']);
    expect(after.filter((row) => !before.some((known) => known.name === row.name))).toMatchObject([{ name, status: 'no-pods' }]);
  });

  it('the other tools of the graph answer as well', async () => {
    const graph = await callTool(collector, 'get_mesh_graph', { namespace: 'shop' });
    expect(graph).toMatchObject({ isError: false, structured: { synced: true, nodes: expect.arrayContaining([expect.anything()]) } });
    const calls = await callTool(collector, 'get_call_graph', { namespace: 'shop', workload: 'web' });
    expect(calls).toMatchObject({ isError: false, structured: { start: ['shop/Deployment/web'] } });
    const page = await callTool(collector, 'get_service', { namespace: 'shop', service: 'payments' });
    expect(page).toMatchObject({ isError: false, structured: { pods: 3, meshedPods: 2, level: 'critical' } });
    const watch = await callTool(collector, 'watch_mesh_graph', { seconds: 0 });
    expect(watch).toMatchObject({ isError: false, structured: { changes: [] } });
  });

  it('traffic is there with the first call where there is a Prometheus', async () => {
    const demo = await serveDemo(demoPrometheus());
    onTestFinished(() => demo.close());
    const { url } = await serve(proxy.url, accounts.collector, { PROMETHEUS_URL: demo.url });
    const { structured } = await callTool(url, 'get_call_graph', { namespace: 'shop', workload: 'web' });
    expect(structured).toMatchObject({
      callees: { calls: expect.arrayContaining([expect.objectContaining({ destination: 'shop/Deployment/catalog', tls: 1 })]) },
    });
  });

  it('needs no token behind a kubectl proxy', async () => {
    const lending = await startKubectlProxy(servers, api, accounts.collector);
    const { url } = await serve(lending.url, '');
    expect(rowsOf(await callTool(url, 'list_services', { namespace: 'weather' }))).toHaveLength(2);
  });

  it('answers with what it may read, and says what is missing', async () => {
    const { url } = await serve(proxy.url, accounts.servicesAndPods);
    const result = await callTool(url, 'list_services', { namespace: 'shop', limit: 200 });
    expect(rowsOf(result).find(({ name }) => name === 'web')).toMatchObject({ workloads: [{ kind: 'Deployment', name: 'web' }] });
    const { notes } = result.structured ?? {};
    expect(notes).toEqual(
      expect.arrayContaining(
        ['namespaces', 'replicasets.apps', 'deployments.apps', 'statefulsets.apps', 'daemonsets.apps'].map((resource) =>
          expect.stringContaining(`${resource} may not be read (the rule {apiGroups: ["`),
        ),
      ),
    );
  });

  it('reads the NAMESPACES that it was given, where it may read no others', async () => {
    const { url } = await serve(proxy.url, someNamespaces, { NAMESPACES: 'bank,weather' });
    const result = await callTool(url, 'list_services', { limit: 200 });
    expect(new Set(rowsOf(result).map(({ namespace }) => namespace))).toEqual(new Set(['bank', 'weather']));
    expect(result.structured).toMatchObject({ synced: true });
    const one = rowsOf(await callTool(url, 'list_services', { namespace: 'weather' }));
    expect(one).toEqual(rowsOf(await callTool(collector, 'list_services', { namespace: 'weather' })));
    const other = await callTool(url, 'list_services', { namespace: 'shop' });
    expect(other).toMatchObject({ isError: true, code: 'invalid' });
    // All of the cluster is more than it may.
    const all = await serve(proxy.url, someNamespaces);
    expect(await callTool(all.url, 'list_services')).toMatchObject({
      isError: true,
      code: 'denied',
      text: expect.stringContaining('NAMESPACES'),
    });
  });

  describe('refuses nicely when', () => {
    /** Nothing of the API's own words may reach the caller, and the token neither caller nor log. */
    const refused = async (url: string, token: string, config: Record<string, string> = {}): Promise<ToolResult> => {
      const component = await serve(url, token, config);
      const result = await callTool(component.url, 'list_services');
      expect(result).toMatchObject({ isError: true, structured: undefined });
      expect(result.text).not.toMatch(/eyJ|system:|Status|planted/);
      // The line of the access log comes after the answer.
      await component.output(/"tool":"list_services"/);
      expect(component.log()).not.toMatch(/eyJ|planted/);
      return result;
    };

    it('its account has no rights', async () => {
      const { code, text } = await refused(proxy.url, accounts.nobody);
      expect(code).toBe('denied');
      expect(text).toMatch(/forbids us to read \(403\).*ClusterRole.*NAMESPACES.*"services", "pods".*verbs: \["list", "watch"\]/);
    });

    it('the token is not valid', async () => {
      const { code, text } = await refused(proxy.url, `${accounts.collector}x`);
      expect(code).toBe('denied');
      expect(text).toMatch(/does not accept the token \(401\).*KUBERNETES_TOKEN/);
    });

    it('the API wants a token and none is set', async () => {
      const { code, text } = await refused(proxy.url, '');
      expect(code).toBe('denied');
      expect(text).toContain('no KUBERNETES_TOKEN is set');
    });

    it('nothing listens', async () => {
      const { code, text } = await refused(`http://127.0.0.1:${await freePort()}`, accounts.collector);
      expect(code).toBe('unavailable');
      expect(text).toMatch(/cannot be reached.*KUBERNETES_URL/);
    });

    it('the certificate is from a private CA, which wasmtime does not trust', async () => {
      const { code, text } = await refused(api.url, accounts.collector);
      expect(code).toBe('unavailable');
      expect(text).toContain("does not trust the API's certificate authority");
    });

    it.each([
      ['takes requests and never answers', createTcpServer((socket) => socket.resume())],
      [
        'begins its answer and never ends it',
        createServer((_, answer) => answer.writeHead(200, { 'content-type': 'application/json' }).write('{"kind":"Lis')),
      ],
      ['trickles', createServer((_, answer) => trickle(answer))],
    ])('the API %s', async (_, server) => {
      const url = await listen(server);
      const start = performance.now();
      const { code, text } = await refused(url, accounts.collector, { UPSTREAM_TIMEOUT_MS: '300' });
      expect(code).toBe('unavailable');
      expect(text).toMatch(/did not answer in time.*UPSTREAM_TIMEOUT_MS/);
      // The limit is 300 ms a request; the rest is for starting wasmtime on a busy machine.
      expect(performance.now() - start).toBeLessThan(15_000);
    });

    it('the API is down on its own side of a proxy', async () => {
      const url = await answering((_, answer) => answer.writeHead(502).end('planted'));
      const { code, text } = await refused(url, accounts.collector);
      expect(code).toBe('unavailable');
      expect(text).toContain('fails (502)');
    });

    it.each<[string, RequestListener]>([
      ['a web page', (_, answer) => answer.writeHead(200, { 'content-type': 'text/html' }).end('<h1>planted</h1>')],
      ['JSON of another kind', (_, answer) => answer.writeHead(200, { 'content-type': 'application/json' }).end('{"planted":[1]}')],
      ['an empty body', (_, answer) => answer.writeHead(200).end()],
      ['"not found" to everything', (_, answer) => answer.writeHead(404).end('planted')],
    ])('what answers is no Kubernetes API but gives %s', async (_, listener) => {
      const { code, text } = await refused(await answering(listener), accounts.collector);
      expect(code).toBe('unavailable');
      expect(text).toMatch(/is not a Kubernetes API.*KUBERNETES_URL/);
    });

    it('what answers does not speak HTTP', async () => {
      const { code } = await refused(await listen(createTcpServer((socket) => socket.end('SSH-2.0-planted\r\n'))), accounts.collector);
      expect(code).toBe('unavailable');
    });

    it('it is sent elsewhere, and does not take its token there', async () => {
      const seen: unknown[] = [];
      const elsewhere = await answering((request, answer) => {
        seen.push(request.headers);
        answer.writeHead(200).end();
      });
      const url = await answering((_, answer) => answer.writeHead(307, { location: `${elsewhere}/api/v1/services` }).end());
      const { code, text } = await refused(url, accounts.collector);
      expect(code).toBe('unavailable');
      expect(text).toContain('is not a Kubernetes API');
      expect(seen).toEqual([]);
    });
  });
});

describe('when the API server ends', () => {
  it('answers and readiness say so', async () => {
    const own = await startKubeApiServer(servers);
    await seed(own, []);
    const { collector } = await makeAccounts(own);
    const front = await startPlainProxy(servers, own);
    const settings = { config: { KUBERNETES_URL: front.url, TOOLSETS: 'graph' }, env: { KUBERNETES_TOKEN: collector } };
    const { url } = await startWasmtime(servers, componentPath('quickjs'), settings);
    expect((await fetch(`${url}/ready`)).status).toBe(200);
    expect(rowsOf(await callTool(url, 'list_services'))).toMatchObject([{ namespace: 'default', name: 'kubernetes' }]);

    await own.stop();
    expect(await callTool(url, 'list_services')).toMatchObject({ isError: true, code: 'unavailable' });
    const ready = await fetch(`${url}/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      ready: false,
      checks: expect.arrayContaining([expect.objectContaining({ name: 'kubernetes', ok: false })]),
    });
  });
});
