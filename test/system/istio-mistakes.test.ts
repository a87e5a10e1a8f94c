import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { manifestFiles, PACKAGE_FILES } from './support/istio-package.ts';
import { DEPLOY } from './support/scripts.ts';
import { useServers } from './support/servers.ts';

/** Kustomizations of what is applied as it is: their mistake is something left out. */
const KUSTOMIZATIONS = PACKAGE_FILES.filter(
  (path) => path.endsWith('kustomization.yaml') && !/^(overlays|patches|gateway\/cert-manager)\//.test(path),
);
const ROOT = new URL('../../', import.meta.url).pathname;

/** What the API server cannot refuse and the analysis cannot find: values for installers, pipelines, overlays, other programs' own files, and programs. */
interface Mistake {
  readonly file: string;
  readonly title: string;
  readonly from: string | RegExp;
  readonly to: string;
  /** The test in test/deploy/istio that has to fail: its file, without the ending, and its name. */
  readonly caughtBy: readonly [file: string, name: string];
}

const PRODUCTION = 'overlays: dev and chaos on the base, production with its patches, multi-cluster on production';
const PATCHES = 'patches objects that are there';
const EAST_WEST = 'multi-cluster: the network lets sessions out to the other gateways and in to every service';

const MISTAKES: readonly Mistake[] = [
  {
    file: 'istio/installation.yaml',
    title: 'two istiod',
    from: 'replicaCount: 3',
    to: 'replicaCount: 2',
    caughtBy: ['installation', 'runs three istiod, at least two of them at any time'],
  },
  {
    file: 'istio/installation-dev.yaml',
    title: 'a gateway without its port',
    from: 'port: 443',
    to: 'port: 444',
    caughtBy: ['installation', 'dev: of a list that it has, every gateway, with the ports and labels that the base gives it'],
  },
  {
    file: 'istio/installation-multi-cluster.yaml',
    title: 'a network by two names',
    from: 'network: network-1',
    to: 'network: network-2',
    caughtBy: ['installation', 'multi-cluster: mesh, cluster and network have names, and only the gateway of the network differs'],
  },
  {
    file: 'istio/helm/base.yaml',
    title: 'a webhook of no revision',
    from: 'defaultRevision: default',
    to: 'defaultRevision: ""',
    caughtBy: ['installation', 'take the webhook of the revision that is the default'],
  },
  {
    file: 'istio/helm/istiod.yaml',
    title: 'another trust domain',
    from: 'trustDomain: cluster.local',
    to: 'trustDomain: example.org',
    caughtBy: ['installation', 'have the mesh configuration of installation.yaml'],
  },
  {
    file: 'istio/helm/istiod-dev.yaml',
    title: 'one request in ten traced',
    from: 'traceSampling: 100',
    to: 'traceSampling: 10',
    caughtBy: ['installation', 'dev: one of everything, every request traced'],
  },
  {
    file: 'istio/helm/istiod-multi-cluster.yaml',
    title: 'another mesh',
    from: 'meshID: mcp-mesh',
    to: 'meshID: mesh',
    caughtBy: ['installation', 'multi-cluster: mesh, cluster and network have names, and only the gateway of the network differs'],
  },
  {
    file: 'istio/helm/eastwestgateway-multi-cluster.yaml',
    title: 'another network',
    from: 'networkGateway: network-1',
    to: 'networkGateway: network-2',
    caughtBy: ['installation', 'multi-cluster: mesh, cluster and network have names, and only the gateway of the network differs'],
  },
  ...['ingressgateway', 'egressgateway', 'eastwestgateway'].flatMap((release): Mistake[] => [
    {
      file: `istio/helm/${release}.yaml`,
      title: 'another service account than policies name',
      from: `${release}-service-account`,
      to: release,
      caughtBy: ['installation', `install istio-${release} as istioctl does`],
    },
    {
      file: `istio/helm/${release}-dev.yaml`,
      title: 'five copies on a laptop',
      from: 'replicaCount: 1',
      to: 'replicaCount: 5',
      caughtBy: ['installation', 'dev: one of everything, every request traced'],
    },
  ]),
  {
    file: 'gateway/cert-manager/certificate.yaml',
    title: 'a secret by another name than the gateway’s',
    from: 'secretName: mcp-example-com-tls',
    to: 'secretName: mcp-example-com',
    caughtBy: ['gateways', 'cert-manager would make the secret that the gateway names, beside its pods'],
  },
  {
    file: 'gateway/cert-manager/kustomization.yaml',
    title: 'a file that is not there',
    from: 'certificate.yaml',
    to: 'certificates.yaml',
    caughtBy: ['package', 'name files and folders that are there'],
  },
  {
    file: 'gitops/gitlab-ci.yaml',
    title: 'a rollback that nobody asks for',
    from: 'when: on_failure',
    to: 'when: manual',
    caughtBy: ['package', 'gitops/gitlab-ci.yaml: analyze, apply, verify, and back when that fails'],
  },
  {
    file: 'gitops/argo-cd/gitlab-ci.yaml',
    title: 'a script that is not there',
    from: 'verify-deployment.sh',
    to: 'verify.sh',
    caughtBy: ['package', 'gitops/argo-cd/gitlab-ci.yaml: analyze, apply, verify, and back when that fails'],
  },
  {
    file: 'gitops/argo-cd/application.yaml',
    title: 'synchronisation by itself, which cannot be rolled back',
    from: '    syncOptions:',
    to: '    automated: {}\n    syncOptions:',
    caughtBy: ['package', 'Argo CD leaves the moment to the pipeline, without which it could not go back'],
  },
  {
    file: 'gitops/argo-cd/project.yaml',
    title: 'a project of another name',
    from: 'name: mcp-mesh',
    to: 'name: mcp',
    caughtBy: ['package', 'Argo CD leaves the moment to the pipeline, without which it could not go back'],
  },
  {
    file: 'overlays/dev/kustomization.yaml',
    title: 'a namespace alone instead of the base',
    from: '- ../../base',
    to: '- ../../base/cluster',
    caughtBy: ['package', PRODUCTION],
  },
  {
    file: 'overlays/chaos/kustomization.yaml',
    title: 'faults in production',
    from: '- ../../base',
    to: '- ../production',
    caughtBy: ['package', PRODUCTION],
  },
  {
    file: 'overlays/chaos/mcp-rag-faults.yaml',
    title: 'every request delayed',
    from: 'value: 50',
    to: 'value: 100',
    caughtBy: ['virtual-services', 'the overlay chaos gives mcp-rag 50 per cent 5 s late and 10 per cent 503'],
  },
  {
    file: 'overlays/production/kustomization.yaml',
    title: 'production without its patches',
    from: '../../patches',
    to: '../../base/namespaced',
    caughtBy: ['package', PRODUCTION],
  },
  {
    file: 'overlays/production/availability.yaml',
    title: 'a budget that lets two go at once',
    from: 'maxUnavailable: 1',
    to: 'maxUnavailable: 2',
    caughtBy: ['package', 'production: a disruption budget for every service'],
  },
  {
    file: 'patches/kustomization.yaml',
    title: 'a patch that is not there',
    from: 'production-patches.yaml',
    to: 'patches.yaml',
    caughtBy: ['package', 'name files and folders that are there'],
  },
  {
    file: 'patches/production-patches.yaml',
    title: 'two copies of a service',
    from: 'replicas: 3',
    to: 'replicas: 2',
    caughtBy: ['package', 'production: three of every service, spread, or an autoscaler with three at least'],
  },
  {
    file: 'overlays/multi-cluster/kustomization.yaml',
    title: 'sessions opened at the gateway',
    from: 'value: AUTO_PASSTHROUGH',
    to: 'value: ISTIO_MUTUAL',
    caughtBy: ['package', 'multi-cluster: sessions are passed through, and the routes of the other mode are gone'],
  },
  {
    file: 'overlays/multi-cluster/istio-system-network.yaml',
    title: 'another network than the installation’s',
    from: 'network: network-1',
    to: 'network: network-2',
    caughtBy: ['package', 'multi-cluster: sessions are passed through, and the routes of the other mode are gone'],
  },
  {
    file: 'overlays/multi-cluster/network-policies.yaml',
    title: 'another port than the gateways listen at',
    from: 'port: 15443',
    to: 'port: 15444',
    caughtBy: ['package', EAST_WEST],
  },
  {
    file: 'overlays/multi-cluster/from-east-west.yaml',
    title: 'a patch of a policy that is not there',
    from: 'name: from-east-west',
    to: 'name: from-eastwest',
    caughtBy: ['package', `overlays/multi-cluster/from-east-west.yaml ${PATCHES}`],
  },
  {
    file: 'overlays/multi-cluster/remove-east-west-routes.yaml',
    title: 'routes of another name removed',
    from: 'name: east-west',
    to: 'name: eastwest',
    caughtBy: ['package', `overlays/multi-cluster/remove-east-west-routes.yaml ${PATCHES}`],
  },
  ...['overview', 'service', 'workload'].map((name): Mistake => {
    const file = `observability/grafana/dashboards/${name === 'overview' ? 'mesh-overview' : name}.json`;
    return {
      file,
      title: 'a metric that Istio does not have',
      from: 'istio_requests_total',
      to: 'istio_request_total',
      caughtBy: ['observability', `${file} asks for metrics that exist, and never counts a request at both ends`],
    };
  }),
  {
    file: 'observability/grafana/dashboards/performance.json',
    title: 'requests counted at both ends',
    from: 'istio_requests_total{reporter=\\"destination\\", ',
    to: 'istio_requests_total{',
    caughtBy: [
      'observability',
      'observability/grafana/dashboards/performance.json asks for metrics that exist, and never counts a request at both ends',
    ],
  },
  {
    file: 'observability/grafana/datasources.yaml',
    title: 'a port that Prometheus does not listen at',
    from: '9090',
    to: '9091',
    caughtBy: ['observability', 'find each other'],
  },
  {
    file: 'observability/grafana/provider.yaml',
    title: 'a folder where no dashboards are',
    from: '/etc/grafana/dashboards',
    to: '/var/lib/grafana/dashboards',
    caughtBy: ['observability', 'find each other'],
  },
  {
    file: 'observability/jaeger/jaeger-config.yaml',
    title: 'traces taken at another port than proxies send them to',
    from: '0.0.0.0:4317',
    to: '0.0.0.0:4318',
    caughtBy: ['observability', 'proxies send traces to where Jaeger takes them'],
  },
  {
    file: 'observability/kiali/kiali-config.yaml',
    title: 'a Kiali that changes the mesh, for whoever reaches it',
    from: 'view_only_mode: true',
    to: 'view_only_mode: false',
    caughtBy: ['observability', 'show and change nothing'],
  },
  {
    file: 'observability/prometheus/prometheus-config.yaml',
    title: 'rules that nobody loads',
    from: '/etc/prometheus/rules.yaml',
    to: '/etc/prometheus/alerts.yaml',
    caughtBy: ['observability', 'scrapes pods by their annotations, and loads the rules'],
  },
  {
    file: 'observability/prometheus/rules.yaml',
    title: 'a version of the canary that no pod bears',
    from: /destination_version="v2"/g,
    to: 'destination_version="v3"',
    caughtBy: ['observability', 'the canary is judged by the versions that the Deployments bear'],
  },
  {
    file: 'rate-limits/services/ratelimit-config.yaml',
    title: 'limits a second in place of a minute',
    from: 'unit: minute',
    to: 'unit: second',
    caughtBy: ['rate-limits', '600 a minute for an address, 6000 for an organization, 600 for a user'],
  },
  {
    file: 'security/api-keys/authorizer.mjs',
    title: 'a key compared with itself, not with its hash',
    from: "createHash('sha256')",
    to: "createHash('sha512')",
    caughtBy: ['workloads', 'says whose key it is'],
  },
  {
    file: 'workloads/echo.mjs',
    title: 'credentials shown to whoever asks',
    from: "'host',",
    to: "'authorization',",
    caughtBy: ['workloads', 'says who it is and what arrived, and no credentials'],
  },
];

