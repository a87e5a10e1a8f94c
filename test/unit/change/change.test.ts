import { describe, expect, it } from 'vitest';
import type { Principal } from '../../../src/access/principal.ts';
import type { EdgeEffect, Effect } from '../../../src/assess/effect.ts';
import { findRecord, readLog } from '../../../src/change/change-log.ts';
import { CONFIRM_WITHIN_MS } from '../../../src/change/confirmations.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import type { AccessAnswer, AccessVerdict } from '../../../src/policy/access/model.ts';
import { HttpFailure, type HttpRequest, type HttpResponse } from '../../../src/ports/http.ts';
import { applying, ChangeWorld, FRESH, failure, freshWith, ROUTES, TLS_AUTHENTICATIONS, tokenOf } from './support/change-world.ts';

const AT = `${TLS_AUTHENTICATIONS}/fresh`;
const everything = { below: undefined, limit: 100, passes: () => true };

const answer = (verdict: AccessVerdict): AccessAnswer => ({
  verdict,
  decidedBy: { says: 'A test says so.' },
  chain: [],
  dependsOn: [],
  assumed: [],
  remarks: [],
});

const edge = (source: string, destination: string, before: AccessVerdict, after: AccessVerdict): EdgeEffect => ({
  source,
  destination,
  port: 8080,
  rps: 3,
  before: answer(before),
  after: answer(after),
});

const effect = (...edges: readonly EdgeEffect[]): Effect => ({ edges, judged: 9, cutRps: 3, openedRps: 0, notes: [] });

const CUT = effect(edge('shop/Deployment/web', 'shop/Deployment/orders', 'allowed', 'denied'));
const CUT_ID = 'shop/Deployment/web -> shop/Deployment/orders:8080';

const isWrite = ({ method, url, body }: HttpRequest) =>
  method !== 'GET' &&
  !url.includes('dryRun=All') &&
  !Buffer.from(body ?? [])
    .toString()
    .includes('"dryRun":["All"]');

const http = (status: number, body: object = {}): HttpResponse => ({
  status,
  headers: [],
  body: Buffer.from(JSON.stringify(body)),
  truncated: false,
});

