import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../../src/lib/json.ts';
import type { KeptObject } from '../../../../src/mesh/kept.ts';
import { build, deployment, kept, LINKERD, policy, server, spec } from '../kept-objects.ts';

const GROUP = 'policy.linkerd.io';
const BASE = [...deployment('web', { injected: LINKERD }), server('web-http', 'web')];
const TO_SERVER = { group: GROUP, kind: 'Server', name: 'web-http' };
const tls = (name: string, more: JsonObject = {}) => ({ group: GROUP, kind: 'MeshTLSAuthentication', name, ...more });
const network = (name: string, more: JsonObject = {}) => ({ group: GROUP, kind: 'NetworkAuthentication', name, ...more });
const account = (name: string, more: JsonObject = {}) => ({ kind: 'ServiceAccount', name, ...more });
const allow = (targetRef: Json, ...requiredAuthenticationRefs: Json[]) =>
  spec('linkerdAuthorizationPolicies', 'allow', { targetRef, requiredAuthenticationRefs });
const AUTHENTICATIONS = [
  spec('linkerdMeshTlsAuthentications', 'clients', {
    identities: ['*.front.serviceaccount.identity.linkerd.cluster.local'],
    identityRefs: [account('web'), { kind: 'Namespace', name: 'jobs' }],
  }),
  spec('linkerdMeshTlsAuthentications', 'nobody', {}),
  spec('linkerdMeshTlsAuthentications', 'strange', { identities: ['*'], identityRefs: [{ kind: 'Pod', name: 'web' }] }),
  spec('linkerdNetworkAuthentications', 'office', { networks: [{ cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] }] }),
  spec('linkerdNetworkAuthentications', 'nowhere', { networks: [] }),
];
const read = (policyObject: KeptObject, more: readonly KeptObject[] = []) =>
  policy(build([...BASE, ...AUTHENTICATIONS, ...more, policyObject]), 'allow');