const servers = useServers();

/** How the tests of test/deploy/istio end on a copy of the package: `passed` or `failed`, by name. */
function outcomes(copy: string, ...files: readonly string[]): ReadonlyMap<string, string> {
  const report = join(copy, 'report.json');
  spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--project=unit', '--reporter=json', `--outputFile=${report}`, ...files.map(pathOf)],
    { cwd: ROOT, env: { ...process.env, MESH_MCP_ISTIO_COPY: `${copy}/`, MESH_MCP_COUNTS: undefined } },
  );
  const { testResults }: Report = JSON.parse(readFileSync(report, 'utf8'));
  rmSync(report);
  return new Map(testResults.flatMap(({ assertionResults }) => assertionResults).map(({ title, status }) => [title, status]));
}

function copyOfPackage(): string {
  // Argo CD's path begins at the top of the repository.
  const copy = join(servers.folder(), 'deploy/istio');
  cpSync(DEPLOY, copy, { recursive: true });
  return copy;
}

describe('a mistake in a file that no server reads', () => {
  it('is planted in each of them; the API server refuses one in every other file (istio-manifests.test.ts)', () => {
    const planted = [...new Set(MISTAKES.map(({ file }) => file)), ...KUSTOMIZATIONS, ...manifestFiles().map(([path]) => path)];
    expect(planted.sort()).toEqual(PACKAGE_FILES);
  });

  it('is not there to begin with', () => {
    const caughtBy = MISTAKES.map((mistake) => mistake.caughtBy);
    const ended = outcomes(copyOfPackage(), ...new Set(caughtBy.map(([file]) => file)));
    for (const [, name] of caughtBy) expect(ended.get(name), name).toBe('passed');
  }, 60_000);

  it.each(MISTAKES)('$file: $title', ({ file, from, to, caughtBy: [tests, name] }) => {
    const copy = copyOfPackage();
    const text = readFileSync(join(copy, file), 'utf8');
    const changed = text.replace(from, to);
    expect(changed, `${file} has no ${from}`).not.toBe(text);
    writeFileSync(join(copy, file), changed);
    expect(outcomes(copy, tests).get(name), name).toBe('failed');
  });
});

