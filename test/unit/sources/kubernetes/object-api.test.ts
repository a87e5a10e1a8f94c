import { describe, expect, it } from 'vitest';
import { HttpFailure, type HttpResponse } from '../../../../src/ports/http.ts';
import {
  applyObject,
  deleteObject,
  type ObjectApi,
  type ObjectPlace,
  readList,
  readObject,
} from '../../../../src/sources/kubernetes/object-api.ts';
import { podsWithLabels, readyEndpoints } from '../../../../src/sources/kubernetes/ready-endpoints.ts';
import { fakeClock, fakeHttp } from '../../../support/ports.ts';

const PLACE: ObjectPlace = { kind: 'httpRoutes', version: 'v1', namespace: 'shop', name: 'web' };
const STATE = { uid: 'u-1', resourceVersion: '7' };

const WEB = { kind: 'HTTPRoute', metadata: { name: 'web', namespace: 'shop', ...STATE }, spec: {} };

const respond = (status: number, body: unknown = {}, more: Partial<HttpResponse> = {}): HttpResponse => ({
  status,
  headers: [],
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  truncated: false,
  ...more,
});

function asked(answer: HttpResponse | HttpFailure) {
  const http = fakeHttp(() => answer);
  const api: ObjectApi = {
    http,
    clock: fakeClock(),
    connection: { baseUrl: 'https://kube', token: 't' },
    headers: [['impersonate-user', 'otto']],
    timeoutMs: 1_000,
  };
  return { http, api };
}

const bodyOf = (http: ReturnType<typeof fakeHttp>): unknown => JSON.parse(Buffer.from(http.requests[0]?.body ?? []).toString());

describe('requests', () => {
  it('apply as mesh-mcp, strictly, in one state', () => {
    const { http, api } = asked(respond(200, { metadata: {} }));
    applyObject(api, PLACE, { metadata: { labels: { a: 'b' } }, spec: { c: 1 } }, { dryRun: true, force: false, only: STATE });
    expect(http.requests[0]).toMatchObject({
      method: 'PATCH',
      url: 'https://kube/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/web?fieldManager=mesh-mcp&fieldValidation=Strict&force=false&dryRun=All',
      headers: expect.arrayContaining([
        ['content-type', 'application/apply-patch+yaml'],
        ['authorization', 'Bearer t'],
        ['impersonate-user', 'otto'],
      ]),
    });
    expect(bodyOf(http)).toEqual({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { labels: { a: 'b' }, namespace: 'shop', name: 'web', ...STATE },
      spec: { c: 1 },
    });
  });

  it('make only what is not there, and say force only where it is meant', () => {
    const { http, api } = asked(respond(201, { metadata: {} }));
    applyObject(api, PLACE, { spec: {} }, { dryRun: false, force: true, only: 'absent' });
    expect(http.requests[0]?.url).toMatch(/force=true$/);
    expect(bodyOf(http)).toMatchObject({ metadata: { resourceVersion: '0' } });
  });

  it.each([true, false])('delete in one state; that it is tried only (%j) stands in the body', (dryRun) => {
    const { http, api } = asked(respond(200, { kind: 'Status', status: 'Success' }));
    expect(deleteObject(api, PLACE, STATE, dryRun)).toEqual({ tag: 'deleted' });
    expect(http.requests[0]?.url).not.toContain('?');
    expect(bodyOf(http)).toEqual({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions: STATE, ...(dryRun ? { dryRun: ['All'] } : {}) });
  });
});

