import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { isObject } from '../../src/lib/json.ts';
import { KINDS } from '../../src/sources/kubernetes/kinds.ts';
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
import { PATIENCE_MS, until } from './support/wait.ts';

/** In which a change of the cluster must show. */
const SHOWN_WITHIN_MS = 2_000;
/** Other programs of the machine may hold any single try up. */
const TRIES = 5;

/** Of `src/demo/prometheus/traffic.ts`. */
const WEB_TO_CATALOG_RPS = 42;

const servers = useServers();
let api: KubeApiServer;
let accounts: Accounts;
let prometheus: StoreServer;
let auditLog = '';

/** Has the API server write down who asked what, so that a test can say which rights were used. */
function audit(): readonly string[] {
  const folder = servers.folder();
  auditLog = join(folder, 'audit.log');
  const policy = join(folder, 'policy.json');
  const rules = [{ level: 'Metadata', omitStages: ['RequestReceived'] }];
  writeFileSync(policy, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules }));
  return ['--audit-policy-file', policy, '--audit-log-path', auditLog];
}

beforeAll(async () => {
  api = await startKubeApiServer(servers, audit());
  await installCrds(api);
  await seed(api);
  accounts = await makeAccounts(api);
  prometheus = await startPrometheus(servers);
  await api.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'quiet' } }]);
});

const hasLinkerd = availableCrds().some(({ name }) => name === 'Linkerd');

describe.each([
  { store: 'memory', start: undefined },
  { store: 'Redis', start: startRedis },
  { store: 'NATS', start: startNats },
])('the graph of a real cluster with a real Prometheus, kept in $store', { timeout: PATIENCE_MS }, ({ store, start }) => {
  const own = useServers();
  let host: LocalHostProcess;

  beforeAll(async () => {
    const kept = start === undefined ? [] : ['--store', (await start(own)).url];
    const kubeconfig = writeKubeconfig(own, api, accounts.collector);
    const flags = ['--context', CONTEXT, '--kubeconfig', kubeconfig, '--prometheus', prometheus.url, ...kept];
    host = await startHostProcess(own, flags, { TRAFFIC_WINDOW: SCRAPED_WINDOW, TRAFFIC_INTERVAL_MS: '2000' });
    // Both sources are in it once traffic is.
    await until('the graph has traffic', async () => {
      const { structured } = await callTool(host.url, 'get_mesh_graph');
      const found = structured?.namespaces;
      return (Array.isArray(found) && found.some(({ namespace, rps }) => namespace === 'bank' && rps > 0)) || undefined;
    });
  });

  const ask = async (tool: string, args: Record<string, unknown> = {}) => {
    const result = await callTool(host.url, tool, args);
    expect(result).toMatchObject({ isError: false });
    return { text: result.text, structured: result.structured ?? {} };
  };

  it('is whole, is nobody’s demo, and lacks nothing that its account may read', async () => {
    const { structured, text } = await ask('get_mesh_graph');
    expect(structured).toMatchObject({ synced: true, demo: false, generation: expect.any(Number) });
    expect(structured).not.toHaveProperty('stale');
    expect(JSON.stringify(structured.notes)).not.toMatch(/may not be read|cannot be read|malformed/);
    expect(text).not.toContain('DEMO');
    expect(structured.namespaces).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ namespace: 'shop', meshes: ['linkerd'], links: expect.any(Array) }),
        expect.objectContaining({ namespace: 'bank', meshes: ['istio-sidecar'] }),
        expect.objectContaining({ namespace: 'weather', meshes: expect.arrayContaining(['istio-ambient']) }),
      ]),
    );
  });

  it('list_services finds the services of every mesh', async () => {
    const { structured } = await ask('list_services', { limit: 200 });
    expect(structured.services).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ namespace: 'shop', name: 'web', status: 'meshed', meshes: ['linkerd'] }),
        expect.objectContaining({ namespace: 'shop', name: 'payments', status: 'partial', pods: 3, meshedPods: 2 }),
        expect.objectContaining({ namespace: 'bank', name: 'portal', meshes: ['istio-sidecar'] }),
        expect.objectContaining({ namespace: 'weather', name: 'forecast', meshes: ['istio-ambient'] }),
        expect.objectContaining({ namespace: 'legacy', name: 'tax-office', status: 'no-selector' }),
      ]),
    );
  });

  it('get_mesh_graph has the traffic of a namespace, and the simple form', async () => {
    const call = async () => {
      const { structured } = await ask('get_mesh_graph', { namespace: 'shop' });
      const traffic: readonly Traffic[] = structured.traffic as Traffic[]; // Held to the tool's schema by the client.
      return traffic.find(({ source, destination }) => source === 'shop/Deployment/web' && destination === 'shop/Deployment/catalog');
    };
    // The table of the sample says 42, and the demo's wave moves it by 15 %; until the window has filled it is less.
    const aboutTheTable = expect.closeTo(WEB_TO_CATALOG_RPS, -1.2);
    await expect.poll(call, { timeout: PATIENCE_MS }).toMatchObject({ tls: 1, rps: aboutTheTable });
    expect(await call()).toMatchObject({ successRate: expect.any(Number), p50: expect.any(Number), p99: expect.any(Number) });
    const simple = await ask('get_mesh_graph', { namespace: 'bank', format: 'simple' });
    expect(Object.keys(simple.structured).sort()).toEqual(['authPolicies', 'edges', 'services']);
    expect(simple.structured.edges).toEqual(expect.arrayContaining([expect.objectContaining({ tls: true })]));
  });

  it('get_call_graph walks from a workload in both directions', async () => {
    const { structured } = await ask('get_call_graph', { namespace: 'bank', workload: 'accounts' });
    expect(structured).toMatchObject({
      start: ['bank/Deployment/accounts'],
      callers: { calls: expect.arrayContaining([expect.objectContaining({ source: 'bank/Deployment/portal' })]) },
      callees: { calls: expect.arrayContaining([expect.objectContaining({ destination: 'bank/Deployment/ledger' })]) },
    });
  });

  it('get_service has signals, routes and policies of a service', async () => {
    const bank = await ask('get_service', { namespace: 'bank', service: 'ledger' });
    expect(bank.structured).toMatchObject({
      signals: expect.arrayContaining([expect.objectContaining({ name: 'success', level: 'critical' })]),
      callers: expect.arrayContaining([expect.objectContaining({ peer: 'bank/Deployment/accounts' })]),
      policies: expect.arrayContaining([expect.objectContaining({ kind: 'AuthorizationPolicy' })]),
    });
    const shop = await ask('get_service', { namespace: 'shop', service: 'checkout' });
    expect(shop.structured.routes).toEqual(expect.arrayContaining([expect.objectContaining({ kind: 'HTTPRoute', name: 'checkout' })]));
  });

  it.runIf(hasLinkerd)('get_service has Linkerd’s policies', async () => {
    const { structured } = await ask('get_service', { namespace: 'shop', service: 'payments' });
    expect(structured.policies).toEqual(
      expect.arrayContaining([expect.objectContaining({ kind: 'AuthorizationPolicy', name: 'payments-from-checkout' })]),
    );
  });

  it('watch_mesh_graph shows a change of the cluster within two seconds, while it goes on', async () => {
    const took: number[] = [];
    for (let attempt = 1; attempt <= TRIES && !took.some((ms) => ms < SHOWN_WITHIN_MS); attempt++) {
      const { structured } = await ask('get_mesh_graph');
      const watch = await openWatch(host.url, { since: structured.generation, namespace: 'quiet', seconds: 60 });
      const name = `new-${store.toLowerCase()}-${attempt}`;
      const start = performance.now();
      const made = await api.call('POST', '/api/v1/namespaces/quiet/services', { metadata: { name }, spec: { ports: [{ port: 80 }] } });
      expect(made.status).toBe(201);
      await watch.until(name);
      took.push(performance.now() - start);
      watch.close();
    }
    expect(Math.min(...took)).toBeLessThan(SHOWN_WITHIN_MS);
  });
});

