import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStream } from '../../../../src/demo/http.ts';
import { type DemoKubernetesOptions, demoKubernetes } from '../../../../src/demo/kubernetes/api.ts';
import { continueToken, readContinueToken } from '../../../../src/demo/kubernetes/continue.ts';
import { type HeaderList, header } from '../../../../src/lib/headers.ts';
import { encodeUtf8 } from '../../../../src/lib/utf8.ts';
import { fakeClock } from '../../../support/ports.ts';
import { ask, watch } from './support.ts';

function get(target: string, options: DemoKubernetesOptions = {}, headers: HeaderList = []) {
  return ask(demoKubernetes(options), 'GET', target, { headers });
}

describe('demoKubernetes', () => {
  it('says in every answer that it is a demo', () => {
    for (const target of [
      '/version',
      '/api',
      '/apis',
      '/api/v1/pods',
      '/api/v1/pods?watch=1',
      '/nowhere',
      '/api/v1/pods?limit=x',
      '/api/v1/namespaces/shop/services/web',
    ]) {
      expect(header(get(target).headers, 'x-mesh-mcp-demo'), target).toBe('true');
    }
    expect(header(get('/api/v1/pods', { token: 't' }).headers, 'x-mesh-mcp-demo')).toBe('true');
    expect(JSON.parse(get('/version').body)).toMatchObject({ gitVersion: expect.stringContaining('+demo') });
  });

  it.each([
    ['/api/v1/namespaces/shop/services/web', { kind: 'Service', apiVersion: 'v1', metadata: { name: 'web' } }],
    ['/apis/apps/v1/namespaces/bank/statefulsets/ledger-db', { kind: 'StatefulSet', apiVersion: 'apps/v1' }],
    ['/api/v1/namespaces/shop', { kind: 'Namespace', metadata: { name: 'shop' } }],
    ['/api/v1/namespaces/shop/status', { kind: 'Namespace', metadata: { name: 'shop' } }],
    ['/apis/policy.linkerd.io/v1beta3/namespaces/shop/servers/orders-http', { kind: 'Server', apiVersion: 'policy.linkerd.io/v1beta3' }],
    ['/apis/policy.linkerd.io/v1beta1/namespaces/shop/servers/orders-http', { kind: 'Server', apiVersion: 'policy.linkerd.io/v1beta1' }],
    ['/apis/security.istio.io/v1/namespaces/bank/authorizationpolicies/ledger-callers', { kind: 'AuthorizationPolicy' }],
  ])('gives %s', (target, expected) => {
    expect(JSON.parse(get(target).body)).toMatchObject(expected);
  });

  it.each([
    ['/api/v1/services/web', 404],
    ['/api/v1/namespaces/shop/namespaces', 404],
    ['/api/v1/deployments', 404],
    ['/apis/apps/v1/pods', 404],
    ['/apis/policy.linkerd.io/v1beta3/authorizationpolicies', 404],
    ['/apis/policy.linkerd.io/v9/servers', 404],
    ['/api/v1/namespaces/shop/pods/a/log', 404],
    ['/api/v1/namespaces/shop/serviceaccounts/web/status', 404],
    ['/api/v1/namespaces/shop/pods/', 404],
    ['/api/v2', 404],
    ['/apis/apps/v2', 404],
    ['/apis/apps/v1/deployments/a/b', 404],
    ['/api/v1/pods?limit=x', 400],
    ['/api/v1/pods?fieldSelector=constructor%3Dx', 400],
    ['/api/v1/services?fieldSelector=status.phase%3DRunning', 400],
    ['/apis/policy.linkerd.io/v1beta3/servers?fieldSelector=spec.port%3D80', 400],
  ])('answers %s with %i', (target, status) => {
    expect(get(target).status).toBe(status);
  });

  it('takes what a client accepts in the order of its wishes', () => {
    const accept = (value: string) => get('/api/v1/namespaces/shop/services/web', {}, [['accept', value]]);
    expect(accept('application/vnd.kubernetes.protobuf,application/json').status).toBe(200);
    expect(accept('application/json;as=Table;g=meta.k8s.io;v=v1, application/json').status).toBe(200);
    expect(accept('*/*').status).toBe(200);
    expect(accept('text/html').status).toBe(406);
    expect(accept('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1beta1').status).toBe(406);
  });

  it('writes nothing that it could not answer for', () => {
    const demo = demoKubernetes();
    const body = JSON.stringify({ metadata: { name: 'x' }, spec: { ports: [{ port: 80 }] } });
    const headers: HeaderList = [
      ['accept', 'text/html'],
      ['content-type', 'application/json'],
    ];
    expect(ask(demo, 'POST', '/api/v1/namespaces/shop/services', { headers, body }).status).toBe(406);
    expect(ask(demo, 'GET', '/api/v1/namespaces/shop/services/x').status).toBe(404);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('takes no %s for discovery', (method) => {
    expect(ask(demoKubernetes(), method, '/apis').status).toBe(405);
  });

  describe('lets users do', () => {
    const put = (options: DemoKubernetesOptions, method: string, target: string, token: string) =>
      ask(demoKubernetes(options), method, target, { headers: [['authorization', `Bearer ${token}`]], body: '{}' }).status;

    it('all that is not forbidden, by resource or by verb', () => {
      const options = { token: 't', forbidden: ['pods', 'watch services', 'delete *', 'list servers.policy.linkerd.io'] };
      expect(put(options, 'GET', '/api/v1/pods', 't')).toBe(403);
      expect(put(options, 'GET', '/api/v1/namespaces/shop/pods/x', 't')).toBe(403);
      expect(put(options, 'GET', '/api/v1/services', 't')).toBe(200);
      expect(put(options, 'GET', '/api/v1/services?watch=1', 't')).toBe(403);
      expect(put(options, 'GET', '/api/v1/services?watch=false', 't')).toBe(200);
      expect(put(options, 'DELETE', '/api/v1/namespaces/shop/services/web', 't')).toBe(403);
      expect(put(options, 'GET', '/apis/policy.linkerd.io/v1beta3/servers', 't')).toBe(403);
      expect(put(options, 'GET', '/apis/policy.linkerd.io/v1beta3/namespaces/shop/servers/orders-http', 't')).toBe(200);
    });

    it('each what is theirs', () => {
      const options = { users: [{ token: 'a', forbidden: ['pods'] }, { token: 'b' }] };
      expect(put(options, 'GET', '/api/v1/pods', 'a')).toBe(403);
      expect(put(options, 'GET', '/api/v1/pods', 'b')).toBe(200);
      expect(put(options, 'GET', '/api/v1/pods', 'c')).toBe(401);
      expect(get('/api/v1/pods', options).status).toBe(403);
      expect(get('/apis', options).status).toBe(403);
      expect(get('/version', options).status).toBe(200);
      expect(JSON.parse(get('/api/v1/namespaces/shop/pods/x', options).body)).toMatchObject({
        message: 'pods "x" is forbidden: User "system:anonymous" cannot get resource "pods" in API group "" in the namespace "shop"',
        details: { name: 'x', kind: 'pods' },
      });
    });
  });

  it('never throws and always answers in its own forms, whatever is asked', () => {
    const demo = demoKubernetes({ now: fakeClock().now });
    const part = fc.oneof(
      fc.constantFrom(
        'api',
        'apis',
        'v1',
        'apps',
        'policy.linkerd.io',
        'v1beta3',
        'servers',
        'orders-http',
        'namespaces',
        'shop',
        'pods',
        'services',
        'web',
        'status',
        '',
        '__proto__',
      ),
      fc.string(),
    );
    const names = [
      'limit',
      'continue',
      'fieldSelector',
      'labelSelector',
      'watch',
      'resourceVersion',
      'resourceVersionMatch',
      'timeoutSeconds',
      'dryRun',
      'fieldManager',
      'force',
      'fieldValidation',
    ];
    const query = fc.oneof(
      fc.string(),
      fc
        .array(fc.record({ key: fc.constantFrom(...names), value: fc.oneof(fc.constantFrom('1', 'All', 'true', 'Exact'), fc.string()) }), {
          maxLength: 3,
        })
        .map((pairs) => pairs.map(({ key, value }) => `${key}=${encodeURIComponent(value)}`).join('&')),
    );
    const types = [
      'application/json',
      'application/yaml',
      'application/merge-patch+json',
      'application/json-patch+json',
      'application/apply-patch+yaml',
    ];
    const body = fc.oneof(
      fc.constant(''),
      fc.string(),
      fc.json(),
      fc
        .record({
          apiVersion: fc.constant('policy.linkerd.io/v1beta3'),
          kind: fc.constant('Server'),
          metadata: fc.object(),
          spec: fc.object(),
        })
        .map((object) => JSON.stringify(object)),
      fc
        .array(
          fc.record({
            op: fc.constantFrom('add', 'remove', 'replace', 'test'),
            path: fc.constantFrom('/spec', '/metadata', '/metadata/name', ''),
            value: fc.object(),
          }),
        )
        .map((patch) => JSON.stringify(patch)),
    );
    const method = fc.constantFrom('GET', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD');
    const path = fc.oneof(
      fc.array(part, { maxLength: 8 }).map((parts) => `/${parts.join('/')}`),
      fc.constantFrom(
        '/apis/policy.linkerd.io/v1beta3/namespaces/shop/servers',
        '/apis/policy.linkerd.io/v1beta3/namespaces/shop/servers/orders-http',
        '/api/v1/services',
      ),
    );
    fc.assert(
      fc.property(method, path, query, fc.constantFrom(...types), body, (method, path, query, type, body) => {
        const answer = demo({ method, path, query, headers: [['content-type', type]], body: encodeUtf8(body) });
        if (isStream(answer)) return;
        const { status } = answer;
        expect([200, 201, 400, 404, 405, 409, 410, 415, 422, 500, 504]).toContain(status);
      }),
      { numRuns: 500 },
    );
  });
});

describe('writes', () => {
  const SERVERS = '/apis/policy.linkerd.io/v1beta3/namespaces/shop/servers';
  const world = () => {
    const clock = fakeClock();
    const demo = demoKubernetes({ now: clock.now });
    const send = (method: string, target: string, body: object | string, type = 'application/json') => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const answer = ask(demo, method, target, {
        headers: [
          ['content-type', type],
          ['user-agent', 'unit/1'],
        ],
        body: text,
      });
      return { ...answer, json: JSON.parse(answer.body) };
    };
    return { clock, demo, send };
  };

  it('take YAML, and stamp what they write with the clock', () => {
    const { clock, send } = world();
    const yaml = 'apiVersion: policy.linkerd.io/v1beta3\nkind: Server\nmetadata: {name: new}\nspec: {podSelector: {}, port: 80}\n';
    const made = send('POST', SERVERS, yaml, 'application/yaml');
    expect(made.json).toMatchObject({
      metadata: { creationTimestamp: '2026-11-21T10:00:00Z', managedFields: [{ manager: 'unit', time: '2026-11-21T10:00:00Z' }] },
      spec: { accessPolicy: 'deny', proxyProtocol: 'unknown' },
    });
    clock.advance(65_000);
    const applied = 'apiVersion: policy.linkerd.io/v1beta3\nkind: Server\nmetadata: {name: new, labels: {a: b}}\n';
    const patched = send('PATCH', `${SERVERS}/new?fieldManager=me`, applied, 'application/apply-patch+yaml');
    expect(patched.status).toBe(200);
    expect(patched.json.metadata.managedFields[0]).toMatchObject({ manager: 'me', operation: 'Apply', time: '2026-11-21T10:01:05Z' });
    expect(patched.json.metadata.creationTimestamp).toBe('2026-11-21T10:00:00Z');
  });

  it('refuse YAML that would grow beyond measure', () => {
    const { send } = world();
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...[...'bcdefghi'].map((name, place) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[place]}`).join(',')}]`),
    ];
    expect(send('POST', SERVERS, bomb.join('\n'), 'application/yaml').status).toBe(400);
  });

  it('make a name where a beginning is given', () => {
    const { send } = world();
    const spec = { podSelector: {}, port: 80 };
    const make = () =>
      send('POST', SERVERS, { apiVersion: 'policy.linkerd.io/v1beta3', kind: 'Server', metadata: { generateName: 'g-' }, spec }).json
        .metadata.name;
    const [one, two] = [make(), make()];
    expect(one).toMatch(/^g-[b-df-hj-np-t]{5}$/);
    expect(two).not.toBe(one);
  });

  it('take what a namespace or an owner holds away with it, and tell watchers of all of it', () => {
    const { clock, demo, send } = world();
    const pods = watch(demo, clock, '/api/v1/pods?watch=1&resourceVersion=4711');
    const gone = send('DELETE', '/apis/apps/v1/namespaces/shop/deployments/catalog', '');
    expect(gone.json).toMatchObject({ status: 'Success' });
    expect(pods.ready().map((line) => JSON.parse(line).type)).toEqual(['DELETED', 'DELETED']);
    const names = (target: string) =>
      JSON.parse(ask(demo, 'GET', target).body).items.map((item: { metadata: { name: string } }) => item.metadata.name);
    expect(names('/apis/apps/v1/namespaces/shop/replicasets').filter((name: string) => name.startsWith('catalog-'))).toEqual([]);

    const orphaned = send('DELETE', '/apis/apps/v1/namespaces/shop/deployments/orders?propagationPolicy=Orphan', '');
    expect(orphaned.status).toBe(200);
    expect(pods.ready()).toEqual([]);

    const namespaces = watch(demo, clock, '/api/v1/namespaces?watch=1&resourceVersion=4711');
    expect(send('DELETE', '/api/v1/namespaces/legacy', '').json).toMatchObject({ status: { phase: 'Terminating' } });
    expect(namespaces.ready().map((line) => JSON.parse(line).type)).toEqual(['MODIFIED', 'DELETED']);
    expect(names('/api/v1/namespaces/legacy/services')).toEqual([]);
    expect(names('/api/v1/namespaces')).not.toContain('legacy');
  });

  it('leave the status to its own path, and the rest alone there', () => {
    const { send } = world();
    const route = '/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/checkout';
    const merge = 'application/merge-patch+json';
    const before = send('PATCH', route, { status: { parents: [] } }, merge).json;
    expect(before.status.parents.length).toBe(1);
    const after = send(
      'PATCH',
      `${route}/status`,
      { status: { parents: [] }, spec: { rules: [] }, metadata: { labels: { a: 'b' } } },
      merge,
    ).json;
    expect(after).toMatchObject({ status: { parents: [] }, spec: before.spec, metadata: { generation: before.metadata.generation } });
    expect(after.metadata.labels).toBeUndefined();
    expect(after.metadata.managedFields.at(-1)).toMatchObject({
      manager: 'unit',
      subresource: 'status',
      fieldsV1: { 'f:status': { 'f:parents': {} } },
    });
  });
});