describe('a change in two calls', () => {
  it('is tried first, which leaves nothing behind', () => {
    const world = new ChangeWorld();
    const report = world.run(applying(FRESH));
    expect(report).toMatchObject({ status: 'planned', operation: 'create', open: [], token: expect.stringMatching(/^1-[0-9a-f]{32}$/) });
    expect(report.diff.differences).toEqual([
      { path: 'spec', after: '{"identities":["*.shop.serviceaccount.identity.linkerd.cluster.local"]}' },
      { path: 'metadata', after: '{"labels":{"team":"shop"}}' },
    ]);
    expect(world.live(AT)).toBeUndefined();
    expect(readLog(world.ports, everything).records).toEqual([]);
    expect(world.requests.filter(({ method }) => method === 'PATCH').every(({ url }) => url.includes('dryRun=All'))).toBe(true);
  });

  it('is made by the second, in the name of mesh-mcp, and recorded', () => {
    const world = new ChangeWorld();
    expect(world.make(applying(FRESH))).toMatchObject({ status: 'made', operation: 'create', change: 1 });
    expect(world.live(AT)).toMatchObject({
      spec: FRESH.spec,
      metadata: { labels: { team: 'shop' }, managedFields: [{ manager: 'mesh-mcp', operation: 'Apply' }] },
    });
    expect(readLog(world.ports, everything).records).toMatchObject([
      {
        id: 1,
        by: 'anonymous',
        via: 'anonymous',
        operation: 'create',
        outcome: 'made',
        force: false,
        target: { kind: 'linkerdMeshTlsAuthentications' },
      },
    ]);
    expect(world.logged.map(({ outcome }) => outcome)).toEqual(['begun', 'made']);
  });

  it('says what it changes of an object that is there, and changes that alone', () => {
    const world = new ChangeWorld();
    world.make(applying(FRESH));
    const planned = world.run(applying(freshWith('*')));
    expect(planned).toMatchObject({ status: 'planned', operation: 'update' });
    expect(planned.diff.differences).toEqual([
      { path: 'spec.identities[0]', before: '"*.shop.serviceaccount.identity.linkerd.cluster.local"', after: '"*"' },
    ]);
    world.run(applying(freshWith('*')), tokenOf(planned));
    expect(world.live(AT)).toMatchObject({ spec: { identities: ['*'] }, metadata: { labels: { team: 'shop' } } });
  });

  it('has nothing to do where the object is already so, and gives no token', () => {
    const world = new ChangeWorld();
    world.make(applying(FRESH));
    expect(world.run(applying(FRESH))).toMatchObject({ status: 'unchanged' });
    expect(world.run(applying(FRESH)).token).toBeUndefined();
  });

  it('deletes, in that state alone', () => {
    const world = new ChangeWorld();
    world.make(applying(FRESH));
    const gone = applying(FRESH, { delete: true });
    const planned = world.run(gone);
    expect(planned).toMatchObject({ status: 'planned', operation: 'delete' });
    expect(planned.diff.differences.every(({ after }) => after === undefined)).toBe(true);
    expect(world.live(AT)).toBeDefined();
    expect(world.run(gone, tokenOf(planned))).toMatchObject({ status: 'made', operation: 'delete' });
    expect(world.live(AT)).toBeUndefined();
    expect(failure(() => world.run(gone))).toBe(
      'invalid: There is no MeshTLSAuthentication.policy.linkerd.io shop/fresh; list_policies names the policies there are, get_service the routes of a service.',
    );
  });

  it('judges the object as the dry run left it', () => {
    const world = new ChangeWorld();
    world.run(applying(FRESH));
    expect(world.judged).toMatchObject([
      [{ tag: 'put', object: { kind: 'linkerdMeshTlsAuthentications', name: 'fresh', spec: FRESH.spec } }],
    ]);
    world.make(applying(FRESH));
    world.run(applying(FRESH, { delete: true }));
    expect(world.judged.at(-1)).toEqual([{ tag: 'delete', key: 'linkerdMeshTlsAuthentications/shop/fresh' }]);
  });
});

describe('a token', () => {
  const planned = (world = new ChangeWorld()) => ({ world, token: tokenOf(world.run(applying(FRESH))) });

  it('is good once', () => {
    const { world, token } = planned();
    world.run(applying(FRESH), token);
    expect(failure(() => world.run(applying(FRESH), token))).toMatch(/^conflict: confirm: the token has been used/);
    world.make(applying(FRESH, { delete: true }));
    expect(failure(() => world.run(applying(FRESH), token))).toMatch(/^conflict: confirm: the token has been used/);
    expect(world.live(AT)).toBeUndefined();
  });

  it.each([
    ['an altered one', (token: string) => token.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))],
    ['one of another number', (token: string) => token.replace(/^1/, '2')],
    ['one that was never given', () => 'zz-00000000000000000000000000000000'],
    ['no token at all', () => 'yes'],
    ['an empty one', () => ''],
  ])('is refused as invalid: %s', (_name, alter) => {
    const { world, token } = planned();
    expect(failure(() => world.run(applying(FRESH), alter(token)))).toMatch(/^invalid: confirm: not a token that this server gave/);
    expect(world.live(AT)).toBeUndefined();
  });

  it('is good for its arguments alone', () => {
    const { world, token } = planned();
    expect(failure(() => world.run(applying(freshWith('*')), token))).toMatch(/^invalid: confirm: the arguments are not those/);
    expect(failure(() => world.run(applying(FRESH, { force: true }), token))).toMatch(/^invalid: confirm: the arguments are not those/);
    expect(failure(() => world.run({ ...applying(FRESH), tool: 'another' }, token))).toMatch(
      /^invalid: confirm: the arguments are not those/,
    );
  });

  it('is good for its caller alone', () => {
    const { world, token } = planned();
    const other: Principal = { name: 'anonymous', via: 'token', groups: [], grants: [{ role: 'admin', namespaces: '*' }] };
    expect(failure(() => world.run(applying(FRESH), token, other))).toMatch(/^denied: confirm: the token was given to somebody else/);
  });

  it('expires', () => {
    const { world, token } = planned();
    world.demo.clock.advance(CONFIRM_WITHIN_MS);
    expect(failure(() => world.run(applying(FRESH), token))).toMatch(/^conflict: confirm: the token has expired/);
  });

  it('is forgotten when very many more were given', () => {
    const { world, token } = planned();
    for (let more = 0; more < 64; more++) world.run(applying(FRESH));
    expect(failure(() => world.run(applying(FRESH), token))).toMatch(/^invalid: confirm: not a token/);
  });

  it('is used up by a change that the API server refuses', () => {
    const { world, token } = planned();
    world.meddle = (request, pass) => (isWrite(request) ? http(429) : pass());
    expect(failure(() => world.run(applying(FRESH), token))).toMatch(/^unavailable: .*throttling/);
    world.meddle = (_request, pass) => pass();
    expect(failure(() => world.run(applying(FRESH), token))).toMatch(/^conflict: confirm: the token has been used/);
    expect(readLog(world.ports, everything).records).toMatchObject([{ outcome: 'refused' }]);
  });
});

