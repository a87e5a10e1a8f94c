import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { startCluster } from './support/cluster.ts';
import { INJECTOR_OPTIONS, writeControlPlane, writeRevision, writeTag } from './support/istio.ts';
import type { KubeApiServer } from './support/kube-apiserver.ts';
import { run } from './support/process.ts';
import { DEPLOY, type Script, scriptsFor } from './support/scripts.ts';
import { useServers } from './support/servers.ts';
import { names, snapshot } from './support/snapshot.ts';
import { until } from './support/wait.ts';
import { toolPath } from './tools/cache.ts';

const BATS = new URL('./bats/', import.meta.url).pathname;
const SCRIPTS = join(DEPLOY, 'scripts');
/** Long enough for whatever becomes ready at all in the simulated cluster. */
const WAIT = ['--timeout', '60'] as const;
/** A whole deployment, on a busy machine. */
const LONG_MS = 240_000;

describe('the scripts by themselves', () => {
  const scripts = readdirSync(SCRIPTS).filter((name) => name.endsWith('.sh'));

  it('are found', () => {
    expect(scripts).toEqual(['canary-upgrade.sh', 'deploy-istio.sh', 'deploy-service-mesh.sh', 'lib.sh', 'verify-deployment.sh']);
  });

  it.each(scripts)('%s: shellcheck has nothing to say', async (name) => {
    await run(toolPath('shellcheck'), ['--external-sources', '--severity=style', join(SCRIPTS, name)]);
  });

  it('shellcheck does look', async () => {
    await expect(run(toolPath('shellcheck'), ['-'], '#!/bin/bash\necho $1\n')).rejects.toThrow('status 1');
  });

  // One file at a time, so that a failure names its file; bats prints every test of it.
  // bats prints every test of it.
  it(
    'bats arguments.bats',
    async () => {
      const report = await run(toolPath('bats'), ['--tap', join(BATS, 'arguments.bats')]);
      expect(report).toMatch(/^1\.\.\d\d/);
      expect(report).not.toContain('not ok');
    },
    LONG_MS,
  );
});

