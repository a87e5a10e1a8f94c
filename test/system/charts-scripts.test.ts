import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { componentPath } from '../../scripts/build.ts';
import { chartFolder, NAMESPACE, RELEASE, renderObjects } from './support/helm.ts';
import { type KubeApiServer, startKubeApiServer } from './support/kube-apiserver.ts';
import { onFreePort } from './support/ports.ts';
import { startProcess } from './support/process.ts';
import { startPlainProxy } from './support/proxies.ts';
import { seed } from './support/seed.ts';
import { useServers } from './support/servers.ts';
import { PATIENCE_MS, until } from './support/wait.ts';
import { startWasmtime } from './support/wasmtime.ts';
import { toolPath } from './tools/cache.ts';

const servers = useServers();
const script = (name: string): string => join(chartFolder('mesh-mcp'), 'files', name);

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Answer {
  readonly status: number;
  readonly body: object | string;
}

/** A server that answers one after the other of `answers`, and the last of them from then on. Resolves to its URL and what it was asked. */
async function serve(answers: readonly Answer[]): Promise<{ readonly url: string; readonly asked: readonly Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const answer = answers[Math.min(asked.length, answers.length - 1)] ?? { status: 500, body: '' };
      asked.push({ method: request.method, url: request.url, headers: request.headers, body });
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the test server has no port');
  return { url: `http://127.0.0.1:${address.port}`, asked };
}

