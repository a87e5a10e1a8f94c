import { describe, expect, it } from 'vitest';
import { MeshError } from '../../../../src/lib/errors.ts';
import { simulatePolicy } from '../../../../src/mcp/tools/simulate_policy.ts';
import { suggestAuthorizationPolicy } from '../../../../src/mcp/tools/suggest_authorization_policy.ts';
import { call, external, SMALL_MESH, workload } from '../../../support/graph-meshes.ts';
import { GraphWorld, type Mesh } from '../../../support/graph-world.ts';
import { AMBIENT, deployment, kept, LINKERD, SIDECAR, server, service, spec } from '../../mesh/kept-objects.ts';
import { askingDemo, viewerOf } from './policy/asking.ts';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: object;
}

interface Structured {
  readonly mesh: string;
  readonly confidence: string;
  readonly window: string;
  readonly manifests: readonly Manifest[];
  readonly admitted: readonly { readonly source: string; readonly identities: readonly string[]; readonly ports: readonly number[] }[];
  readonly shutOut: readonly { readonly source: string; readonly why: string }[];
  readonly cutRps: number;
  readonly notes: readonly string[];
}

const demo = askingDemo();
const suggest = (service: string, more: object = {}) => demo<Structured>(suggestAuthorizationPolicy, { service, ...more }).structured;
const namesOf = ({ manifests }: Structured) => manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);

function suggestIn(mesh: Mesh, service: string): Structured {
  const world = new GraphWorld();
  world.publish(mesh);
  return world.call<Structured>(suggestAuthorizationPolicy, { service }).structured;
}

describe('for a service in Linkerd', () => {
  it('lets in the accounts that call it, by a Server, an authentication and a policy with groups in their references', () => {
    const { mesh, manifests, admitted, shutOut, cutRps, confidence } = suggest('shop/cart');
    expect(mesh).toBe('linkerd');
    expect(manifests).toEqual([
      {
        apiVersion: 'policy.linkerd.io/v1alpha1',
        kind: 'MeshTLSAuthentication',
        metadata: { namespace: 'shop', name: 'cart-clients' },
        spec: {
          identityRefs: [
            { kind: 'ServiceAccount', name: 'checkout' },
            { kind: 'ServiceAccount', name: 'web' },
          ],
        },
      },
      {
        apiVersion: 'policy.linkerd.io/v1alpha1',
        kind: 'AuthorizationPolicy',
        metadata: { namespace: 'shop', name: 'cart-8080-clients' },
        spec: {
          targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'cart-8080' },
          requiredAuthenticationRefs: [{ group: 'policy.linkerd.io', kind: 'MeshTLSAuthentication', name: 'cart-clients' }],
        },
      },
      {
        apiVersion: 'policy.linkerd.io/v1beta3',
        kind: 'Server',
        metadata: { namespace: 'shop', name: 'cart-8080' },
        spec: { podSelector: { matchLabels: { app: 'cart' } }, port: 8080 },
      },
    ]);
    expect(admitted.map(({ source }) => source)).toEqual(['shop/Deployment/web', 'shop/Deployment/checkout']);
    expect(shutOut).toEqual([]);
    expect(cutRps).toBe(0);
    expect(confidence).toBe('low');
  });

  it('takes the Server that is there, and overwrites nobody’s object', () => {
    const result = suggest('shop/orders');
    expect(namesOf(result)).toEqual(['MeshTLSAuthentication orders-clients-2', 'AuthorizationPolicy orders-8080-clients']);
    expect(result.notes).toContainEqual(expect.stringContaining('Server orders-http selects port 8080 already'));
    expect(result.notes).toContainEqual(expect.stringContaining('Routes are attached to Server orders-http'));
    // With a route attached they are not let in any more.
    expect(result.notes).not.toContainEqual(expect.stringContaining('probes stay let in'));
    expect(suggest('shop/cart').notes).toContainEqual(expect.stringContaining('probes stay let in'));
    expect(result.shutOut).toMatchObject([{ source: 'unmeshed', why: 'Callers outside of every mesh prove nothing of themselves.' }]);
  });

  it('says that a Server for an opaque port is opaque', () => {
    expect(suggest('shop/cart-redis').manifests.find(({ kind }) => kind === 'Server')?.spec).toMatchObject({
      port: 6379,
      proxyProtocol: 'opaque',
    });
  });

  it('names accounts of other namespaces with theirs, and ports with other clients apart', () => {
    const objects = [
      kept('namespaces', 'shop'),
      kept('namespaces', 'ops', { namespace: 'ops' }),
      ...deployment('api', { injected: LINKERD, ports: [{ containerPort: 8080 }, { containerPort: 9090 }] }),
      service('api', [{ port: 8080 }, { port: 9090 }]),
      ...deployment('web', { injected: LINKERD }),
      ...deployment('robot', { injected: LINKERD }).map((object) => ({ ...object, namespace: 'ops' })),
    ];
    const to = workload('shop', 'api');
    const traffic = [call({ from: workload('shop', 'web'), to, rps: 1 }), call({ from: workload('ops', 'robot'), to, rps: 1, port: 9090 })];
    const result = suggestIn({ objects, observation: { traffic, decisions: [], routes: [] } }, 'shop/api');
    expect(namesOf(result)).toEqual([
      'MeshTLSAuthentication api-8080-clients',
      'AuthorizationPolicy api-8080-clients',
      'MeshTLSAuthentication api-9090-clients',
      'AuthorizationPolicy api-9090-clients',
      'Server api-8080',
      'Server api-9090',
    ]);
    expect(result.manifests[2]?.spec).toEqual({ identityRefs: [{ kind: 'ServiceAccount', name: 'robot', namespace: 'ops' }] });
  });

  it('cuts those that prove nothing of themselves, and says how much', () => {
    const result = suggestIn(SMALL_MESH, 'shop/web');
    expect(result).toMatchObject({ manifests: [], admitted: [], cutRps: 0, shutOut: [{ source: 'unmeshed' }] });
    expect(result.notes).toContainEqual(expect.stringContaining('No caller was seen that could be let in'));
    const both: Mesh = {
      ...SMALL_MESH,
      observation: {
        traffic: [
          call({
            from: { tag: 'unmeshed' },
            to: workload('shop', 'search'),
            rps: 4,
            security: { no_tls_from_remote: 4 },
            reporter: 'destination',
          }),
          call({ from: workload('shop', 'web'), to: workload('shop', 'search'), rps: 2 }),
          call({ from: workload('shop', 'search'), to: external('a.example.com:443'), rps: 2 }),
        ],
        decisions: [],
        routes: [],
      },
    };
    expect(suggestIn(both, 'shop/search')).toMatchObject({
      cutRps: 4,
      admitted: [{ source: 'shop/Deployment/web' }],
      shutOut: [{ source: 'unmeshed' }],
    });
  });
});

