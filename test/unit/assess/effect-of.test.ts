import { describe, expect, it } from 'vitest';
import type { Effect, ObjectChange } from '../../../src/assess/effect.ts';
import { effectOf } from '../../../src/assess/effect-of.ts';
import { parseConfig } from '../../../src/config.ts';
import { type KeptObject, objectKey } from '../../../src/mesh/kept.ts';
import { withGraph } from '../../../src/store/graph/reader.ts';
import { call, objectOf, SMALL_MESH, withObjects, workload } from '../../support/graph-meshes.ts';
import { GraphWorld, type Mesh } from '../../support/graph-world.ts';
import { deployment, kept, LINKERD, server, service, spec } from '../mesh/kept-objects.ts';

const config = parseConfig({ get: () => undefined });

function effectIn(mesh: Mesh, changes: readonly ObjectChange[], stale = false): Effect {
  const world = new GraphWorld();
  world.publish(mesh);
  if (stale) world.clock.advance(3_600_000);
  return withGraph(world.ports, (reader) => effectOf(reader, config, changes));
}

const put = (object: KeptObject): ObjectChange => ({ tag: 'put', object });
const remove = (object: KeptObject): ObjectChange => ({ tag: 'delete', key: objectKey(object) });
const rows = ({ edges }: Effect) =>
  edges.map(({ source, destination, before, after }) => `${source} -> ${destination}: ${before.verdict} -> ${after.verdict}`);

const ORDERS = objectOf(SMALL_MESH, 'linkerdServers', 'shop', 'orders-http');
const CALLERS = objectOf(SMALL_MESH, 'linkerdAuthorizationPolicies', 'shop', 'orders-callers');

describe('a change', () => {
  it('that takes an authorization away cuts those that it let in', () => {
    const effect = effectIn(SMALL_MESH, [remove(CALLERS)]);
    expect(rows(effect)).toEqual(['shop/Deployment/web -> shop/Deployment/orders: allowed -> denied']);
    expect(effect).toMatchObject({ cutRps: 8, openedRps: 0, edges: [{ port: 8080, rps: 8, after: { refusal: 403 }, cut: true }] });
    expect(effect).not.toHaveProperty('unjudged');
    // What begins in the namespace and ends elsewhere is decided elsewhere.
    const into = SMALL_MESH.observation.traffic.filter(
      ({ destination }) => 'namespace' in destination && destination.namespace === 'shop',
    ).length;
    // And the callers that only decisions tell of: search, and callers outside of the mesh.
    expect(effect.judged).toBe(into + 2);
  });

  it('that takes a Server away lets in whom the default lets in', () => {
    const effect = effectIn(SMALL_MESH, [remove(ORDERS)]);
    expect(rows(effect).sort()).toEqual([
      'shop/Deployment/search -> shop/Deployment/orders: denied -> allowed',
      'unmeshed -> shop/Deployment/orders: denied -> allowed',
    ]);
    expect(effect.cutRps).toBe(0);
  });

  it('that adds a Server without authorizations cuts everybody, the busiest first', () => {
    const effect = effectIn(SMALL_MESH, [put(server('all', 'web')), put(server('catalog', 'catalog'))]);
    expect(rows(effect)).toEqual([
      'unmeshed -> shop/Deployment/web: allowed -> denied',
      'shop/Deployment/web -> shop/Deployment/catalog: allowed -> denied',
    ]);
    expect(effect.cutRps).toBe(90);
  });

  it('of nothing that anybody calls changes nothing', () => {
    const effect = effectIn(SMALL_MESH, [put(server('gift', 'gift-cards'))]);
    expect(effect).toMatchObject({ edges: [], cutRps: 0, openedRps: 0 });
    expect(effect.judged).toBeGreaterThan(0);
  });

  it('of the same object to what it was changes nothing', () => {
    expect(effectIn(SMALL_MESH, [put(CALLERS), put(ORDERS)]).edges).toEqual([]);
  });

  it('that hangs a route on a Server turns away what it does not take, though a dry run says that nobody accepted it yet', () => {
    const parentRef = { group: 'policy.linkerd.io', kind: 'Server', name: 'orders-http' };
    const hangs = (on: object, more: Partial<KeptObject> = {}) =>
      spec(
        'linkerdHttpRoutes',
        'late',
        { parentRefs: [{ ...parentRef, ...on }], rules: [{ matches: [{ path: { value: '/none' } }] }] },
        more,
      );
    const mesh = withObjects(SMALL_MESH, { ...ORDERS, created: 1 });
    const cut = 'shop/Deployment/web -> shop/Deployment/orders: allowed -> not-found';
    const dryRun = hangs({}, { created: 2, status: { parents: [] } });
    expect(rows(effectIn(mesh, [put(dryRun)]))).toContain(cut);
    const elsewhere = withObjects(mesh, hangs({ name: 'other' }, { created: 2, status: { parents: [] } }));
    expect(rows(effectIn(elsewhere, [put(dryRun)]))).toContain(cut);
  });

  it('and its undoing change the same edges', () => {
    const after = withObjects(SMALL_MESH, { ...CALLERS, spec: { ...CALLERS.spec, requiredAuthenticationRefs: [] } });
    const there = effectIn(SMALL_MESH, [put(objectOf(after, 'linkerdAuthorizationPolicies', 'shop', 'orders-callers'))]);
    const back = effectIn(after, [put(CALLERS)]);
    const ends = ({ edges }: Effect) => edges.map(({ source, destination }) => `${source} ${destination}`).sort();
    expect(there.openedRps).toBe(back.cutRps);
    expect(ends(there)).toEqual(ends(back));
    expect(ends(there)).toHaveLength(2);
  });
});