describe('a name that is none', () => {
  it.each([
    ['..'],
    ['.'],
    ['checkout/status'],
    ['../../../bank/httproutes/portal'],
    ['checkout%2Fstatus'],
    ['a?b'],
    ['a\nb'],
    ['\ud800'],
    [''],
  ])('reaches no path of the API: %j', (name) => {
    const world = new ChangeWorld();
    for (const place of [
      { kind: 'httpRoutes', namespace: 'shop', name },
      { kind: 'httpRoutes', namespace: name, name: 'checkout' },
    ] as const) {
      const request = { ...applying(FRESH), place };
      expect(failure(() => world.run(request))).toBe(
        'invalid: namespace and name must be valid names: lower-case letters, digits, hyphens, and dots in a name.',
      );
    }
    expect(world.requests).toEqual([]);
  });
});

describe('an API that answers with something else than was asked for', () => {
  const answering = (turn: (object: JsonObject) => object) => {
    const world = new ChangeWorld();
    world.make(applying(FRESH));
    const before = world.requests.length;
    world.meddle = (_request, pass) => {
      const given = pass();
      if (given instanceof HttpFailure) return given;
      // The demo writes JSON objects.
      return { ...given, body: Buffer.from(JSON.stringify(turn(JSON.parse(Buffer.from(given.body).toString()) as JsonObject))) };
    };
    return { failed: failure(() => world.run(applying(freshWith('*')))), writes: world.requests.slice(before).filter(isWrite) };
  };
  const metadata = (object: JsonObject, change: object) => ({ ...object, metadata: { ...(object.metadata as JsonObject), ...change } });

  it.each<[string, (object: JsonObject) => object]>([
    ['another name', (object) => metadata(object, { name: 'other' })],
    ['another namespace', (object) => metadata(object, { namespace: 'bank' })],
    ['another kind', (object) => ({ ...object, kind: 'Secret' })],
    ['no uid', (object) => metadata(object, { uid: '' })],
    ['no resourceVersion', (object) => metadata(object, { resourceVersion: undefined })],
    ['no metadata', () => ({ kind: 'MeshTLSAuthentication' })],
    ['a list', (object) => ({ kind: 'List', items: [object] })],
  ])('is not believed: %s', (_what, turn) => {
    const { failed, writes } = answering(turn);
    expect(failed).toMatch(/^unavailable: The Kubernetes API at /);
    expect(writes).toEqual([]);
  });
});

