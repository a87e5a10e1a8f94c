import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DemoKubernetesOptions, demoKubernetes } from '../../../../src/demo/kubernetes/api.ts';
import { continueToken, readContinueToken } from '../../../../src/demo/kubernetes/continue.ts';
import { makeObjects } from '../../../../src/demo/kubernetes/objects.ts';
import { SAMPLE } from '../../../../src/demo/kubernetes/sample.ts';
import { header } from '../../../../src/lib/headers.ts';
import { decodeUtf8 } from '../../../../src/lib/utf8.ts';

function ask(
  target: string,
  { method = 'GET', options = {} }: { readonly method?: string; readonly options?: DemoKubernetesOptions } = {},
) {
  const [path = '', query = ''] = target.split('?');
  const answer = demoKubernetes(options)({ method, path, query, headers: [], body: new Uint8Array() });
  return { ...answer, text: decodeUtf8(answer.body) };
}

describe('demoKubernetes', () => {
  it('says in every answer that it is a demo', () => {
    for (const target of [
      '/version',
      '/api',
      '/apis',
      '/api/v1/pods',
      '/nowhere',
      '/api/v1/pods?limit=x',
      '/api/v1/namespaces/shop/services/web',
    ]) {
      expect(header(ask(target).headers, 'x-mesh-mcp-demo'), target).toBe('true');
    }
    expect(header(ask('/api/v1/pods', { options: { token: 't' } }).headers, 'x-mesh-mcp-demo')).toBe('true');
    expect(JSON.parse(ask('/version').text)).toMatchObject({ gitVersion: expect.stringContaining('+demo') });
  });

  it('is read-only', () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) expect(ask('/api/v1/namespaces/shop/pods', { method }).status).toBe(405);
  });

  it('gives single objects', () => {
    expect(JSON.parse(ask('/api/v1/namespaces/shop/services/web').text)).toMatchObject({
      kind: 'Service',
      apiVersion: 'v1',
      metadata: { name: 'web' },
    });
    expect(JSON.parse(ask('/apis/apps/v1/namespaces/bank/statefulsets/ledger-db').text)).toMatchObject({
      kind: 'StatefulSet',
      apiVersion: 'apps/v1',
    });
    expect(JSON.parse(ask('/api/v1/namespaces/shop').text)).toMatchObject({ kind: 'Namespace', metadata: { name: 'shop' } });
  });

  it.each([
    ['/api/v1/services/web', 404],
    ['/api/v1/namespaces/shop/namespaces', 404],
    ['/api/v1/deployments', 404],
    ['/apis/apps/v1/pods', 404],
    ['/api/v1/namespaces/shop/pods/a/log', 404],
    ['/api/v1/namespaces/shop/pods/', 404],
    ['/api/v1/pods?labelSelector=app%3Dweb', 400],
    ['/api/v1/pods?watch=true', 400],
    ['/api/v1/pods?limit=-1', 400],
    ['/api/v1/pods?fieldSelector=constructor%3Dx', 400],
    ['/api/v1/services?fieldSelector=status.phase%3DRunning', 400],
  ])('answers %s with %i', (target, status) => {
    expect(ask(target).status).toBe(status);
  });

  it('never throws, whatever is asked', () => {
    const handler = demoKubernetes();
    const part = fc.oneof(
      fc.constantFrom('api', 'apis', 'v1', 'apps', 'namespaces', 'shop', 'pods', 'services', 'web', '', '__proto__'),
      fc.string(),
    );
    const query = fc.oneof(
      fc.string(),
      fc
        .record({ key: fc.constantFrom('limit', 'continue', 'fieldSelector', 'watch'), value: fc.string() })
        .map(({ key, value }) => `${key}=${encodeURIComponent(value)}`),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), query, (parts, query) => {
        const { status } = handler({ method: 'GET', path: `/${parts.join('/')}`, query, headers: [], body: new Uint8Array() });
        expect([200, 400, 404, 410]).toContain(status);
      }),
    );
  });
});

describe('the sample', () => {
  it('is always the same, with names and uids that occur once', () => {
    const made = makeObjects(SAMPLE);
    expect(makeObjects(SAMPLE)).toEqual(made);
    const all = Object.entries(made).flatMap(([resource, objects]) => objects.map((object) => ({ resource, ...object })));
    expect(new Set(all.map(({ uid }) => uid)).size).toBe(all.length);
    expect(new Set(all.map(({ resource, namespace, name }) => `${resource} ${namespace}/${name}`)).size).toBe(all.length);
    for (const { uid } of all) expect(uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  });

  it('has about 25 workloads in two meshes', () => {
    const { deployments, statefulsets, daemonsets } = makeObjects(SAMPLE);
    expect(deployments.length + statefulsets.length + daemonsets.length).toBeGreaterThanOrEqual(25);
    expect(deployments.length + statefulsets.length + daemonsets.length).toBeLessThanOrEqual(32);
  });
});

describe('continue tokens', () => {
  it('come back as they went', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (resourceVersion, after) => {
        const token = continueToken({ resourceVersion, after });
        expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(readContinueToken(token)).toEqual({ resourceVersion, after });
      }),
    );
  });

  it('are refused when they are any other text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((text) => Buffer.from(text).toString('base64url')),
        ),
        (text) => {
          expect(readContinueToken(text)).toBeUndefined();
        },
      ),
    );
  });
});