describe("Linkerd's AuthorizationPolicy", () => {
  it('lets the clients of its authentications in to a Server', () => {
    expect(read(allow(TO_SERVER, tls('clients'), network('office')))).toEqual({
      group: GROUP,
      kind: 'AuthorizationPolicy',
      name: 'allow',
      selects: ['shop/Server/web-http'],
      summary: 'admits front/*, shop/web, jobs/*; from 10.0.0.0/8 except 10.1.0.0/16; to Server web-http',
      problems: [],
    });
    expect(read(allow(TO_SERVER)).summary).toBe('admits any client; to Server web-http');
    expect(read(allow(TO_SERVER, account('web'))).summary).toBe('admits shop/web; to Server web-http');
    expect(read(allow(TO_SERVER, tls('theirs', { namespace: 'other' })))).toMatchObject({
      summary: 'admits MeshTLSAuthentication other/theirs; to Server web-http',
      problems: [],
    });
  });

  it('is counted by its Server', () => {
    const summary = (policyObject: KeptObject) => policy(build([...BASE, ...AUTHENTICATIONS, policyObject]), 'web-http').summary;
    expect(summary(allow(TO_SERVER, tls('clients')))).toContain('1 authorization;');
    expect(summary(allow({ kind: 'Namespace', name: 'shop' }))).toContain('1 authorization;');
    expect(summary(allow(TO_SERVER, tls('nobody')))).toContain('no authorization;');
    const route = spec('linkerdHttpRoutes', 'get', { parentRefs: [TO_SERVER] });
    const withRoute = (...policies: KeptObject[]) => policy(build([...BASE, ...AUTHENTICATIONS, route, ...policies]), 'web-http').summary;
    const ofRoute = { ...allow({ group: GROUP, kind: 'HTTPRoute', name: 'get' }, tls('clients')), name: 'route' };
    expect(withRoute(ofRoute)).toBe('port 8080; protocol detected; 1 authorization of routes; otherwise deny');
    expect(withRoute(ofRoute, allow(TO_SERVER))).toBe(
      'port 8080; protocol detected; 1 authorization; 1 authorization of routes; otherwise deny',
    );
    expect(
      withRoute({
        ...ofRoute,
        spec: { targetRef: { group: GROUP, kind: 'HTTPRoute', name: 'get' }, requiredAuthenticationRefs: [tls('none')] },
      }),
    ).toContain('no authorization;');
  });

  it('is for all Servers of its namespace', () => {
    expect(read(allow({ group: 'core', kind: 'namespace', name: 'shop' }))).toMatchObject({
      selects: ['shop'],
      summary: 'admits any client; to every Server of the namespace',
      problems: [],
    });
    expect(policy(build([allow({ kind: 'Namespace', name: 'shop' })]), 'allow').problems).toEqual([
      'This namespace has no Server, and a policy holds for ports that a Server describes only.',
    ]);
    expect(read(allow({ kind: 'Namespace', name: 'other' })).problems).toEqual([
      'Its targetRef names another namespace; Linkerd takes its own.',
    ]);
  });

  it('is for a route of a Server', () => {
    const route = (kind: 'linkerdHttpRoutes' | 'grpcRoutes', parent: JsonObject) =>
      spec(kind, 'get', { parentRefs: [parent] }, { status: { parents: [] } });
    const toRoute = (group: string, kind: string) => allow({ group, kind, name: 'get' }, tls('clients'));
    expect(read(toRoute(GROUP, 'HTTPRoute'), [route('linkerdHttpRoutes', TO_SERVER)])).toMatchObject({
      selects: ['shop/HTTPRoute.policy.linkerd.io/get'],
      problems: [],
    });
    expect(
      read(toRoute('gateway.networking.k8s.io', 'GRPCRoute'), [route('grpcRoutes', { group: '', kind: 'Service', name: 'web' })]).problems,
    ).toEqual(['GRPCRoute get hangs on no Server, and authorization decides on incoming requests only.']);
    expect(read(toRoute('gateway.networking.k8s.io', 'HTTPRoute')).problems).toEqual([
      'There is no HTTPRoute get of group gateway.networking.k8s.io, which its targetRef names.',
    ]);
  });

  it.each<[string, KeptObject, string]>([
    ['a Server that is missing', allow({ ...TO_SERVER, name: 'none' }), 'There is no Server none, which its targetRef names.'],
    [
      'a target without its group',
      allow({ kind: 'Server', name: 'web-http' }),
      'Linkerd ignores it: its targetRef is no Server, no Namespace and no HTTP or gRPC route: its group is missing.',
    ],
    [
      'a target of another kind',
      allow({ kind: 'Service', name: 'web' }),
      'Linkerd ignores it: its targetRef is no Server, no Namespace and no HTTP or gRPC route.',
    ],
    [
      'a MeshTLSAuthentication that is missing',
      allow(TO_SERVER, tls('none')),
      'Linkerd ignores it: there is no MeshTLSAuthentication none.',
    ],
    [
      'a NetworkAuthentication that is missing',
      allow(TO_SERVER, network('none')),
      'Linkerd ignores it: there is no NetworkAuthentication none.',
    ],
    [
      'one that names nobody',
      allow(TO_SERVER, tls('nobody')),
      'Linkerd ignores it: MeshTLSAuthentication nobody is not valid: it names no identity.',
    ],
    [
      'one that Linkerd does not take',
      allow(TO_SERVER, tls('strange')),
      'Linkerd ignores it: MeshTLSAuthentication strange is not valid: one of its references is neither a ServiceAccount nor a Namespace.',
    ],
    [
      'one without networks',
      allow(TO_SERVER, network('nowhere')),
      'Linkerd ignores it: NetworkAuthentication nowhere is not valid: it names no network.',
    ],
    [
      'two identities',
      allow(TO_SERVER, tls('clients'), account('web')),
      'Linkerd ignores it: it names several MeshTLSAuthentications or ServiceAccounts, and one is the most.',
    ],
    [
      'two networks',
      allow(TO_SERVER, network('office'), network('office')),
      'Linkerd ignores it: it names several NetworkAuthentications, and one is the most.',
    ],
    [
      'an authentication without its group',
      allow(TO_SERVER, { kind: 'MeshTLSAuthentication', name: 'clients' }),
      'Linkerd ignores it: spec.requiredAuthenticationRefs[0] is no authentication, because its group is missing.',
    ],
    [
      'an authentication of another kind',
      allow(TO_SERVER, { kind: 'Secret', name: 'x' }),
      'Linkerd ignores it: spec.requiredAuthenticationRefs[0] is no authentication.',
    ],
    [
      'a ServiceAccount that is missing',
      allow(TO_SERVER, account('none')),
      'There is no ServiceAccount none, which spec.requiredAuthenticationRefs[0] names.',
    ],
  ])('says that it has %s', (_, policyObject, problem) => {
    const node = read(policyObject);
    expect(node.problems).toEqual([problem]);
    if (problem.startsWith('Linkerd ignores it')) expect(node.summary).toMatch(/^admits nobody/);
  });

  it('does not take a list that was not read for an empty one', () => {
    const unread = ['linkerdServers', 'linkerdMeshTlsAuthentications', 'serviceAccounts'] as const;
    const built = build([allow({ ...TO_SERVER, name: 'x' }, tls('x'))], [], { unread });
    expect(policy(built, 'allow')).toMatchObject({ problems: [], summary: 'admits MeshTLSAuthentication x; to Server x' });
  });
});