describe('an object that moved meanwhile', () => {
  const MOVED =
    /^conflict: MeshTLSAuthentication\.policy\.linkerd\.io shop\/fresh was changed by somebody else meanwhile\. Nothing was done\.$/;

  it('is a conflict: changed', () => {
    const world = new ChangeWorld();
    world.make(applying(FRESH));
    const token = tokenOf(world.run(applying(freshWith('a'))));
    world.otherApplies(AT, { ...FRESH, metadata: { name: 'fresh', labels: { other: 'yes' } } });
    expect(failure(() => world.run(applying(freshWith('a')), token))).toMatch(MOVED);
  });

  it('is a conflict: made', () => {
    const world = new ChangeWorld();
    const token = tokenOf(world.run(applying(FRESH)));
    world.otherApplies(AT, freshWith('theirs'));
    expect(failure(() => world.run(applying(FRESH), token))).toMatch(MOVED);
    expect(world.live(AT)).toMatchObject({ spec: { identities: ['theirs'] } });
  });

  it('is a conflict: deleted', () => {
    const world = new ChangeWorld();
    world.make(applying(FRESH));
    const token = tokenOf(world.run(applying(freshWith('a'))));
    world.make(applying(FRESH, { delete: true }));
    expect(failure(() => world.run(applying(freshWith('a')), token))).toMatch(MOVED);
    expect(world.live(AT)).toBeUndefined();
  });

  it.each([
    ['made', FRESH, undefined],
    ['changed', freshWith('a'), FRESH],
  ])('is a conflict also between the last look and the write: %s', (_name, manifest, before) => {
    const world = new ChangeWorld();
    if (before !== undefined) world.make(applying(before));
    const token = tokenOf(world.run(applying(manifest)));
    world.meddle = (request, pass) => {
      if (isWrite(request)) world.otherApplies(AT, freshWith('theirs'));
      return pass();
    };
    expect(failure(() => world.run(applying(manifest), token))).toMatch(MOVED);
    expect(world.live(AT)).toMatchObject({ spec: { identities: ['theirs'] } });
    expect(readLog(world.ports, { ...everything, limit: 1 }).records).toMatchObject([{ outcome: 'refused' }]);
  });

  it('is a conflict also between the last look and a deletion', () => {
    const world = new ChangeWorld();
    world.make(applying(FRESH));
    const gone = applying(FRESH, { delete: true });
    const token = tokenOf(world.run(gone));
    world.meddle = (request, pass) => {
      if (isWrite(request)) world.otherApplies(AT, freshWith('theirs'));
      return pass();
    };
    expect(failure(() => world.run(gone, token))).toMatch(MOVED);
    expect(world.live(AT)).toBeDefined();
  });

  it('is a conflict where the API server would now do something else', () => {
    const world = new ChangeWorld();
    const token = tokenOf(world.run(applying(FRESH)));
    world.meddle = (request, pass) => {
      const given = pass();
      if (request.method !== 'PATCH' || given instanceof HttpFailure) return given;
      const object = JSON.parse(Buffer.from(given.body).toString()) as JsonObject; // The demo writes JSON objects.
      return { ...given, body: Buffer.from(JSON.stringify({ ...object, spec: { identities: ['a webhook’s'] } })) };
    };
    expect(failure(() => world.run(applying(FRESH), token))).toMatch(/^conflict: The API server would now do something else/);
    expect(world.live(AT)).toBeUndefined();
  });
});

