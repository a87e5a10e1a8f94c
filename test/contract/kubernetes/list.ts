import { describe, expect, it } from 'vitest';
import { at, type Client, expectStatus, keyOf, METADATA, METADATA_LIST, type Members, members } from './api.ts';

const LIVE_PODS = 'fieldSelector=status.phase!%3DSucceeded%2Cstatus.phase!%3DFailed';

export function listTests(client: () => Client): void {
  const namespace = () => client().api.namespace;

  it.each([
    ['/api/v1/namespaces', 'NamespaceList', 'v1'],
    ['/api/v1/services', 'ServiceList', 'v1'],
    ['/api/v1/pods', 'PodList', 'v1'],
    ['/api/v1/serviceaccounts', 'ServiceAccountList', 'v1'],
    ['/apis/apps/v1/replicasets', 'ReplicaSetList', 'apps/v1'],
    ['/apis/apps/v1/deployments', 'DeploymentList', 'apps/v1'],
    ['/apis/apps/v1/statefulsets', 'StatefulSetList', 'apps/v1'],
    ['/apis/apps/v1/daemonsets', 'DaemonSetList', 'apps/v1'],
    ['/apis/batch/v1/jobs', 'JobList', 'batch/v1'],
    ['/apis/batch/v1/cronjobs', 'CronJobList', 'batch/v1'],
  ])('lists %s in the order of namespace and name, the kind said once', async (target, kind, apiVersion) => {
    const all = await client().list(target);
    expect(all).toMatchObject({ kind, apiVersion });
    const keys = all.items.map(keyOf);
    expect(keys.length).toBeGreaterThan(0);
    expect(keys).toEqual([...keys].sort((a, b) => (a < b ? -1 : 1)));
    expect(new Set(keys).size).toBe(keys.length);
    for (const item of all.items) expect(item).not.toHaveProperty('kind');
  });

  it.each([1, 2, 5])('pages by %i: every object once, all pages of one state, the same as the whole list', async (limit) => {
    const whole = await client().list('/api/v1/services');
    const read = await client().pages('/api/v1/services', limit);
    expect(whole.items.length).toBeGreaterThan(5);
    expect(read.length).toBe(Math.ceil(whole.items.length / limit));
    expect(new Set(read.map((page) => page.resourceVersion)).size).toBe(1);
    expect(read.flatMap((page) => page.items.map(keyOf))).toEqual(whole.items.map(keyOf));
    for (const page of read.slice(0, -1)) expect(page.items.length).toBe(limit);
    expect(read[0]?.remaining).toBe(whole.items.length - limit);
  });

  it('pages what a field selector leaves, without counting the rest', async () => {
    const whole = await client().list(`/api/v1/pods?${LIVE_PODS}`);
    const first = await client().list(`/api/v1/pods?${LIVE_PODS}&limit=2`);
    expect(first.items.map(keyOf)).toEqual(whole.items.slice(0, 2).map(keyOf));
    expect(first.remaining).toBeUndefined();
    expect(first.continueToken).toBeDefined();
    const rest = await client().list(`/api/v1/pods?${LIVE_PODS}&limit=500&continue=${encodeURIComponent(first.continueToken ?? '')}`);
    expect(rest.items.map(keyOf)).toEqual(whole.items.slice(2).map(keyOf));
  });

  it('leaves finished pods out when asked to', async () => {
    const target = `/api/v1/namespaces/${namespace()}/pods`;
    const finished = `${namespace()}/${client().api.finishedPod}`;
    const all = (await client().list(target)).items.map(keyOf);
    const live = (await client().list(`${target}?${LIVE_PODS}`)).items.map(keyOf);
    expect(all).toContain(finished);
    expect(live).not.toContain(finished);
    expect(live.length).toBeGreaterThanOrEqual(3);
  });

  it('gives the metadata alone to who asks for it, in pages too', async () => {
    const target = `/api/v1/namespaces/${namespace()}/pods`;
    const full = await client().list(target);
    const partial = await client().pages(target, 2, METADATA_LIST);
    for (const page of partial) expect(page).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' });
    const items = partial.flatMap((page) => page.items);
    expect(items.map(keyOf)).toEqual(full.items.map(keyOf));
    items.forEach((item, place) => {
      expect(item).not.toHaveProperty('spec');
      expect(item).not.toHaveProperty('status');
      const { labels, ownerReferences } = members(at(item, 'metadata'));
      expect({ labels, ownerReferences }).toEqual(pick(members(at(full.items[place], 'metadata'))));
    });
  });

  it('gives the metadata of one object, and no list of it', async () => {
    const [first] = (await client().list(`/api/v1/namespaces/${namespace()}/services`)).items;
    const target = `/api/v1/namespaces/${namespace()}/services/${at(first, 'metadata', 'name')}`;
    const partial = await client().json(target, METADATA);
    expect(partial).toEqual({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: first?.metadata });
    expect(await client().json(target)).toMatchObject({ kind: 'Service', apiVersion: 'v1', ...first });
    const asList = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    await expectStatus(client().get(`/api/v1/namespaces/${namespace()}/services`, [['accept', asList]]), 406, 'NotAcceptable');
  });

  it('says who controls a ReplicaSet', async () => {
    const { items } = await client().list(`/apis/apps/v1/namespaces/${namespace()}/replicasets`, METADATA_LIST);
    const owners = items.flatMap((item) => at(item, 'metadata', 'ownerReferences') ?? []);
    expect(owners).toContainEqual(expect.objectContaining({ kind: 'Deployment', controller: true, name: expect.any(String) }));
  });

  it('shows the labels and the account that a workload will give its pods', async () => {
    const { items } = await client().list(`/apis/apps/v1/namespaces/${namespace()}/deployments`);
    expect(items.length).toBeGreaterThan(0);
    for (const item of items) {
      const { labels } = members(at(item, 'spec', 'template', 'metadata'));
      expect(Object.keys(members(labels)).length).toBeGreaterThan(0);
      expect(at(item, 'spec', 'template', 'spec', 'serviceAccountName')).toEqual(expect.any(String));
    }
  });

  it('lists one namespace alone, and an unknown one as empty', async () => {
    const inside = await client().list(`/api/v1/namespaces/${namespace()}/services`);
    expect(inside.items.length).toBeGreaterThanOrEqual(3);
    for (const item of inside.items) expect(at(item, 'metadata', 'namespace')).toBe(namespace());
    expect((await client().list('/api/v1/namespaces/no-such-namespace/services')).items).toEqual([]);
  });

  it('finds a namespace by its name', async () => {
    const found = await client().list(`/api/v1/namespaces?fieldSelector=metadata.name%3D${namespace()}`, METADATA_LIST);
    expect(found.items.map(keyOf)).toEqual([namespace()]);
    expect((await client().list('/api/v1/namespaces?fieldSelector=metadata.name%3Dno-such-namespace', METADATA_LIST)).items).toEqual([]);
  });

  describe('selects by labels', () => {
    const label = 'kubernetes.io/metadata.name';
    const named = async (selector: string) =>
      (await client().list(`/api/v1/namespaces?labelSelector=${encodeURIComponent(selector)}`)).items.map(keyOf);

    it('that are, are not, are one of, are none of, or are there', async () => {
      const all = (await client().list('/api/v1/namespaces')).items.map(keyOf);
      const others = all.filter((name) => name !== namespace());
      expect(await named(`${label}=${namespace()}`)).toEqual([namespace()]);
      expect(await named(`${label}==${namespace()}`)).toEqual([namespace()]);
      expect(await named(`${label}!=${namespace()}`)).toEqual(others);
      expect(await named(`${label} in (${namespace()}, no-such-namespace)`)).toEqual([namespace()]);
      expect(await named(`${label} notin (${namespace()})`)).toEqual(others);
      expect(await named(label)).toEqual(all);
      expect(await named(`!${label}`)).toEqual([]);
      expect(await named(`no-such-label!=x,${label}=${namespace()}`)).toEqual([namespace()]);
    });

    it('and refuses what it cannot read', async () => {
      await expectStatus(client().get('/api/v1/namespaces?labelSelector=a%3D%3D%3Db'), 400, 'BadRequest');
    });
  });

  it('refuses a field that it does not select by', async () => {
    const refusal = await expectStatus(client().get('/api/v1/services?fieldSelector=status.phase%3DRunning'), 400, 'BadRequest');
    expect(refusal.message).toBe('field label not supported: status.phase');
  });

  describe('shows the state that is asked for', () => {
    it('any, the newest known, or one that is not older', async () => {
      const now = await client().list('/api/v1/namespaces');
      for (const query of [
        'resourceVersion=0',
        `resourceVersion=${now.resourceVersion}`,
        `resourceVersion=${now.resourceVersion}&resourceVersionMatch=NotOlderThan`,
      ]) {
        const then = await client().list(`/api/v1/namespaces?${query}`);
        expect(then.items.map(keyOf)).toEqual(now.items.map(keyOf));
        expect(Number(then.resourceVersion)).toBeGreaterThanOrEqual(Number(now.resourceVersion));
      }
    });

    it('in pages, but all of it at once from memory', async () => {
      const now = await client().list('/api/v1/namespaces');
      const page = await client().list(
        `/api/v1/namespaces?limit=1&resourceVersion=${now.resourceVersion}&resourceVersionMatch=NotOlderThan`,
      );
      expect(page.items.length).toBe(1);
      expect(page.continueToken).toBeDefined();
      expect((await client().list('/api/v1/namespaces?limit=1&resourceVersion=0')).items.length).toBe(now.items.length);
    });

    it('exactly, also when something has happened since', async () => {
      const target = `/api/v1/namespaces/${client().api.scratch}/services`;
      const before = await client().list(target);
      await client().wrote(201, 'POST', target, { metadata: { name: 'later' }, spec: { ports: [{ port: 80 }] } });
      const exact = await client().list(`${target}?resourceVersion=${before.resourceVersion}&resourceVersionMatch=Exact`);
      expect(exact).toEqual(before);
      expect((await client().list(target)).items.map(keyOf)).toContain(`${client().api.scratch}/later`);
      await client().wrote(200, 'DELETE', `${target}/later`);
    });

    it('and refuses what makes no sense', async () => {
      await expectStatus(client().get('/api/v1/services?resourceVersion=abc'), 400, 'BadRequest');
      await expectStatus(client().get('/api/v1/services?resourceVersionMatch=Exact'), 422, 'Invalid');
      await expectStatus(client().get('/api/v1/services?resourceVersion=1&resourceVersionMatch=Nearly'), 422, 'Invalid');
      await expectStatus(client().get('/api/v1/services?resourceVersion=0&resourceVersionMatch=Exact'), 422, 'Invalid');
      const page = await client().list('/api/v1/services?limit=1');
      const onward = `limit=1&continue=${encodeURIComponent(page.continueToken ?? '')}`;
      await expectStatus(client().get(`/api/v1/services?${onward}&resourceVersion=${page.resourceVersion}`), 400, 'BadRequest');
      await expectStatus(client().get(`/api/v1/services?${onward}&resourceVersion=1&resourceVersionMatch=Exact`), 422, 'Invalid');
    });

    it('or says that it is not there yet', async () => {
      const refusal = await expectStatus(client().get('/api/v1/services?resourceVersion=999999999'), 504, 'Timeout');
      expect(at(refusal, 'details', 'causes')).toMatchObject([{ reason: 'ResourceVersionTooLarge' }]);
    });
  });

  it('refuses a continue token that it did not give, and a limit that is no number', async () => {
    await expectStatus(client().get('/api/v1/services?limit=2&continue=nonsense'), 400, 'BadRequest');
    await expectStatus(client().get('/api/v1/services?limit=two'), 400, 'BadRequest');
  });

  it('says 410 Expired for a continue token that is too old, with one to go on with all the same', async () => {
    const token = await client().api.expiredToken();
    const refusal = await expectStatus(client().get(`/api/v1/services?limit=2&continue=${encodeURIComponent(token)}`), 410, 'Expired');
    const onward = String(at(refusal, 'metadata', 'continue'));
    expect((await client().list(`/api/v1/services?limit=2&continue=${encodeURIComponent(onward)}`)).items.length).toBe(2);
  });

  it('says 404 for a group that it does not serve, and for an object that is not there', async () => {
    expect((await client().get('/apis/no.such.group/v1/things')).status).toBe(404);
    const refusal = await expectStatus(client().get(`/api/v1/namespaces/${namespace()}/services/no-such-service`), 404, 'NotFound');
    expect(refusal).toMatchObject({
      message: 'services "no-such-service" not found',
      details: { name: 'no-such-service', kind: 'services' },
    });
    const inGroup = await expectStatus(client().get(`/apis/apps/v1/namespaces/${namespace()}/deployments/none`), 404, 'NotFound');
    expect(inGroup).toMatchObject({
      message: 'deployments.apps "none" not found',
      details: { name: 'none', group: 'apps', kind: 'deployments' },
    });
  });

  it('says 401 to a token that it does not know', async () => {
    const headers = [['authorization', 'Bearer no-token-of-this-cluster']] as const;
    await expectStatus(client().api.ask({ method: 'GET', target: '/api/v1/services', headers }), 401, 'Unauthorized');
  });

  it('says 403 for what a user may not list or watch, and lists what it may', async () => {
    const { api } = client();
    const ask = (target: string) => api.ask({ method: 'GET', target, headers: api.withoutPods });
    await expectStatus(ask('/api/v1/pods'), 403, 'Forbidden');
    const refusal = await expectStatus(ask('/api/v1/pods?watch=1'), 403, 'Forbidden');
    expect(refusal.message).toMatch(/^pods is forbidden: User ".*" cannot watch resource "pods" in API group "" at the cluster scope/);
    expect((await ask('/api/v1/services')).status).toBe(200);
  });
}

function pick({ labels, ownerReferences }: Members): Members {
  return { labels, ownerReferences };
}
