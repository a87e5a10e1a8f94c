import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { startCluster } from './support/cluster.ts';
import { installCrds } from './support/crds.ts';
import {
  type Behind,
  type Controllers,
  DEMO,
  type DemoScripts,
  demoScripts,
  ECHO_ADDRESS,
  linkerd,
  PETSTORE_ADDRESS,
  startBehind,
  startControllers,
  writeControlCharts,
  writeMetallb,
} from './support/demo.ts';
import { chartFolder, FIXTURES, helm, objectsOf, type Rendered } from './support/helm.ts';
import { INJECTOR_OPTIONS } from './support/istio.ts';
import { type KubeApiServer, startKubeApiServer } from './support/kube-apiserver.ts';
import { kustomize } from './support/kustomize.ts';
import { run } from './support/process.ts';
import { DEPLOY, type ScriptResult } from './support/scripts.ts';
import { useServers } from './support/servers.ts';
import { names, snapshot } from './support/snapshot.ts';
import { until } from './support/wait.ts';
import { toolPath } from './tools/cache.ts';

const OURS = ['deploy.sh', 'doctor.sh', 'install-metallb.sh', 'lib.sh'];
const BATS = new URL('./bats/petstore-demo.bats', import.meta.url).pathname;
/** Long enough for whatever becomes ready at all in the simulated cluster. */
const WAIT = ['--timeout', '60'] as const;
/** A whole deployment, on a busy machine. */
const LONG_MS = 240_000;
/** Of nobody: a licence key that must show up nowhere. */
const LICENSE_KEY = 'planted.licence-key_1=';
/** What the MCP server behind the addresses is shown. */
const TOKEN = 'a"quoted\\token';

const text = (name: string): string => readFileSync(join(DEMO, name), 'utf8');
const documents = (name: string): readonly unknown[] => parseAllDocuments(text(name)).map((document): unknown => document.toJS());

describe('the scripts by themselves', () => {
  it.each(OURS)('%s: shellcheck has nothing to say', async (name) => {
    await run(toolPath('shellcheck'), ['--external-sources', '--severity=style', join(DEMO, name)]);
  });

  it(
    'bats petstore-demo.bats',
    async () => {
      const report = await run(toolPath('bats'), ['--tap', BATS]);
      expect(report).toMatch(/^1\.\.\d\d/);
      expect(report).not.toContain('not ok');
    },
    LONG_MS,
  );

  /** The functions of a library, by name. */
  const functions = (file: string): ReadonlyMap<string, string> =>
    new Map([...readFileSync(file, 'utf8').matchAll(/^(\w+)\(\) \{\n[\s\S]*?^\}$/gm)].map(([whole, name = '']) => [name, whole]));

  it('share with those of deploy/istio what is the same, to the letter', () => {
    const istio = functions(join(DEPLOY, 'scripts/lib.sh'));
    const demo = functions(join(DEMO, 'lib.sh'));
    const same = [...demo.keys()].filter((name) => istio.has(name));
    // These know options and versions of their own.
    const differ = ['take_option', 'check_cluster'];
    expect(same.filter((name) => demo.get(name) !== istio.get(name)).sort()).toEqual(differ.sort());
    expect(same.length).toBeGreaterThan(10);
  });
});