/** A call of watch_mesh_graph that is not waited for: its progress notifications as they come. */
async function openWatch(url: string, args: object) {
  const body = {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'watch_mesh_graph', arguments: args, _meta: { progressToken: 1 } },
  };
  const leave = new AbortController();
  const answered = fetch(`${url}/v1/mcp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify(body),
    signal: leave.signal,
  });
  answered.catch(() => {});
  return {
    /** Resolves once a notification names this. */
    until: async (name: string): Promise<void> => {
      const reader = (await answered).body?.pipeThrough(new TextDecoderStream()).getReader();
      for (let text = ''; !text.includes('notifications/progress') || !text.includes(name); ) {
        const piece = await reader?.read();
        if (piece?.value === undefined) throw new Error(`the watch ended without ${name}: ${text}`);
        text += piece.value;
      }
    },
    close: () => leave.abort(),
  };
}

interface Traffic {
  readonly source: string;
  readonly destination: string;
  readonly rps?: number;
}

describe('the rights of the collector’s ServiceAccount', () => {
  it('are those that it uses, and no others', () => {
    const used = new Set<string>();
    const refused: string[] = [];
    for (const line of readFileSync(auditLog, 'utf8').split('\n')) {
      if (line === '') continue;
      const event: unknown = JSON.parse(line);
      if (!isObject(event) || !isObject(event.user) || event.user.username !== 'system:serviceaccount:mesh-mcp:mesh-mcp-collector')
        continue;
      const { objectRef, verb, responseStatus, requestURI } = event;
      if (isObject(responseStatus) && responseStatus.code === 403) refused.push(String(requestURI));
      // Discovery is everybody's.
      if (isObject(objectRef)) used.add(`${verb} ${objectRef.resource}.${objectRef.apiGroup ?? ''}`);
    }
    const served = Object.values(KINDS).filter(({ mesh }) => mesh !== 'linkerd' || hasLinkerd);
    const wanted = served.flatMap(({ resource, group }) => ['list', 'watch'].map((verb) => `${verb} ${resource}.${group}`));
    expect([...used].sort()).toEqual([...new Set(wanted)].sort());
    expect(refused).toEqual([]);
  });
});
