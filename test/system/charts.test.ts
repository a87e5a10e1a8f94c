import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { KINDS } from '../../src/sources/kubernetes/kinds.ts';
import { rbacRules } from '../../src/sources/kubernetes/rbac.ts';
import { checkedRules, counter, firingAlerts, type Series } from './support/alerts.ts';
import { availableCrds, installCrds } from './support/crds.ts';
import {
  CHARTS,
  type Chart,
  chartFolder,
  comparable,
  FIXTURES,
  goldenFile,
  helm,
  NAMESPACE,
  objectsOf,
  RELEASE,
  type Rendered,
  render,
  renderObjects,
  type ValueSet,
  valueSets,
  valuesFile,
} from './support/helm.ts';
import { type KubeApiServer, startKubeApiServer } from './support/kube-apiserver.ts';
import { run } from './support/process.ts';
import { type ApiProxy, startPlainProxy } from './support/proxies.ts';
import { useServers } from './support/servers.ts';
import { toolPath } from './tools/cache.ts';

const servers = useServers();
/** Of the release that helm installs for real; nothing else lies there. */
const RELEASE_NAMESPACE = 'installed';
let api: KubeApiServer;
let proxy: ApiProxy;

/** Linkerd's real CRDs where they are at hand, else ours; the same for wasmCloud's, whose file lies beside. */
function crdFiles(): readonly { readonly path: string }[] {
  const { MESH_MCP_CRDS } = process.env;
  const wasmcloud = MESH_MCP_CRDS === undefined ? undefined : join(MESH_MCP_CRDS, 'wasmcloud.yaml');
  const real = availableCrds();
  return [
    { path: join(FIXTURES, 'crds/platform.yaml') },
    // Over ours of the same name.
    ...(wasmcloud !== undefined && existsSync(wasmcloud) ? [{ path: wasmcloud }] : []),
    ...(real.some(({ name }) => name === 'Linkerd') ? [] : [{ path: join(FIXTURES, 'crds/linkerd.yaml') }]),
    ...real,
    { path: toolPath('prometheus-operator-crds.yaml') },
  ];
}

beforeAll(async () => {
  // The charts carry Secrets whose token a controller fills in; the API server has to know the accounts for that, no more.
  api = await startKubeApiServer(servers);
  await installCrds(api, crdFiles());
  const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const namespaces = [NAMESPACE, 'cosmonic-system', 'wasmcloud-system', 'shop', 'bank', 'elsewhere', RELEASE_NAMESPACE].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: restricted },
  }));
  await api.apply(namespaces);
  // What a controller makes in every namespace.
  await api.apply(
    namespaces.map(({ metadata: { name } }) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: name },
    })),
  );
  proxy = await startPlainProxy(servers, api);
});

async function applyAccounts(objects: readonly Rendered[]): Promise<void> {
  const accounts = objects.filter(({ kind }) => kind === 'ServiceAccount');
  if (accounts.length > 0) await api.apply(accounts);
}

/** `kubectl apply --server-side --dry-run=server`: validation, defaults, CEL and admission included; nothing is stored. Resolves to its output. */
const admit = (manifests: string): Promise<string> =>
  api.kubectl(['apply', '--server-side', '--dry-run=server', '--filename', '-'], manifests);

