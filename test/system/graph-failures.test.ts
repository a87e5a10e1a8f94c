import { beforeAll, describe, expect, it } from 'vitest';
import { isObject } from '../../src/lib/json.ts';
import { type Accounts, makeAccounts } from './support/accounts.ts';
import { availableCrds, installCrds } from './support/crds.ts';
import { type KubeApiServer, startKubeApiServer } from './support/kube-apiserver.ts';
import { CONTEXT, type LocalHostProcess, startHostProcess, writeKubeconfig } from './support/local-host.ts';
import { callTool } from './support/mcp.ts';
import { startNats } from './support/nats.ts';
import { SCRAPED_WINDOW, startPrometheus } from './support/prometheus.ts';
import { startRedis } from './support/redis.ts';
import { seed } from './support/seed.ts';
import { useServers } from './support/servers.ts';
import type { StoreServer } from './support/store-server.ts';
import { startThrottlingProxy, type ThrottlingProxy } from './support/throttle.ts';
import { PATIENCE_MS, until } from './support/wait.ts';

/** With which each run begins. */
const DISCOVERY = '/apis';
/** More than a run would wait by itself after its first failures. */
const RETRY_AFTER_SECONDS = 3;

/** A lease of 30 s, and what finding out and a busy machine add. */
const TAKE_OVER_MS = 40_000;

const servers = useServers();
let api: KubeApiServer;
let accounts: Accounts;

beforeAll(async () => {
  api = await startKubeApiServer(servers);
  await seed(api);
  accounts = await makeAccounts(api);
});

let serial = 0;

/** Makes a Service. Resolves to its name. */
async function change(): Promise<string> {
  const name = `change-${++serial}`;
  const made = await api.call('POST', '/api/v1/namespaces/legacy/services', { metadata: { name }, spec: { ports: [{ port: 80 }] } });
  expect(made.status).toBe(201);
  return name;
}

/** What a host says of the namespace in which `change` works. */
async function look(host: LocalHostProcess): Promise<Readonly<Record<string, unknown>>> {
  const { isError, code, text, structured = {} } = await callTool(host.url, 'list_services', { namespace: 'legacy', limit: 200 });
  return { isError, code, text, ...structured };
}

const eventually = (host: LocalHostProcess, timeout = PATIENCE_MS) => expect.poll(() => look(host), { timeout, interval: 100 });

const containing = (name: string) => ({ isError: false, services: expect.arrayContaining([expect.objectContaining({ name })]) });

describe('a store of the hosts’ own', { timeout: 3 * PATIENCE_MS }, () => {
  interface Place {
    readonly store: StoreServer;
    readonly leader: LocalHostProcess;
    readonly standby: LocalHostProcess;
  }
  const places = new Map<string, Place>();
  const STORES = { Redis: startRedis, NATS: startNats };
  const NAMES = Object.keys(STORES);

  const startHost = (store: StoreServer) => {
    const kubeconfig = writeKubeconfig(servers, api, accounts.collector);
    return startHostProcess(servers, ['--context', CONTEXT, '--kubeconfig', kubeconfig, '--store', store.url]);
  };
  const placeOf = (name: string): Place => {
    const place = places.get(name);
    if (place === undefined) throw new Error(`${name} was not started`);
    return place;
  };

  beforeAll(async () => {
    for (const [name, startStore] of Object.entries(STORES)) {
      const store = await startStore(servers);
      const leader = await startHost(store);
      await until('the first host has the graph', async () => !(await look(leader)).isError || undefined);
      places.set(name, { store, leader, standby: await startHost(store) });
    }
  });

  // The leaders of both are dead from here on: the other tests are about the standbys.
  it('goes on with the standby within 40 s when the collector is killed', async () => {
    const kill = async (name: string) => {
      const { leader, standby } = placeOf(name);
      await eventually(standby).toMatchObject(containing(await change()));
      await leader.kill();
      await eventually(standby, TAKE_OVER_MS).toMatchObject(containing(await change()));
    };
    await Promise.all(NAMES.map(kill));
  });

  it.each(NAMES)('is filled again after %s was restarted empty', async (name) => {
    const { store, standby } = placeOf(name);
    await store.restartEmpty();
    await eventually(standby).toMatchObject({ ...containing(await change()), synced: true });
    expect(await look(standby)).not.toHaveProperty('stale');
  });

  it.each(NAMES)('is waited for while %s does not answer', async (name) => {
    const { store, standby } = placeOf(name);
    await store.pause();
    expect(await look(standby)).toMatchObject({ isError: true, code: 'unavailable' });
    store.resume();
    await eventually(standby).toMatchObject({ ...containing(await change()), synced: true });
  });
});