describe('something left out of a kustomization', () => {
  /** The text without its last resource, and that resource. */
  function withoutLast(path: string): readonly [text: string, resource: string] {
    const text = readFileSync(join(DEPLOY, path), 'utf8');
    const [, resource = ''] = /^resources:\n(?: {2}- .*\n)* {2}- (.*)\n/m.exec(text) ?? [];
    expect(resource, path).not.toBe('');
    return [text.replace(`  - ${resource}\n`, ''), resource];
  }

  /** The test that has to fail. */
  function caughtBy(path: string): string {
    if (path === 'kustomization.yaml') return 'the base has the whole package, the cluster’s part and the namespace’s part apart';
    const folder = dirname(path);
    if (['rate-limits', 'security', 'telemetry'].includes(folder)) return `${path} has every part of its subject`;
    const [, resource] = withoutLast(path);
    const missed = posix.join(folder, resource);
    return `${missed.endsWith('.yaml') ? missed : `${missed}/kustomization.yaml`} is applied with the base or an overlay`;
  }

  const ended = new Map<string, string | undefined>();

  beforeAll(() => {
    // What a folder has is missed too where the folder itself is left out, so those that name folders go apart.
    const above = ['base', 'base/namespaced', 'base/cluster', 'observability'].map((folder) => `${folder}/kustomization.yaml`);
    for (const group of [KUSTOMIZATIONS.filter((path) => !above.includes(path)), ...above.map((path) => [path])]) {
      const copy = copyOfPackage();
      for (const path of group) writeFileSync(join(copy, path), withoutLast(path)[0]);
      const results = outcomes(copy, 'package');
      for (const path of group) ended.set(path, results.get(caughtBy(path)));
    }
  }, 120_000);

  it.each(KUSTOMIZATIONS)('%s', (path) => {
    expect(ended.get(path), caughtBy(path)).toBe('failed');
  });
});

const pathOf = (file: string) => `test/deploy/istio/${file}.test.ts`;

/** What is read of vitest's own report. */
interface Report {
  readonly testResults: readonly { readonly assertionResults: readonly { readonly title: string; readonly status: string }[] }[];
}