describe.each(CHARTS)('%s', (chart: Chart) => {
  const sets = valueSets(chart);

  it('passes helm lint, bare and with each set of values', async () => {
    expect(sets.length).toBeGreaterThanOrEqual(6);
    const values = sets.map(({ name }) => join(FIXTURES, chart, `${name}.values.yaml`));
    for (const args of [[], ...values.map((file) => ['--values', file])]) {
      expect(await helm(['lint', '--strict', chartFolder(chart), ...args])).toContain('0 chart(s) failed');
    }
  });

  // `npx vitest run --project system test/system/charts.test.ts -u` writes them anew: review them like code.
  it.each(sets)('renders $name as it did', async (set) => {
    await expect(comparable(await render(set))).toMatchFileSnapshot(goldenFile(set));
  });

  it.each(sets)('every object of $name is admitted by the API server', async (set) => {
    const rendered = await render(set);
    const objects = objectsOf(rendered);
    const wanted = objects.length;
    // The pod of `helm test` may name an account of the release, which a dry run does not make.
    await applyAccounts(objects);
    expect(wanted).toBeGreaterThan(0);
    expect((await admit(rendered)).match(/serverside-applied \(server dry run\)/g)).toHaveLength(wanted);
  });

  it.each(sets)('labels and names of $name fit', async (set) => {
    for (const { kind, metadata, ...rest } of await renderObjects(set)) {
      expect(metadata.name, kind).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
      expect(JSON.stringify({ metadata, ...rest })).not.toMatch(/<nil>|%!|map\[/);
    }
  });
});

describe('notes after an installation', () => {
  const notes = async (set: ValueSet): Promise<string> => {
    // Helm looks whether somebody else has the objects: other tests leave some in their namespace.
    const connection = ['--kubeconfig', api.kubeconfig, '--namespace', RELEASE_NAMESPACE];
    const shown = await helm(['install', RELEASE, chartFolder(set.chart), '--dry-run=client', ...connection, '--values', valuesFile(set)]);
    return shown.slice(shown.indexOf('NOTES:'));
  };

  it('of http-trigger have the address with its pathNote, and say who may call nobody', async () => {
    const demo = await notes({ chart: 'http-trigger', name: 'demo' });
    expect(demo).toContain('http://petstore-mcp.localhost.cosmonic.sh/v1/mcp once');
    expect(demo).toContain("curl -H 'Host: petstore-mcp.localhost.cosmonic.sh' http://INGRESS/v1/mcp");
    expect(demo).not.toContain('refused');
    expect(await notes({ chart: 'http-trigger', name: 'minimal' })).toContain(
      'Component hello has no allowedHosts: every call it makes is refused.',
    );
    expect(await notes({ chart: 'http-trigger', name: 'redis' })).toContain('Redis is reached by the host interface cache');
  });

  it.each(valueSets('mesh-mcp'))('of mesh-mcp have the address, with $name', async (set) => {
    const { ingress } = parse(readFileSync(valuesFile(set), 'utf8'));
    expect(await notes(set)).toContain(`${ingress?.host ?? 'mesh-mcp.localhost.cosmonic.sh'}/v1/mcp`);
  });
});

describe('wrong values are refused by name', () => {
  const refusal = async (chart: Chart, values: object): Promise<string> => {
    const file = join(servers.folder(), 'values.json');
    writeFileSync(file, JSON.stringify(values));
    return render({ chart, name: chart === 'mesh-mcp' ? 'minimal' : 'demo' }, ['--values', file]).then(
      () => '',
      (error) => String(error),
    );
  };

  it.each<[Chart, string, object, RegExp]>([
    ['http-trigger', 'a misspelt key', { replica: 2 }, /additional properties 'replica' not allowed/],
    ['http-trigger', 'a misspelt key below', { ingress: { hosts: ['a'] } }, /'\/ingress'.*'hosts' not allowed/],
    [
      'http-trigger',
      'a path among the allowed hosts',
      component({ allowedHosts: ['http://a.example/v1'] }),
      /'\/components\/0\/allowedHosts\/0'/,
    ],
    ['http-trigger', 'a component without an image', { components: [{ name: 'a' }] }, /'\/components\/0'.*missing property 'image'/],
    ['http-trigger', 'no component at all', { components: [] }, /components: name at least one/],
    ['http-trigger', 'no host', { ingress: { host: '' } }, /ingress\.host: the name under which it is reached/],
    ['http-trigger', 'a Redis that is nowhere', { keyvalue: { backend: 'redis' } }, /set keyvalue\.redis\.url/],
    ['http-trigger', 'a password in a URL', { keyvalue: { redis: { url: 'redis://:secret@redis:6379' } } }, /'\/keyvalue\/redis\/url'/],
    ['http-trigger', 'a host selector that is a text', { hostSelector: 'hostgroup=default' }, /'\/hostSelector'.*want object/],
    ['mesh-mcp', 'a misspelt key', { colector: { enabled: false } }, /additional properties 'colector' not allowed/],
    ['mesh-mcp', 'another runtime', { runtime: 'spin' }, /'\/runtime'.*'cosmonic', 'wasmcloud'/],
    ['mesh-mcp', 'an option that there is not', { mcp: { config: { LOG_LEVL: 'debug' } } }, /'\/mcp\/config'.*'LOG_LEVL' not allowed/],
    [
      'mesh-mcp',
      'a secret among the options',
      { mcp: { config: { PETSTORE_TOKEN: 'x' } } },
      /'\/mcp\/config'.*'PETSTORE_TOKEN' not allowed/,
    ],
    ['mesh-mcp', 'an option that another value sets', { mcp: { config: { KUBERNETES_URL: 'http://a' } } }, /'KUBERNETES_URL' not allowed/],
    ['mesh-mcp', 'a role that there is not', { access: { anonymousRole: 'root' } }, /'\/access\/anonymousRole'/],
    ['mesh-mcp', 'rules without a mark', { access: { roles: 'viewer' } }, /'\/access\/roles'/],
    [
      'mesh-mcp',
      'an issuer without an audience',
      { access: { jwt: { issuer: 'https://i', jwksUrl: 'https://i/k' } } },
      /access\.jwt\.audience/,
    ],
    ['mesh-mcp', 'an issuer without keys', { access: { jwt: { issuer: 'https://i', audience: ['a'] } } }, /access\.jwt\.jwksUrl/],
    [
      'mesh-mcp',
      'an issuer whose users have no role',
      { access: { jwt: { issuer: 'https://i', audience: ['a'], jwksUrl: 'https://i/k' } } },
      /access\.roles/,
    ],
    ['mesh-mcp', 'an audience without an issuer', { access: { jwt: { audience: ['a'] } } }, /access\.jwt\.issuer/],
    [
      'mesh-mcp',
      'a group above all rules to impersonate',
      { rbac: { impersonate: { groups: ['system:masters'] } } },
      /'\/rbac\/impersonate\/groups\/0'/,
    ],
    ['mesh-mcp', 'an upstream by IPv6 address', { prometheus: { url: 'http://[::1]:9090' } }, /'\/prometheus\/url'/],
    ['mesh-mcp', 'a collector without tickers', { collector: { replicas: 0 } }, /'\/collector\/replicas'.*got 0, want 1/],
    ['mesh-mcp', 'nobody’s registry', { image: { repository: 'ghcr.io/OWNER/mesh-mcp' } }, /image\.repository: name the registry/],
    ['mesh-mcp', 'an account without a name', { serviceAccount: { create: false } }, /name the ServiceAccount in serviceAccount\.name/],
    [
      'mesh-mcp',
      'a monitor without the pods that stand for it',
      { collector: { enabled: false }, monitoring: { podMonitor: { enabled: true } } },
      /podMonitor .* needs collector\.enabled/,
    ],
    [
      'mesh-mcp',
      'a policy that admits nobody',
      { runtime: 'wasmcloud', collector: { enabled: false }, linkerd: { policy: { mcp: { enabled: true } } } },
      /without clients nobody could call/,
    ],
  ])('%s: %s', async (chart, _, values, says) => {
    expect(await refusal(chart, values)).toMatch(says);
  });

  function component(more: object): object {
    return { components: [{ name: 'a', image: 'ghcr.io/acme/a:1', ...more }] };
  }
});

type Commands = readonly { readonly args: readonly string[] }[];

/** The pods that an object makes, each as an object of its own. */
function podsOf({ kind, metadata, spec }: Rendered): readonly object[] {
  const namespace = metadata.namespace ?? NAMESPACE;
  if (kind === 'Pod') return [{ apiVersion: 'v1', kind, metadata: { name: metadata.name, namespace }, spec }];
  if (typeof spec !== 'object' || spec === null || !('template' in spec) || !['Deployment', 'Job'].includes(kind)) return [];
  const { template } = spec;
  if (typeof template !== 'object' || template === null || !('spec' in template)) return [];
  return [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: metadata.name, namespace }, spec: template.spec }];
}

