import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { build } from '../../scripts/build.ts';
import { serveDemo } from '../../src/adapters/node/demo-server.ts';
import { demoKubernetes } from '../../src/demo/kubernetes/api.ts';
import { type LocalHostOptions, listen, startLocalHost } from '../../src/entry/host/local-host.ts';
import { soon } from './support/soon.ts';
import { ask, callRpc } from './support/wire.ts';

vi.setConfig({ testTimeout: 60_000 });

beforeAll(() => build({ engines: ['quickjs'], typeCheck: false, say: () => {} }), 120_000);

/** A cluster that answers only who bears the token, which a test may change. */
async function guardedCluster() {
  const demo = await serveDemo(demoKubernetes());
  let token = 'first-token';
  let last: number | undefined;
  const server = createServer((request, response) => {
    last = request.headers.authorization === `Bearer ${token}` ? 200 : 401;
    if (last === 401) {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"kind":"Status","code":401}');
      return;
    }
    const passed = get(demo.url + request.url, { headers: { accept: request.headers.accept ?? '*/*' } }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, { 'content-type': answer.headers['content-type'] ?? '' }).flushHeaders();
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    response.once('close', () => passed.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await demo.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    change: (next: string) => {
      token = next;
    },
    /** Whether the last request was let in. */
    letIn: () => last === 200,
  };
}

function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'mesh-mcp-test-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function start(options: Partial<LocalHostOptions>) {
  const said: string[] = [];
  const host = await startLocalHost({
    engine: 'quickjs',
    print: () => {},
    say: (line) => said.push(line),
    ...options,
    env: options.env ?? {},
  });
  const server = await listen(host, { host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.close(0));
  const call = async (name: string, args: object = {}) => (await callRpc(server.url, 'tools/call', { name, arguments: args })).text;
  const post = (target: string, token: string) =>
    ask(server.url + target, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  return { host, call, post, services: () => call('list_services'), said };
}

describe('the local host with a cluster of the user’s own', () => {
  it('reads it through a kubeconfig, and the component is given neither its address nor its token', async () => {
    const cluster = await guardedCluster();
    const file = path.join(folder(), 'config');
    writeFileSync(
      file,
      `
current-context: other
clusters: [{name: c, cluster: {server: "${cluster.url}"}}]
users: [{name: u, user: {token: first-token}}]
contexts: [{name: mine, context: {cluster: c, user: u}}]
`,
    );
    const { host, services } = await start({ cluster: { tag: 'kubeconfig', context: 'mine', file } });
    expect(host.remarks).toEqual(['demo Petstore', 'context mine']);
    expect(await services()).toContain('shop');
    const options = [...host.config].join();
    expect(options).not.toContain(cluster.url);
    expect(options).not.toContain('first-token');
    expect(host.config.has('PROMETHEUS_URL')).toBe(false);
  });

  it('does not start with a context that is not there, and leaves nothing open', async () => {
    const file = path.join(folder(), 'config');
    writeFileSync(file, 'contexts: [{name: mine, context: {cluster: c, user: u}}]');
    const started = startLocalHost({
      engine: 'quickjs',
      env: {},
      print: () => {},
      say: () => {},
      cluster: { tag: 'kubeconfig', context: 'yours', file },
    });
    await expect(started).rejects.toThrow(/^the kubeconfig has no context named yours\. It has: mine\.$/);
  });

  it('gives the component a token that was renewed in its file', async () => {
    const cluster = await guardedCluster();
    const file = path.join(folder(), 'token');
    const put = (token: string) => {
      writeFileSync(`${file}.new`, token);
      renameSync(`${file}.new`, file);
    };
    put('first-token\n');
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const env = { KUBERNETES_URL: cluster.url, COLLECT_TOKEN: 'collect-token', COLLECT_WINDOW_MS: '2000' };
    const { post } = await start({ env, cluster: { tag: 'token-file', file } });
    // A run of the collector asks the cluster each time.
    const letIn = async () => {
      await post('/v1/collect', 'collect-token');
      return cluster.letIn();
    };
    expect(await letIn()).toBe(true);
    cluster.change('second-token');
    expect(await letIn()).toBe(false);
    put('second-token\n');
    const lookAgain = () => {
      vi.advanceTimersByTime(5_000);
      return letIn();
    };
    await expect.poll(lookAgain, { timeout: 30_000 }).toBe(true);
  });

  it('starts although its store cannot be reached, says so, and serves what needs none', async () => {
    const { call, said, host } = await start({ store: { tag: 'redis', url: new URL('redis://127.0.0.1:1') } });
    expect(host.remarks).toContain('store redis at 127.0.0.1:1');
    await soon(() => said).toContainEqual('Redis at 127.0.0.1:1 cannot be reached: nothing listens there (ECONNREFUSED)');
    expect(await call('get_pet_find_by_status', { status: 'available' })).toContain('Cat 1');
  });

  it('takes the Prometheus that was named, and a demo with a demo cluster alone', async () => {
    const named = await start({ prometheus: 'http://127.0.0.1:9090' });
    expect(named.host.config.get('PROMETHEUS_URL')).toBe('http://127.0.0.1:9090');
    expect(named.host.remarks).toEqual(['demo Petstore', 'demo cluster']);
    const demo = await start({});
    expect(demo.host.remarks).toEqual(['demo Petstore', 'demo cluster', 'demo Prometheus']);
    const answer = await fetch(`${demo.host.config.get('PROMETHEUS_URL')}/-/ready`);
    expect(answer.status).toBe(200);
  });
});