describe('the ticker', () => {
  const TOKEN = 'planted"token\\';

  /** Runs it. It writes down how long it would have slept, and sleeps next to nothing. */
  async function tick(url: string, more: Readonly<Record<string, string>> = {}) {
    const folder = servers.folder();
    const sleeps = join(folder, 'sleeps');
    writeFileSync(join(folder, 'sleep'), `#!/bin/sh\necho "$1" >> ${sleeps}\nexec /bin/sleep 0.02\n`, { mode: 0o755 });
    const ticker = await startProcess(servers, {
      command: '/bin/sh',
      args: [script('ticker.sh')],
      name: 'ticker',
      env: {
        PATH: `${folder}:${process.env.PATH ?? ''}`,
        COLLECT_URL: `${url}/v1/collect`,
        COLLECT_HOST: 'mesh-mcp.example.com',
        COLLECT_TOKEN: TOKEN,
        HOLDER: 'pod-1',
        STATE_FOLDER: folder,
        PAUSE_SECONDS: '3',
        TIMEOUT_SECONDS: '20',
        BACKOFF_SECONDS: '1',
        MAX_BACKOFF_SECONDS: '5',
        ...more,
      },
    });
    const slept = (): readonly number[] => {
      try {
        return readFileSync(sleeps, 'utf8').trim().split('\n').map(Number);
      } catch {
        return [];
      }
    };
    /** The first so many waits. */
    const waits = (count: number): Promise<readonly number[]> =>
      until(`${count} waits`, async () => {
        ticker.check();
        return slept().length >= count ? slept().slice(0, count) : undefined;
      });
    const has = (file: string): boolean => {
      try {
        readFileSync(join(folder, file));
        return true;
      } catch {
        return false;
      }
    };
    return { ticker, waits, has };
  }

  it('posts who it is, with the token and the host name, and again after a pause', async () => {
    const { url, asked } = await serve([{ status: 200, body: { leader: true, generation: 7 } }]);
    const { ticker, waits, has } = await tick(url);
    expect(await waits(3)).toEqual([3, 3, 3]);
    expect(asked[0]).toMatchObject({
      method: 'POST',
      url: '/v1/collect',
      body: '{"holder":"pod-1"}',
      headers: { host: 'mesh-mcp.example.com', authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    });
    expect([has('alive'), has('ready')]).toEqual([true, true]);
    expect(ticker.log().trim()).toBe('This ticker leads; the collector runs.');
  });

  it('stands by for as long as it is told, in whole seconds', async () => {
    const { url } = await serve([
      { status: 200, body: { leader: false, holder: 'pod-2', retryAfterMs: 12_001 } },
      { status: 200, body: '{ "retryAfterMs" : 0, "leader" : false }' },
      { status: 200, body: { leader: false } },
    ]);
    const { ticker, waits } = await tick(url);
    expect(await waits(3)).toEqual([13, 1, 10]);
    expect(ticker.log().trim()).toBe('Another ticker leads; this one stands by.');
  });

  it('waits longer after each failure, up to a limit, and begins anew after a success', async () => {
    const fail = { status: 503, body: '' };
    const { url } = await serve([fail, fail, fail, fail, { status: 200, body: { leader: true } }, fail]);
    const { ticker, waits } = await tick(url);
    expect(await waits(6)).toEqual([1, 2, 4, 5, 3, 1]);
    expect(ticker.log().trim().split('\n')).toEqual([
      'The collector does not run and is tried again: status 503',
      'This ticker leads; the collector runs.',
      'The collector does not run and is tried again: status 503',
    ]);
  });

  it('is not ready where runs fail, and says what may be wrong, never the token', async () => {
    const { url } = await serve([{ status: 401, body: 'planted' }]);
    const { ticker, waits, has } = await tick(url);
    await waits(2);
    expect(has('ready')).toBe(false);
    expect(ticker.log()).toMatch(/status 401: is COLLECT_TOKEN the same/);
    expect(ticker.log()).not.toContain('planted');
  });

  it('goes on where nothing listens', async () => {
    const { ticker, waits } = await tick('http://127.0.0.1:1');
    expect(await waits(3)).toEqual([1, 2, 4]);
    expect(ticker.log()).toMatch(/tried again: curl: \(7\)/);
  });

  it('ends at once when it is asked to, also in the middle of a run', async () => {
    let began = (): void => {};
    const running = new Promise<void>((resolve) => {
      began = resolve;
    });
    const server = createServer(() => began());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the test server has no port');
    const { ticker } = await tick(`http://127.0.0.1:${address.port}`);
    await running;
    const start = performance.now();
    await ticker.stop();
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  it('and the test of a release are clean to shellcheck', async () => {
    const check = await startProcess(servers, { command: 'shellcheck', args: ['--shell=sh', script('ticker.sh'), script('test.sh')] });
    await until('shellcheck ends', async () => {
      try {
        check.check();
        return undefined;
      } catch (error) {
        return String(error);
      }
    }).then((ended) => expect(ended).toContain('status 0'));
  });
});

describe('the test of a release', () => {
  const HOST = 'mesh-mcp.example.com';

  async function test(env: Readonly<Record<string, string>>): Promise<{ readonly log: string; readonly ended: string }> {
    const child = await startProcess(servers, { command: '/bin/sh', args: ['-e', script('test.sh')], name: 'helm test', env });
    const ended = await until('the test ends', async () => {
      try {
        child.check();
        return undefined;
      } catch (error) {
        return String(error);
      }
    });
    return { log: child.log(), ended };
  }

  it('passes on the component, and fails where a tool is missing', async () => {
    const upstream = await serve([{ status: 200, body: {} }]);
    const { url } = await startWasmtime(servers, componentPath('quickjs'), {
      config: { PETSTORE_URL: upstream.url, KUBERNETES_URL: upstream.url, ALLOWED_HOSTS: HOST },
    });
    const good = await test({ BASE_URL: url, HOST_NAME: HOST, TOOL: 'list_services' });
    expect(good.ended, good.log).toContain('status 0');
    expect(good.log.match(/^ok: /gm)).toHaveLength(4);
    const bad = await test({ BASE_URL: url, HOST_NAME: HOST, TOOL: 'no_such_tool' });
    expect(bad.ended).toContain('status 1');
    expect(bad.log).toContain('not ok: its tools are there');
    const open = await test({ BASE_URL: url, HOST_NAME: HOST, TOOL: '' });
    expect(open.log).toContain('not ok: it asks who calls: status 200');
  });

  it('passes where nobody may call without saying who they are', async () => {
    const upstream = await serve([{ status: 200, body: {} }]);
    const { url } = await startWasmtime(servers, componentPath('quickjs'), {
      config: { PETSTORE_URL: upstream.url, KUBERNETES_URL: upstream.url, ALLOWED_HOSTS: HOST, ANONYMOUS_ROLE: 'none' },
    });
    const good = await test({ BASE_URL: url, HOST_NAME: HOST, TOOL: '' });
    expect(good.ended, good.log).toContain('status 0');
    expect(good.log.match(/^ok: /gm)).toHaveLength(3);
  });
});

describe('the Kubernetes proxy', () => {
  let api: KubeApiServer;

  beforeAll(async () => {
    api = await startKubeApiServer(servers);
  });

  /** kubectl as the chart runs it, but on loopback and with full rights: what it lets through is all that limits a caller here. */
  async function proxy(set: string): Promise<{ readonly url: string; readonly host: string }> {
    const objects = await renderObjects({ chart: 'mesh-mcp', name: set });
    const deployment = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name.endsWith('-kubernetes-proxy'));
    const args = [...JSON.stringify(deployment).matchAll(/"(proxy|--[a-z]+[^"]*)"/g)].map(
      ([, arg = '']) => JSON.parse(`"${arg}"`) as string,
    );
    const local = args.filter((arg) => !arg.startsWith('--address') && !arg.startsWith('--port'));
    expect(local.length).toBe(5);
    const kubectl = await startProcess(servers, {
      command: toolPath('kubectl'),
      args: [...local, '--kubeconfig', api.kubeconfig, '--address', '127.0.0.1', '--port', '0'],
      name: 'kubectl proxy',
    });
    const [, address] = await kubectl.output(/Starting to serve on (127\.0\.0\.1:\d+)/);
    return { url: `http://${address}`, host: 'demo-mesh-mcp-kubernetes-proxy.mesh-mcp.svc.cluster.local:8001' };
  }

  const status = async (url: string, host: string, method = 'GET', body?: object): Promise<number> => {
    // `fetch` sets the Host header itself; curl does as it is told.
    const args = ['--silent', '--output', '/dev/null', '--write-out', '%{http_code}', '--request', method, '--header', `host: ${host}`];
    const data = body === undefined ? [] : ['--header', 'content-type: application/json', '--data', JSON.stringify(body)];
    const child = await startProcess(servers, { command: 'curl', args: [...args, ...data, '--max-time', '10', url], name: 'curl' });
    const [, code] = await child.output(/^(\d{3})$/m);
    return Number(code);
  };

  it('lets lists and watches through, and nothing that changes, opens or reveals', async () => {
    const { url, host } = await proxy('proxied');
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'planted' }, spec: { ports: [{ port: 80 }] } };
    const services = `${url}/api/v1/namespaces/default/services`;
    expect(await status(`${url}/version`, host)).toBe(200);
    expect(await status(`${url}/apis`, host)).toBe(200);
    expect(await status(`${url}/api/v1/pods?limit=1`, host)).toBe(200);
    expect(await status(`${url}/api/v1/pods?watch=1&timeoutSeconds=1&resourceVersion=0`, host)).toBe(200);
    expect(await status(services, host, 'POST', service)).toBe(403);
    expect(await status(`${services}/kubernetes`, host, 'DELETE')).toBe(403);
    expect(await status(`${services}/kubernetes`, host, 'PATCH', {})).toBe(403);
    expect(await status(`${url}/api/v1/secrets`, host)).toBe(403);
    expect(await status(`${url}/api/v1/namespaces/default/pods/a/exec?command=id`, host)).toBe(403);
    expect(await status(`${url}/api/v1/namespaces/default/services/kubernetes/proxy/`, host)).toBe(403);
    expect(await status(`${url}/metrics`, host)).toBe(403);
    // The kubelet's probe comes by address; a page in somebody's browser by a name of its own.
    expect(await status(`${url}/version`, '10.1.2.3:8001')).toBe(200);
    expect(await status(`${url}/version`, 'evil.example.com')).toBe(403);
  });
});

