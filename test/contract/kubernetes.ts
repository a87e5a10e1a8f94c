import { beforeAll, describe, expect, it } from 'vitest';
import type { HeaderList } from '../../src/lib/headers.ts';
import { isObject } from '../../src/lib/json.ts';

/** An answer of the API under test. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

/** The API under test, and what the suite needs of the cluster behind it. */
export interface KubernetesUnderTest {
  /** Sends a GET for a path with its query, and these headers. */
  get(target: string, headers: HeaderList): ApiAnswer | Promise<ApiAnswer>;
  /** Headers of a user who may list everything that the product reads. */
  readonly reader: HeaderList;
  /** Headers of a user who may list services but not pods. */
  readonly withoutPods: HeaderList;
  /**
   * A namespace that holds at least three Services, three pods that are not finished, and a Deployment with a ReplicaSet. The cluster holds more
   * than five Services.
   */
  readonly namespace: string;
  /** A pod in that namespace whose phase is Failed or Succeeded. */
  readonly finishedPod: string;
  /** A continue token for `/api/v1/services` whose state of the cluster is no longer kept. */
  expiredToken(): string | Promise<string>;
}

type Members = Record<string, unknown>;

interface List {
  readonly kind: unknown;
  readonly apiVersion: unknown;
  readonly resourceVersion: string;
  readonly continueToken: string | undefined;
  readonly items: readonly Members[];
}