describe('pods', () => {
  const sets = valueSets('mesh-mcp');

  it.each(sets)('of $name are admitted where pod security is restricted', async (set) => {
    const objects = await renderObjects(set);
    await applyAccounts(objects);
    for (const pod of objects.flatMap(podsOf)) expect(await admit(JSON.stringify(pod))).toContain('serverside-applied');
  });

  it('are refused there as soon as one rule is broken', async () => {
    const set = { chart: 'mesh-mcp', name: 'minimal' } as const;
    const objects = await renderObjects(set);
    await applyAccounts(objects);
    const [pod] = objects.filter(({ kind }) => kind === 'Deployment').flatMap(podsOf);
    const broken = JSON.stringify(pod).replace('"allowPrivilegeEscalation":false', '"allowPrivilegeEscalation":true');
    await expect(admit(broken)).rejects.toThrow(/violates PodSecurity "restricted/);
  });

  it('ask for what was measured, and no more', async () => {
    const objects = await renderObjects({ chart: 'mesh-mcp', name: 'valkey' });
    const [collector, redis] = ['collector', 'redis'].map((part) =>
      objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name.endsWith(`-${part}`)),
    );
    const resources = (requests: object, memory: string): object => ({
      spec: { template: { spec: { containers: [{ resources: { requests, limits: { memory } } }] } } },
    });
    expect(collector).toMatchObject({ spec: { replicas: 2 } });
    expect(collector).toMatchObject(resources({ cpu: '150m', memory: '250Mi' }, '250Mi'));
    expect(redis).toMatchObject({ spec: { replicas: 1 } });
    expect(redis).toMatchObject(resources({ cpu: '30m', memory: '64Mi' }, '64Mi'));
  });

  it('have a file system that cannot be written to, and no token but where they call the API server', async () => {
    for (const set of sets) {
      for (const object of (await renderObjects(set)).filter(({ kind }) => ['Deployment', 'Job', 'Pod'].includes(kind))) {
        const text = JSON.stringify(object);
        expect(text.match(/"image":/g)?.length).toBe(text.match(/"readOnlyRootFilesystem":true/g)?.length);
        const callsApi = /kubernetes-proxy$|host-tuning$/.test(object.metadata.name);
        expect(text).toContain(`"automountServiceAccountToken":${callsApi}`);
      }
    }
  });
});