describe('a change that reaches other namespaces', () => {
  it('is one of Istio’s root namespace, for namespaces in Istio', () => {
    const root = kept('namespaces', 'istio-system', { namespace: 'istio-system' });
    const denyAll = { ...spec('istioAuthorizationPolicies', 'deny-all', {}), namespace: 'istio-system' };
    const effect = effectIn(withObjects(SMALL_MESH, root), [put(denyAll)]);
    expect(rows(effect)).toEqual(['bank/Deployment/ledger -> bank/Deployment/ledger-db: allowed -> denied']);
  });

  it('is one of an authentication that policies elsewhere refer to', () => {
    const clients = { ...spec('linkerdMeshTlsAuthentications', 'shared', { identities: ['*'] }), namespace: 'legacy' };
    const refers = spec('linkerdAuthorizationPolicies', 'orders-callers', {
      targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'orders-http' },
      requiredAuthenticationRefs: [{ group: 'policy.linkerd.io', kind: 'MeshTLSAuthentication', name: 'shared', namespace: 'legacy' }],
    });
    const effect = effectIn(withObjects(SMALL_MESH, clients, refers), [remove(clients)]);
    expect(rows(effect)).toContain('shop/Deployment/web -> shop/Deployment/orders: allowed -> denied');
  });

  it('is a DestinationRule, for those that its clients call', () => {
    const rule = {
      ...spec('istioDestinationRules', 'plain', { host: 'ledger-db', trafficPolicy: { tls: { mode: 'DISABLE' } } }),
      namespace: 'bank',
    };
    expect(rows(effectIn(SMALL_MESH, [put(rule)]))).toEqual(['bank/Deployment/ledger -> bank/Deployment/ledger-db: allowed -> denied']);
  });
});