describe('answers', () => {
  const causes = (reason: string, field: string, message = '') => ({
    details: { name: 'web', kind: 'httproutes', causes: [{ reason, field, message }] },
  });

  it.each([
    [respond(200, WEB), { tag: 'object', created: false }],
    [respond(201, WEB), { tag: 'object', created: true }],
    [respond(200, { ...WEB, kind: 'Secret' }), { tag: 'refused', refusal: { tag: 'not-kubernetes' } }],
    [respond(200, { ...WEB, metadata: { ...WEB.metadata, name: 'other' } }), { tag: 'refused', refusal: { tag: 'not-kubernetes' } }],
    [respond(200, { ...WEB, metadata: { ...WEB.metadata, namespace: 'bank' } }), { tag: 'refused', refusal: { tag: 'not-kubernetes' } }],
    [respond(200, { ...WEB, metadata: { ...WEB.metadata, uid: '' } }), { tag: 'refused', refusal: { tag: 'not-kubernetes' } }],
    [respond(307, {}, { headers: [['location', 'https://elsewhere/']] }), { tag: 'refused', refusal: { tag: 'redirected' } }],
    [respond(404, { details: { name: 'web', kind: 'httproutes' } }), { tag: 'absent' }],
    [respond(404, '404 page not found\n'), { tag: 'not-served' }],
    [respond(404, { details: {} }), { tag: 'not-served' }],
    [respond(404, { details: { name: 'shop', kind: 'namespaces' } }), { tag: 'no-namespace' }],
    [respond(409, { details: { name: 'web', kind: 'httproutes' } }), { tag: 'moved' }],
    [
      respond(409, causes('FieldManagerConflict', '.spec.rules', 'conflict with "kubectl"')),
      { tag: 'owned', conflicts: [{ field: 'spec.rules', manager: 'kubectl' }] },
    ],
    [respond(422, causes('FieldValueInvalid', 'metadata.resourceVersion')), { tag: 'moved' }],
    [respond(422, causes('FieldValueInvalid', 'metadata.uid')), { tag: 'moved' }],
    [respond(422, causes('FieldValueInvalid', 'spec.rules')), { tag: 'invalid' }],
    [respond(400, { message: 'unknown field "spec.a"' }), { tag: 'invalid' }],
    [respond(500, { message: 'failed to create typed patch object (a): .spec.a: field not declared in schema' }), { tag: 'invalid' }],
    [respond(500, { message: 'etcdserver: leader changed' }), { tag: 'refused', refusal: { tag: 'failing', status: 500 } }],
    [respond(429, {}, { headers: [['retry-after', '3']] }), { tag: 'refused', refusal: { tag: 'throttled', retryAfterMs: 3_000 } }],
    [respond(403), { tag: 'refused', refusal: { tag: 'forbidden' } }],
    [respond(200, '<html>'), { tag: 'refused', refusal: { tag: 'not-kubernetes' } }],
    [respond(200, WEB, { truncated: true }), { tag: 'refused', refusal: { tag: 'too-large' } }],
    [new HttpFailure('timeout', 'late'), { tag: 'refused', refusal: { tag: 'timeout' } }],
  ])('are understood: %#', (answer, expected) => {
    expect(readObject(asked(answer).api, PLACE)).toMatchObject(expected);
  });

  it('of lists are items or a refusal', () => {
    expect(readList(asked(respond(200, { items: [1] })).api, '/x')).toEqual({ tag: 'items', items: [1] });
    expect(readList(asked(respond(200, { items: null })).api, '/x')).toEqual({ tag: 'items', items: [] });
    expect(readList(asked(respond(200, '[]')).api, '/x')).toMatchObject({ tag: 'refused', refusal: { tag: 'not-kubernetes' } });
    expect(readList(asked(respond(403)).api, '/x')).toEqual({ tag: 'refused', refusal: { tag: 'forbidden' } });
    expect(readList(asked(new HttpFailure('unreachable', '')).api, '/x')).toMatchObject({
      tag: 'refused',
      refusal: { tag: 'unreachable' },
    });
  });
});

describe('ready endpoints', () => {
  const pod = (name: string, conditions?: object) => ({
    targetRef: { kind: 'Pod', name },
    ...(conditions === undefined ? {} : { conditions }),
  });
  const slices = (...endpoints: readonly object[]) => asked(respond(200, { items: [{ endpoints }, { endpoints: null }] })).api;

  it('count pods once, and what says nothing as ready', () => {
    const api = slices(
      pod('a', { ready: true }),
      pod('a', { ready: true }),
      pod('b', { ready: false }),
      pod('c'),
      pod('d', { serving: true }),
      { addresses: ['10.0.0.1'] },
    );
    expect(readyEndpoints(api, 'shop', 'web')).toEqual({ tag: 'endpoints', ready: 4, pods: ['a', 'c', 'd'] });
  });

  it('are asked for by the name of the Service', () => {
    const { http, api } = asked(respond(403));
    expect(readyEndpoints(api, 'shop', 'web')).toEqual({ tag: 'refused', refusal: { tag: 'forbidden' } });
    expect(http.requests[0]?.url).toBe(
      'https://kube/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dweb&limit=200',
    );
  });

  it('and pods are found by labels', () => {
    const { http, api } = asked(respond(200, { items: [{ metadata: { name: 'a' } }, {}] }));
    expect(podsWithLabels(api, 'shop', { app: 'web', version: 'v2' })).toEqual({ tag: 'pods', names: ['a'] });
    expect(http.requests[0]?.url).toContain('labelSelector=app%3Dweb%2Cversion%3Dv2');
  });
});
