import { describe, expect, it } from 'vitest';
import { MeshError } from '../../../../src/lib/errors.ts';
import { simulatePolicy } from '../../../../src/mcp/tools/simulate_policy.ts';
import { SMALL_MESH, withObjects } from '../../../support/graph-meshes.ts';
import { GraphWorld } from '../../../support/graph-world.ts';
import { server } from '../../mesh/kept-objects.ts';
import { askingDemo, viewerOf } from './policy/asking.ts';

interface Structured {
  readonly objects: readonly { readonly id: string; readonly action: string; readonly problems: readonly string[] }[];
  readonly judged: number;
  readonly cutRps: number;
  readonly openedRps: number;
  readonly edges: readonly {
    readonly source: string;
    readonly destination: string;
    readonly before: string;
    readonly after: string;
    readonly example?: string;
  }[];
  readonly notes: readonly string[];
}

const POLICY = 'policy.linkerd.io';
const manifest = (apiVersion: string, kind: string, name: string, spec: object, namespace = 'shop') => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
  spec,
});
const cartServer = manifest(`${POLICY}/v1beta3`, 'Server', 'cart', { port: 8080, podSelector: { matchLabels: { app: 'cart' } } });
const letIn = (...accounts: readonly string[]) => [
  manifest(`${POLICY}/v1alpha1`, 'MeshTLSAuthentication', 'cart', {
    identityRefs: accounts.map((name) => ({ kind: 'ServiceAccount', name })),
  }),
  manifest(`${POLICY}/v1alpha1`, 'AuthorizationPolicy', 'cart', {
    targetRef: { group: POLICY, kind: 'Server', name: 'cart' },
    requiredAuthenticationRefs: [{ group: POLICY, kind: 'MeshTLSAuthentication', name: 'cart' }],
  }),
];

const demo = askingDemo();
const simulate = (args: object) => demo<Structured>(simulatePolicy, args).structured;
const changed = ({ edges }: Structured) =>
  edges.map(({ source, destination, before, after }) => `${source} -> ${destination}: ${before} -> ${after}`).sort();

describe('in the demo cluster', () => {
  it('a Server alone cuts all callers of cart', () => {
    const result = simulate({ manifests: [cartServer] });
    expect(result.objects).toEqual([{ id: 'shop/Server.policy.linkerd.io/cart', action: 'add', problems: [] }]);
    expect(changed(result)).toEqual([
      'shop/Deployment/checkout -> shop/Deployment/cart: allowed -> denied',
      'shop/Deployment/web -> shop/Deployment/cart: allowed -> denied',
    ]);
    expect(result.cutRps).toBeGreaterThan(0);
  });

  it('a route that is only thought of is no fault for that no controller has looked at it', () => {
    const route = manifest(`${POLICY}/v1beta3`, 'HTTPRoute', 'late', {
      parentRefs: [{ group: POLICY, kind: 'Server', name: 'web-http' }],
      rules: [{ matches: [{ path: { value: '/api' } }] }],
    });
    const result = simulate({ manifests: [route] });
    expect(result.objects).toEqual([{ id: 'shop/HTTPRoute.policy.linkerd.io/late', action: 'add', problems: [] }]);
    expect(result.edges).toMatchObject([{ source: 'unmeshed', destination: 'shop/Deployment/web', after: 'not-found' }]);
  });

  it('with an authorization for web it cuts checkout alone, and with both nobody', () => {
    expect(changed(simulate({ manifests: [cartServer, ...letIn('web')] }))).toEqual([
      'shop/Deployment/checkout -> shop/Deployment/cart: allowed -> denied',
    ]);
    expect(simulate({ manifests: [cartServer, ...letIn('web', 'checkout')] })).toMatchObject({ edges: [], cutRps: 0 });
  });

  it('without the policy of orders, web’s and checkout’s reading is cut', () => {
    const result = simulate({ delete: ['shop/AuthorizationPolicy.policy.linkerd.io/orders-callers'] });
    expect(result.objects).toMatchObject([{ action: 'delete' }]);
    expect(result.edges).toMatchObject([
      { source: 'shop/Deployment/checkout', example: 'GET /orders', before: 'allowed', after: 'denied' },
    ]);
  });

  it('without the policy of the ledger, the portal is let in', () => {
    const result = simulate({ delete: ['bank/AuthorizationPolicy.security.istio.io/ledger-callers'] });
    expect(changed(result)).toEqual(['bank/Deployment/portal -> bank/Deployment/ledger: denied -> allowed']);
    expect(result).toMatchObject({ cutRps: 0 });
    expect(result.openedRps).toBeGreaterThan(0);
  });

  it('a policy of the same name takes the place of the one that is there', () => {
    const own = manifest(
      'security.istio.io/v1',
      'AuthorizationPolicy',
      'ledger-callers',
      { selector: { matchLabels: { app: 'ledger' } } },
      'bank',
    );
    const result = simulate({ manifests: [own] });
    expect(result.objects).toMatchObject([{ action: 'change' }]);
    expect(changed(result)).toEqual([
      'bank/Deployment/accounts -> bank/Deployment/ledger: allowed -> denied',
      'bank/Deployment/accounts-canary -> bank/Deployment/ledger: allowed -> denied',
    ]);
  });

  it('a policy of the root namespace is judged wherever it holds', () => {
    const result = simulate({ manifests: [manifest('security.istio.io/v1', 'AuthorizationPolicy', 'nobody', {}, 'istio-system')] });
    const namespaces = new Set(result.edges.map(({ destination }) => destination.split('/')[0]));
    expect([...namespaces].sort()).toEqual(['bank', 'weather']);
  });

  it('an object that is there keeps its age, by which Servers are ranked', () => {
    const first = { ...server('z-first', 'cart', {}, { created: 1_000 }) };
    const second = { ...server('a-second', 'cart', { accessPolicy: 'all-unauthenticated' }, { created: 2_000 }) };
    const world = new GraphWorld();
    world.publish(withObjects(SMALL_MESH, first, second));
    const again = { ...cartServer, metadata: { name: 'z-first', namespace: 'shop' } };
    expect(world.call<Structured>(simulatePolicy, { manifests: [again] }).structured).toMatchObject({
      edges: [],
      objects: [{ action: 'change' }],
    });
  });

  it('says what of a manifest would have no effect', () => {
    const [, policy] = letIn('web');
    const result = simulate({ manifests: [policy] });
    expect(result.objects[0]?.problems).toContainEqual(expect.stringContaining('cart'));
    expect(result.edges).toEqual([]);
  });

  it('touches nothing: the same question has the same answer', () => {
    expect(simulate({ manifests: [cartServer] })).toEqual(simulate({ manifests: [cartServer] }));
    expect(demo<Structured>(simulatePolicy, { manifests: [cartServer] }).text).toContain('add shop/Server.policy.linkerd.io/cart');
  });
});