describe('for a service in Istio', () => {
  it('lets in the principals that call it, on their ports', () => {
    const { mesh, manifests } = suggest('bank/portal');
    expect(mesh).toBe('istio');
    expect(manifests).toEqual([
      {
        apiVersion: 'security.istio.io/v1',
        kind: 'AuthorizationPolicy',
        metadata: { namespace: 'bank', name: 'portal-clients' },
        spec: {
          selector: { matchLabels: { app: 'portal' } },
          action: 'ALLOW',
          rules: [
            {
              from: [{ source: { principals: ['cluster.local/ns/istio-system/sa/istio-ingressgateway'] } }],
              to: [{ operation: { ports: ['8080'] } }],
            },
          ],
        },
      },
    ]);
  });

  it('opens nothing: who is turned away now stays out', () => {
    const { admitted, shutOut, manifests } = suggest('bank/ledger');
    expect(admitted.map(({ source }) => source)).toEqual(['bank/Deployment/accounts', 'bank/Deployment/accounts-canary']);
    expect(shutOut).toMatchObject([{ source: 'bank/Deployment/portal', why: 'The policies that there are turn it away already.' }]);
    expect(JSON.stringify(manifests)).not.toContain('portal');
  });

  it('for a Service behind a waypoint it is one policy there and one for the pods, which cut nobody that was seen', () => {
    const objects = [
      kept('namespaces', 'shop'),
      ...deployment('front', { annotated: AMBIENT }),
      ...deployment('portal', { injected: SIDECAR }),
      ...deployment('back', { annotated: AMBIENT }),
      { ...service('back'), labels: { 'istio.io/use-waypoint': 'way' } },
      spec('gateways', 'way', { gatewayClassName: 'istio-waypoint' }, { status: { conditions: [{ type: 'Programmed', status: 'True' }] } }),
    ];
    const from = (name: string) => call({ mesh: 'istio', from: workload('shop', name), to: workload('shop', 'back'), rps: 2 });
    const result = suggestIn(
      { objects, observation: { traffic: [from('front'), from('portal')], decisions: [], routes: [] } },
      'shop/back',
    );
    const principals = (...accounts: readonly string[]) => accounts.map((account) => `cluster.local/ns/shop/sa/${account}`);
    const rule = (port: string, ...accounts: readonly string[]) => ({
      from: [{ source: { principals: principals(...accounts) } }],
      to: [{ operation: { ports: [port] } }],
    });
    expect(result.manifests.map(({ spec: own }) => own)).toEqual([
      { targetRefs: [{ group: '', kind: 'Service', name: 'back' }], action: 'ALLOW', rules: [rule('80', 'front', 'portal')] },
      { selector: { matchLabels: { app: 'back' } }, action: 'ALLOW', rules: [rule('8080', 'way', 'portal')] },
    ]);
    expect(namesOf(result)).toEqual(['AuthorizationPolicy back-clients', 'AuthorizationPolicy back-waypoint']);
    expect(result).toMatchObject({ cutRps: 0, shutOut: [] });
  });

  it('says of ambient what a waypoint changes', () => {
    expect(suggest('weather/frontend').notes).toContainEqual(expect.stringContaining('waypoint'));
    const objects = [
      kept('namespaces', 'shop'),
      ...deployment('a', { annotated: AMBIENT }),
      ...deployment('b', { annotated: AMBIENT }),
      service('b'),
    ];
    const traffic = [call({ from: workload('shop', 'a'), to: workload('shop', 'b'), rps: 1, mesh: 'istio' })];
    expect(suggestIn({ objects, observation: { traffic, decisions: [], routes: [] } }, 'shop/b').admitted).toMatchObject([
      { identities: ['spiffe://cluster.local/ns/shop/sa/a'], ports: [8080] },
    ]);
  });
});

