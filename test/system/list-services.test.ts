import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { componentPath, ENGINES, type Engine } from '../../scripts/build.ts';
import { parseConfig } from '../../src/config.ts';
import { demoKubernetes } from '../../src/demo/kubernetes/api.ts';
import { SAMPLE } from '../../src/demo/kubernetes/sample.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { listServices } from '../../src/mcp/tools/list_services.ts';
import { askDemo, fakeHttp } from '../support/ports.ts';
import { quietPorts } from '../support/quiet-ports.ts';
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

beforeAll(async () => {
  api = await startKubeApiServer(servers);
  await seed(api);
  accounts = await makeAccounts(api);
  proxy = await startPlainProxy(servers, api);
});

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

/** What the tool answers, run in this process, about the demo cluster: the same objects as `seed` made. */
function demoAnswer(args: JsonObject): JsonObject {
  const baseUrl = 'http://demo';
  const demo = demoKubernetes();
  const { ports } = quietPorts();
  const http = fakeHttp((request) => askDemo(demo, baseUrl, request));
  const settings: Record<string, string> = { KUBERNETES_URL: baseUrl, LIST_CACHE_MS: '0' };
  const config = parseConfig({ get: (name) => settings[name] });
  return listServices.call(args, { ports: { ...ports, http }, config, progress: () => {} }).structured;
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
  let reader = '';

  /** The component with this view of Kubernetes. Secrets go by the environment, which no other user of the machine sees. */
  const serve = async (url: string, token: string, config: Record<string, string> = {}): Promise<Wasmtime> => {
    const env = { KUBERNETES_TOKEN: token };
    return startWasmtime(servers, componentPath(engine), { config: { KUBERNETES_URL: url, ...config }, env });
  };

  beforeAll(async () => {
    reader = (await serve(proxy.url, accounts.reader)).url;
  });

  it('answers from a real API server with the rights of a ServiceAccount that may only read', async () => {
    const result = await callTool(reader, 'list_services', { limit: 200 });
    const rows = rowsOf(result);
    expect(result.structured).toMatchObject({ source: 'kubernetes', demo: false, complete: true, notes: [], total: rows.length });
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
    expect(named.get('shop/cart-redis')).toMatchObject({ type: 'Headless', workloads: [{ kind: 'StatefulSet', name: 'cart-redis' }] });
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
    for (const { name: namespace } of SAMPLE.filter(({ name }) => name !== 'default')) {
      const answered = await callTool(reader, 'list_services', { namespace, limit: 200 });
      const expected = demoAnswer({ namespace, limit: 200 });
      // Two readings: the times differ, and one of them says that it is a demo.
      expect({ ...answered.structured, asOf: '', demo: true }).toEqual({ ...expected, asOf: '' });
    }
  });

  it('gives the same services page by page', async () => {
    const all = rowsOf(await callTool(reader, 'list_services', { limit: 200 }));
    const paged: ServiceRow[] = [];
    let cursor: unknown;
    do {
      const page = await callTool(reader, 'list_services', { limit: 7, ...(cursor === undefined ? {} : { cursor }) });
      expect(rowsOf(page).length).toBeLessThanOrEqual(7);
      paged.push(...rowsOf(page));
      ({ nextCursor: cursor } = page.structured ?? {});
    } while (cursor !== undefined && paged.length <= all.length);
    expect(paged).toEqual(all);
  });

  it('reads one namespace, and says when there is none of that name', async () => {
    const rows = rowsOf(await callTool(reader, 'list_services', { namespace: 'bank', limit: 200 }));
    expect(rows.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual([
      'bank/accounts',
      'bank/ledger',
      'bank/ledger-db',
      'bank/portal',
      'bank/statements',
    ]);
    const nowhere = await callTool(reader, 'list_services', { namespace: 'moon' });
    expect(nowhere).toMatchObject({ isError: true, code: 'invalid', text: expect.stringContaining('no namespace "moon"') });
  });

  it('sees a change at once when nothing may be kept', async () => {
    const { url } = await serve(proxy.url, accounts.reader, { LIST_CACHE_MS: '0' });
    const name = `new-${engine}`;
    const before = rowsOf(await callTool(url, 'list_services', { namespace: 'legacy', limit: 200 }));
    await api.kubectl(['create', 'service', 'clusterip', name, '--tcp=80', '--namespace', 'legacy']);
    const after = rowsOf(await callTool(url, 'list_services', { namespace: 'legacy', limit: 200 }));
    await api.kubectl(['delete', 'service', name, '--namespace', 'legacy']);
    expect(after.filter((row) => !before.some((known) => known.name === row.name))).toMatchObject([{ name, status: 'no-pods' }]);
  });

  it('needs no token behind a kubectl proxy', async () => {
    const lending = await startKubectlProxy(servers, api, accounts.reader);
    const { url } = await serve(lending.url, '');
    expect(rowsOf(await callTool(url, 'list_services', { namespace: 'weather' }))).toHaveLength(2);
  });

  it('answers with what it may read, and says what is missing', async () => {
    const { url } = await serve(proxy.url, accounts.servicesAndPods);
    const result = await callTool(url, 'list_services', { namespace: 'shop', limit: 200 });
    expect(rowsOf(result).find(({ name }) => name === 'web')).toMatchObject({ workloads: [{ kind: 'Deployment', name: 'web' }] });
    const { notes } = result.structured ?? {};
    expect(notes).toEqual(
      ['namespaces', 'replicasets', 'deployments', 'statefulsets', 'daemonsets'].map((kind) =>
        expect.stringContaining(`${kind} may not be listed`),
      ),
    );
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
      expect(text).toMatch(/forbids a list \(403\).*ClusterRole.*"services", "pods".*verbs: \["list"\]/);
    });

    it('the token is not valid', async () => {
      const { code, text } = await refused(proxy.url, `${accounts.reader}x`);
      expect(code).toBe('denied');
      expect(text).toMatch(/does not accept the token \(401\).*KUBERNETES_TOKEN/);
    });

    it('the API wants a token and none is set', async () => {
      const { code, text } = await refused(proxy.url, '');
      expect(code).toBe('denied');
      expect(text).toContain('no KUBERNETES_TOKEN is set');
    });

    it('nothing listens', async () => {
      const { code, text } = await refused(`http://127.0.0.1:${await freePort()}`, accounts.reader);
      expect(code).toBe('unavailable');
      expect(text).toMatch(/cannot be reached.*KUBERNETES_URL/);
    });

    it('the certificate is from a private CA, which wasmtime does not trust', async () => {
      const { code, text } = await refused(api.url, accounts.reader);
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
      const { code, text } = await refused(url, accounts.reader, { UPSTREAM_TIMEOUT_MS: '300' });
      expect(code).toBe('unavailable');
      expect(text).toMatch(/did not answer in time.*UPSTREAM_TIMEOUT_MS/);
      // The limit is 300 ms a request; the rest is for starting wasmtime on a busy machine.
      expect(performance.now() - start).toBeLessThan(15_000);
    });

    it('the API is down on its own side of a proxy', async () => {
      const url = await answering((_, answer) => answer.writeHead(502).end('planted'));
      const { code, text } = await refused(url, accounts.reader);
      expect(code).toBe('unavailable');
      expect(text).toContain('fails (502)');
    });

    it.each<[string, RequestListener]>([
      ['a web page', (_, answer) => answer.writeHead(200, { 'content-type': 'text/html' }).end('<h1>planted</h1>')],
      ['JSON of another kind', (_, answer) => answer.writeHead(200, { 'content-type': 'application/json' }).end('{"planted":[1]}')],
      ['an empty body', (_, answer) => answer.writeHead(200).end()],
      ['"not found" to everything', (_, answer) => answer.writeHead(404).end('planted')],
    ])('what answers is no Kubernetes API but gives %s', async (_, listener) => {
      const { code, text } = await refused(await answering(listener), accounts.reader);
      expect(code).toBe('unavailable');
      expect(text).toMatch(/is not a Kubernetes API.*KUBERNETES_URL/);
    });

    it('what answers does not speak HTTP', async () => {
      const { code } = await refused(await listen(createTcpServer((socket) => socket.end('SSH-2.0-planted\r\n'))), accounts.reader);
      expect(code).toBe('unavailable');
    });

    it('it is sent elsewhere, and does not take its token there', async () => {
      const seen: unknown[] = [];
      const elsewhere = await answering((request, answer) => {
        seen.push(request.headers);
        answer.writeHead(200).end();
      });
      const url = await answering((_, answer) => answer.writeHead(307, { location: `${elsewhere}/api/v1/services` }).end());
      const { code, text } = await refused(url, accounts.reader);
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
    const { reader } = await makeAccounts(own);
    const front = await startPlainProxy(servers, own);
    const settings = { config: { KUBERNETES_URL: front.url, TOOLSETS: 'graph' }, env: { KUBERNETES_TOKEN: reader } };
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