describe('authentications', () => {
  it('are lists of clients', () => {
    const built = build([...BASE, ...AUTHENTICATIONS]);
    expect(policy(built, 'clients')).toEqual({
      group: GROUP,
      kind: 'MeshTLSAuthentication',
      name: 'clients',
      selects: [],
      summary: 'front/*, shop/web, jobs/*',
      problems: [],
    });
    expect(policy(built, 'office').summary).toBe('10.0.0.0/8 except 10.1.0.0/16');
    expect(policy(built, 'nobody')).toMatchObject({
      summary: 'nobody',
      problems: ['Linkerd ignores it, and every AuthorizationPolicy that refers to it: it names no identity.'],
    });
  });

  it('name what is wrong with them', () => {
    const identities = [
      'a b',
      'x.*.y',
      'gone.shop.serviceaccount.identity.linkerd.cluster.local',
      'gone.other.serviceaccount.identity.linkerd.cluster.local',
      '*',
      '*x',
    ];
    const networks = [{ cidr: '10.0.0.0/40' }, { cidr: '::/0', except: ['x'] }];
    const built = build([
      spec('linkerdMeshTlsAuthentications', 'ids', { identities }),
      spec('linkerdNetworkAuthentications', 'nets', { networks }),
    ]);
    expect(policy(built, 'ids').problems).toEqual([
      'spec.identities[0] is no identity.',
      'spec.identities[1] has a * that is not at its beginning, where it stands for itself only.',
      'There is no ServiceAccount gone, which spec.identities[2] names.',
      'spec.identities[5] begins with a * and no dot after it, where it stands for itself only.',
    ]);
    const nameless = spec('linkerdMeshTlsAuthentications', 'ids', { identityRefs: [account('NO NAME')] });
    expect(policy(build([nameless]), 'ids').problems).toEqual(['spec.identityRefs[0] is no reference that can be read.']);
    expect(policy(built, 'nets').problems).toEqual(['spec.networks[0] is no network.', 'spec.networks[1].except[0] is no network.']);
  });

  it('take a ServiceAccount for there when an object or a workload says so', () => {
    const authentication = spec('linkerdMeshTlsAuthentications', 'ids', { identityRefs: [account('bot'), account('default')] });
    const check = (more: readonly KeptObject[]) => policy(build([authentication, ...more]), 'ids').problems.length;
    expect([check([]), check([kept('serviceAccounts', 'bot')]), check(deployment('x', { serviceAccount: 'bot' }))]).toEqual([1, 0, 0]);
    // A workload whose template is not known may run as anybody.
    expect(check([kept('pods', 'p', { owner: { kind: 'Rollout', name: 'r' } })])).toBe(0);
  });
});

describe('ServerAuthorization', () => {
  const authorize = (server: Json, client: Json) => spec('linkerdServerAuthorizations', 'allow', { server, client });

  it('selects Servers by name or by their labels', () => {
    const labelled = { ...server('admin', 'web', { port: 'http' }), labels: { tier: 'back' } };
    const selects = (which: Json) => policy(build([...BASE, labelled, authorize(which, { unauthenticated: true })]), 'allow').selects;
    expect(selects({ name: 'web-http' })).toEqual(['shop/Server/web-http']);
    expect(selects({ selector: { matchLabels: { tier: 'back' } } })).toEqual(['shop/Server/admin']);
    expect(selects({})).toEqual(['shop/Server/admin', 'shop/Server/web-http']);
  });

  it.each<[Json, string]>([
    [{ unauthenticated: true }, "admits any client; from the cluster's networks"],
    [{ unauthenticated: true, networks: [{ cidr: '0.0.0.0/0' }] }, 'admits any client; from 0.0.0.0/0'],
    [{ meshTLS: { unauthenticatedTLS: true } }, "admits any client with TLS; from the cluster's networks"],
    [
      { meshTLS: { identities: ['*'], serviceAccounts: [{ name: 'web' }, { name: 'api', namespace: 'other' }] } },
      "admits any meshed client, shop/web, other/api; from the cluster's networks",
    ],
  ])('admits %j', (client, summary) => {
    expect(policy(build([...BASE, authorize({ name: 'web-http' }, client)]), 'allow')).toMatchObject({ summary, problems: [] });
  });

  it('says why it has no effect', () => {
    const problems = (which: Json, client: Json) => policy(build([...BASE, authorize(which, client)]), 'allow').problems;
    expect(problems({ name: 'none' }, { unauthenticated: true })).toEqual(['There is no Server none.']);
    expect(problems({ name: 'NO NAME' }, { unauthenticated: true })).toEqual(['spec.server.name is no name.']);
    expect(problems({ selector: { matchLabels: { a: 'b' } } }, { unauthenticated: true })).toEqual([
      'No Server of this namespace matches its selector.',
    ]);
    for (const client of [{}, { meshTLS: {} }, { unauthenticated: false }]) {
      expect(problems({ name: 'web-http' }, client)).toEqual(['Linkerd ignores it: it says nothing of who the clients are.']);
    }
    expect(policy(build([...BASE, authorize({ name: 'web-http' }, {})]), 'web-http').summary).toContain('no authorization');
  });
});