describe('rights', () => {
  const READ = ['list', 'watch'] as const;

  /** Applies what a set of values has of accounts and roles, and gives a token of the account that reads. */
  async function account(name: string): Promise<string> {
    const objects = await renderObjects({ chart: 'mesh-mcp', name });
    const kinds = ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'];
    await api.apply(objects.filter(({ kind, metadata }) => kinds.includes(kind) && metadata.annotations?.['helm.sh/hook'] === undefined));
    const bound = objects.find(({ kind }) => kind.endsWith('RoleBinding'));
    const subjects = bound?.subjects;
    if (!Array.isArray(subjects) || typeof subjects[0]?.name !== 'string') throw new Error('no binding names an account');
    return api.token(NAMESPACE, subjects[0].name);
  }

  const as = (token: string, args: readonly string[], input?: string): Promise<string> =>
    run(
      toolPath('kubectl'),
      ['--kubeconfig', '/dev/null', '--server', api.url, '--certificate-authority', api.caFile, '--token', token, ...args],
      input,
    );

  /** The rules that hold for whoever has this token, in a namespace, as the API server sees them; less what every account has. */
  async function rulesOf(token: string, namespace: string): Promise<readonly string[]> {
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } };
    const answer = JSON.parse(
      await as(token, ['create', '--validate=false', '--filename', '-', '--output', 'json'], JSON.stringify(review)),
    );
    const rules: readonly { apiGroups?: string[]; resources?: string[]; verbs: string[] }[] = answer.status.resourceRules;
    const all = rules.flatMap(({ apiGroups = [], resources = [], verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`))),
    );
    return [...new Set(all.filter((rule) => !/^(authorization|authentication)\.k8s\.io\/selfsubject/.test(rule)))].sort();
  }

  const expected = (namespaced: boolean): readonly string[] => {
    const kinds = Object.values(KINDS).filter((kind) => kind.namespaced || !namespaced);
    const rules = rbacRules(kinds).flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`))),
    );
    return [...new Set(rules)].sort();
  };

  /** The status of a request with that token. */
  const status = async (token: string, path: string): Promise<number> => {
    const response = await fetch(`${proxy.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    // A watch goes on; that it began is all that is asked.
    await response.body?.cancel();
    return response.status;
  };

  const collection = (kind: (typeof KINDS)[keyof typeof KINDS], version: string, namespace?: string): string => {
    const root = kind.group === '' ? `/api/${version}` : `/apis/${kind.group}/${version}`;
    return `${root}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${kind.resource}`;
  };

  it('of the whole cluster are those of the table of kinds, and nothing else', async () => {
    const token = await account('minimal');
    expect(await rulesOf(token, 'shop')).toEqual(expected(false));
  });

  it.each(READ)(
    'are enough to %s every kind',
    async (verb) => {
      const token = await account('minimal');
      for (const kind of Object.values(KINDS)) {
        const asked = verb === 'list' ? '?limit=1' : '?watch=1&timeoutSeconds=1&resourceVersion=0';
        const statuses: number[] = [];
        // The newest version that the cluster serves; of a kind whose CRD is not there, all are 404, and none 403.
        for (const version of kind.versions) statuses.push(await status(token, `${collection(kind, version)}${asked}`));
        expect(statuses, `${kind.group}/${kind.resource}`).not.toContain(403);
        if (kind.mesh === 'kubernetes' || kind.mesh === 'gateway-api' || kind.mesh === 'istio')
          expect(statuses, kind.resource).toContain(200);
      }
    },
    120_000,
  );

  it('reach no Secret, no single object, and change nothing', async () => {
    const token = await account('minimal');
    for (const path of ['/api/v1/secrets', '/api/v1/namespaces/shop', '/api/v1/nodes', '/api/v1/namespaces/shop/configmaps']) {
      expect(await status(token, path), path).toBe(403);
    }
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'planted', namespace: 'shop' },
      spec: { ports: [{ port: 80 }] },
    };
    await expect(as(token, ['create', '--validate=false', '--filename', '-'], JSON.stringify(service))).rejects.toThrow(/forbidden/);
  });

  it('with `namespaces` hold there alone, writing included', async () => {
    const token = await account('namespaces');
    const write = parse(readFileSync(join(chartFolder('mesh-mcp'), 'files/write-role.yaml'), 'utf8')) as {
      readonly namespaced: readonly { readonly apiGroups: string[]; readonly resources: string[]; readonly verbs: string[] }[];
    };
    const written = write.namespaced.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`))),
    );
    expect(await rulesOf(token, 'shop')).toEqual([...new Set([...expected(true), ...written])].sort());
    expect(await rulesOf(token, 'elsewhere')).toEqual([]);
    expect(await status(token, '/api/v1/namespaces/shop/services')).toBe(200);
    expect(await status(token, '/api/v1/services')).toBe(403);
    const policy = (namespace: string): string =>
      JSON.stringify({
        apiVersion: 'policy.linkerd.io/v1alpha1',
        kind: 'MeshTLSAuthentication',
        metadata: { name: 'clients', namespace },
        spec: { identities: ['*'] },
      });
    const applied = ['apply', '--server-side', '--validate=false', '--filename', '-'];
    expect(await as(token, applied, policy('shop'))).toContain('serverside-applied');
    expect(await as(token, applied, policy('shop'))).toContain('serverside-applied');
    await expect(as(token, applied, policy('elsewhere'))).rejects.toThrow(/forbidden/);
    expect(await as(token, ['delete', '--namespace', 'shop', 'meshtlsauthentication', 'clients'])).toContain('deleted');
    await expect(as(token, ['delete', '--namespace', 'shop', 'service', 'web'])).rejects.toThrow(/forbidden/);
  });

  it('to impersonate reach the named users and groups, and nobody else', async () => {
    const token = await account('tuned');
    const review = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' });
    const asCaller = (...who: readonly string[]) =>
      as(token, ['create', '--validate=false', '--filename', '-', '--output', 'json', ...who], review);
    const answer = JSON.parse(await asCaller('--as', 'oidc:alice', '--as-group', 'oidc:sre', '--as-group', 'oidc:on-call'));
    expect(answer.status.userInfo).toMatchObject({ username: 'oidc:alice', groups: ['oidc:sre', 'oidc:on-call', 'system:authenticated'] });
    for (const who of [
      ['--as', 'oidc:bob'],
      ['--as', 'alice'],
      ['--as', 'oidc:alice', '--as-group', 'system:masters'],
      ['--as', 'oidc:alice', '--as-group', 'oidc:sre', '--as-group', 'oidc:dev'],
      ['--as', 'system:serviceaccount:kube-system:default'],
    ]) {
      await expect(asCaller(...who), who.join(' ')).rejects.toThrow(/cannot impersonate resource/);
    }
  });

  it('of the host group’s tuning are enough for its two commands, and reach no other Deployment', async () => {
    const objects = await renderObjects({ chart: 'mesh-mcp', name: 'tuned' });
    const own = objects.filter(({ metadata }) => metadata.name.endsWith('-host-tuning'));
    await api.apply(own.filter(({ kind }) => kind !== 'Job'));
    const [job] = own.filter(({ kind }) => kind === 'Job').flatMap(podsOf) as readonly {
      readonly spec: { readonly serviceAccountName: string; readonly initContainers: Commands; readonly containers: Commands };
    }[];
    if (job === undefined) throw new Error('no Job');
    const labels = { app: 'host' };
    const deployment = (name: string): object => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: 'cosmonic-system' },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'host', image: 'host', env: [{ name: 'HOME', value: '/tmp' }] }] } },
      },
    });
    await api.apply([deployment('hostgroup'), deployment('other')]);
    const token = await api.token('cosmonic-system', job.spec.serviceAccountName);
    const commands = [...job.spec.initContainers, ...job.spec.containers].map(({ args }) => args);
    expect(commands).toHaveLength(2);
    // Twice: a second upgrade changes nothing.
    for (const args of [...commands, ...commands]) await as(token, ['--namespace', 'cosmonic-system', ...args]);
    const { body } = await api.call('GET', '/apis/apps/v1/namespaces/cosmonic-system/deployments/hostgroup');
    expect(body).toMatchObject({
      metadata: { generation: 3 },
      spec: {
        template: {
          spec: {
            containers: [
              {
                env: [
                  { name: 'HOME', value: '/tmp' },
                  { name: 'WASMTIME_POOLING_LINEAR_MEMORY_KEEP_RESIDENT', value: '33554432' },
                  { name: 'WASMTIME_POOLING_TABLE_KEEP_RESIDENT', value: '1048576' },
                ],
                resources: { requests: { cpu: '100m', memory: '200Mi' }, limits: { cpu: '500m', memory: '400Mi' } },
              },
            ],
          },
        },
      },
    });
    const elsewhere = commands[0]?.map((arg) => arg.replace('deployment/hostgroup', 'deployment/other')) ?? [];
    await expect(as(token, ['--namespace', 'cosmonic-system', ...elsewhere])).rejects.toThrow(/forbidden/);
  });
});

