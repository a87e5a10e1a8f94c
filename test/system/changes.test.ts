import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { isObject } from '../../src/lib/json.ts';
import { availableCrds, installCrds } from './support/crds.ts';
import { chartFolder } from './support/helm.ts';
import { type ApiAnswer, type KubeApiServer, startKubeApiServer } from './support/kube-apiserver.ts';
import { CONTEXT, type LocalHostProcess, startHostProcess, writeKubeconfig } from './support/local-host.ts';
import { callTool, type ToolResult } from './support/mcp.ts';
import { SCRAPED_WINDOW, startPrometheus } from './support/prometheus.ts';
import { seed } from './support/seed.ts';
import { useServers } from './support/servers.ts';
import { PATIENCE_MS, until } from './support/wait.ts';

const servers = useServers();
let api: KubeApiServer;
/** What serves with the chart's read and write roles. */
let writer: LocalHostProcess;
/** What serves with the chart's read role alone, though its tools are offered. */
let reader: LocalHostProcess;

const hasLinkerd = availableCrds().some(({ name }) => name === 'Linkerd');

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** The rules of one of the chart's roles, as Helm reads them. */
function chartRules(file: 'read-role' | 'write-role', part: 'cluster' | 'namespaced'): readonly Rule[] {
  const roles = parse(readFileSync(join(chartFolder('mesh-mcp'), `files/${file}.yaml`), 'utf8')) as Record<string, readonly Rule[]>; // Written by `scripts/chart-files.ts`.
  return roles[part] ?? [];
}

/** A token of a ServiceAccount with these rights in the whole cluster. */
async function account(name: string, rules: readonly Rule[]): Promise<string> {
  const rbac = 'rbac.authorization.k8s.io';
  await api.apply([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'mesh-mcp' } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'mesh-mcp' } },
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name }, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: 'mesh-mcp' }],
    },
  ]);
  return api.token('mesh-mcp', name);
}

function serveAs(token: string, prometheus: string): Promise<LocalHostProcess> {
  const kubeconfig = writeKubeconfig(servers, api, token);
  const flags = ['--context', CONTEXT, '--kubeconfig', kubeconfig, '--prometheus', prometheus, '--writes'];
  return startHostProcess(servers, flags, {
    TRAFFIC_WINDOW: SCRAPED_WINDOW,
    TRAFFIC_INTERVAL_MS: '2000',
    SELF_WORKLOAD: 'weather/Deployment/forecast',
  });
}

beforeAll(async () => {
  api = await startKubeApiServer(servers);
  await installCrds(api);
  await seed(api);
  const prometheus = await startPrometheus(servers);
  const reading = chartRules('read-role', 'cluster');
  writer = await serveAs(await account('writer', [...reading, ...chartRules('write-role', 'namespaced')]), prometheus.url);
  reader = await serveAs(await account('reader', reading), prometheus.url);
  await until('the graph has traffic', async () => {
    const { structured } = await callTool(writer.url, 'get_mesh_graph');
    const found = structured?.namespaces;
    return (Array.isArray(found) && found.some(({ namespace, rps }) => namespace === 'bank' && rps > 0)) || undefined;
  });
});

type Args = Record<string, unknown>;

/** Plans a change, and makes it with the token. */
async function make(tool: string, args: Args): Promise<ToolResult> {
  const planned = await callTool(writer.url, tool, args);
  expect(planned.structured, planned.text).toMatchObject({ status: 'planned', confirm: expect.any(String) });
  return callTool(writer.url, tool, { ...args, confirm: planned.structured?.confirm });
}

const confirmed = (planned: ToolResult): Args => ({ confirm: planned.structured?.confirm });

const metadataOf = ({ body }: ApiAnswer) => (isObject(body) && isObject(body.metadata) ? body.metadata : {});

const SECURITY = '/apis/security.istio.io/v1/namespaces/shop/peerauthentications';
const GATEWAY = '/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes';

/** A policy about pods that are not there, so that no traffic is touched. */
const strict = (name: string, mode = 'STRICT') => ({
  apiVersion: 'security.istio.io/v1',
  kind: 'PeerAuthentication',
  metadata: { name, namespace: 'shop' },
  spec: { selector: { matchLabels: { app: 'nobody' } }, mtls: { mode } },
});

const POLICY = 'apply_authorization_policy';
const ROUTE = 'apply_http_route';