describe('calls of which metrics tell no path', () => {
  const route = (path: string, name: string) =>
    spec(
      'linkerdHttpRoutes',
      name,
      { parentRefs: [{ group: 'policy.linkerd.io', kind: 'Server', name: 'api-http' }], rules: [{ matches: [{ path: { value: path } }] }] },
      {
        status: {
          parents: [
            {
              parentRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'api-http', namespace: 'shop' },
              conditions: [{ type: 'Accepted', status: 'True' }],
            },
          ],
        },
      },
    );
  const policy = (name: string, target: string) =>
    spec('linkerdAuthorizationPolicies', name, {
      targetRef: { group: 'policy.linkerd.io', kind: 'HTTPRoute', name: target },
      requiredAuthenticationRefs: [{ kind: 'ServiceAccount', name: 'web' }],
    });
  const mesh: Mesh = {
    objects: [
      kept('namespaces', 'shop'),
      ...deployment('web', { injected: LINKERD }),
      ...deployment('api', { injected: LINKERD }),
      service('api'),
      server('api-http', 'api'),
      route('/read', 'read'),
      route('/write', 'write'),
      policy('read', 'read'),
      policy('write', 'write'),
    ],
    observation: { traffic: [call({ from: workload('shop', 'web'), to: workload('shop', 'api'), rps: 3 })], decisions: [], routes: [] },
  };

  it('are tried with those that the policies tell apart', () => {
    const effect = effectIn(mesh, [remove(policy('write', 'write'))]);
    expect(effect).toMatchObject({
      cutRps: 3,
      edges: [{ example: 'GET /write', before: { verdict: 'allowed' }, after: { verdict: 'denied' } }],
    });
  });

  it('are told by what is denied before what is not found, and by the most that it holds for', () => {
    const open: Mesh = {
      ...mesh,
      objects: mesh.objects.filter(({ kind }) => !['linkerdServers', 'linkerdHttpRoutes', 'linkerdAuthorizationPolicies'].includes(kind)),
    };
    const readOnly = [put(server('api-http', 'api')), put(route('/read', 'read')), put(route('/write', 'write'))];
    expect(effectIn(open, [...readOnly, put(policy('read', 'read'))]).edges).toMatchObject([
      { example: 'GET /write', after: { verdict: 'denied' } },
    ]);
    expect(effectIn(open, [...readOnly, put(policy('read', 'read')), put(policy('write', 'write'))]).edges).toMatchObject([
      { example: 'GET any other path', after: { verdict: 'not-found' } },
    ]);
  });

  it('that would be let in anew, some of them, are not counted as if all were', () => {
    const effect = effectIn(mesh, [remove(route('/write', 'write')), remove(server('api-http', 'api'))]);
    expect(effect).toMatchObject({
      openedRps: 0,
      edges: [{ example: 'GET any other path', before: { verdict: 'not-found' }, after: { verdict: 'allowed' } }],
    });
  });

  it('are said to be open where nothing tried makes a difference', () => {
    const effect = effectIn(mesh, [put(server('other', 'other'))]);
    expect(effect.edges).toEqual([]);
    expect(effect.notes).toContainEqual(expect.stringContaining('1 of the edges judged depend on what metrics do not tell'));
  });
});

describe('what is not known', () => {
  it('is what there is too much of: many calls, held against many rules', () => {
    const clients = Array.from({ length: 240 }, (_, place) => `client-${place}`);
    const mesh = withObjects(SMALL_MESH, ...clients.flatMap((name) => deployment(name, { pods: 1, injected: LINKERD })));
    const traffic = clients.map((name) => call({ from: workload('shop', name), to: workload('bank', 'ledger'), rps: 1 }));
    const observation = { ...SMALL_MESH.observation, traffic };
    const rules = (count: number) =>
      put(
        spec(
          'istioAuthorizationPolicies',
          'many',
          {
            action: 'DENY',
            rules: Array.from({ length: count }, (_, place) => ({ to: [{ operation: { ports: [`${place + 20_000}`] } }] })),
          },
          { namespace: 'bank' },
        ),
      );
    expect(effectIn({ ...mesh, observation }, [rules(10)])).toMatchObject({ judged: 240 });
    const effect = effectIn({ ...mesh, observation }, [rules(4_000)]);
    expect(effect).toMatchObject({ judged: 124, unjudged: 116 });
    expect(effect.notes).toContain('116 edges with less traffic were not judged.');
  });

  it('is said: the window, callers without a name, edges that depend', () => {
    const { notes } = effectIn(SMALL_MESH, [remove(CALLERS)]);
    expect(notes).toEqual([
      expect.stringContaining('Only traffic of the last 1m was judged'),
      expect.stringMatching(/^\d+ of the edges judged have callers whom no metric names/),
    ]);
  });

  it('is said where there is no traffic at all, or only old traffic', () => {
    const { notes, judged } = effectIn({ objects: SMALL_MESH.objects }, [remove(CALLERS)]);
    expect(judged).toBe(0);
    expect(notes).toEqual(['No traffic was read, so nothing can be said of whom this would cut off.']);
    expect(effectIn(SMALL_MESH, [remove(CALLERS)], true).notes).toContainEqual(expect.stringContaining('stale'));
  });
});