describe('deploy/wasmcloud', () => {
  it('is admitted by the API server', async () => {
    const rendered = await api.kubectl(['kustomize', join(FIXTURES, '../../../deploy/wasmcloud')]);
    // The namespace is in it; a dry run makes none, so the tests' own stands there.
    expect((await admit(rendered)).match(/serverside-applied \(server dry run\)/g)).toHaveLength(objectsOf(rendered).length);
  });

  it('is refused where one field is misspelt', async () => {
    const rendered = await api.kubectl(['kustomize', join(FIXTURES, '../../../deploy/wasmcloud')]);
    await expect(admit(rendered.replace('allowedHosts:', 'allowedHost:'))).rejects.toThrow(/allowedHost: field not declared in schema/);
  });
});

describe('wadm.yaml', () => {
  const MANIFEST = join(FIXTURES, '../../../wadm.yaml');

  /** wadm's own judgement of a manifest. */
  const judge = (text: string): Promise<string> => {
    const file = join(servers.folder(), 'wadm.yaml');
    writeFileSync(file, text);
    return run(toolPath('wadm-check'), [file]);
  };

  it('has nothing that wadm finds fault with', async () => {
    expect(await judge(readFileSync(MANIFEST, 'utf8'))).toContain('mesh-mcp: 4 components, 0 findings');
  });

  it.each<[string, string, string]>([
    ['a link to nobody', 'name: keyvalue-nats\n              config', 'name: keyvalue-nuts\n              config'],
    ['a scaler without requirements', 'requirements: {}', 'requirments: {}'],
    ['two components of one name', '- name: http-client\n      type', '- name: http-server\n      type'],
    ['a component without an image', 'image: ghcr.io/wasmcloud/http-client:0.13.1', 'config: []'],
  ])('%s would be found', async (_, from, to) => {
    const text = readFileSync(MANIFEST, 'utf8');
    const changed = text.replace(from, to);
    expect(changed).not.toBe(text);
    await expect(judge(changed)).rejects.toThrow();
  });
});

