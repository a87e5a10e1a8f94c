import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type ClusterProxy, startClusterProxy } from '../../src/entry/host/cluster-proxy.ts';
import { openKubeconfig } from '../../src/entry/host/kubeconfig.ts';
import { listen, startLocalHost } from '../../src/entry/host/local-host.ts';
import { type Accounts, makeAccounts } from './support/accounts.ts';
import { type KubeApiServer, startKubeApiServer } from './support/kube-apiserver.ts';
import { callTool } from './support/mcp.ts';
import { seed } from './support/seed.ts';
import { useServers } from './support/servers.ts';

/** How soon an event must be through, on a busy machine. */
const SOON_MS = 5_000;

const servers = useServers();
let api: KubeApiServer;
let accounts: Accounts;
beforeAll(async () => {
  api = await startKubeApiServer(servers);
  await seed(api);
  accounts = await makeAccounts(api);
});

/** The API server's kubeconfig with another user. */
function kubeconfigWith(user: object): string {
  const config = JSON.parse(readFileSync(api.kubeconfig, 'utf8'));
  const file = join(servers.folder(), 'kubeconfig.json');
  writeFileSync(file, JSON.stringify({ ...config, users: [{ name: 'admin', user }] }));
  return file;
}

async function proxyTo(file: string): Promise<ClusterProxy> {
  const access = await openKubeconfig([file]);
  const proxy = await startClusterProxy({ access, writes: false, say: (line) => console.error(line) });
  onTestFinished(() => proxy.close());
  return proxy;
}

const get = ({ url, token }: ClusterProxy, path: string, init: RequestInit = {}) =>
  fetch(url + path, { ...init, headers: { authorization: `Bearer ${token}` } });

describe('a real API server, through a kubeconfig', () => {
  it('is trusted by its own CA, and answers with the rights of the kubeconfig', async () => {
    const proxy = await proxyTo(api.kubeconfig);
    const answer = await get(proxy, '/api/v1/namespaces/shop');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ kind: 'Namespace', metadata: { name: 'shop' } });
    expect((await get(proxy, '/api/v1/namespaces/shop', { method: 'DELETE' })).status).toBe(405);
  });

  it('is asked with a token that a program gives', async () => {
    const program = join(servers.folder(), 'give-token');
    writeFileSync(
      program,
      `#!/bin/sh\necho '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"${accounts.reader}"}}'\n`,
    );
    chmodSync(program, 0o700);
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: program, interactiveMode: 'Never' };
    const proxy = await proxyTo(kubeconfigWith({ exec }));
    expect((await get(proxy, '/api/v1/services')).status).toBe(200);
    expect((await get(proxy, '/api/v1/secrets')).status).toBe(403);
  });

  it('refuses a token that is none, and takes the one that is put in its place', async () => {
    const file = kubeconfigWith({ token: 'none' });
    const proxy = await proxyTo(file);
    expect((await get(proxy, '/api/v1/services')).status).toBe(401);
    writeFileSync(file, readFileSync(kubeconfigWith({ token: accounts.reader })));
    expect((await get(proxy, '/api/v1/services')).status).toBe(200);
  });

  it('is watched: an event is through at once, and the watch ends when its client leaves', async () => {
    const proxy = await proxyTo(api.kubeconfig);
    const leave = new AbortController();
    const watches = async () => {
      const metrics = await (await get(proxy, '/metrics')).text();
      const lines = metrics.matchAll(/^apiserver_longrunning_requests\{.*resource="configmaps".*verb="WATCH".*\} (\d+)$/gm);
      return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
    };
    const before = await watches();
    const answer = await get(proxy, '/api/v1/namespaces/shop/configmaps?watch=1', { signal: leave.signal });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(await watches()).toBe(before + 1);
    await api.apply([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'news', namespace: 'shop' } }]);
    const start = performance.now();
    let seen = '';
    while (!seen.includes('"news"')) {
      const piece = await reader?.read();
      if (piece?.value === undefined) throw new Error(`the watch ended: ${seen}`);
      seen += piece.value;
    }
    expect(seen).toContain('"type":"ADDED"');
    expect(performance.now() - start).toBeLessThan(SOON_MS);
    leave.abort();
    await expect.poll(watches, { timeout: SOON_MS }).toBe(before);
  });

  it('is what the tools of the local host read', async () => {
    const host = await startLocalHost({
      engine: 'quickjs',
      env: {},
      print: () => {},
      say: () => {},
      cluster: { tag: 'kubeconfig', context: 'test', file: api.kubeconfig },
    });
    const server = await listen(host, { host: '127.0.0.1', port: 0 });
    onTestFinished(() => server.close(0));
    const { isError, text } = await callTool(server.url, 'list_services', { namespace: 'shop' });
    expect(isError, text).toBe(false);
    expect(text).toContain('checkout');
  });
});