describe('ticker, component and rights together', () => {
  const COLLECT_TOKEN = 'a-token-of-both';
  const HOST_PROGRAM = fileURLToPath(new URL('../../src/entry/host.ts', import.meta.url));

  it('keep a graph of a real cluster, with one ticker at work and one that stands by', { timeout: 2 * PATIENCE_MS }, async () => {
    const api = await startKubeApiServer(servers);
    await seed(api);
    const proxy = await startPlainProxy(servers, api);
    const objects = await renderObjects({ chart: 'mesh-mcp', name: 'minimal' });
    const kinds = ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding'];
    await api.apply([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
      ...objects.filter(({ kind }) => kinds.includes(kind)),
    ]);
    const component = await startProcess(servers, {
      command: process.execPath,
      args: [HOST_PROGRAM, '--no-collect', '--port', '0'],
      name: 'local host',
      env: {
        KUBERNETES_URL: proxy.url,
        KUBERNETES_TOKEN: await api.token(NAMESPACE, `${RELEASE}-mesh-mcp`),
        COLLECT_TOKEN,
        COLLECT_WINDOW_MS: '1000',
      },
    });
    const [, url = ''] = await component.output(/(http:\/\/127\.0\.0\.1:\d+)/);

    const tickers = await Promise.all(
      ['pod-1', 'pod-2'].map((holder) =>
        startProcess(servers, {
          command: '/bin/sh',
          args: [script('ticker.sh')],
          name: holder,
          env: {
            COLLECT_URL: `${url}/v1/collect`,
            COLLECT_HOST: '127.0.0.1',
            COLLECT_TOKEN,
            HOLDER: holder,
            STATE_FOLDER: servers.folder(),
            PAUSE_SECONDS: '1',
            TIMEOUT_SECONDS: '60',
            BACKOFF_SECONDS: '1',
            MAX_BACKOFF_SECONDS: '5',
          },
        }),
      ),
    );
    const logs = (): string => tickers.map((ticker) => ticker.log()).join('');
    await until('one leads and one stands by', async () => (/leads; the/.test(logs()) && /stands by/.test(logs())) || undefined);
    expect(logs()).not.toContain('tried again');
    const metrics = await until('the whole cluster is watched', async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return /^mesh_mcp_graph_synced 1$/m.test(text) ? text : undefined;
    });
    expect(metrics).toMatch(/^mesh_mcp_collector_runs_total\{outcome="ok"\} [1-9]/m);
    expect(metrics).toMatch(/^mesh_mcp_requests_total\{route="collect",status="2xx"\} [1-9]/m);
    // What is not served there is absent, and nothing is forbidden.
    expect(component.log()).not.toContain('forbid');
  });
});