/** In order: each test goes on from the cluster that the one before it left. */
describe('the scripts on a simulated cluster', () => {
  const servers = useServers();
  let api: KubeApiServer;
  let script: Script;
  let manifests: string;
  let folder: string;
  let untouched: readonly string[];

  beforeAll(async () => {
    api = await startCluster(servers, INJECTOR_OPTIONS);
    folder = servers.folder();
    script = scriptsFor(api.kubeconfig, folder);
    manifests = join(folder, 'control-plane');
    writeControlPlane(manifests);
    // Somebody else's: it has to survive everything.
    await api.apply([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'observability' } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'not-ours', namespace: 'observability' } },
    ]);
    untouched = names(await snapshot(api));
  }, LONG_MS);

  const get = (kind: string, name: string, path: string, namespace = 'mcp-system'): Promise<string> =>
    api.kubectl(['get', kind, name, '--namespace', namespace, '--output', `jsonpath=${path}`]);

  it('says that the cluster does not answer, and what to try', async () => {
    const nowhere = join(folder, 'nowhere.json');
    writeFileSync(nowhere, JSON.stringify({ apiVersion: 'v1', kind: 'Config', clusters: [], contexts: [], users: [] }));
    const lost = scriptsFor(nowhere, servers.folder());
    const { status, output } = await lost('deploy-istio.sh', '--manifests', manifests);
    expect(status, output).toBe(3);
    expect(output).toContain('FAILED: the cluster does not answer');
    expect(output).toContain('Try: kubectl config get-contexts');
  });

  it('changes nothing in a dry run on an empty cluster, and says what it could not check', async () => {
    const before = await snapshot(api);
    const { status, output } = await script('deploy-istio.sh', '--dry-run', '--manifests', manifests);
    expect(status, output).toBe(0);
    expect(output).toMatch(/not checked, because the cluster does not know the kind yet: .*VirtualService/);
    expect(output).toMatch(/not checked, because the namespace is not there yet: .*mcp-system \(\d+ objects\)/);
    expect(output).toContain('Dry run: nothing was changed.');
    expect(await snapshot(api)).toEqual(before);
  });

  it('refuses the mesh without Istio, before anything is made', async () => {
    const before = names(await snapshot(api));
    const { status, output } = await script('deploy-service-mesh.sh');
    expect(status, output).toBe(3);
    expect(output).toMatch(/FAILED: the cluster does not know:.* VirtualService\.networking\.istio\.io\/v1/);
    expect(output).toContain('Try: install Istio');
    expect(names(await snapshot(api))).toEqual(before);
  });

  it('verifies nothing where nothing is', async () => {
    const { status, output } = await script('verify-deployment.sh', ...WAIT);
    expect(status, output).toBe(4);
    expect(output).toMatch(/^FAILED {3}the cluster serves every kind of the overlay$/m);
  });

  it(
    'deploys start to finish, and finds it well',
    async () => {
      const { status, output } = await script('deploy-istio.sh', '--manifests', manifests, ...WAIT);
      expect(status, output).toBe(0);
      expect(output).toContain('Verified: overlay base.');
      expect(output).not.toMatch(/^FAILED/m);
      expect(await get('deployment', 'mcp-gateway-standard', '{.status.availableReplicas}')).toBe('1');
      expect(await get('virtualservice', 'mcp-debate', '{.spec.http[*].route[*].weight}')).toMatch(/90 10/);
    },
    LONG_MS,
  );

  it(
    'changes nothing when it is run again',
    async () => {
      const before = await snapshot(api);
      const { status, output } = await script('deploy-istio.sh', '--manifests', manifests, ...WAIT);
      expect(status, output).toBe(0);
      expect(await snapshot(api)).toEqual(before);
    },
    LONG_MS,
  );

  it(
    'changes nothing in a dry run of another overlay, or of uninstalling',
    async () => {
      const before = await snapshot(api);
      const deploy = await script('deploy-istio.sh', '--dry-run', '--overlay', 'production', '--manifests', manifests);
      expect(deploy.status, deploy.output).toBe(0);
      expect(deploy.output).not.toContain('not checked');
      const uninstall = await script('deploy-istio.sh', 'uninstall', '--dry-run', '--manifests', manifests);
      expect(uninstall.status, uninstall.output).toBe(0);
      expect(uninstall.output).toContain('would delete VirtualService mcp-system/mcp-debate');
      expect(await snapshot(api)).toEqual(before);
    },
    LONG_MS,
  );

  describe('from base through every overlay and back', () => {
    let before: readonly string[];
    // Controllers make these from the others, under names of their own.
    const described = async (): Promise<readonly string[]> =>
      names((await snapshot(api)).filter((line) => !/^(ReplicaSet|Pod|EndpointSlice)\//.test(line)));

    beforeAll(async () => {
      before = await described();
    });

    it.each(readdirSync(join(DEPLOY, 'overlays')))(
      '%s is deployed and verified',
      async (overlay) => {
        const there = await script('deploy-service-mesh.sh', '--overlay', overlay, ...WAIT);
        expect(there.status, there.output).toBe(0);
        const verified = await script('verify-deployment.sh', '--overlay', overlay, ...WAIT);
        expect(verified.status, verified.output).toBe(0);
      },
      LONG_MS,
    );

    it(
      'and nothing of them is left, of what their autoscalers wrote neither',
      async () => {
        const replicas = (): Promise<string> => get('deployment', 'mcp-llm-v1', '{.spec.replicas}');
        await until('the autoscaler of production has scaled', async () => (await replicas()) === '3' || undefined);
        const dry = await script('deploy-service-mesh.sh', '--dry-run');
        expect(dry.status, dry.output).toBe(0);
        expect(await replicas()).toBe('3');
        const back = await script('deploy-service-mesh.sh', ...WAIT);
        expect(back.status, back.output).toBe(0);
        expect(await described()).toEqual(before);
        expect(await replicas()).toBe('1');
      },
      LONG_MS,
    );
  });

  it(
    'verifying finds a weight that somebody changed, and deploying puts it right',
    async () => {
      const patch = JSON.stringify([{ op: 'replace', path: '/spec/http/0/timeout', value: '77s' }]);
      await api.kubectl(['patch', 'virtualservice', 'mcp-debate', '--namespace=mcp-system', '--type=json', '--patch', patch]);
      const found = await script('verify-deployment.sh', ...WAIT);
      expect(found.status, found.output).toBe(4);
      expect(found.output).toMatch(/^FAILED {3}every object is there as the overlay describes it$/m);
      expect(found.output).toContain('differs: networking.istio.io.v1.VirtualService.mcp-system.mcp-debate');
      expect(found.output).toContain('77s');

      const refused = await script('deploy-service-mesh.sh', ...WAIT);
      expect(refused.status, refused.output).toBe(1);
      expect(refused.output).toContain('FAILED: check all objects before any of them changes');
      expect(refused.output).toContain('.spec.http');
      expect(refused.output).toContain('conflict');
      expect(await get('virtualservice', 'mcp-debate', '{.spec.http[0].timeout}')).toBe('77s');

      await api.kubectl(['delete', 'virtualservice', 'mcp-debate', '--namespace=mcp-system']);
      expect((await script('deploy-service-mesh.sh', ...WAIT)).status).toBe(0);
      expect((await script('verify-deployment.sh', ...WAIT)).status).toBe(0);
    },
    LONG_MS,
  );

  it(
    'verifying finds what is missing, what has no sidecar, and what weakens mTLS',
    async () => {
      await api.kubectl(['delete', 'authorizationpolicy', '--all', '--namespace=mcp-system']);
      await api.kubectl(['delete', 'mutatingadmissionpolicybinding', 'inject-default']);
      await api.kubectl(['delete', 'mutatingwebhookconfiguration', '--selector=app=sidecar-injector']);
      await api.apply([
        {
          apiVersion: 'security.istio.io/v1',
          kind: 'PeerAuthentication',
          metadata: { name: 'open', namespace: 'mcp-system' },
          spec: { selector: { matchLabels: { app: 'mcp-llm' } }, mtls: { mode: 'PERMISSIVE' } },
        },
      ]);
      await api.kubectl(['scale', 'deployment', '--all', '--namespace=istio-ingress', '--replicas=0']);
      const pods = ['pods', '--selector=app=mcp-llm', '--namespace=mcp-system'];
      await until('a pod is made without the injector', async () => {
        const found = await api.kubectl([
          'get',
          ...pods,
          '--output=jsonpath={.items[*].status.phase}/{.items[*].spec.initContainers[*].name}',
        ]);
        // The API server may not have noticed yet that the injector is gone.
        if (found.endsWith('istio-proxy')) await api.kubectl(['delete', ...pods, '--wait=true']);
        return found === 'Running/' || undefined;
      });

      const { status, output } = await script('verify-deployment.sh', ...WAIT);
      expect(status, output).toBe(4);
      expect(output).toMatch(/^FAILED {3}the sidecar injector is registered$/m);
      expect(output).toMatch(/^ +Gateway istio-ingress\/mcp-ingress: no pod with the labels istio=ingressgateway is ready$/m);
      expect(output).toMatch(/^ +differs: security\.istio\.io\.v1\.AuthorizationPolicy\.mcp-system\./m);
      expect(output).toMatch(/^ +pod mcp-llm-\S+ has no container istio-proxy$/m);
      expect(output).toMatch(/^ +PeerAuthentication mcp-system\/open admits plain text \(PERMISSIVE \)$/m);
      expect(output).toMatch(/^5 of the checks failed\.$/m);

      await api.kubectl(['delete', 'peerauthentication', 'open', '--namespace=mcp-system']);
      await api.kubectl(['scale', 'deployment', '--all', '--namespace=istio-ingress', '--replicas=1']);
      expect((await script('deploy-istio.sh', '--manifests', manifests, ...WAIT)).status).toBe(4);
      await api.kubectl(['delete', 'pods', '--selector=app=mcp-llm', '--namespace=mcp-system', '--wait=true']);
      expect((await script('verify-deployment.sh', ...WAIT)).output).not.toMatch(/^FAILED/m);
    },
    LONG_MS,
  );

  it(
    'names the workload that does not become ready, and what to try',
    async () => {
      // No node may take new pods.
      await api.kubectl(['cordon', 'simulated']);
      await api.kubectl(['delete', 'deployment', 'mcp-llm-v1', '--namespace=mcp-system', '--wait=true']);
      const { status, output } = await script('deploy-service-mesh.sh', '--timeout', '3');
      expect(status, output).toBe(1);
      expect(output).toContain('Deployment/mcp-llm-v1 in mcp-system is not ready after 3 s');
      expect(output).toContain('FAILED: wait for the workloads');
      expect(output).toContain('Try: kubectl -n mcp-system get pods');
      await api.kubectl(['uncordon', 'simulated']);
      expect((await script('deploy-service-mesh.sh', ...WAIT)).status).toBe(0);
    },
    LONG_MS,
  );

  describe('without cluster-admin', () => {
    let tenant: Script;
    const all = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
    const role = (rules: readonly object[]): object => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'mesh-editor', namespace: 'mcp-system' },
      rules,
    });

    beforeAll(async () => {
      await api.apply([
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'tenant', namespace: 'default' } },
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'RoleBinding',
          metadata: { name: 'mesh-editor', namespace: 'mcp-system' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'mesh-editor' },
          subjects: [{ kind: 'ServiceAccount', name: 'tenant', namespace: 'default' }],
        },
      ]);
      const token = await api.token('default', 'tenant');
      const config = JSON.parse(await api.kubectl(['config', 'view', '--raw', '--output=json']));
      const file = join(folder, 'tenant.json');
      writeFileSync(file, JSON.stringify({ ...config, users: config.users.map((user: object) => ({ ...user, user: { token } })) }));
      tenant = scriptsFor(file, servers.folder());
    });

    it('names the rights that are missing, before anything is made', async () => {
      const { status, output } = await tenant('deploy-service-mesh.sh', '--namespace-only');
      expect(status, output).toBe(3);
      expect(output).toMatch(/FAILED: no right to create and patch in mcp-system:.* VirtualService\.v1\.networking\.istio\.io/);
      const istio = await tenant('deploy-istio.sh', '--manifests', manifests);
      expect(istio.status, istio.output).toBe(3);
      expect(istio.output).toContain('installing Istio needs cluster-admin');
    });

    it(
      'with rights in its namespace alone: takes its part away and deploys it again, and touches nothing else',
      async () => {
        await api.apply([
          role([
            { apiGroups: ['networking.istio.io', 'security.istio.io', 'telemetry.istio.io'], resources: ['*'], verbs: all },
            { apiGroups: ['', 'apps', 'autoscaling', 'policy', 'networking.k8s.io'], resources: ['*'], verbs: all },
          ]),
        ]);
        const outside = (lines: readonly string[]): readonly string[] => lines.filter((line) => !/\/mcp-system\//.test(line));
        const before = outside(await snapshot(api));
        const removed = await tenant('deploy-service-mesh.sh', 'uninstall', '--namespace-only', ...WAIT);
        expect(removed.status, removed.output).toBe(0);
        expect(names(await snapshot(api)).filter((name) => /^(VirtualService|Deployment)\/mcp-system\//.test(name))).toEqual([]);

        const deployed = await tenant('deploy-istio.sh', '--namespace-only', ...WAIT);
        expect(deployed.status, deployed.output).toBe(0);
        expect(deployed.output).toContain('Verified: overlay base.');
        expect(await get('deployment', 'mcp-llm-v1', '{.status.availableReplicas}')).toBe('1');
        expect(outside(await snapshot(api))).toEqual(before);
        // What needs a provider in the mesh's configuration is not its business.
        expect(names(await snapshot(api))).not.toContain('Deployment/mcp-system/mcp-api-keys');
      },
      LONG_MS,
    );
  });

  describe('the upgrade of the control plane', () => {
    it('refuses a revision that is not there', async () => {
      const { status, output } = await script('canary-upgrade.sh', 'switch', '1-31-2', '--manifests', manifests);
      expect(status, output).toBe(3);
      expect(output).toContain('revision 1-31-2 is not installed');
    });

    it('needs istioctl where no manifests are given, and says so', async () => {
      const { status, output } = await script('canary-upgrade.sh', 'install', '1-31-2');
      expect(status, output).toBe(3);
      expect(output).toContain('there is no istioctl on the PATH');
    });

    it(
      'installs beside the old one; a dry run does not; no workload notices',
      async () => {
        const second = join(folder, 'second');
        writeRevision(second, '1-31-2');
        const before = await snapshot(api);
        expect((await script('canary-upgrade.sh', 'install', '1-31-2', '--dry-run', '--manifests', second)).status).toBe(0);
        expect(await snapshot(api)).toEqual(before);

        const { status, output } = await script('canary-upgrade.sh', 'install', '1-31-2', '--manifests', second, ...WAIT);
        expect(status, output).toBe(0);
        const now = await script('canary-upgrade.sh', 'status');
        expect(now.output).toMatch(/^ {2}default istiod 1\/1$/m);
        expect(now.output).toMatch(/^ {2}1-31-2 istiod-1-31-2 1\/1$/m);
        expect(now.output).toMatch(/^ {2}default default$/m);
        expect(now.output).toMatch(/^ {2}\d+ default$/m);
        expect(now.output).not.toMatch(/^ {2}\d+ 1-31-2$/m);
      },
      LONG_MS,
    );

    it('does not remove what a tag leads to', async () => {
      const { status, output } = await script('canary-upgrade.sh', 'remove', 'default');
      expect(status, output).toBe(3);
      expect(output).toContain('tag default still leads to revision default');
    });

    it('refuses manifests of another tag or revision', async () => {
      const wrong = join(folder, 'wrong-tag');
      writeTag(wrong, 'default', 'default');
      const { status, output } = await script('canary-upgrade.sh', 'switch', '1-31-2', '--manifests', wrong, ...WAIT);
      expect(status, output).toBe(1);
      expect(output).toContain('tag default leads to revision default');
    });

    it(
      'switches: the tag first, then every pod of the mesh; again without work',
      async () => {
        const there = join(folder, 'tag');
        writeTag(there, 'default', '1-31-2');
        const { status, output } = await script('canary-upgrade.sh', 'switch', '1-31-2', '--manifests', there, ...WAIT);
        expect(status, output).toBe(0);
        const now = await script('canary-upgrade.sh', 'status');
        expect(now.output).toMatch(/^ {2}default 1-31-2$/m);
        const before = await snapshot(api);
        expect((await script('canary-upgrade.sh', 'switch', '1-31-2', '--manifests', there, ...WAIT)).status).toBe(0);
        expect(await snapshot(api)).toEqual(before);
      },
      LONG_MS,
    );

    it('does not remove what a pod still uses', async () => {
      const { status, output } = await script('canary-upgrade.sh', 'remove', '1-31-2');
      expect(status, output).toBe(3);
      expect(output).toContain('tag default still leads to revision 1-31-2');
    });

    it(
      'removes the old revision once nothing uses it',
      async () => {
        await until('the old pods are gone', async () => {
          const { output } = await script('canary-upgrade.sh', 'status');
          return !/^ {2}\d+ default$/m.test(output) || undefined;
        });
        const { status, output } = await script('canary-upgrade.sh', 'remove', 'default', ...WAIT);
        expect(status, output).toBe(0);
        const now = await script('canary-upgrade.sh', 'status');
        expect(now.output).not.toContain('istiod 1/1');
        expect(now.output).toContain('1-31-2 istiod-1-31-2 1/1');
      },
      LONG_MS,
    );
  });

  it(
    'uninstalls all but the CRDs when asked to keep them',
    async () => {
      // Both revisions at once, to see that uninstalling does not stop at what it knows.
      writeRevision(manifests, '1-31-2');
      const { status, output } = await script('deploy-istio.sh', 'uninstall', '--keep-crds', '--manifests', manifests, ...WAIT);
      expect(status, output).toBe(0);
      const left = names(await snapshot(api));
      expect(left).toContain('CustomResourceDefinition//virtualservices.networking.istio.io');
      expect(left.filter((name) => /mcp-system|istio-/.test(name) && !name.startsWith('CustomResourceDefinition/'))).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'uninstalls the rest when it is run again, and leaves nothing behind but what was there before',
    async () => {
      await api.kubectl(['delete', 'serviceaccount', 'tenant', '--namespace=default']);
      const { status, output } = await script('deploy-istio.sh', 'uninstall', '--manifests', manifests, ...WAIT);
      expect(status, output).toBe(0);
      expect(names(await snapshot(api)).filter((name) => !/^APIService\//.test(name))).toEqual(
        untouched.filter((name) => !/^APIService\//.test(name)),
      );
      const again = await script('deploy-istio.sh', 'uninstall', '--manifests', manifests, ...WAIT);
      expect(again.status, again.output).toBe(0);
    },
    LONG_MS,
  );
});
