import { describe, expect, it } from 'vitest';
import { Cluster, PODS } from '../../../../bench/scale/cluster.ts';
import { KubernetesApi } from '../../../../bench/scale/kubernetes-api.ts';
import { isStream } from '../../../../src/demo/http.ts';

interface List {
  readonly kind: string;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly { readonly metadata: { readonly namespace?: string; readonly name: string } }[];
}

const request = (path: string, query: string) => ({ method: 'GET', path, query, headers: [], body: new Uint8Array(0) });

function listed(api: KubernetesApi, path: string, query: string): List {
  const answer = api.handler(request(path, query));
  if (isStream(answer)) throw new Error('a list is no stream');
  return JSON.parse(Buffer.from(answer.body).toString()) as List;
}

function watched(api: KubernetesApi, path: string, since: string): readonly { readonly type: string }[] {
  const answer = api.handler(request(path, `watch=true&timeoutSeconds=1&resourceVersion=${since}`));
  if (!isStream(answer)) throw new Error('a watch is a stream');
  let text = '';
  const stop = answer.start(
    (bytes) => {
      text += Buffer.from(bytes).toString();
    },
    () => {},
  );
  stop();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { readonly type: string });
}

describe('the Kubernetes API over a generated cluster', () => {
  it.each([1, 7, 50, 120, 500, 1000])('lists every pod once in pages of %i', (limit) => {
    const api = new KubernetesApi(new Cluster(10));
    const names: string[] = [];
    let token: string | undefined;
    do {
      const page = listed(api, '/api/v1/pods', `limit=${limit}${token === undefined ? '' : `&continue=${token}`}`);
      expect(page.kind).toBe('PartialObjectMetadataList');
      expect(page.items.length).toBeLessThanOrEqual(limit);
      names.push(...page.items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
      token = page.metadata.continue;
    } while (token !== undefined);
    expect(new Set(names).size).toBe(10 * PODS);
    expect(names).toHaveLength(10 * PODS);
  });

  it('tells a watch what happened since, then where it is', () => {
    const api = new KubernetesApi(new Cluster(10));
    const { resourceVersion } = listed(api, '/api/v1/pods', 'limit=1').metadata;
    expect(watched(api, '/api/v1/pods', resourceVersion).map(({ type }) => type)).toEqual(['BOOKMARK']);
    api.changeNamespace(2);
    const events = watched(api, '/api/v1/pods', resourceVersion);
    expect(events.filter(({ type }) => type === 'ADDED')).toHaveLength(PODS);
    expect(events).toHaveLength(2 * PODS + 1);
    expect(watched(api, '/apis/apps/v1/deployments', resourceVersion).map(({ type }) => type)).toEqual(['MODIFIED', 'BOOKMARK']);
    const later = listed(api, '/api/v1/pods', 'limit=1').metadata.resourceVersion;
    expect(watched(api, '/api/v1/pods', later).map(({ type }) => type)).toEqual(['BOOKMARK']);
  });

  it('has nothing under another path', () => {
    expect(new KubernetesApi(new Cluster(2)).handler(request('/api/v1/secrets', ''))).toMatchObject({ status: 404 });
  });
});