describe('the PodMonitor', () => {
  interface Endpoint {
    readonly path: string;
    readonly relabelings: readonly {
      readonly sourceLabels?: readonly string[];
      readonly targetLabel?: string;
      readonly [field: string]: unknown;
    }[];
  }

  it('has Prometheus ask for the component by its name, once for all pods', async () => {
    const ingress = await serve([{ status: 200, body: 'mesh_mcp_requests_total 1\n' }]);
    const objects = await renderObjects({ chart: 'mesh-mcp', name: 'tuned' });
    const monitor = objects.find(({ kind }) => kind === 'PodMonitor');
    if (monitor === undefined) throw new Error('no PodMonitor');
    // As the chart renders it.
    const [endpoint] = (monitor.spec as { readonly podMetricsEndpoints: readonly Endpoint[] }).podMetricsEndpoints;
    if (endpoint === undefined) throw new Error('a PodMonitor without an endpoint');
    // What the operator makes of it, with the pods that it would find: two tickers, one with a proxy beside it.
    const found = [
      { address: '10.0.0.1', container: 'ticker', pod: 'a' },
      { address: '10.0.0.2', container: 'ticker', pod: 'b' },
      { address: '10.0.0.2:4191', container: 'linkerd-proxy', pod: 'b' },
    ];
    const scrape = {
      job_name: 'mesh-mcp/mesh',
      metrics_path: endpoint.path,
      scrape_interval: '1s',
      scrape_timeout: '1s',
      proxy_url: ingress.url,
      static_configs: found.map(({ address, container, pod }) => ({
        targets: [address],
        labels: { __meta_kubernetes_pod_container_name: container, namespace: NAMESPACE, container, pod },
      })),
      relabel_configs: endpoint.relabelings.map(({ sourceLabels, targetLabel, ...rest }) => ({
        ...rest,
        ...(sourceLabels === undefined ? {} : { source_labels: sourceLabels }),
        ...(targetLabel === undefined ? {} : { target_label: targetLabel }),
      })),
    };
    const folder = servers.folder();
    const config = join(folder, 'prometheus.json');
    writeFileSync(config, JSON.stringify({ scrape_configs: [scrape] }));
    const targets = await onFreePort(async (port) => {
      const prometheus = await startProcess(servers, {
        command: toolPath('prometheus'),
        args: ['--config.file', config, '--storage.tsdb.path', join(folder, 'data'), '--web.listen-address', `127.0.0.1:${port}`],
      });
      return until('the component was scraped', async () => {
        prometheus.check();
        const answer = await (await fetch(`http://127.0.0.1:${port}/api/v1/targets?state=active`)).json();
        // Of the API (prometheus, web/api/v1): a target has its labels and how the last scrape went.
        const { activeTargets } = (answer as { readonly data: { readonly activeTargets: readonly { labels: object; health: string }[] } })
          .data;
        return activeTargets.some(({ health }) => health === 'up') ? activeTargets : undefined;
      });
    });
    expect(targets).toMatchObject([{ health: 'up', labels: { instance: 'mesh', job: 'mesh-mcp/mesh', namespace: NAMESPACE } }]);
    expect(ingress.asked[0]?.url).toMatch(/^http:\/\/mesh-mcp\.localhost\.cosmonic\.sh(:80)?\/metrics$/);
    expect(ingress.asked[0]?.headers.host).toMatch(/^mesh-mcp\.localhost\.cosmonic\.sh(:80)?$/);
  });
});
