import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEPT_KINDS } from '../../../../src/mesh/kept.ts';
import { KINDS, type Kind } from '../../../../src/sources/kubernetes/kinds.ts';
import { collectionOf, type PageQuery, pageRequest, watchRequest } from '../../../../src/sources/kubernetes/requests.ts';

const cluster = undefined;
const shop = 'shop';
const open = { baseUrl: 'https://api.example', token: '' };
/** A page of a kind in its newest version. */
const listRequest = (connection: typeof open, kind: Kind, namespace: string | undefined, page: PageQuery) =>
  pageRequest(connection, collectionOf(kind, kind.versions[0], namespace), page);
const PHASES = 'fieldSelector=status.phase!%3DSucceeded%2Cstatus.phase!%3DFailed';

describe('a list', () => {
  it.each([
    [KINDS.services, cluster, 'https://api.example/api/v1/services?limit=500'],
    [KINDS.services, shop, 'https://api.example/api/v1/namespaces/shop/services?limit=500'],
    [KINDS.deployments, cluster, 'https://api.example/apis/apps/v1/deployments?limit=500'],
    [KINDS.replicaSets, shop, 'https://api.example/apis/apps/v1/namespaces/shop/replicasets?limit=500'],
    [KINDS.namespaces, cluster, 'https://api.example/api/v1/namespaces?limit=500'],
    [KINDS.namespaces, shop, 'https://api.example/api/v1/namespaces?limit=500&fieldSelector=metadata.name%3Dshop'],
    [KINDS.pods, cluster, `https://api.example/api/v1/pods?limit=500&${PHASES}`],
  ])('asks for $resource', (kind, scope, url) => {
    expect(listRequest(open, kind, scope, { limit: 500 }).url).toBe(url);
  });

  it('keeps the path of the base URL, as behind a proxy', () => {
    const connection = { baseUrl: 'https://rancher.example/k8s/clusters/c-1', token: '' };
    expect(listRequest(connection, KINDS.pods, shop, { limit: 1 }).url).toMatch(
      'https://rancher.example/k8s/clusters/c-1/api/v1/namespaces/shop/pods?',
    );
  });

  it('asks for metadata alone where that is enough', () => {
    for (const name of KEPT_KINDS) {
      const { headers } = listRequest(open, KINDS[name], cluster, { limit: 1 });
      const partial = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';
      expect(headers).toEqual([['accept', KINDS[name].form === 'metadata' ? partial : 'application/json']]);
    }
    expect(KEPT_KINDS.filter((name) => KINDS[name].form === 'metadata')).toEqual(['namespaces', 'replicaSets', 'pods', 'serviceAccounts']);
  });

  it('sends the token as a bearer token, in no other place', () => {
    const request = listRequest({ baseUrl: 'https://api.example', token: 's3cret' }, KINDS.pods, cluster, { limit: 1 });
    expect(request.headers).toContainEqual(['authorization', 'Bearer s3cret']);
    expect(request.url).not.toContain('s3cret');
  });

  it('stays at the configured origin and path, whatever continue token the server gave', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (continueToken) => {
        const url = new URL(listRequest(open, KINDS.services, shop, { limit: 7, continueToken }).url);
        expect([url.origin, url.pathname, url.hash]).toEqual(['https://api.example', '/api/v1/namespaces/shop/services', '']);
        expect([...url.searchParams]).toEqual([
          ['limit', '7'],
          ['continue', continueToken],
        ]);
      }),
    );
  });
});

describe('pageRequest', () => {
  const servers = collectionOf(KINDS.linkerdServers, 'v1beta2', undefined);

  it('asks for the version that is served', () => {
    expect(pageRequest(open, servers, { limit: 500 }).url).toBe('https://api.example/apis/policy.linkerd.io/v1beta2/servers?limit=500');
    expect(pageRequest(open, collectionOf(KINDS.linkerdServers, 'v1beta3', 'shop'), { limit: 500 }).url).toBe(
      'https://api.example/apis/policy.linkerd.io/v1beta3/namespaces/shop/servers?limit=500',
    );
  });

  it('says that a state that was seen, or any newer one, will do', () => {
    expect(pageRequest(open, servers, { limit: 5, notOlderThan: '17' }).url).toMatch(
      /\?limit=5&resourceVersion=17&resourceVersionMatch=NotOlderThan$/,
    );
  });

  it('says nothing of resourceVersions beside a continue token, which the API server would refuse', () => {
    expect(pageRequest(open, servers, { limit: 5, notOlderThan: '17', continueToken: 'abc' }).url).toMatch(/\?limit=5&continue=abc$/);
  });
});

describe('watchRequest', () => {
  it('asks for what happened after a moment, with bookmarks, for a while', () => {
    const { url, headers } = watchRequest(open, collectionOf(KINDS.httpRoutes, 'v1', undefined), {
      resourceVersion: '17',
      timeoutSeconds: 9,
    });
    const base = 'https://api.example/apis/gateway.networking.k8s.io/v1/httproutes';
    expect(url).toBe(`${base}?watch=true&allowWatchBookmarks=true&timeoutSeconds=9&resourceVersion=17`);
    expect(headers).toEqual([['accept', 'application/json']]);
  });

  it('asks for the same objects as the list, as metadata where that is enough', () => {
    const token = { baseUrl: 'https://api.example', token: 's3cret' };
    const { url, headers } = watchRequest(token, collectionOf(KINDS.pods, 'v1', 'shop'), { resourceVersion: 'a/b', timeoutSeconds: 1 });
    const base = 'https://api.example/api/v1/namespaces/shop/pods';
    expect(url).toBe(`${base}?watch=true&allowWatchBookmarks=true&timeoutSeconds=1&resourceVersion=a%2Fb&${PHASES}`);
    expect(headers).toEqual([
      ['accept', 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json'],
      ['authorization', 'Bearer s3cret'],
    ]);
  });
});
