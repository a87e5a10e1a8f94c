import { expect, it } from 'vitest';
import { at, type Client, expectStatus, type Members, members } from './api.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** The kinds that every cluster serves and the product reads. */
const BUILT_IN = [
  ['', 'namespaces', 'Namespace', false],
  ['', 'pods', 'Pod', true],
  ['', 'serviceaccounts', 'ServiceAccount', true],
  ['', 'services', 'Service', true],
  ['apps', 'daemonsets', 'DaemonSet', true],
  ['apps', 'deployments', 'Deployment', true],
  ['apps', 'replicasets', 'ReplicaSet', true],
  ['apps', 'statefulsets', 'StatefulSet', true],
  ['batch', 'cronjobs', 'CronJob', true],
  ['batch', 'jobs', 'Job', true],
] as const;

export function discoveryTests(client: () => Client): void {
  it('names its version', async () => {
    expect(at(await client().json('/version'), 'gitVersion')).toMatch(/^v1\.\d+/);
  });

  it('says when it is ready', async () => {
    expect(await client().get('/readyz', [])).toMatchObject({ status: 200, body: 'ok' });
  });

  it('serves the groups and versions that the table of kinds names', async () => {
    for (const [group, resource, kind, namespaced] of BUILT_IN) {
      const { resources, groupVersion } = await client().json(group === '' ? '/api/v1' : `/apis/${group}/v1`);
      expect(groupVersion).toBe(group === '' ? 'v1' : `${group}/v1`);
      const verbs = expect.arrayContaining(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']);
      expect(resources).toContainEqual(expect.objectContaining({ name: resource, kind, namespaced, verbs }));
    }
  });

  it('names its groups, each with its versions and the one it prefers', async () => {
    const list = await client().json('/apis');
    expect(list).toMatchObject({ kind: 'APIGroupList', apiVersion: 'v1' });
    const apps = {
      name: 'apps',
      versions: [{ groupVersion: 'apps/v1', version: 'v1' }],
      preferredVersion: { groupVersion: 'apps/v1', version: 'v1' },
    };
    expect(list.groups).toContainEqual(apps);
    expect(await client().json('/apis/apps')).toEqual({ kind: 'APIGroup', apiVersion: 'v1', ...apps });
    expect(await client().json('/api')).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
  });

  it.each(['/api', '/apis'])(
    'answers %s with all of it at once to who asks for that, and in the plain form to who does not',
    async (target) => {
      const answer = await client().get(target, [['accept', `${AGGREGATED},application/json`]]);
      expect(answer.status).toBe(200);
      expect(new Map(answer.headers).get('content-type')).toBe(AGGREGATED);
      const list = members(JSON.parse(answer.body));
      expect(list).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2' });
      const groups = Array.isArray(list.items) ? list.items.map(members) : [];
      for (const [group, resource, kind, namespaced] of BUILT_IN.filter(([each]) => (each === '') === (target === '/api'))) {
        const found = groups.find((each) => (at(each, 'metadata', 'name') ?? '') === group);
        const [version] = (found?.versions ?? []) as Members[];
        expect(version).toMatchObject({ version: 'v1', freshness: 'Current' });
        // Whose group it is stands around it, and not in its own `responseKind`.
        const entry = {
          resource,
          scope: namespaced ? 'Namespaced' : 'Cluster',
          responseKind: expect.objectContaining({ kind }),
          verbs: expect.arrayContaining(['list', 'watch']),
        };
        expect(version?.resources).toContainEqual(expect.objectContaining(entry));
      }
      expect(await client().json(target, [['accept', 'application/json']])).toMatchObject({
        kind: target === '/api' ? 'APIVersions' : 'APIGroupList',
      });
    },
  );

  it('tells the same in both forms', async () => {
    const aggregated = await client().json('/apis', [['accept', AGGREGATED]]);
    const items = Array.isArray(aggregated.items) ? aggregated.items.map(members) : [];
    const plain = await client().json('/apis');
    const groups = Array.isArray(plain.groups) ? plain.groups.map(members) : [];
    const versionsOf = (list: unknown) => (Array.isArray(list) ? list.map((each) => at(each, 'version')) : []);
    const inPlain = new Map(groups.map((group) => [group.name, versionsOf(group.versions)]));
    expect(new Map(items.map((item) => [at(item, 'metadata', 'name'), versionsOf(item.versions)]))).toEqual(inPlain);
  });

  it('says 406 to who accepts no form of it', async () => {
    await expectStatus(
      client().get('/apis', [['accept', 'application/json;g=apidiscovery.k8s.io;v=v0;as=APIGroupDiscoveryList']]),
      406,
      'NotAcceptable',
    );
  });
}