describe('alerts', () => {
  const JOB = 'job="mesh-mcp/demo-mesh-mcp"';
  const rules = async (): Promise<unknown> => {
    const objects = await renderObjects({ chart: 'mesh-mcp', name: 'linkerd' });
    return objects.find(({ kind }) => kind === 'PrometheusRule')?.spec;
  };

  it('are what Prometheus takes', async () => {
    // 2 + 1 + 3 of the product's own, 2 + 4 + 2 with Linkerd.
    expect(await checkedRules(servers.folder(), await rules())).toBe(14);
  });

  /** What the component counts a minute, of a collector that runs; `failed` of 1,000 requests are answered 5xx. */
  const own = ({ failed = 0, notReady = 0, internal = 0, runs = 60, synced = 1, age = 10 }): readonly Series[] => [
    ...counter(`mesh_mcp_requests_total{${JOB},route="mcp",status="2xx"}`, 1000 - failed),
    ...counter(`mesh_mcp_requests_total{${JOB},route="mcp",status="5xx"}`, failed),
    ...counter(`mesh_mcp_requests_total{${JOB},route="ready",status="5xx"}`, notReady),
    ...counter(`mesh_mcp_tool_calls_total{${JOB},tool="list_services",outcome="internal"}`, internal),
    ...counter(`mesh_mcp_collector_runs_total{${JOB},outcome="ok"}`, runs),
    { series: `mesh_mcp_graph_synced{${JOB}}`, values: `${synced}x30` },
    { series: `mesh_mcp_traffic_age_seconds{${JOB}}`, values: `${age}x30` },
  ];

  /** What the hosts' proxies count of 1,000 calls a minute to each of two upstreams, of which one is always well. */
  const upstreams = ({ failed = 0, plain = 0, bucketMs = 20 }): readonly Series[] =>
    [
      { name: 'petstore', failed, plain, bucketMs },
      { name: 'prometheus', failed: 0, plain: 0, bucketMs: 20 },
    ].flatMap((upstream) => {
      const labels = `direction="outbound",namespace="wasmcloud-system",deployment="hostgroup",dst_namespace="shop",dst_service="${upstream.name}"`;
      const calls = (classification: string, tls: string, count: number): readonly Series[] =>
        counter(`response_total{${labels},classification="${classification}",tls="${tls}"}`, count);
      return [
        ...calls('success', 'true', Math.max(0, 1000 - upstream.failed - upstream.plain)),
        ...calls('success', 'no_identity', upstream.plain),
        ...calls('failure', 'true', upstream.failed),
        ...['20', '50', '100', '200', '500', '1000', '2000', '+Inf'].map((le) => ({
          series: `response_latency_ms_bucket{${labels},le="${le}"}`,
          values: `0+${le === '+Inf' || Number(le) >= upstream.bucketMs ? 1000 : 0}x30`,
        })),
      ];
    });

  const WELL = [...own({}), ...upstreams({})];
  it.each<[string, readonly Series[], readonly string[]]>([
    ['all is well', WELL, []],
    ['not ready, which its upstreams tell', own({ notReady: 1000 }), []],
    ['99.9 % of the answers are good', own({ failed: 1 }), []],
    ['99.8 % of the answers are good', own({ failed: 2 }), ['MeshMcpSuccess warning']],
    ['no answer is good', own({ failed: 1000 }), ['MeshMcpSuccess critical', 'MeshMcpSuccess warning']],
    ['a tool ends in an internal error', own({ internal: 1 }), ['MeshMcpToolsFail warning']],
    ['the collector never ran', own({ runs: 0 }), ['MeshMcpCollectorSilent critical']],
    ['nothing is scraped', upstreams({}), ['MeshMcpCollectorSilent critical']],
    ['the graph is incomplete', own({ synced: 0 }), ['MeshMcpGraphIncomplete warning']],
    ['rates are old', own({ age: 121 }), ['MeshMcpTrafficOld warning']],
    ['99.9 % of the calls succeed', [...own({}), ...upstreams({ failed: 1 })], []],
    ['99.8 % of the calls succeed', [...own({}), ...upstreams({ failed: 2 })], ['MeshMcpUpstreamSuccess warning']],
    [
      'no call succeeds',
      [...own({}), ...upstreams({ failed: 1000 })],
      ['MeshMcpUpstreamSuccess critical', 'MeshMcpUpstreamSuccess warning'],
    ],
    ['one call in a thousand is plain text', [...own({}), ...upstreams({ plain: 1 })], ['MeshMcpUpstreamMeshed warning']],
    [
      'all calls are plain text',
      [...own({}), ...upstreams({ plain: 1000 })],
      ['MeshMcpUpstreamMeshed critical', 'MeshMcpUpstreamMeshed warning'],
    ],
    ['calls take up to 100 ms', [...own({}), ...upstreams({ bucketMs: 100 })], ['MeshMcpUpstreamLatencyP50 warning']],
    [
      'calls take up to 2 s',
      [...own({}), ...upstreams({ bucketMs: 2000 })],
      ['P50 critical', 'P50 warning', 'P99 critical', 'P99 warning'].map((alert) => `MeshMcpUpstreamLatency${alert}`),
    ],
  ])('%s', async (_, series, alerts) => {
    expect(await firingAlerts(servers.folder(), await rules(), series)).toEqual(alerts);
  });
});