describe('server-side apply of a status', () => {
  it('owns the status alone, and takes it away when it is let go', () => {
    const demo = demoKubernetes({ now: fakeClock().now });
    const route = '/apis/policy.linkerd.io/v1beta3/namespaces/shop/httproutes/orders-api';
    const apply = (more: object) => {
      const body = JSON.stringify({
        apiVersion: 'policy.linkerd.io/v1beta3',
        kind: 'HTTPRoute',
        metadata: { labels: { a: 'b' } },
        ...more,
      });
      const headers = [['content-type', 'application/apply-patch+yaml']] as const;
      return ask(demo, 'PATCH', `${route}/status?fieldManager=controller&force=true`, { headers, body });
    };
    const { status, body } = apply({ status: { parents: [] }, spec: { rules: [] } });
    expect(status).toBe(200);
    const { spec, metadata, status: written } = JSON.parse(body);
    expect(written).toEqual({ parents: [] });
    expect(spec.rules.length).toBe(1);
    expect(metadata.labels).toBeUndefined();
    expect(metadata.managedFields.at(-1)).toMatchObject({
      manager: 'controller',
      subresource: 'status',
      fieldsV1: { 'f:status': { 'f:parents': {} } },
    });
    expect(JSON.parse(apply({}).body)).not.toHaveProperty('status');
  });
});