describe('upstreams', { timeout: 2 * PATIENCE_MS }, () => {
  let prometheus: StoreServer;
  let proxy: ThrottlingProxy;
  let host: LocalHostProcess;

  beforeAll(async () => {
    prometheus = await startPrometheus(servers);
    proxy = await startThrottlingProxy(servers, api);
    host = await startHostProcess(servers, ['--prometheus', prometheus.url], {
      KUBERNETES_URL: proxy.url,
      KUBERNETES_TOKEN: accounts.collector,
      TRAFFIC_WINDOW: SCRAPED_WINDOW,
      TRAFFIC_INTERVAL_MS: '1000',
      UPSTREAM_TIMEOUT_MS: '2000',
      COLLECT_WINDOW_MS: '4000',
    });
    await until('the graph has traffic', async () => (await rps()) > 0 || undefined);
  });

  const isWhole = () =>
    expect
      .poll(
        async () => {
          const { isError, synced, stale } = await look(host);
          return { isError, synced, stale };
        },
        { timeout: PATIENCE_MS },
      )
      .toEqual({ isError: false, synced: true, stale: undefined });

  async function staleSince(): Promise<string> {
    const { stale } = await look(host);
    return isObject(stale) ? String(stale.since) : '';
  }

  /** Requests a second in the whole mesh. */
  async function rps(): Promise<number> {
    const { structured } = await callTool(host.url, 'get_mesh_graph');
    const namespaces = (structured?.namespaces ?? []) as readonly { readonly rps: number }[]; // Held to the tool's schema by the client.
    return namespaces.reduce((sum, each) => sum + each.rps, 0);
  }

  it.each([
    ['stopped', () => prometheus.stop(), () => prometheus.start()],
    ['paused', () => prometheus.pause(), async () => prometheus.resume()],
  ])('keeps the rates while Prometheus is %s, says since when, and the topology goes on', async (_, end, begin) => {
    const before = Date.now();
    await end();
    await eventually(host).toMatchObject({ stale: { why: expect.stringContaining('Prometheus') } });
    const since = await staleSince();
    // The last reading that was answered: a moment before.
    expect(Math.abs(Date.parse(since) - before)).toBeLessThan(10_000);
    expect(await rps()).toBeGreaterThan(0);
    await eventually(host).toMatchObject({ ...containing(await change()), synced: true, stale: { why: expect.any(String) } });
    expect(await staleSince()).toBe(since);
    await begin();
    await isWhole();
    await expect.poll(rps, { timeout: PATIENCE_MS }).toBeGreaterThan(0);
  });

  it('backs off while Kubernetes throttles, says that it is not synced, and recovers', async () => {
    proxy.throttle();
    await eventually(host).toMatchObject({ isError: false, synced: false, stale: { why: expect.stringContaining('429') } });
    await expect.poll(() => gapsOf(DISCOVERY), { timeout: PATIENCE_MS }).toHaveLength(4);
    // From 500 ms on twice as long each time, and of that half at least.
    for (const [attempt, gap] of gapsOf(DISCOVERY).entries()) expect(gap).toBeGreaterThan(245 * 2 ** attempt);
    const made = await change();
    proxy.relent();
    await eventually(host).toMatchObject(containing(made));
    await isWhole();
  });

  it('comes no sooner than Kubernetes wishes', async () => {
    proxy.throttle(RETRY_AFTER_SECONDS);
    await expect.poll(() => gapsOf(DISCOVERY), { timeout: PATIENCE_MS }).toHaveLength(2);
    for (const gap of gapsOf(DISCOVERY)) expect(gap).toBeGreaterThan(990 * RETRY_AFTER_SECONDS);
    proxy.relent();
    await isWhole();
  });

  /** The times between two requests for the same that were refused, in milliseconds. */
  function gapsOf(target: string): readonly number[] {
    const times = proxy
      .refused()
      .filter((each) => each.target === target)
      .map(({ atMs }) => atMs);
    return times.slice(1).map((atMs, index) => atMs - (times[index] ?? atMs));
  }

  it('keeps what it knows while the API server is away, and goes on when it is back', async () => {
    await api.stop();
    await eventually(host).toMatchObject({ isError: false, synced: false, stale: { why: expect.any(String) } });
    await api.start();
    await eventually(host).toMatchObject({ ...containing(await change()), synced: true });
    await isWhole();
  });

  it('shows kinds that are installed later', async () => {
    await installCrds(
      api,
      availableCrds().filter(({ name }) => name === 'Gateway API'),
    );
    const parentRefs = [{ group: '', kind: 'Service', name: 'web', port: 80 }];
    const path = '/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes';
    const made = await api.call('POST', path, {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'late' },
      spec: { parentRefs },
    });
    expect(made.status).toBe(201);
    const routes = async () => (await callTool(host.url, 'get_service', { namespace: 'shop', service: 'web' })).structured?.routes;
    await expect
      .poll(routes, { timeout: PATIENCE_MS })
      .toEqual(expect.arrayContaining([expect.objectContaining({ kind: 'HTTPRoute', name: 'late' })]));
  });
});
