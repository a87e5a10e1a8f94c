import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KIND_NAMES, KINDS } from '../../../../src/sources/kubernetes/kinds.ts';
import { listRequest, type Scope } from '../../../../src/sources/kubernetes/requests.ts';

const cluster: Scope = { tag: 'cluster' };
const shop: Scope = { tag: 'namespace', namespace: 'shop' };
const open = { baseUrl: 'https://api.example', token: '' };
const PHASES = 'fieldSelector=status.phase!%3DSucceeded%2Cstatus.phase!%3DFailed';

describe('listRequest', () => {
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
    for (const name of KIND_NAMES) {
      const { headers } = listRequest(open, KINDS[name], cluster, { limit: 1 });
      const partial = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';
      expect(headers).toEqual([['accept', KINDS[name].form === 'metadata' ? partial : 'application/json']]);
    }
    expect(KIND_NAMES.filter((name) => KINDS[name].form === 'metadata')).toEqual(['namespaces', 'pods', 'replicaSets']);
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