describe('a release', () => {
  it('keeps the token that it made, over upgrades, and goes away whole', async () => {
    const connection = ['--kubeconfig', api.kubeconfig, '--namespace', RELEASE_NAMESPACE];
    const values = ['--values', join(FIXTURES, 'mesh-mcp/valkey.values.yaml')];
    const chart = chartFolder('mesh-mcp');
    const secret = async (name: string, key: string): Promise<unknown> => {
      const { body } = await api.call('GET', `/api/v1/namespaces/${RELEASE_NAMESPACE}/secrets/${RELEASE}-mesh-mcp-${name}`);
      return (body as { readonly data?: Record<string, string> }).data?.[key];
    };
    const ours = async (): Promise<readonly string[]> => {
      const kinds =
        'deployments,services,secrets,configmaps,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings,httptriggers';
      const named = ['--namespace', RELEASE_NAMESPACE, '--selector', `app.kubernetes.io/instance=${RELEASE}`, '--output', 'name'];
      return (await api.kubectl(['get', kinds, ...named])).split('\n').filter((line) => line !== '');
    };
    // Of the whole cluster there are roles that other tests have applied.
    const untouched = await ours();
    await helm(['install', RELEASE, chart, ...connection, ...values]);
    const before = [await secret('collect', 'COLLECT_TOKEN'), await secret('redis', 'password')];
    expect(before).toEqual([expect.stringMatching(/.{40}/), expect.stringMatching(/.{40}/)]);
    await helm(['upgrade', RELEASE, chart, ...connection, ...values, '--set', 'mcp.replicas=3']);
    expect([await secret('collect', 'COLLECT_TOKEN'), await secret('redis', 'password')]).toEqual(before);
    const url = Buffer.from(String(await secret('redis-url', 'url')), 'base64').toString();
    expect(url).toBe(
      `redis://:${Buffer.from(String(before[1]), 'base64')}@${RELEASE}-mesh-mcp-redis.${RELEASE_NAMESPACE}.svc.cluster.local:6379`,
    );
    expect((await ours()).length).toBeGreaterThan(untouched.length + 8);
    await helm(['uninstall', RELEASE, ...connection, '--wait=false']);
    expect(await ours()).toEqual(untouched);
  });
});