const METADATA_LIST: HeaderList = [['accept', 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json']];
const JSON_LIST: HeaderList = [['accept', 'application/json']];

/**
 * What the product relies on in a Kubernetes API, as the API Concepts page of Kubernetes and its API reference have it. Run on the demo API and on a real
 * kube-apiserver alike.
 */
export function describeKubernetes(name: string, setUp: () => KubernetesUnderTest | Promise<KubernetesUnderTest>): void {
  describe(`Kubernetes API: ${name}`, () => {
    let api: KubernetesUnderTest;
    beforeAll(async () => {
      api = await setUp();
    });

    const get = (target: string, headers: HeaderList = JSON_LIST) => api.get(target, [...api.reader, ...headers]);

    async function list(target: string, headers: HeaderList = JSON_LIST): Promise<List> {
      const answer = await get(target, headers);
      expect(answer.status, answer.body.slice(0, 300)).toBe(200);
      const { kind, apiVersion, metadata, items } = members(JSON.parse(answer.body));
      const { resourceVersion, continue: continueToken } = members(metadata);
      expect(resourceVersion).toMatch(/^\d+$/);
      return {
        kind,
        apiVersion,
        resourceVersion: String(resourceVersion),
        continueToken: continueToken === undefined || continueToken === '' ? undefined : String(continueToken),
        items: (Array.isArray(items) ? items : []).map(members),
      };
    }

    async function pages(target: string, limit: number, headers: HeaderList = JSON_LIST): Promise<List[]> {
      const read: List[] = [];
      let token: string | undefined;
      do {
        const more = token === undefined ? '' : `&continue=${encodeURIComponent(token)}`;
        const page = await list(`${target}?limit=${limit}${more}`, headers);
        read.push(page);
        token = page.continueToken;
      } while (token !== undefined && read.length < 200);
      return read;
    }

    async function expectStatus(answer: ApiAnswer | Promise<ApiAnswer>, code: number, reason: string): Promise<void> {
      const { status, body } = await answer;
      expect(status).toBe(code);
      expect(JSON.parse(body)).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason });
    }

    it('names its version', async () => {
      const answer = await get('/version');
      expect(answer.status).toBe(200);
      expect(at(JSON.parse(answer.body), 'gitVersion')).toMatch(/^v1\.\d+/);
    });

    it('says when it is ready', async () => {
      expect(await get('/readyz')).toMatchObject({ status: 200, body: 'ok' });
    });

    it('serves the groups and versions that the table of kinds names', async () => {
      const names = async (target: string) => {
        const { resources } = members(JSON.parse((await get(target)).body));
        return Array.isArray(resources) ? resources.map((resource) => at(resource, 'name')) : [];
      };
      expect(await names('/api/v1')).toEqual(expect.arrayContaining(['namespaces', 'services', 'pods']));
      expect(await names('/apis/apps/v1')).toEqual(expect.arrayContaining(['deployments', 'replicasets', 'statefulsets', 'daemonsets']));
    });

    it.each([
      ['/api/v1/namespaces', 'NamespaceList', 'v1'],
      ['/api/v1/services', 'ServiceList', 'v1'],
      ['/api/v1/pods', 'PodList', 'v1'],
      ['/apis/apps/v1/replicasets', 'ReplicaSetList', 'apps/v1'],
      ['/apis/apps/v1/deployments', 'DeploymentList', 'apps/v1'],
      ['/apis/apps/v1/statefulsets', 'StatefulSetList', 'apps/v1'],
      ['/apis/apps/v1/daemonsets', 'DaemonSetList', 'apps/v1'],
    ])('lists %s in the order of namespace and name', async (target, kind, apiVersion) => {
      const all = await list(target);
      expect(all).toMatchObject({ kind, apiVersion });
      const keys = all.items.map(keyOf);
      expect(keys).toEqual([...keys].sort((a, b) => (a < b ? -1 : 1)));
      expect(new Set(keys).size).toBe(keys.length);
    });

    it.each([1, 2, 5])('pages by %i: every object once, all pages of one state, the same as the whole list', async (limit) => {
      const whole = await list('/api/v1/services');
      const read = await pages('/api/v1/services', limit);
      expect(whole.items.length).toBeGreaterThan(5);
      expect(read.length).toBe(Math.ceil(whole.items.length / limit));
      expect(new Set(read.map((page) => page.resourceVersion)).size).toBe(1);
      expect(read.flatMap((page) => page.items.map(keyOf))).toEqual(whole.items.map(keyOf));
      for (const page of read.slice(0, -1)) expect(page.items.length).toBe(limit);
    });

    it('pages what a field selector leaves', async () => {
      const selector = 'fieldSelector=status.phase!%3DSucceeded%2Cstatus.phase!%3DFailed';
      const whole = await list(`/api/v1/pods?${selector}`);
      const first = await list(`/api/v1/pods?${selector}&limit=2`);
      expect(first.items.map(keyOf)).toEqual(whole.items.slice(0, 2).map(keyOf));
      expect(first.continueToken).toBeDefined();
      const rest = await list(`/api/v1/pods?${selector}&limit=500&continue=${encodeURIComponent(first.continueToken ?? '')}`);
      expect(rest.items.map(keyOf)).toEqual(whole.items.slice(2).map(keyOf));
    });

    it('leaves finished pods out when asked to', async () => {
      const target = `/api/v1/namespaces/${api.namespace}/pods`;
      const finished = `${api.namespace}/${api.finishedPod}`;
      const all = (await list(target)).items.map(keyOf);
      const live = (await list(`${target}?fieldSelector=status.phase!%3DSucceeded%2Cstatus.phase!%3DFailed`)).items.map(keyOf);
      expect(all).toContain(finished);
      expect(live).not.toContain(finished);
      expect(live.length).toBeGreaterThanOrEqual(3);
    });

    it('gives the metadata alone to who asks for it, in pages too', async () => {
      const target = `/api/v1/namespaces/${api.namespace}/pods`;
      const full = await list(target);
      const partial = await pages(target, 2, METADATA_LIST);
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

    it('says who controls a ReplicaSet', async () => {
      const { items } = await list(`/apis/apps/v1/namespaces/${api.namespace}/replicasets`, METADATA_LIST);
      const owners = items.flatMap((item) => at(item, 'metadata', 'ownerReferences') ?? []);
      expect(owners).toContainEqual(expect.objectContaining({ kind: 'Deployment', controller: true, name: expect.any(String) }));
    });

    it('shows the labels that a workload will give its pods', async () => {
      const { items } = await list(`/apis/apps/v1/namespaces/${api.namespace}/deployments`);
      expect(items.length).toBeGreaterThan(0);
      for (const item of items) {
        const { labels } = members(at(item, 'spec', 'template', 'metadata'));
        expect(Object.keys(members(labels)).length).toBeGreaterThan(0);
      }
    });

    it('lists one namespace alone, and an unknown one as empty', async () => {
      const inside = await list(`/api/v1/namespaces/${api.namespace}/services`);
      expect(inside.items.length).toBeGreaterThanOrEqual(3);
      for (const item of inside.items) expect(at(item, 'metadata', 'namespace')).toBe(api.namespace);
      expect((await list('/api/v1/namespaces/no-such-namespace/services')).items).toEqual([]);
    });

    it('finds a namespace by its name', async () => {
      const found = await list(`/api/v1/namespaces?fieldSelector=metadata.name%3D${api.namespace}`, METADATA_LIST);
      expect(found.items.map(keyOf)).toEqual([api.namespace]);
      expect((await list('/api/v1/namespaces?fieldSelector=metadata.name%3Dno-such-namespace', METADATA_LIST)).items).toEqual([]);
    });

    it('refuses a continue token that it did not give', async () => {
      await expectStatus(get('/api/v1/services?limit=2&continue=nonsense'), 400, 'BadRequest');
    });

    it('says 410 Expired for a continue token that is too old', async () => {
      const token = await api.expiredToken();
      await expectStatus(get(`/api/v1/services?limit=2&continue=${encodeURIComponent(token)}`), 410, 'Expired');
    });

    it('says 404 for a group that it does not serve, and for an object that is not there', async () => {
      expect((await get('/apis/no.such.group/v1/things')).status).toBe(404);
      await expectStatus(get(`/api/v1/namespaces/${api.namespace}/services/no-such-service`), 404, 'NotFound');
    });

    it('says 401 to a token that it does not know', async () => {
      await expectStatus(api.get('/api/v1/services', [['authorization', 'Bearer no-token-of-this-cluster']]), 401, 'Unauthorized');
    });

    it('says 403 for what a user may not list, and lists what it may', async () => {
      await expectStatus(api.get('/api/v1/pods', api.withoutPods), 403, 'Forbidden');
      expect((await api.get('/api/v1/services', api.withoutPods)).status).toBe(200);
    });
  });
}

function members(value: unknown): Members {
  if (!isObject(value)) throw new Error(`not an object: ${JSON.stringify(value)?.slice(0, 100)}`);
  return value;
}

/** The value at the end of a path of members. */
function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((parent, key) => members(parent)[key], value);
}

function keyOf(item: Members): string {
  const { namespace, name } = members(at(item, 'metadata'));
  return namespace === undefined ? String(name) : `${String(namespace)}/${String(name)}`;
}

function pick({ labels, ownerReferences }: Members): Members {
  return { labels, ownerReferences };
}
