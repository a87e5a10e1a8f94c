import { existsSync, readFileSync } from 'node:fs';
import { dirname, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { at, documents, FILES, list, MANIFESTS, map, ROOT, SERVICES, text, YAML_FILES } from './manifests.ts';

const KUSTOMIZATIONS = YAML_FILES.filter((path) => path.endsWith('kustomization.yaml'));
/** Files of the package that no kustomization applies, and why. */
const NOT_APPLIED = /^(istio|gitops|scripts)\/|(^|\/)README\.md$/;

/** What is applied as a whole, by hand, by the scripts or by a pipeline. */
const ENTRIES = KUSTOMIZATIONS.filter((path) => /^(overlays\/[^/]+\/|gateway\/cert-manager\/)?kustomization\.yaml$/.test(path));
/** One subject as a whole, for whoever wants that alone: the base takes the part for the cluster and that for the namespace apart. */
const SUBJECTS = ['rate-limits', 'security', 'telemetry'];

/** The files that a kustomization names, and the kustomizations of the folders that it names. */
function namedBy(path: string): readonly string[] {
  const [value] = documents(path);
  const paths = [
    ...list(value, 'resources'),
    ...list(value, 'components'),
    ...list(value, 'patches').map((patch) => at(patch, 'path')),
    ...list(value, 'configMapGenerator').flatMap((each) => list(each, 'files').map((file) => String(file).replace(/^[^=]*=/, ''))),
  ];
  return paths.flatMap((each) => {
    if (typeof each !== 'string') return [];
    const named = posix.normalize(posix.join(dirname(path), each));
    return posix.extname(named) === '' ? [`${named}/kustomization.yaml`] : [named];
  });
}

describe('kustomizations', () => {
  const reached = new Set(ENTRIES);
  // A set grows while it is walked through.
  for (const path of reached)
    if (path.endsWith('kustomization.yaml') && FILES.includes(path)) for (const each of namedBy(path)) reached.add(each);

  test('name files and folders that are there', () => {
    const named = KUSTOMIZATIONS.flatMap(namedBy);
    expect(named.length).toBeGreaterThan(50);
    for (const path of named) expect(existsSync(`${ROOT}${path}`), path).toBe(true);
  });

  test.each(FILES.filter((path) => !NOT_APPLIED.test(path) && !SUBJECTS.includes(dirname(path))))(
    '%s is applied with the base or an overlay',
    (path) => {
      expect(reached).toContain(path);
    },
  );

  test.each(SUBJECTS)('%s/kustomization.yaml has every part of its subject', (subject) => {
    const parts = KUSTOMIZATIONS.filter((path) => dirname(dirname(path)) === subject);
    expect(namedBy(`${subject}/kustomization.yaml`)).toEqual(parts);
  });

  test('the base has the whole package, the cluster’s part and the namespace’s part apart', () => {
    const resources = (path: string) => list(documents(path)[0], 'resources');
    expect(resources('kustomization.yaml')).toEqual(['base']);
    expect(resources('base/kustomization.yaml')).toEqual(['cluster', 'namespaced', '../security/api-keys']);
    expect(resources('base/cluster/kustomization.yaml')).toContain('../../security/mesh');
  });

  test('the part without cluster-admin holds objects of mcp-system and no others', () => {
    const folders = list(documents('base/namespaced/kustomization.yaml')[0], 'resources').map((each) => String(each).replace('../../', ''));
    const inside = MANIFESTS.filter(({ path }) => folders.some((folder) => path.startsWith(`${folder}/`)));
    expect(inside.length).toBeGreaterThan(70);
    for (const { namespace, path } of inside) expect(namespace, path).toBe('mcp-system');
  });

  test('overlays: dev and chaos on the base, production with its patches, multi-cluster on production', () => {
    const overlay = (name: string) => documents(`overlays/${name}/kustomization.yaml`)[0];
    expect(list(overlay('dev'), 'resources')).toEqual(['../../base']);
    expect(list(overlay('chaos'), 'resources')).toEqual(['../../base']);
    expect(list(overlay('production'), 'resources')).toEqual(['../../base', 'availability.yaml']);
    expect(list(overlay('production'), 'components')).toEqual(['../../patches']);
    expect(list(overlay('multi-cluster'), 'resources')).toEqual(['../production', 'istio-system-network.yaml', 'network-policies.yaml']);
  });
});

describe('overlays', () => {
  test('production: three of every service, spread, or an autoscaler with three at least', () => {
    const patches = documents('patches/production-patches.yaml').filter((patch) => at(patch, 'kind') === 'Deployment');
    const scaled = new Map(
      documents('overlays/production/availability.yaml')
        .filter((each) => at(each, 'kind') === 'HorizontalPodAutoscaler')
        .map((each) => [at(each, 'spec', 'scaleTargetRef', 'name'), at(each, 'spec', 'minReplicas')]),
    );
    const deployed = MANIFESTS.filter(
      ({ kind, namespace, name }) => kind === 'Deployment' && namespace === 'mcp-system' && name !== 'ratelimit-redis',
    );
    expect(patches.map((patch) => at(patch, 'metadata', 'name')).sort()).toEqual(deployed.map(({ name }) => name).sort());
    for (const patch of patches) {
      const name = at(patch, 'metadata', 'name');
      if (name === 'ratelimit') continue;
      // null takes the number out of the manifest, so that applying it again does not undo what the autoscaler did.
      expect(at(patch, 'spec', 'replicas'), String(name)).toBe(scaled.has(name) ? null : 3);
      if (scaled.has(name)) expect(scaled.get(name)).toBe(3);
      expect(list(patch, 'spec', 'template', 'spec', 'topologySpreadConstraints').map((each) => at(each, 'topologyKey'))).toEqual([
        'topology.kubernetes.io/zone',
        'kubernetes.io/hostname',
      ]);
      const containers = deployed.find((each) => each.name === name)?.value;
      expect(at(patch, 'spec', 'template', 'spec', 'containers', 0, 'name')).toBe(
        at(containers, 'spec', 'template', 'spec', 'containers', 0, 'name'),
      );
    }
  });

  test('production: a disruption budget for every service', () => {
    const budgets = documents('overlays/production/availability.yaml').filter((each) => at(each, 'kind') === 'PodDisruptionBudget');
    const apps = budgets.map((each) => at(each, 'spec', 'selector', 'matchLabels', 'app'));
    expect(apps).toEqual(expect.arrayContaining([...SERVICES]));
    for (const each of budgets) expect(at(each, 'spec', 'maxUnavailable')).toBe(1);
  });

  test('multi-cluster: sessions are passed through, and the routes of the other mode are gone', () => {
    const [value] = documents('overlays/multi-cluster/kustomization.yaml');
    const patch = list(value, 'patches').find((each) => at(each, 'target', 'name') === 'mcp-east-west');
    const operations: unknown = parseAllDocuments(String(at(patch, 'patch')))[0]?.toJS();
    expect(operations).toEqual([
      { op: 'replace', path: '/spec/servers/0/port/protocol', value: 'TLS' },
      { op: 'replace', path: '/spec/servers/0/tls/mode', value: 'AUTO_PASSTHROUGH' },
    ]);
    const [removed] = documents('overlays/multi-cluster/remove-east-west-routes.yaml');
    expect([at(removed, 'kind'), at(removed, 'metadata', 'name'), at(removed, '$patch')]).toEqual([
      'VirtualService',
      'east-west',
      'delete',
    ]);
    const [network] = documents('overlays/multi-cluster/istio-system-network.yaml');
    expect([at(network, 'kind'), at(network, 'metadata', 'name')]).toEqual(['Namespace', 'istio-system']);
    const [installation] = documents('istio/installation-multi-cluster.yaml');
    expect(at(network, 'metadata', 'labels', 'topology.istio.io/network')).toBe(at(installation, 'spec', 'values', 'global', 'network'));
  });

  test('multi-cluster: the network lets sessions out to the other gateways and in to every service', () => {
    const out = documents('overlays/multi-cluster/network-policies.yaml');
    expect(out.map((policy) => at(policy, 'metadata', 'namespace'))).toEqual(['mcp-system', 'istio-ingress']);
    for (const policy of out) expect(list(policy, 'spec', 'egress').flatMap((rule) => list(rule, 'ports'))).toEqual([{ port: 15443 }]);
    expect(at(out[0], 'spec', 'podSelector')).toEqual({ matchLabels: { 'app.kubernetes.io/part-of': 'mcp' } });
    const [inward] = documents('overlays/multi-cluster/from-east-west.yaml');
    // null removes what the base has.
    expect(at(inward, 'spec', 'podSelector')).toEqual({ matchLabels: { 'app.kubernetes.io/part-of': 'mcp' }, matchExpressions: null });
  });

  test.each([
    'patches/production-patches.yaml',
    'overlays/multi-cluster/from-east-west.yaml',
    'overlays/multi-cluster/remove-east-west-routes.yaml',
  ])('%s patches objects that are there', (path) => {
    for (const patch of documents(path)) {
      const found = MANIFESTS.filter(
        (each) =>
          each.apiVersion === at(patch, 'apiVersion') &&
          each.kind === at(patch, 'kind') &&
          each.namespace === at(patch, 'metadata', 'namespace') &&
          each.name === at(patch, 'metadata', 'name'),
      );
      expect(found, JSON.stringify(at(patch, 'metadata'))).toHaveLength(1);
    }
  });

  test('what production adds lies beside what it is for', () => {
    for (const each of documents('overlays/production/availability.yaml')) expect(at(each, 'metadata', 'namespace')).toBe('mcp-system');
  });

  test('chaos is part of no other overlay', () => {
    for (const path of KUSTOMIZATIONS) {
      const [value] = documents(path);
      expect(
        [...list(value, 'resources'), ...list(value, 'components')].filter((each) => String(each).includes('chaos')),
        path,
      ).toEqual([]);
    }
  });
});

describe('objects', () => {
  /** The only versions in use; what is older is on its way out. */
  const VERSIONS: Readonly<Record<string, string>> = {
    'networking.istio.io': 'v1',
    'security.istio.io': 'v1',
    'telemetry.istio.io': 'v1',
  };

  test('of Istio have the current version', () => {
    const ours = MANIFESTS.filter(({ apiVersion }) => apiVersion.includes('istio.io/'));
    expect(ours.length).toBeGreaterThan(60);
    for (const { apiVersion, kind, path } of ours) {
      const [group, version] = apiVersion.split('/');
      expect(version, path).toBe(kind === 'EnvoyFilter' ? 'v1alpha3' : VERSIONS[String(group)]);
    }
  });

  /** All other kinds, with the one version that clusters serve. */
  const KUBERNETES: Readonly<Record<string, readonly string[]>> = {
    v1: ['Namespace', 'Service', 'ServiceAccount'],
    'apps/v1': ['Deployment'],
    'networking.k8s.io/v1': ['NetworkPolicy'],
    'rbac.authorization.k8s.io/v1': ['ClusterRole', 'ClusterRoleBinding'],
  };

  test('of Kubernetes are of these kinds', () => {
    for (const { apiVersion, kind, path } of MANIFESTS) {
      if (!apiVersion.includes('istio.io/')) expect(KUBERNETES[apiVersion], path).toContain(kind);
    }
  });

  test('are there once', () => {
    const names = MANIFESTS.map(({ apiVersion, kind, namespace, name }) => `${apiVersion} ${kind} ${namespace}/${name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  test('lie in namespaces of ours, and those are injected where proxies run', () => {
    const namespaces = new Map(
      MANIFESTS.filter(({ kind }) => kind === 'Namespace').map(({ name, value }) => [
        name,
        at(value, 'metadata', 'labels', 'istio-injection'),
      ]),
    );
    expect(Object.fromEntries(namespaces)).toEqual({
      'mcp-system': 'enabled',
      'istio-ingress': 'enabled',
      'istio-egress': 'enabled',
      'istio-eastwest': 'enabled',
      observability: 'disabled',
    });
    // Istio's own installer makes istio-system.
    for (const { namespace, path } of MANIFESTS) expect(['', 'istio-system', ...namespaces.keys()], path).toContain(namespace);
  });

  test('hold no secret', () => {
    expect(MANIFESTS.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    for (const path of FILES) expect(text(path), path).not.toMatch(/-----BEGIN|password:|api_?key: *['"]?[A-Za-z0-9]{16}/);
  });

  test('that a pod mounts are made by a kustomization or by you', () => {
    const made = new Set(KUSTOMIZATIONS.flatMap((path) => list(documents(path)[0], 'configMapGenerator').map((each) => at(each, 'name'))));
    for (const { kind, value, path } of MANIFESTS) {
      if (kind !== 'Deployment') continue;
      for (const volume of list(value, 'spec', 'template', 'spec', 'volumes')) {
        const configMap = at(volume, 'configMap', 'name');
        if (configMap !== undefined) expect(made, path).toContain(configMap);
        if (at(volume, 'secret') !== undefined) expect(map(volume, 'secret')).toEqual({ secretName: 'mcp-api-keys', optional: true });
      }
    }
  });
});

describe('files', () => {
  test.each(YAML_FILES)('%s is formatted like all others', (path) => {
    const source = text(path);
    const formatted = parseAllDocuments(source)
      .map((document) => document.toString({ lineWidth: 0 }).replace(/^---\n/, ''))
      .join('---\n');
    expect(source).toBe(formatted);
  });

  test.each(
    YAML_FILES.filter(
      (path) =>
        /^(gateway|virtual-services|destination-rules|service-entries|security|telemetry|rate-limits|workloads)\//.test(path) &&
        !path.endsWith('kustomization.yaml'),
    ),
  )('%s says why it is there', (path) => expect(text(path)).toMatch(/^# /));
});

describe('README.md', () => {
  const readme = readFileSync(`${ROOT}README.md`, 'utf8');

  test('names files that are there', () => {
    const named = [
      ...readme.matchAll(
        /`((?:istio|namespaces|gateway|virtual-services|destination-rules|service-entries|security|telemetry|rate-limits|observability|workloads|base|overlays|gitops|patches)\/[\w./-]*)`/g,
      ),
    ].map(([, path]) => String(path));
    expect(named.length).toBeGreaterThan(20);
    for (const path of named) expect(existsSync(`${ROOT}${path}`), path).toBe(true);
  });

  test('has a row of four cells for every trouble', () => {
    const [, table = ''] = readme.split('## Troubleshooting\n');
    const rows = table.split('\n').filter((line) => line.startsWith('|'));
    expect(rows[0]).toBe('| symptom | command | cause | fix |');
    expect(rows.length).toBeGreaterThan(17);
    for (const row of rows) expect(row.replaceAll('\\|', '').match(/\|/g), row).toHaveLength(5);
  });
});

describe('pipelines', () => {
  test.each([
    ['gitops/gitlab-ci.yaml', ['analyze', 'apply', 'verify', 'rollback']],
    ['gitops/argo-cd/gitlab-ci.yaml', ['analyze', 'sync', 'verify', 'rollback']],
  ])('%s: analyze, apply, verify, and back when that fails', (path, stages) => {
    const [pipeline] = documents(path);
    expect(at(pipeline, 'stages')).toEqual(stages);
    for (const stage of stages) expect(at(pipeline, stage, 'stage')).toBe(stage);
    expect(list(pipeline, 'analyze', 'script')).toContain('npm run analyze -- deploy/istio');
    const verify = `deploy/istio/scripts/verify-deployment.sh --overlay ${path.includes('argo') ? 'production' : '"$OVERLAY"'}`;
    expect(list(pipeline, 'verify', 'script')).toContain(verify);
    expect(list(pipeline, 'rollback', 'rules').map((rule) => at(rule, 'when'))).toEqual(['on_failure']);
    for (const [, script] of text(path).matchAll(/deploy\/istio\/(scripts\/[\w-]+\.sh)/g))
      expect(existsSync(`${ROOT}${String(script)}`), script).toBe(true);
  });

  test('Argo CD leaves the moment to the pipeline, without which it could not go back', () => {
    const [application] = documents('gitops/argo-cd/application.yaml');
    expect(at(application, 'spec', 'syncPolicy', 'automated')).toBeUndefined();
    expect(at(application, 'spec', 'syncPolicy', 'syncOptions')).toContain('ServerSideApply=true');
    expect(existsSync(`${ROOT}../../${String(at(application, 'spec', 'source', 'path'))}/kustomization.yaml`)).toBe(true);
    const [project] = documents('gitops/argo-cd/project.yaml');
    expect([at(application, 'kind'), at(project, 'kind')]).toEqual(['Application', 'AppProject']);
    expect(at(application, 'spec', 'project')).toBe(at(project, 'metadata', 'name'));
    // The numbers that the autoscalers write are those that are not compared.
    const scaled = documents('overlays/production/availability.yaml').flatMap((each) =>
      at(each, 'kind') === 'HorizontalPodAutoscaler' ? [`mcp-system/${String(at(each, 'spec', 'scaleTargetRef', 'name'))}`] : [],
    );
    expect(
      list(application, 'spec', 'ignoreDifferences').map((each) => `${String(at(each, 'namespace'))}/${String(at(each, 'name'))}`),
    ).toEqual(scaled);
    const allowed = list(project, 'spec', 'destinations').map((each) => at(each, 'namespace'));
    expect(allowed).toEqual(
      expect.arrayContaining([...new Set(MANIFESTS.map(({ namespace }) => namespace).filter((namespace) => namespace !== ''))]),
    );
  });
});