describe('the manifests', () => {
  const servers = useServers();
  let api: KubeApiServer;

  const admit = (objects: readonly unknown[]): Promise<string> =>
    api.kubectl(
      ['apply', '--server-side', '--dry-run=server', '--filename', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
    );

  beforeAll(async () => {
    api = await startKubeApiServer(servers);
    await installCrds(api, [{ path: join(FIXTURES, 'crds/platform.yaml') }]);
    await api.apply(documents('namespaces.yaml').map((object) => object as object));
    await api.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'cosmonic-system' } }]);
  }, LONG_MS);

  it('are built by kustomize and admitted by the API server', async () => {
    const objects = kustomize(DEMO);
    expect((await admit(objects)).match(/serverside-applied \(server dry run\)/g)).toHaveLength(objects.length);
    expect(objects.map((object) => (object as Rendered).kind).sort()).toEqual(
      ['Deployment', 'Deployment', 'Namespace', 'Namespace', 'Service', 'Service', 'Service', 'ServiceAccount'].sort(),
    );
  });

  it('have the ports, the probes and the limits that are documented, and images by version', () => {
    const all = kustomize(DEMO) as readonly Rendered[];
    const service = (name: string): unknown => all.find(({ kind, metadata }) => kind === 'Service' && metadata.name === name)?.spec;
    expect(service('echo')).toMatchObject({ type: 'LoadBalancer', ports: [{ port: 80, targetPort: 'http' }] });
    expect(service('petstore')).toMatchObject({ type: 'ClusterIP', ports: [{ port: 8080, targetPort: 'http' }] });
    expect(service('petstore-external')).toMatchObject({ type: 'LoadBalancer', ports: [{ port: 80, targetPort: 'http' }] });
    for (const { metadata, spec } of all.filter(({ kind }) => kind === 'Deployment')) {
      const { template } = spec as { template: { spec: { containers: readonly Record<string, unknown>[] } } };
      for (const container of template.spec.containers) {
        expect(container, metadata.name).toMatchObject({
          ports: [{ name: 'http', containerPort: 8080 }],
          readinessProbe: { httpGet: { port: 'http' } },
          livenessProbe: { httpGet: { port: 'http' } },
          resources: { requests: { cpu: expect.any(String), memory: expect.any(String) }, limits: { memory: expect.any(String) } },
        });
        expect(container.image).toMatch(/:\d+(\.\d+)+$/);
      }
    }
    expect(JSON.stringify(all)).toContain('"-text=hello there"');
    for (const { kind, metadata } of all) {
      if (kind === 'Namespace') expect(metadata.annotations).toEqual({ 'linkerd.io/inject': 'enabled' });
    }
  });

  it('kind leads port 80 to the node port that the scripts give the ingress', () => {
    const config = parse(text('kind-config.yaml'));
    expect(config).toMatchObject({ kind: 'Cluster', apiVersion: 'kind.x-k8s.io/v1alpha4' });
    expect(config.nodes).toEqual([{ role: 'control-plane', extraPortMappings: [{ hostPort: 80, containerPort: 30950, protocol: 'TCP' }] }]);
    expect(text('lib.sh')).toContain('readonly NODE_PORT=30950\n');
  });

  it('values.http-trigger.yaml renders to an HTTPTrigger that may call the Petstore, Kubernetes and Prometheus, and nobody else', async () => {
    const rendered = await helm([
      'template',
      ...['petstore-mcp', chartFolder('http-trigger'), '--namespace', 'petstore', '--values', join(DEMO, 'values.http-trigger.yaml')],
    ]);
    const objects = objectsOf(rendered);
    expect(await admit(objects)).toContain('petstore-mcp serverside-applied');
    expect(objects).toMatchObject([
      {
        kind: 'HTTPTrigger',
        spec: {
          ingress: { host: 'petstore-mcp.localhost.cosmonic.sh' },
          template: {
            spec: {
              components: [
                {
                  name: 'petstore-mcp',
                  localResources: {
                    allowedHosts: [
                      'http://petstore.petstore.svc.cluster.local:8080',
                      'https://kubernetes.default.svc',
                      'http://prometheus.linkerd-viz.svc.cluster.local:9090',
                    ],
                  },
                },
              ],
            },
          },
        },
      },
    ]);
    expect(parse(text('values.http-trigger.yaml')).pathNote).toBe('/v1/mcp');
  });

  it('the patch puts host group and NATS into the mesh, as a component of kustomize, and nothing else', () => {
    const folder = servers.folder();
    const pod = (name: string) => ({ metadata: { labels: { app: name } }, spec: { containers: [{ name, image: 'example/a:1' }] } });
    const object = (kind: string, name: string): object => ({
      apiVersion: 'apps/v1',
      kind,
      metadata: { name, namespace: 'cosmonic-system' },
      spec: { selector: { matchLabels: { app: name } }, template: pod(name) },
    });
    const platform = [object('Deployment', 'hostgroup'), object('StatefulSet', 'nats'), object('Deployment', 'cosmonic-operator')];
    writeFileSync(join(folder, 'platform.yaml'), platform.map((each) => `---\n${JSON.stringify(each)}\n`).join(''));
    // kustomize takes no absolute path to a component.
    const component = join('../'.repeat(folder.split('/').length - 1), DEMO, 'kustomize');
    writeFileSync(
      join(folder, 'kustomization.yaml'),
      JSON.stringify({
        apiVersion: 'kustomize.config.k8s.io/v1beta1',
        kind: 'Kustomization',
        resources: ['platform.yaml'],
        components: [component],
      }),
    );
    const annotations = { 'linkerd.io/inject': 'enabled', 'config.linkerd.io/opaque-ports': '4222,6222,7422,8222' };
    const built = kustomize(folder) as readonly { metadata: { name: string }; spec: { template: { metadata: object } } }[];
    const found = Object.fromEntries(built.map(({ metadata, spec }) => [metadata.name, spec.template.metadata]));
    expect(found).toEqual({
      hostgroup: { labels: { app: 'hostgroup' }, annotations },
      nats: { labels: { app: 'nats' }, annotations },
      'cosmonic-operator': { labels: { app: 'cosmonic-operator' } },
    });
    expect(text('lib.sh')).toContain('readonly OPAQUE_PORTS=4222,6222,7422,8222\n');
    expect(JSON.stringify(documents('kustomize/linkerd-inject-patch.yaml'))).not.toContain('skip-');
  });
});