describe('on a real API server', { timeout: PATIENCE_MS }, () => {
  it('a policy is tried first, which leaves nothing behind, and made when that is confirmed', async () => {
    const planned = await callTool(writer.url, POLICY, { manifest: strict('made') });
    expect(planned.structured).toMatchObject({
      status: 'planned',
      operation: 'create',
      object: 'shop/PeerAuthentication.security.istio.io/made',
      demo: false,
      impact: [],
    });
    expect(planned.structured?.diff).toMatchObject([{ path: 'spec', after: expect.stringContaining('"mode":"STRICT"') }]);
    expect((await api.call('GET', `${SECURITY}/made`)).status).toBe(404);
    const made = await callTool(writer.url, POLICY, { manifest: strict('made'), ...confirmed(planned) });
    expect(made.structured).toMatchObject({ status: 'made', change: expect.any(Number) });
    const live = await api.call('GET', `${SECURITY}/made`);
    expect(live.body).toMatchObject({ spec: strict('made').spec });
    expect(metadataOf(live).managedFields).toMatchObject([{ manager: 'mesh-mcp', operation: 'Apply' }]);
    // A token is good once.
    expect(await callTool(writer.url, POLICY, { manifest: strict('made'), ...confirmed(planned) })).toMatchObject({
      isError: true,
      code: 'conflict',
    });
  });

  it('an object that moved meanwhile is a conflict: changed, made, deleted', async () => {
    await make(POLICY, { manifest: strict('moving') });
    const planned = await callTool(writer.url, POLICY, { manifest: strict('moving', 'DISABLE') });
    await api.call('PATCH', `${SECURITY}/moving`, { metadata: { labels: { somebody: 'else' } } });
    const late = { manifest: strict('moving', 'DISABLE'), ...confirmed(planned) };
    expect(await callTool(writer.url, POLICY, late)).toMatchObject({ isError: true, code: 'conflict' });
    expect((await api.call('GET', `${SECURITY}/moving`)).body).toMatchObject({ spec: { mtls: { mode: 'STRICT' } } });

    const again = await callTool(writer.url, POLICY, { manifest: strict('moving', 'DISABLE') });
    await api.call('DELETE', `${SECURITY}/moving`);
    expect(await callTool(writer.url, POLICY, { manifest: strict('moving', 'DISABLE'), ...confirmed(again) })).toMatchObject({
      code: 'conflict',
    });
    expect((await api.call('GET', `${SECURITY}/moving`)).status).toBe(404);

    const fresh = await callTool(writer.url, POLICY, { manifest: strict('moving') });
    await api.apply([strict('moving', 'PERMISSIVE')]);
    expect(await callTool(writer.url, POLICY, { manifest: strict('moving'), ...confirmed(fresh) })).toMatchObject({ code: 'conflict' });
    expect((await api.call('GET', `${SECURITY}/moving`)).body).toMatchObject({ spec: { mtls: { mode: 'PERMISSIVE' } } });

    const gone = await callTool(writer.url, POLICY, { manifest: strict('moving'), delete: true });
    expect(gone.structured).toMatchObject({ status: 'planned', operation: 'delete' });
    await api.call('PATCH', `${SECURITY}/moving`, { metadata: { labels: { somebody: 'again' } } });
    expect(await callTool(writer.url, POLICY, { manifest: strict('moving'), delete: true, ...confirmed(gone) })).toMatchObject({
      code: 'conflict',
    });
    expect((await api.call('GET', `${SECURITY}/moving`)).status).toBe(200);
  });

  it('fields of another manager are a conflict that names both, until force is said outright', async () => {
    const args = ['apply', '--server-side', '--field-manager', 'argocd-controller', '--filename', '-'];
    await api.kubectl(args, JSON.stringify(strict('owned')));
    const refused = await callTool(writer.url, POLICY, { manifest: strict('owned', 'DISABLE') });
    expect(refused).toMatchObject({ isError: true, code: 'conflict', text: expect.stringContaining('spec.mtls.mode (argocd-controller)') });
    // The same rules are no conflict.
    expect((await callTool(writer.url, POLICY, { manifest: strict('owned') })).structured).toMatchObject({ status: 'unchanged' });
    await make(POLICY, { manifest: strict('owned', 'DISABLE'), force: true });
    expect((await api.call('GET', `${SECURITY}/owned`)).body).toMatchObject({ spec: { mtls: { mode: 'DISABLE' } } });
  });

  it('what its validation says is told by field and reason', async () => {
    const bad = (spec: object) => callTool(writer.url, POLICY, { manifest: { ...strict('bad'), spec } });
    expect(await bad({ mtls: { mode: 'NOPE' } })).toMatchObject({
      code: 'invalid',
      text: expect.stringMatching(/spec\.mtls\.mode is not supported, which may be UNSET, DISABLE, PERMISSIVE, STRICT/),
    });
    expect(await bad({ mtls: { mode: 7 } })).toMatchObject({
      code: 'invalid',
      text: expect.stringMatching(/spec\.mtls\.mode must be of type string/),
    });
    expect(await bad({ mtIs: {} })).toMatchObject({ code: 'invalid', text: expect.stringMatching(/spec\.mtIs is no field of this kind/) });
    expect(
      await callTool(writer.url, POLICY, { manifest: { ...strict('bad'), metadata: { name: 'bad', namespace: 'nowhere' } } }),
    ).toMatchObject({
      code: 'invalid',
      text: expect.stringContaining('There is no namespace "nowhere"'),
    });
  });

  it('a change that would cut observed traffic is refused until it is accepted by name', async () => {
    const manifest = {
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata: { name: 'nobody-at-all', namespace: 'bank' },
      spec: { selector: { matchLabels: { app: 'ledger' } }, action: 'DENY', rules: [{}] },
    };
    const blocked = await callTool(writer.url, POLICY, { manifest });
    expect(blocked.structured, blocked.text).toMatchObject({ status: 'blocked', effect: { cutRps: expect.any(Number) } });
    expect(blocked.structured).not.toHaveProperty('confirm');
    const cut = blocked.structured?.impact as readonly { readonly id: string }[]; // Held to the tool's schema by the client.
    expect(cut.map(({ id }) => id)).toContainEqual(expect.stringMatching(/^bank\/Deployment\/accounts -> bank\/Deployment\/ledger/));
    expect((await api.call('GET', '/apis/security.istio.io/v1/namespaces/bank/authorizationpolicies/nobody-at-all')).status).toBe(404);
    const accepted = await callTool(writer.url, POLICY, { manifest, accept_impact: ['bank/Deployment/ledger'] });
    expect(accepted.structured).toMatchObject({ status: 'planned' });
  });

  it.each([
    ['the control plane', 'istio-system', 'control-plane'],
    ['this server itself', 'weather', 'self'],
  ])('a change that reaches %s is refused until that is accepted', async (_what, namespace, id) => {
    const manifest = { ...strict('vital'), metadata: { name: 'vital', namespace } };
    const blocked = await callTool(writer.url, POLICY, { manifest });
    expect(blocked.structured, blocked.text).toMatchObject({ status: 'blocked' });
    expect(blocked.structured?.impact).toContainEqual({ id, why: expect.any(String), accepted: false });
    expect((await api.call('GET', `/apis/security.istio.io/v1/namespaces/${namespace}/peerauthentications/vital`)).status).toBe(404);
  });

  it('what was made, changed and deleted can be taken back', async () => {
    const made = await make(POLICY, { manifest: strict('reverted') });
    const changed = await make(POLICY, { manifest: strict('reverted', 'PERMISSIVE') });
    await make('revert_change', { change: changed.structured?.change });
    expect((await api.call('GET', `${SECURITY}/reverted`)).body).toMatchObject({ spec: strict('reverted').spec });
    const gone = await make(POLICY, { manifest: strict('reverted'), delete: true });
    expect((await api.call('GET', `${SECURITY}/reverted`)).status).toBe(404);
    await make('revert_change', { change: gone.structured?.change });
    expect((await api.call('GET', `${SECURITY}/reverted`)).body).toMatchObject({ spec: strict('reverted').spec });
    await make('revert_change', { change: made.structured?.change });
    expect((await api.call('GET', `${SECURITY}/reverted`)).status).toBe(404);
    const { structured } = await callTool(writer.url, 'get_change_log', { namespace: 'shop', limit: 3 });
    expect(structured?.changes).toMatchObject([
      { operation: 'delete', tool: 'revert_change', reverts: made.structured?.change, outcome: 'made' },
      { operation: 'create', tool: 'revert_change', reverts: gone.structured?.change, outcome: 'made' },
      { operation: 'delete', tool: POLICY, outcome: 'made' },
    ]);
  });

  it('weights move step by step, to backends with ready endpoints alone, and back', async () => {
    const route = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'split', namespace: 'shop' },
      spec: {
        parentRefs: [{ group: '', kind: 'Service', name: 'catalog', port: 8080 }],
        rules: [
          {
            backendRefs: [
              { group: '', kind: 'Service', name: 'catalog', port: 8080, weight: 100 },
              { group: '', kind: 'Service', name: 'checkout-canary', port: 8080, weight: 0 },
            ],
          },
        ],
      },
    };
    await api.kubectl(['apply', '--server-side', '--field-manager', 'argocd-controller', '--filename', '-'], JSON.stringify(route));
    const shift = {
      namespace: 'shop',
      kind: 'HTTPRoute.gateway.networking.k8s.io',
      name: 'split',
      weights: [
        { target: 'catalog', weight: 0 },
        { target: 'checkout-canary', weight: 100 },
      ],
      step: 25,
    };
    const weights = async () => {
      const { body } = await api.call('GET', `${GATEWAY}/split`);
      // As the route's kind has it.
      return (body as typeof route).spec.rules[0]?.backendRefs.map(({ weight }) => weight);
    };
    expect(await callTool(writer.url, 'shift_traffic', { ...shift, force: true })).toMatchObject({
      code: 'conflict',
      text: expect.stringContaining('Service shop/checkout-canary has no ready endpoints'),
    });
    await api.apply([
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'checkout-canary-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'checkout-canary' } },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['10.1.2.3'], conditions: { ready: true } }],
        ports: [{ port: 8080 }],
      },
    ]);
    expect(await callTool(writer.url, 'shift_traffic', shift)).toMatchObject({
      code: 'conflict',
      text: expect.stringContaining('argocd-controller'),
    });
    const first = await make('shift_traffic', { ...shift, force: true });
    expect(first.structured).toMatchObject({
      status: 'made',
      diff: expect.arrayContaining([{ path: 'spec.rules[0].backendRefs[1].weight', before: '0', after: '25' }]),
    });
    expect(await weights()).toEqual([75, 25]);
    // By now the weights are this server's own, so there is nothing to force.
    await make('shift_traffic', shift);
    expect(await weights()).toEqual([50, 50]);
    await make('revert_change', { change: first.structured?.change });
    expect(await weights()).toEqual([100, 0]);
  });

  it('a Gateway route is made, changed and deleted', async () => {
    const manifest = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'route', namespace: 'shop' },
      spec: { parentRefs: [{ group: '', kind: 'Service', name: 'catalog', port: 8080 }], hostnames: ['a.example.com'] },
    };
    await make(ROUTE, { manifest });
    const changed = await make(ROUTE, { manifest: { ...manifest, spec: { ...manifest.spec, hostnames: ['b.example.com'] } } });
    expect(changed.structured?.diff).toEqual([{ path: 'spec.hostnames[0]', before: '"a.example.com"', after: '"b.example.com"' }]);
    await make(ROUTE, { manifest, delete: true });
    expect((await api.call('GET', `${GATEWAY}/route`)).status).toBe(404);
  });

  it.runIf(hasLinkerd)('Linkerd’s policies are made', async () => {
    const manifest = {
      apiVersion: 'policy.linkerd.io/v1alpha1',
      kind: 'MeshTLSAuthentication',
      metadata: { name: 'made', namespace: 'shop' },
      spec: { identities: ['*.shop.serviceaccount.identity.linkerd.cluster.local'] },
    };
    await make(POLICY, { manifest });
    expect((await api.call('GET', '/apis/policy.linkerd.io/v1alpha1/namespaces/shop/meshtlsauthentications/made')).body).toMatchObject({
      spec: manifest.spec,
    });
  });

  it('without the write role nothing is changed, and the right that is missing is named', async () => {
    const denied = await callTool(reader.url, POLICY, { manifest: strict('denied') });
    expect(denied).toMatchObject({
      isError: true,
      code: 'denied',
      text: expect.stringMatching(
        /to get peerauthentications\.security\.istio\.io in namespace shop.*apiGroups: \["security\.istio\.io"\], resources: \["peerauthentications"\]/,
      ),
    });
    expect((await api.call('GET', `${SECURITY}/denied`)).status).toBe(404);
  });

  it('a right that is taken away between the two calls leaves nothing behind', async () => {
    const planned = await callTool(writer.url, POLICY, { manifest: strict('revoked') });
    const role = '/apis/rbac.authorization.k8s.io/v1/clusterroles/writer';
    const { body } = await api.call('GET', role);
    const rules = isObject(body) && Array.isArray(body.rules) ? body.rules : [];
    await api.call('PATCH', role, {
      rules: rules.map((rule: Rule) => ({ ...rule, verbs: rule.verbs.filter((verb) => verb !== 'create') })),
    });
    const refused = await until('the API server has heard of it', async () => {
      const answer = await callTool(writer.url, POLICY, { manifest: strict('revoked'), ...confirmed(planned) });
      return answer.isError ? answer : undefined;
    });
    expect(refused).toMatchObject({ code: 'denied', text: expect.stringContaining('to patch peerauthentications.security.istio.io') });
    expect((await api.call('GET', `${SECURITY}/revoked`)).status).toBe(404);
    await api.call('PATCH', role, { rules });
  });
});