describe('fields of other managers', () => {
  const route: JsonObject = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'checkout', namespace: 'shop' },
    spec: {
      parentRefs: [{ group: '', kind: 'Service', name: 'checkout', port: 8080 }],
      rules: [{ backendRefs: [{ name: 'checkout', port: 8080 }] }],
    },
  };

  it('are a conflict that names fields and managers, and nothing is forced silently', () => {
    const world = new ChangeWorld();
    expect(failure(() => world.run(applying(route)))).toMatch(
      /^conflict: Fields of .* belong to other managers: .*spec\.rules \(argocd-controller\)/,
    );
    expect(world.requests.every(({ url }) => !url.includes('force=true'))).toBe(true);
  });

  it('are taken over where that is said outright, in both calls', () => {
    const world = new ChangeWorld();
    expect(world.make(applying(route, { force: true }))).toMatchObject({ status: 'made' });
    expect(world.live(`${ROUTES}/checkout`)).toMatchObject({ spec: { rules: [{ backendRefs: [{ name: 'checkout' }] }] } });
    expect(readLog(world.ports, everything).records).toMatchObject([{ force: true }]);
  });

  it('that the manifest leaves out stay, and that is said', () => {
    const world = new ChangeWorld();
    const report = world.run(applying({ ...route, spec: { hostnames: ['a.example.com'] } }));
    expect(report.notes.join()).toMatch(/leaves out what other managers own, so it stays: .*spec\.rules \(argocd-controller\)/);
  });
});