describe('who may ask', () => {
  it('is who may view the namespaces that change', () => {
    expect(() => demo(simulatePolicy, { manifests: [cartServer] }, viewerOf('bank'))).toThrow('You may not view namespace "shop"');
  });

  it('and edges from elsewhere are counted, not listed', () => {
    const nobody = manifest('security.istio.io/v1', 'AuthorizationPolicy', 'nobody', {}, 'istio-system');
    const { text, structured } = demo<Structured>(simulatePolicy, { manifests: [nobody] }, viewerOf('istio-system', 'weather'));
    expect(structured.edges.length).toBeGreaterThan(0);
    expect(text).not.toContain('bank');
    expect(structured.notes).toContainEqual(expect.stringMatching(/^Counted, not listed: \d+ edges? with an end that you may not view\.$/));
  });
});

describe('refuses', () => {
  const world = new GraphWorld();
  world.publish(SMALL_MESH);

  it.each([
    [{}, 'Pass manifests to add or change, or delete'],
    [{ manifests: [{ ...cartServer, apiVersion: 'policy.linkerd.io/v9' }] }, 'manifests[0]: apiVersion must be policy.linkerd.io/v1beta3'],
    [
      { manifests: [cartServer, { ...cartServer, kind: 'Secret' }] },
      'manifests[1]: apiVersion and kind must be of one of: Server.policy.linkerd.io',
    ],
    [
      { manifests: [{ ...cartServer, metadata: { name: 'cart' } }] },
      'manifests[0]: metadata.name and metadata.namespace must be valid names',
    ],
    [
      { manifests: [{ ...cartServer, metadata: { name: '../x', namespace: 'shop' } }] },
      'manifests[0]: metadata.name and metadata.namespace',
    ],
    [{ manifests: [{ ...cartServer, metadata: { name: 'cart', namespace: 'moon' } }] }, 'there is no namespace "moon" in the graph'],
    [{ manifests: [cartServer, cartServer] }, 'shop/Server.policy.linkerd.io/cart is named twice'],
    [{ manifests: [{ ...cartServer, spec: 'x' }] }, 'manifests[0]: spec must be an object'],
    [{ delete: ['shop/Server/nothing'] }, 'shop/Server.policy.linkerd.io/nothing: there is no such object to delete'],
    [{ delete: ['shop/Deployment/web'] }, 'delete[0]: must be namespace/Kind.group/name'],
    [{ delete: ['nonsense'] }, 'delete[0]: must be namespace/Kind.group/name'],
    [{ manifests: Array.from({ length: 21 }, () => cartServer) }, 'simulate_policy: manifests: '],
  ])('%j', (args, message) => {
    const tried = () => world.call(simulatePolicy, args);
    expect(tried).toThrow(MeshError);
    expect(tried).toThrow(message);
  });

  it('more rules than one question may have, in how many policies ever', () => {
    const rules = Array.from({ length: 500 }, () => ({ to: [{}] }));
    const manifests = Array.from({ length: 20 }, (_, place) =>
      manifest('security.istio.io/v1', 'AuthorizationPolicy', `many-${place}`, { rules }),
    );
    const tried = () => world.call(simulatePolicy, { manifests });
    expect(tried).toThrow(/^manifests: all of them together must be shorter than 60000 characters\./);
  });

  it('a policy that is nested too deeply, without a word of it', () => {
    let deep: object = { planted: 'SECRET' };
    for (let level = 0; level < 40; level++) deep = { a: deep };
    const tried = () => world.call(simulatePolicy, { manifests: [{ ...cartServer, spec: deep }] });
    expect(tried).toThrow(/^manifests\[0\]: spec is not nested less than 32 levels deep\.$/);
  });
});