describe('watches', () => {
  it('catch up with what is remembered and say 410 to who comes from further back', () => {
    const clock = fakeClock();
    const demo = demoKubernetes({ now: clock.now, history: 3 });
    const label = (value: string) =>
      ask(demo, 'PATCH', '/api/v1/namespaces/shop/services/web', {
        headers: [['content-type', 'application/merge-patch+json']],
        body: JSON.stringify({ metadata: { labels: { value } } }),
      });
    for (const value of ['1', '2', '3', '4', '5']) expect(label(value).status).toBe(200);
    const from = (state: number) => watch(demo, clock, `/api/v1/services?watch=1&resourceVersion=${state}`);
    expect(from(4713).ready().length).toBe(3);
    const late = from(4712);
    expect(JSON.parse(late.ready()[0] ?? '')).toMatchObject({
      type: 'ERROR',
      object: { code: 410, message: 'too old resource version: 4712 (4713)' },
    });
    expect(late.ended).toBe(true);
    const list = (query: string) => ask(demo, 'GET', `/api/v1/services?limit=2&${query}`).status;
    expect(list(`continue=${continueToken({ resourceVersion: '4713', after: 'bank/accounts' })}`)).toBe(200);
    expect(list(`continue=${continueToken({ resourceVersion: '4712', after: 'bank/accounts' })}`)).toBe(410);
    expect(list('resourceVersion=4712')).toBe(410);
  });

  it('say every minute how far they are, and end after half an hour unless told otherwise', async () => {
    const clock = fakeClock();
    const demo = demoKubernetes({ now: clock.now });
    const pods = watch(demo, clock, '/api/v1/pods?watch=1&resourceVersion=4711&allowWatchBookmarks=true');
    const begun = clock.now();
    const at: number[] = [];
    for (let line = await pods.next(); line !== undefined; line = await pods.next()) {
      expect(JSON.parse(line)).toMatchObject({ type: 'BOOKMARK', object: { kind: 'Pod', metadata: { resourceVersion: '4711' } } });
      at.push(clock.now() - begun);
    }
    expect(at.slice(0, 3)).toEqual([60_000, 120_000, 180_000]);
    expect(at.length).toBe(30);
    expect(at.at(-1)).toBe(1_798_000);
    expect(clock.now() - begun).toBe(1_800_000);
  });

  it('wait for a state that is yet to come', () => {
    const clock = fakeClock();
    const demo = demoKubernetes({ now: clock.now });
    const services = watch(demo, clock, '/api/v1/services?watch=1&resourceVersion=4712');
    const label = (value: string) =>
      ask(demo, 'PATCH', '/api/v1/namespaces/shop/services/web', {
        headers: [['content-type', 'application/merge-patch+json']],
        body: JSON.stringify({ metadata: { labels: { value } } }),
      });
    label('1');
    expect(services.ready()).toEqual([]);
    label('2');
    expect(services.ready().length).toBe(1);
  });

  it('say nothing more once the client has left', () => {
    const clock = fakeClock();
    const demo = demoKubernetes({ now: clock.now });
    const services = watch(demo, clock, '/api/v1/services?watch=1&resourceVersion=4711&timeoutSeconds=5&allowWatchBookmarks=true');
    services.close();
    ask(demo, 'DELETE', '/api/v1/namespaces/shop/services/web');
    clock.advance(10_000);
    demo.tick();
    expect(services.ready()).toEqual([]);
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