/** In order: each test goes on from the cluster that the one before it left. */
describe('the scripts on a simulated cluster', () => {
  const servers = useServers();
  let api: KubeApiServer;
  let behind: Behind;
  let controllers: Controllers;
  let demo: DemoScripts;
  let options: readonly string[];
  let untouched: readonly string[];
  let ingress: string;
  let metallb: { readonly chart: string; readonly manifest: string };
  let controlCharts: string;

  beforeAll(async () => {
    api = await startCluster(servers, INJECTOR_OPTIONS);
    // As the kubelet does; MetalLB's pods ask for it.
    await api.kubectl(['label', 'node', 'simulated', 'kubernetes.io/os=linux']);
    await api.apply(linkerd());
    const folder = servers.folder();
    behind = await startBehind(servers);
    controllers = startControllers(servers, api);
    demo = demoScripts(api.kubeconfig, folder, behind.port, { COSMONIC_LICENSE_KEY: LICENSE_KEY, MCP_TOKEN: TOKEN });
    ingress = `http://127.0.0.1:${behind.port}`;
    metallb = writeMetallb(folder);
    controlCharts = writeControlCharts(folder);
    options = [
      ...['--image', 'registry.example.com/acme/mesh-mcp:0.1.0', '--control-charts', controlCharts],
      ...['--metallb-chart', metallb.chart, '--ingress', ingress],
    ];
    untouched = lasting(names(await snapshot(api)));
  }, LONG_MS);

  /** Without what the API server keeps for a group whose CRDs are gone, and the CRDs that Helm leaves. */
  const lasting = (lines: readonly string[]): readonly string[] =>
    lines.filter((name) => !/^(APIService\/|CustomResourceDefinition\/\/httptriggers\.)/.test(name));

  const deploy = (...args: readonly string[]): Promise<ScriptResult> => demo.script('deploy.sh', ...options, ...WAIT, ...args);

  const get = (kind: string, name: string, namespace: string, path: string): Promise<string> =>
    api.kubectl(['get', kind, name, '--namespace', namespace, '--output', `jsonpath=${path}`]);

  const patch = (kind: string, name: string, namespace: string, value: object): Promise<string> =>
    api.kubectl(['patch', kind, name, '--namespace', namespace, '--type=merge', '--patch', JSON.stringify(value)]);

  it(
    'changes nothing in a dry run on an empty cluster, and says what it would do and could not check',
    async () => {
      const before = await snapshot(api);
      const { status, output } = await deploy('--dry-run');
      expect(status, output).toBe(0);
      expect(output).toContain('would install MetalLB 0.16.2 from ');
      expect(output).toContain('would make pool and L2Advertisement demo-pool with 172.18.255.200-172.18.255.250');
      expect(output).toContain('would apply echo-service.yaml (not checked: the namespace echo is not there yet)');
      expect(output).toContain('would install Cosmonic Control 0.3.0 from ');
      expect(output).toContain('not checked: the cluster does not know HTTPTrigger yet');
      expect(output).toContain('Dry run: nothing was changed.');
      expect(await snapshot(api)).toEqual(before);
    },
    LONG_MS,
  );

  it(
    'the doctor finds nothing deployed',
    async () => {
      const { status, output } = await demo.script('doctor.sh', '--ingress', ingress);
      expect(status, output).toBe(4);
      expect(output).toContain('there is no namespace petstore');
      expect(output).toContain('there is no Service echo in echo');
      expect(output).toContain('Cosmonic Control is not installed');
      expect(output).toContain('there is no Deployment petstore');
    },
    LONG_MS,
  );

  it(
    'deploys start to finish in seven steps',
    async () => {
      const { status, output } = await deploy();
      expect(status, output).toBe(0);
      expect(output.match(/^Step \d of 7: .*$/gm)).toEqual([
        'Step 1 of 7: prerequisites',
        'Step 2 of 7: Linkerd',
        'Step 3 of 7: MetalLB',
        'Step 4 of 7: echo',
        'Step 5 of 7: MCP server',
        'Step 6 of 7: mesh injection',
        'Step 7 of 7: access',
      ]);
      expect(output).toMatch(/^hello there$/m);
      expect(output).toContain('"serverInfo":{"name":"mesh-mcp"');
      expect(output).toMatch(/^ {2}MCP server +http:\/\/petstore-mcp\.localhost\.cosmonic\.sh\/v1\/mcp /m);
      expect(output).toMatch(new RegExp(`^ {2}echo +http://${ECHO_ADDRESS}$`, 'm'));
      expect(output).toMatch(new RegExp(`^ {2}Petstore +http://${PETSTORE_ADDRESS}$`, 'm'));
      expect(await get('ipaddresspool', 'demo-pool', 'metallb-system', '{.spec.addresses}')).toBe('["172.18.255.200-172.18.255.250"]');
      expect(await get('l2advertisement', 'demo-pool', 'metallb-system', '{.spec.ipAddressPools}')).toBe('["demo-pool"]');
      expect(await get('service', 'ingress', 'cosmonic-system', '{.spec.type} {.spec.ports[0].nodePort}')).toBe('NodePort 30950');
      const [image] = (await get('httptrigger', 'petstore-mcp', 'petstore', '{.spec.template.spec.components[*].image}')).split(' ');
      expect(image).toBe('registry.example.com/acme/mesh-mcp:0.1.0');
      for (const [namespace, app] of [
        ['echo', 'echo'],
        ['petstore', 'petstore'],
        ['cosmonic-system', 'hostgroup'],
        ['cosmonic-system', 'nats'],
      ] as const) {
        const pods = ['get', 'pods', '--namespace', namespace, '--selector', `app=${app}`, '--field-selector=status.phase=Running'];
        const labels = await api.kubectl([...pods, '--output=jsonpath={.items[*].metadata.labels.linkerd\\.io/control-plane-ns}']);
        expect(labels, app).toBe('linkerd');
      }
    },
    LONG_MS,
  );

  it('hands the licence key to Helm alone: it is in no output, on no command line and in no file', async () => {
    const secret = await get('secret', 'licence', 'cosmonic-system', '{.data.key}');
    expect(Buffer.from(secret, 'base64').toString()).toBe(LICENSE_KEY);
    expect(demo.helmCalls()).toMatch(/^upgrade --install cosmonic-control .* --values -$/m);
    expect(demo.helmCalls()).not.toContain('planted');
  });

  it(
    'changes nothing when it is run again, in a dry run, or in a dry run of uninstalling',
    async () => {
      const before = await snapshot(api);
      const again = await deploy();
      expect(again.status, again.output).toBe(0);
      expect(again.output).toContain('MetalLB runs already');
      expect(again.output).toContain('Cosmonic Control is there already');
      expect(again.output).toContain('release petstore-mcp is there already');
      expect(again.output).not.toContain('planted');
      const dry = await deploy('--dry-run');
      expect(dry.status, dry.output).toBe(0);
      expect(dry.output).not.toContain('not checked');
      const uninstall = await deploy('--uninstall', '--dry-run');
      expect(uninstall.status, uninstall.output).toBe(0);
      expect(uninstall.output).toContain('would uninstall Cosmonic Control');
      expect(uninstall.output).toContain('would delete MetalLB and the namespace metallb-system');
      expect(await snapshot(api)).toEqual(before);
    },
    LONG_MS,
  );

  it(
    'puts right what somebody changed, and leaves out what it is told to skip',
    async () => {
      await patch('httptrigger', 'petstore-mcp', 'petstore', { spec: { replicas: 0 } });
      await api.kubectl(['delete', 'service', 'petstore-external', '--namespace=petstore']);
      const { status, output } = await deploy('--skip', 'metallb', '--skip', 'echo');
      expect(status, output).toBe(0);
      expect(output).toContain('Step 3 of 7: MetalLB: skipped');
      expect(output).not.toContain('- deploy echo');
      expect(await get('httptrigger', 'petstore-mcp', 'petstore', '{.spec.replicas}')).toBe('1');
    },
    LONG_MS,
  );

  describe('the doctor', () => {
    interface Report {
      readonly failed: number;
      readonly warnings: number;
      readonly checks: readonly {
        readonly check: string;
        readonly status: string;
        readonly findings: readonly { readonly level: string; readonly what: string; readonly show: string; readonly try: string }[];
      }[];
    }

    const doctor = async (...args: readonly string[]): Promise<{ readonly status: number | null; readonly report: Report }> => {
      const { status, output } = await demo.script('doctor.sh', '--json', '--ingress', ingress, ...args);
      try {
        return { status, report: JSON.parse(output) };
      } catch {
        throw new Error(`no JSON, status ${status}: ${output}`);
      }
    };

    /** What one check finds; each finding names the command that shows it and what to try. */
    const finds = async (check: string, ...args: readonly string[]): Promise<string> => {
      const { report } = await doctor('--only', check, ...args);
      expect(report.checks.map((each) => each.check)).toEqual([check]);
      const findings = report.checks.flatMap((each) => each.findings);
      for (const finding of findings.filter(({ level }) => level === 'failed' || level === 'warning')) {
        expect(finding.show, finding.what).not.toBe('');
        expect(finding.try, finding.what).not.toBe('');
      }
      return [report.checks[0]?.status, ...findings.map(({ what }) => what)].join('\n');
    };

    /** The pods of a workload are made anew. */
    const restart = async (namespace: string, app: string): Promise<void> => {
      await api.kubectl(['delete', 'pods', '--namespace', namespace, '--selector', `app=${app}`, '--wait=true']);
      await until(`${app} is back`, async () => {
        const pods = ['get', 'pods', '--namespace', namespace, '--selector', `app=${app}`];
        return (await api.kubectl([...pods, '--output=jsonpath={.items[*].status.phase}'])) === 'Running' || undefined;
      });
    };

    it(
      'finds a healthy demo healthy, in words and in JSON',
      async () => {
        const { status, output } = await demo.script('doctor.sh', '--ingress', ingress);
        expect(status, output).toBe(0);
        expect(output.match(/^ok {7}/gm)).toHaveLength(8);
        expect(output).toMatch(/^Healthy\.$/m);
        const json = await doctor();
        expect(json.status).toBe(0);
        expect(json.report).toMatchObject({ failed: 0, warnings: 0, broken: 0 });
        expect(json.report.checks.map(({ check }) => check).join(' ')).toBe(
          'addresses injection mtls opaque-ports trigger petstore connection latency',
        );
      },
      LONG_MS,
    );

    it(
      'pending addresses: each cause by its name',
      async () => {
        controllers.addresses = false;
        await api.kubectl(['delete', 'service', 'echo', '--namespace=echo']);
        expect(await finds('addresses')).toMatch(/^failed\nthere is no Service echo in echo$/);
        await api.kubectl(['apply', '--server-side', '--field-manager=mesh-mcp-demo', '--filename', join(DEMO, 'echo-service.yaml')]);
        expect(await finds('addresses')).toMatch(/Service echo in echo has no address, though MetalLB has a pool/);
        demo.setSubnets(['172.19.0.0/16']);
        expect(await finds('addresses')).toMatch(
          /the pool demo-pool has 172\.18\.255\.200-172\.18\.255\.250, but kind's network is 172\.19\.0\.0\/16/,
        );
        await api.kubectl(['delete', 'ipaddresspool', 'demo-pool', '--namespace=metallb-system']);
        expect(await finds('addresses')).toMatch(/has no address: there is no IPAddressPool/);
        await api.kubectl(['delete', 'l2advertisement', 'demo-pool', '--namespace=metallb-system']);
        expect(await finds('addresses')).toMatch(/there is no L2Advertisement/);
        await api.kubectl(['scale', 'deployment', 'metallb-controller', '--namespace=metallb-system', '--replicas=0']);
        await api.kubectl(['rollout', 'status', 'deployment/metallb-controller', '--namespace=metallb-system', '--timeout=60s']);
        expect(await finds('addresses')).toMatch(/has no address: MetalLB's controller is not ready/);

        demo.setSubnets(['fc00:f853:ccd:e793::/64', '172.18.0.0/16']);
        await api.kubectl(['scale', 'deployment', 'metallb-controller', '--namespace=metallb-system', '--replicas=1']);
        controllers.addresses = true;
        const again = await deploy('--skip', 'mcp');
        expect(again.status, again.output).toBe(0);
        expect(await finds('addresses')).toBe('ok');
      },
      LONG_MS,
    );

    it(
      'pods without a proxy, namespaces that ask for none, an injector that is not registered',
      async () => {
        await api.kubectl(['annotate', 'namespace', 'petstore', 'linkerd.io/inject-']);
        // The API server takes a moment to see it.
        const alone = await until('a pod without a proxy is found', async () => {
          await restart('petstore', 'petstore');
          const found = await finds('injection');
          return found.includes('has no proxy') ? found : undefined;
        });
        expect(alone).toMatch(/^failed\nthe namespace petstore does not ask for proxies.*\nthe pod petstore-\S+ in petstore has no proxy/);
        const refused = await demo.script('deploy.sh', ...options, '--timeout', '2', '--skip', 'mcp', '--skip', 'metallb');
        expect(refused.status, refused.output).toBe(0);
        const mesh = await demo.script('deploy.sh', ...options, '--timeout', '2', '--skip', 'echo', '--skip', 'metallb');
        expect(mesh.status, mesh.output).toBe(1);
        expect(mesh.output).toMatch(/^no proxy in petstore\/petstore-/m);
        expect(mesh.output).toContain('FAILED: every pod has its proxy');
        await until('the proxy is back', async () => {
          await restart('petstore', 'petstore');
          return (await finds('injection')) === 'ok' || undefined;
        });
        await api.kubectl(['delete', 'mutatingwebhookconfiguration', 'linkerd-proxy-injector-webhook-config']);
        expect(await finds('injection')).toMatch(/^failed\nLinkerd's injector is not registered/);
        await api.apply(linkerd());
      },
      LONG_MS,
    );

    it(
      'mutual TLS that is off: ports that go past the proxy, and edges that are plain',
      async () => {
        const annotation = 'config.linkerd.io/skip-outbound-ports';
        const annotated = (value: string | null): object => ({
          spec: { template: { metadata: { annotations: { [annotation]: value } } } },
        });
        await patch('deployment', 'hostgroup', 'cosmonic-system', annotated('4222'));
        await api.kubectl(['rollout', 'status', 'deployment/hostgroup', '--namespace=cosmonic-system', '--timeout=60s']);
        expect(await finds('mtls')).toMatch(
          /^failed\nthe pod hostgroup-\S+ in cosmonic-system has config\.linkerd\.io\/skip-outbound-ports: 4222\./,
        );
        await patch('deployment', 'hostgroup', 'cosmonic-system', annotated(null));
        await until('the old pod is gone', async () => (await finds('mtls')) === 'ok' || undefined);

        const edge = {
          src: 'hostgroup',
          src_namespace: 'cosmonic-system',
          dst: 'petstore',
          dst_namespace: 'petstore',
          client_id: '',
          server_id: '',
        };
        demo.setEdges([
          { ...edge, client_id: 'default.cosmonic-system', server_id: 'petstore.petstore', no_tls_reason: '' },
          { ...edge, src: 'probe', no_tls_reason: 'loopback' },
        ]);
        expect(await finds('mtls')).toBe('ok');
        demo.setEdges([{ ...edge, no_tls_reason: 'not_provided_by_service_discovery' }]);
        expect(await finds('mtls')).toMatch(
          /^failed\nhostgroup in cosmonic-system calls petstore in petstore without mutual TLS: not_provided_by_service_discovery$/,
        );
        demo.setEdges([]);
      },
      LONG_MS,
    );

    it(
      'ports of NATS that are not opaque',
      async () => {
        const annotated = (ports: string): object => ({
          spec: { template: { metadata: { annotations: { 'config.linkerd.io/opaque-ports': ports } } } },
        });
        await patch('statefulset', 'nats', 'cosmonic-system', annotated('4222,7000-8000'));
        await api.kubectl(['rollout', 'status', 'statefulset/nats', '--namespace=cosmonic-system', '--timeout=60s']);
        expect(await finds('opaque-ports')).toMatch(
          /^failed\nthe pod nats-0 of statefulset\/nats does not declare the ports 6222,8222 opaque/,
        );
        const refused = await deploy('--skip', 'echo', '--skip', 'metallb');
        expect(refused.status, refused.output).toBe(1);
        expect(refused.output).toContain('FAILED: put host group and NATS into the mesh');
        expect(refused.output).toContain('conflict');
        await patch('statefulset', 'nats', 'cosmonic-system', annotated('4222,6222,7422,8222'));
        await api.kubectl(['rollout', 'status', 'statefulset/nats', '--namespace=cosmonic-system', '--timeout=60s']);
        expect(await finds('opaque-ports')).toBe('ok');
      },
      LONG_MS,
    );

    it(
      'an HTTPTrigger that is not ready, may not call, or is not there',
      async () => {
        controllers.triggers = 'failing';
        const failing = await until('the condition is seen', async () => {
          const found = await finds('trigger');
          return found === 'ok' ? undefined : found;
        });
        expect(failing).toBe('failed\nthe HTTPTrigger petstore-mcp is not ready: ImagePullFailed: no such image');
        const stuck = await demo.script('deploy.sh', ...options, '--timeout', '2', '--skip', 'echo', '--skip', 'metallb');
        expect(stuck.status, stuck.output).toBe(1);
        expect(stuck.output).toContain('Ready=False ImagePullFailed no such image');
        expect(stuck.output).toContain('FAILED: wait for the MCP server');

        controllers.triggers = 'unseen';
        await api.kubectl([
          'patch',
          'httptrigger',
          'petstore-mcp',
          '--namespace=petstore',
          '--subresource=status',
          '--type=merge',
          '--patch={"status":null}',
        ]);
        expect(await finds('trigger')).toContain('has no condition Ready: no operator has looked at it');
        controllers.triggers = 'ready';
        await api.kubectl(['wait', '--for=condition=Ready', 'httptrigger/petstore-mcp', '--namespace=petstore', '--timeout=60s']);
        expect(await finds('trigger')).toBe('ok');

        const components = [
          { name: 'petstore-mcp', image: 'example/a:1', localResources: { allowedHosts: ['https://kubernetes.default.svc'] } },
        ];
        await patch('httptrigger', 'petstore-mcp', 'petstore', {
          spec: { ingress: { host: 'other.example.com' }, template: { spec: { components } } },
        });
        const changed = await finds('trigger');
        expect(changed).toContain('allowedHosts of the HTTPTrigger does not have the Petstore');
        expect(changed).toContain('answers to other.example.com');
        await api.kubectl(['scale', 'deployment', 'hostgroup', '--namespace=cosmonic-system', '--replicas=0']);
        await until('no host is left', async () => (await finds('trigger')).includes('no host of the host group is ready') || undefined);
        await api.kubectl(['scale', 'deployment', 'hostgroup', '--namespace=cosmonic-system', '--replicas=1']);
        await api.kubectl(['delete', 'httptrigger', 'petstore-mcp', '--namespace=petstore']);
        expect(await finds('trigger')).toContain('there is no HTTPTrigger petstore-mcp in petstore');
        const again = await deploy('--skip', 'echo', '--skip', 'metallb');
        expect(again.status, again.output).toBe(0);
        expect(await finds('trigger')).toBe('ok');
      },
      LONG_MS,
    );

    it(
      'a Petstore that is not ready, that its Service misses, that does not answer, or that the MCP server does not reach',
      async () => {
        await patch('service', 'petstore', 'petstore', { spec: { selector: { app: 'other' } } });
        await until(
          'no pod is behind it',
          async () => (await finds('petstore')).includes('the Service petstore leads to no pod') || undefined,
        );
        await patch('service', 'petstore', 'petstore', { spec: { selector: { app: 'petstore' } } });
        await until('a pod is behind it', async () => (await finds('petstore')) === 'ok' || undefined);
        behind.behaves.petstoreStatus = 500;
        expect(await finds('petstore')).toContain(`http://${PETSTORE_ADDRESS}/api/v3/openapi.json does not answer (status 500, curl 0)`);
        // A policy for the host group alone is no fault.
        behind.behaves.petstoreStatus = 403;
        expect(await finds('petstore')).toBe('ok');
        behind.behaves.petstoreStatus = 200;
        behind.behaves.toolFails = true;
        expect(await finds('petstore')).toBe('failed\nthe MCP server does not reach the Petstore: the Petstore does not answer');
        behind.behaves.toolFails = false;
        await api.kubectl(['scale', 'deployment', 'petstore', '--namespace=petstore', '--replicas=0']);
        await until('none is ready', async () => (await finds('petstore')).includes('the Petstore is not ready') || undefined);
        await api.kubectl(['scale', 'deployment', 'petstore', '--namespace=petstore', '--replicas=1']);
        await until('it is ready', async () => (await finds('petstore')) === 'ok' || undefined);
      },
      LONG_MS,
    );

    it(
      'a refused connection, and answers that are none',
      async () => {
        // Port 1 of loopback: nobody listens there.
        expect(await finds('connection', '--ingress', 'http://127.0.0.1:1')).toBe(
          'failed\nconnection refused: nothing listens at http://127.0.0.1:1',
        );
        expect(await finds('petstore', '--ingress', 'http://127.0.0.1:1')).toContain('was not tried');
        const statuses: readonly (readonly [number, string])[] = [
          [404, 'the ingress knows no route for petstore-mcp.localhost.cosmonic.sh (404)'],
          [401, 'the MCP server wants a token (401)'],
          [403, 'the MCP server does not answer to petstore-mcp.localhost.cosmonic.sh, or not to this caller (403)'],
          [503, 'the MCP server answers with status 503'],
        ];
        for (const [status, says] of statuses) {
          behind.behaves.mcpStatus = status;
          expect(await finds('connection')).toContain(says);
        }
        behind.behaves.mcpStatus = 200;
        expect(behind.tokens()).toEqual([`Bearer ${TOKEN}`]);
        await patch('service', 'ingress', 'cosmonic-system', { spec: { type: 'ClusterIP' } });
        expect(await finds('connection')).toMatch(/^warning\nthe Service ingress is of type ClusterIP/);
        const ports = [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 31_000 }];
        await patch('service', 'ingress', 'cosmonic-system', { spec: { type: 'NodePort', ports } });
        expect(await finds('connection')).toMatch(
          /^warning\nthe Service ingress has the node port 31000, kind-config\.yaml leads port 80 to 30950$/,
        );
        await patch('service', 'ingress', 'cosmonic-system', { spec: { ports: [{ ...ports[0], nodePort: 30_950 }] } });
        expect(await finds('connection')).toBe('ok');
      },
      LONG_MS,
    );

    it(
      'high latency, of the way in and of a Deployment',
      async () => {
        behind.behaves.mcpDelayMs = 60;
        expect(await finds('latency')).toMatch(/^(warning|failed)\nthe MCP server, 9 requests from here: p50 \d+ ms/);
        behind.behaves.mcpDelayMs = 110;
        expect(await finds('latency')).toMatch(/^failed\nthe MCP server, 9 requests from here: p50 1\d\d ms/);
        behind.behaves.mcpDelayMs = 0;
        const row = { namespace: 'petstore', kind: 'deployment', name: 'petstore', meshed: '1/1', success: 1, rps: 0.3 };
        demo.setStat([{ ...row, name: 'idle', latency_ms_p50: null, latency_ms_p95: null, latency_ms_p99: null }]);
        expect(await finds('latency')).toBe('ok');
        demo.setStat([{ ...row, latency_ms_p50: 4, latency_ms_p95: 90, latency_ms_p99: 1200 }]);
        expect(await finds('latency')).toBe(
          'failed\nthe Deployment petstore in petstore, as its proxy sees it: p50 4 ms (good is below 10, wrong from 100), slowest 1200 ms (good is below 100, wrong from 1000)',
        );
        demo.setStat([]);
      },
      LONG_MS,
    );

    it('says in words what it found, with the command that shows it, and ends with 4', async () => {
      behind.behaves.mcpStatus = 404;
      const { status, output } = await demo.script('doctor.sh', '--ingress', ingress, '--only', 'connection');
      behind.behaves.mcpStatus = 200;
      expect(status).toBe(4);
      expect(output).toMatch(/^FAILED {3}the MCP server is reached at http:\/\/127/m);
      expect(output).toMatch(/^ {11}the ingress knows no route/m);
      expect(output).toMatch(/^ {13}shown by: curl -v -H/m);
      expect(output).toMatch(/^ {13}try: {6}trigger above/m);
      expect(output).toContain('1 of the checks failed.');
    });
  });

  it(
    'a Linkerd that is not well stops it before anything is made',
    async () => {
      demo.setLinkerd(false);
      const { status, output } = await deploy();
      demo.setLinkerd(true);
      expect(status, output).toBe(1);
      expect(output).toContain('× issuer cert is valid');
      expect(output).not.toContain('Step 3');
    },
    LONG_MS,
  );

  it(
    'an echo that does not say hello stops it, and it says what to try',
    async () => {
      behind.behaves.echoSays = 'who is there?\n';
      const { status, output } = await demo.script('deploy.sh', ...options, '--timeout', '2', '--skip', 'metallb', '--skip', 'mcp');
      behind.behaves.echoSays = 'hello there\n';
      expect(status, output).toBe(1);
      expect(output).toContain('FAILED: ask it');
      expect(output).toContain('Try: doctor.sh');
    },
    LONG_MS,
  );

  it(
    'uninstalls all that it made, and nothing else; again without work',
    async () => {
      const { status, output } = await deploy('--uninstall');
      expect(status, output).toBe(0);
      expect(lasting(names(await snapshot(api)))).toEqual(untouched);
      const again = await deploy('--uninstall');
      expect(again.status, again.output).toBe(0);
      expect(lasting(names(await snapshot(api)))).toEqual(untouched);
    },
    LONG_MS,
  );

  it(
    'installs MetalLB from its manifest too, without Helm’s part in it, once; and takes it away again',
    async () => {
      const manifest = ['--manifest', metallb.manifest, ...WAIT] as const;
      const made = await demo.script('install-metallb.sh', ...manifest);
      expect(made.status, made.output).toBe(0);
      expect(await get('ipaddresspool', 'demo-pool', 'metallb-system', '{.spec.addresses}')).toBe('["172.18.255.200-172.18.255.250"]');
      const before = await snapshot(api);
      const again = await demo.script('install-metallb.sh', ...manifest);
      expect(again.status, again.output).toBe(0);
      const dry = await demo.script('install-metallb.sh', '--uninstall', '--dry-run');
      expect(dry.output).toContain('would delete MetalLB and the namespace metallb-system');
      expect(await snapshot(api)).toEqual(before);
      const moved = await demo.script('install-metallb.sh', ...manifest, '--range', '10.0.0.10-10.0.0.20');
      expect(moved.status, moved.output).toBe(0);
      expect(await get('ipaddresspool', 'demo-pool', 'metallb-system', '{.spec.addresses}')).toBe('["10.0.0.10-10.0.0.20"]');
      const gone = await demo.script('install-metallb.sh', '--uninstall', ...WAIT);
      expect(gone.status, gone.output).toBe(0);
      expect(lasting(names(await snapshot(api)))).toEqual(untouched);
    },
    LONG_MS,
  );

  it(
    'leaves somebody else’s load balancer, platform and namespace where they are, and takes its annotations off them',
    async () => {
      await api.apply(
        ['cosmonic-system', 'metallb-system', 'echo'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
      );
      const install = (release: string, namespace: string, chart: string, ...set: readonly string[]): Promise<string> =>
        helm(['install', release, chart, '--kubeconfig', api.kubeconfig, '--namespace', namespace, ...set, '--wait']);
      await install('metallb', 'metallb-system', metallb.chart, '--set', 'frrk8s.enabled=false');
      const service = [
        '--set',
        'cosmonicLicenseKey=other',
        '--set',
        'envoy.service.type=NodePort',
        '--set',
        'envoy.service.httpNodePort=30950',
      ];
      await install('control', 'cosmonic-system', join(controlCharts, 'cosmonic-control'), ...service);
      await install('hosts', 'cosmonic-system', join(controlCharts, 'cosmonic-control-hostgroup'));
      const described = async (): Promise<readonly string[]> =>
        lasting(names((await snapshot(api)).filter((line) => !/^(ReplicaSet|ControllerRevision|Pod|EndpointSlice)\//.test(line))));
      const before = await described();

      const { status, output } = await deploy();
      expect(status, output).toBe(0);
      expect(await get('statefulset', 'nats', 'cosmonic-system', '{.spec.template.metadata.annotations}')).toContain('4222,6222,7422,8222');
      expect(
        await get('namespace', 'echo', 'echo', '{.metadata.annotations.linkerd\\.io/inject} {.metadata.labels.mesh-mcp/deployed-by}'),
      ).toBe('enabled ');
      const uninstalled = await deploy('--uninstall');
      expect(uninstalled.status, uninstalled.output).toBe(0);
      expect(await described()).toEqual(before);
      expect(await get('statefulset', 'nats', 'cosmonic-system', '{.spec.template.metadata.annotations}')).toBe('');
      expect(await get('deployment', 'hostgroup', 'cosmonic-system', '{.spec.template.metadata.annotations}')).toBe('');
    },
    LONG_MS,
  );
});