it.each([
  'shop/cart',
  'shop/catalog',
  'shop/recommendations',
  'shop/checkout',
  'bank/portal',
  'bank/accounts',
  'weather/frontend',
  'bank/ledger-db',
])('for %s cuts nobody whom it lets in', (name) => {
  const { manifests, admitted } = suggest(name);
  expect(admitted.length).toBeGreaterThan(0);
  const simulated = demo<{
    readonly edges: readonly { readonly source: string; readonly after: string }[];
    readonly objects: readonly { readonly problems: readonly string[] }[];
  }>(simulatePolicy, { manifests }).structured;
  const cut = simulated.edges.filter(({ after }) => after === 'denied' || after === 'not-found').map(({ source }) => source);
  expect(cut.filter((source) => admitted.some((each) => each.source === source))).toEqual([]);
  expect(simulated.objects.flatMap(({ problems }) => problems)).toEqual([]);
});

describe('over a window', () => {
  it('asks Prometheus, and the longer the surer', () => {
    expect(suggest('shop/cart', { window: '1h' })).toMatchObject({ window: '1h', confidence: 'low', admitted: [{}, {}] });
    expect(suggest('shop/cart', { window: '24h' }).confidence).toBe('medium');
    expect(suggest('shop/cart', { window: '168h' }).confidence).toBe('high');
  });

  it('cannot be had without a Prometheus, or for no window', () => {
    const world = new GraphWorld();
    world.publish(SMALL_MESH);
    const tried = (window: string) => () => world.call(suggestAuthorizationPolicy, { service: 'shop/web', window });
    expect(tried('1h')).toThrow('PROMETHEUS_URL is not set');
    expect(tried('1d')).toThrow('must be a number with m or h');
  });
});

describe('refuses', () => {
  const world = new GraphWorld();
  world.publish(SMALL_MESH);

  it.each([
    ['legacy/crm', 'None of its pods is in a mesh'],
    ['legacy/tax-office', 'There are no workloads behind it'],
    ['shop/nothing', 'There is no Service or workload "nothing"'],
    ['shop', 'must be namespace/name'],
  ])('%s', (name, message) => {
    const tried = () => world.call(suggestAuthorizationPolicy, { service: name });
    expect(tried).toThrow(MeshError);
    expect(tried).toThrow(message);
  });

  it('a namespace that the caller may not view', () => {
    expect(() => demo(suggestAuthorizationPolicy, { service: 'shop/cart' }, viewerOf('bank'))).toThrow('You may not view namespace "shop"');
    const { text, structured } = demo<Structured>(suggestAuthorizationPolicy, { service: 'bank/portal' }, viewerOf('bank'));
    expect(structured.admitted).toEqual([]);
    expect(text).toContain('Named in the manifests by account alone: 1 caller of namespaces that you may not view.');
  });
});

it('reuses a Server that selects by another label', () => {
  const objects = [
    kept('namespaces', 'shop'),
    ...deployment('api', { injected: LINKERD, labels: { tier: 'back' } }),
    ...deployment('web', { injected: LINKERD }),
    service('api'),
    spec('linkerdServers', 'backs', { podSelector: { matchLabels: { tier: 'back' } }, port: 'http', accessPolicy: 'audit' }),
    server('other', 'other'),
  ];
  const traffic = [call({ from: workload('shop', 'web'), to: workload('shop', 'api'), rps: 1 })];
  const result = suggestIn({ objects, observation: { traffic, decisions: [], routes: [] } }, 'shop/api');
  expect(namesOf(result)).toEqual(['MeshTLSAuthentication api-clients', 'AuthorizationPolicy api-8080-clients']);
  expect(result.manifests[1]?.spec).toMatchObject({ targetRef: { name: 'backs' } });
});