describe('impact', () => {
  it('blocks a change until it is named, in both calls', () => {
    const world = new ChangeWorld();
    world.effect = CUT;
    const blocked = world.run(applying(FRESH));
    expect(blocked).toMatchObject({ status: 'blocked', open: [{ id: CUT_ID, why: 'allowed before, denied after (3 rps)' }] });
    expect(blocked.token).toBeUndefined();
    expect(world.run(applying(FRESH, { acceptImpact: ['shop/Deployment/other'] }))).toMatchObject({ status: 'blocked' });
    expect(world.make(applying(FRESH, { acceptImpact: [CUT_ID] }))).toMatchObject({ status: 'made', open: [] });
    expect(readLog(world.ports, everything).records).toMatchObject([{ accepted: [CUT_ID] }]);
  });

  it('is accepted by the names of nodes as well', () => {
    const world = new ChangeWorld();
    world.effect = CUT;
    expect(world.run(applying(FRESH, { acceptImpact: ['shop/Deployment/orders'] }))).toMatchObject({ status: 'planned' });
  });

  it('that has grown since is a conflict', () => {
    const world = new ChangeWorld();
    const token = tokenOf(world.run(applying(FRESH)));
    world.effect = CUT;
    expect(failure(() => world.run(applying(FRESH), token))).toMatch(/^conflict: Meanwhile the change would cut more than was accepted/);
    expect(world.live(AT)).toBeUndefined();
  });

  it('counts what is no longer certain, and not what is let in or was refused before', () => {
    const world = new ChangeWorld();
    world.effect = effect(
      edge('a/Deployment/a', 'shop/Deployment/a', 'allowed', 'unknown'),
      edge('b/Deployment/b', 'shop/Deployment/b', 'denied', 'allowed'),
      edge('c/Deployment/c', 'shop/Deployment/c', 'denied', 'not-found'),
      edge('d/Deployment/d', 'shop/Deployment/d', 'unknown', 'denied'),
      edge('e/Deployment/e', 'shop/Deployment/e', 'unknown', 'unknown'),
      // Some calls are cut, of an edge of which something else was not known before either.
      { ...edge('f/Deployment/f', 'shop/Deployment/f', 'unknown', 'unknown'), cut: true },
    );
    expect(world.run(applying(FRESH)).open.map(({ id }) => id.charAt(0))).toEqual(['a', 'd', 'f']);
  });

  it('names no calls of namespaces that the caller may not view, and counts them', () => {
    const world = new ChangeWorld();
    world.effect = effect(edge('bank/Deployment/portal', 'shop/Deployment/orders', 'allowed', 'denied'), ...CUT.edges);
    const own: Principal = { name: 'ada', via: 'token', groups: [], grants: [{ role: 'admin', namespaces: ['shop'] }] };
    const report = world.run(applying(FRESH, { acceptImpact: ['shop/Deployment/orders'] }), undefined, own);
    expect(report).toMatchObject({ status: 'blocked', open: [{ id: 'hidden-calls', why: expect.stringContaining('1 observed edge') }] });
    expect(JSON.stringify(report)).not.toContain('bank');
    const accepting = applying(FRESH, { acceptImpact: ['shop/Deployment/orders', 'hidden-calls'] });
    expect(world.run(accepting, undefined, own)).toMatchObject({ status: 'planned' });
  });

  it('is unknown without traffic, and must be accepted as that', () => {
    const world = new ChangeWorld({ PROMETHEUS_URL: '' });
    expect(world.run(applying(FRESH))).toMatchObject({ status: 'blocked', open: [{ id: 'unknown-effect' }] });
    expect(world.run(applying(FRESH, { acceptImpact: ['unknown-effect'] }))).toMatchObject({ status: 'planned' });
  });

  it('is unknown of what was too much to be judged, and must be accepted as that', () => {
    const world = new ChangeWorld();
    world.effect = { ...effect(), unjudged: 12 };
    expect(world.run(applying(FRESH))).toMatchObject({
      open: [{ id: 'unknown-effect', why: 'What it would cut is not wholly known: 12 observed edges are too many to be judged.' }],
    });
  });

  it('is unknown in a namespace that the graph does not have, and must be accepted as that', () => {
    const world = new ChangeWorld({ NAMESPACES: 'bank' });
    expect(world.run(applying(FRESH))).toMatchObject({
      status: 'blocked',
      open: [
        {
          id: 'unknown-effect',
          why: 'What it would cut is not known: namespace shop is not in the graph, so its traffic was not observed.',
        },
      ],
    });
  });

  it('is an admin’s to accept', () => {
    const world = new ChangeWorld();
    world.effect = CUT;
    const operator: Principal = { name: 'olga', via: 'token', groups: [], grants: [{ role: 'operator', namespaces: '*' }] };
    const grant = { role: 'admin', namespaces: ['shop'] } as const;
    const admin: Principal = { ...operator, grants: [grant, { role: 'viewer', namespaces: '*' }] };
    const accepting = applying(FRESH, { acceptImpact: [CUT_ID] });
    expect(failure(() => world.run(accepting, undefined, operator))).toMatch(/^denied: .*only an admin of namespace shop/);
    expect(world.run(accepting, undefined, admin)).toMatchObject({ status: 'planned' });
    world.effect = effect(edge('linkerd/Deployment/linkerd-destination', 'shop/Deployment/web', 'allowed', 'denied'));
    const vital = applying(FRESH, { acceptImpact: ['shop/Deployment/web'] });
    expect(failure(() => world.run(vital, undefined, admin))).toMatch(/^denied: .*admin in all namespaces/);
    const hidden = applying(FRESH, { acceptImpact: ['hidden-calls'] });
    expect(failure(() => world.run(hidden, undefined, { ...admin, grants: [grant] }))).toMatch(/^denied: .*admin in all namespaces/);
  });

  it.each([
    ['linkerd', 'control-plane'],
    ['istio-system', 'control-plane'],
    ['kube-system', 'control-plane'],
    ['bank', 'self'],
  ])('counts every change in namespace %s', (namespace, id) => {
    const world = new ChangeWorld({ SELF_WORKLOAD: 'bank/Deployment/portal' });
    const manifest = {
      apiVersion: 'security.istio.io/v1',
      kind: 'PeerAuthentication',
      metadata: { name: 'fresh', namespace },
      spec: { mtls: { mode: 'STRICT' } },
    };
    world.otherApplies(`/api/v1/namespaces/${namespace}`, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    expect(world.run(applying(manifest)).open.map((impact) => impact.id)).toEqual([id]);
  });
});

describe('who may change', () => {
  it('are operators of the namespace', () => {
    const world = new ChangeWorld();
    const someone = (role: 'viewer' | 'operator', ...namespaces: string[]): Principal => ({
      name: 'otto',
      via: 'token',
      groups: [],
      grants: [{ role, namespaces }],
    });
    expect(failure(() => world.run(applying(FRESH), undefined, someone('viewer', 'shop')))).toMatch(/^denied: Changes in namespace shop/);
    expect(failure(() => world.run(applying(FRESH), undefined, someone('operator', 'bank')))).toMatch(/^denied: Changes in namespace shop/);
    expect(world.requests).toEqual([]);
    expect(world.run(applying(FRESH), undefined, someone('operator', 'shop'))).toMatchObject({ status: 'planned' });
  });

  it('are impersonated where that is asked for', () => {
    const world = new ChangeWorld({ IMPERSONATE: 'user', IMPERSONATE_PREFIX: 'oidc:' });
    const otto: Principal = { name: 'otto', via: 'token', groups: ['sre'], grants: [{ role: 'admin', namespaces: '*' }] };
    world.run(applying(FRESH), undefined, otto);
    for (const { headers } of world.requests)
      expect(headers).toEqual(
        expect.arrayContaining([
          ['impersonate-user', 'oidc:otto'],
          ['impersonate-group', 'oidc:sre'],
        ]),
      );
    expect(failure(() => world.run(applying(FRESH)))).toMatch(/^denied: This is done with the rights of the caller/);
  });
});

describe('a store that does not answer', () => {
  it('means no token', () => {
    const world = new ChangeWorld();
    world.storeDown = true;
    // Nothing is known of the traffic either.
    expect(world.run(applying(FRESH))).toMatchObject({ status: 'blocked', open: [{ id: 'unknown-effect' }] });
    expect(failure(() => world.run(applying(FRESH, { acceptImpact: ['unknown-effect'] })))).toMatch(/^unavailable/);
  });

  it('means no change: without a record nothing is written', () => {
    const world = new ChangeWorld();
    const request = applying(FRESH, { acceptImpact: ['unknown-effect'] });
    const token = tokenOf(world.run(request));
    // From the last dry run on.
    world.meddle = (request, pass) => {
      if (request.method === 'PATCH') world.storeDown = true;
      return pass();
    };
    expect(failure(() => world.run(request, token))).toMatch(/^unavailable/);
    expect(world.live(AT)).toBeUndefined();
    expect(world.requests.filter(isWrite)).toEqual([]);
  });

  it('after the change leaves a record that says begun, and says so', () => {
    const world = new ChangeWorld();
    const token = tokenOf(world.run(applying(FRESH)));
    world.meddle = (request, pass) => {
      const given = pass();
      if (isWrite(request)) world.storeDown = true;
      return given;
    };
    const report = world.run(applying(FRESH), token);
    expect(report).toMatchObject({ status: 'made', notes: [expect.stringContaining('shows this change as begun')] });
    world.storeDown = false;
    expect(readLog(world.ports, everything).records).toMatchObject([{ outcome: 'begun' }]);
    expect(world.logged.at(-1)).toMatchObject({ outcome: 'made' });
  });
});

describe('a write without an answer', () => {
  const timeout = new HttpFailure('timeout', 'no end in time');

  it('that was carried out is found to be made', () => {
    const world = new ChangeWorld();
    const token = tokenOf(world.run(applying(FRESH)));
    world.meddle = (request, pass) => {
      const given = pass();
      return isWrite(request) ? timeout : given;
    };
    expect(world.run(applying(FRESH), token)).toMatchObject({ status: 'made', notes: [expect.stringContaining('is as it was to become')] });
    expect(readLog(world.ports, everything).records).toMatchObject([{ outcome: 'made' }]);
  });

  it('that was not carried out is unknown, for it may come yet', () => {
    const world = new ChangeWorld();
    const token = tokenOf(world.run(applying(FRESH)));
    world.meddle = (request, pass) => (isWrite(request) ? timeout : pass());
    expect(world.run(applying(FRESH), token)).toMatchObject({ status: 'unknown', notes: [expect.stringContaining('was still as before')] });
    expect(readLog(world.ports, everything).records).toMatchObject([{ outcome: 'unknown' }]);
  });

  it('of a deletion is found to be made, or not known', () => {
    for (const carriedOut of [true, false]) {
      const world = new ChangeWorld();
      world.make(applying(FRESH));
      const gone = applying(FRESH, { delete: true });
      const token = tokenOf(world.run(gone));
      world.meddle = (request, pass) => {
        if (!isWrite(request)) return pass();
        if (carriedOut) pass();
        return http(504);
      };
      expect(world.run(gone, token)).toMatchObject({ status: carriedOut ? 'made' : 'unknown' });
    }
  });

  it('is unknown where the object cannot be read either, or is something else by now', () => {
    const blind = new ChangeWorld();
    const token = tokenOf(blind.run(applying(FRESH)));
    let lost = false;
    blind.meddle = (request, pass) => {
      lost ||= isWrite(request);
      return lost ? timeout : pass();
    };
    expect(blind.run(applying(FRESH), token)).toMatchObject({
      status: 'unknown',
      notes: [expect.stringContaining('cannot be read at the moment either')],
    });

    const other = new ChangeWorld();
    const second = tokenOf(other.run(applying(FRESH)));
    other.meddle = (request, pass) => {
      if (!isWrite(request)) return pass();
      other.otherApplies(AT, freshWith('theirs'));
      return timeout;
    };
    expect(other.run(applying(FRESH), second)).toMatchObject({
      status: 'unknown',
      notes: [expect.stringContaining('something else than was planned')],
    });
  });
});

describe('what the API server refuses', () => {
  it.each([
    [401, 'denied', /does not accept the token \(401\)/],
    [
      403,
      'denied',
      /lacks the right to (get|patch) meshtlsauthentications\.policy\.linkerd\.io in namespace shop\..*apiGroups: \["policy\.linkerd\.io"\]/,
    ],
    [405, 'denied', /--writes/],
    [429, 'unavailable', /throttling/],
    [500, 'unavailable', /answers 500/],
    [503, 'unavailable', /answers 503/],
  ])('%i is told with what to do, when it is tried', (status, code, words) => {
    const world = new ChangeWorld();
    world.meddle = (request, pass) => (request.method === 'PATCH' ? http(status) : pass());
    const told = failure(() => world.run(applying(FRESH)));
    expect(told.startsWith(`${code}: `)).toBe(true);
    expect(told).toMatch(words);
  });

  it('names the kinds that the cluster does not serve', () => {
    const world = new ChangeWorld();
    world.meddle = () => http(404);
    expect(failure(() => world.run(applying(FRESH)))).toMatch(
      /^invalid: The cluster does not serve meshtlsauthentications\.policy\.linkerd\.io/,
    );
  });

  it('names a namespace that is not there', () => {
    const world = new ChangeWorld();
    expect(failure(() => world.run(applying({ ...FRESH, metadata: { name: 'fresh', namespace: 'nowhere' } })))).toBe(
      'invalid: There is no namespace "nowhere" in the cluster.',
    );
  });

  it('names fields that the kind does not have', () => {
    const world = new ChangeWorld();
    expect(failure(() => world.run(applying({ ...FRESH, spec: { identities: ['*'], identites: ['*'] } })))).toMatch(
      /^invalid: The Kubernetes API does not take .*: spec\.identites is no field of this kind\.$/,
    );
  });
});

describe('a crash between record and outcome', () => {
  it('leaves a record that says begun, with what was before', () => {
    const world = new ChangeWorld();
    world.make(applying(FRESH));
    const token = tokenOf(world.run(applying(freshWith('a'))));
    world.meddle = (request, pass) => {
      if (isWrite(request)) throw new Error('the instance died');
      return pass();
    };
    expect(() => world.run(applying(freshWith('a')), token)).toThrow('the instance died');
    expect(findRecord(world.ports, 2)).toMatchObject({
      record: { outcome: 'begun' },
      previous: { tag: 'object', object: { spec: FRESH.spec } },
    });
  });
});
