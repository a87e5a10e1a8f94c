import { describe, expect, it } from 'vitest';
import { memoryKeyValue } from '../../../../src/adapters/memory/keyvalue.ts';
import { MeshError } from '../../../../src/lib/errors.ts';
import { checkAccessTool } from '../../../../src/mcp/tools/check_access.ts';
import { call, SMALL_MESH, towns, workload } from '../../../support/graph-meshes.ts';
import { GraphWorld, type Mesh } from '../../../support/graph-world.ts';
import { deployment, kept, LINKERD, server, service } from '../../mesh/kept-objects.ts';
import { watched } from '../../store/graph/support/store.ts';
import { askingDemo, viewerOf } from './policy/asking.ts';

interface Structured {
  readonly to: string;
  readonly from?: string;
  readonly answer?: {
    readonly verdict: string;
    readonly decidedBy: { readonly object?: string; readonly says: string };
    readonly reasons: readonly object[];
    readonly dependsOn: readonly string[];
    readonly assumed: readonly string[];
    readonly refusal?: string;
  };
  readonly ways: readonly { readonly callee: string; readonly verdict: string }[];
  readonly callers: readonly { readonly peer: string; readonly verdict: string; readonly rps?: number; readonly denied?: number }[];
  readonly alsoLetIn?: readonly string[];
  readonly omitted?: number;
  readonly notes: readonly string[];
}

const demo = askingDemo();
const ask = (to: string, from: string, more: object = {}) => demo<Structured>(checkAccessTool, { to, from, ...more }).structured;
const verdictOf = (to: string, from: string, more: object = {}) => ask(to, from, more).answer?.verdict;
const matrixOf = (to: string, more: object = {}) =>
  Object.fromEntries(demo<Structured>(checkAccessTool, { to, ...more }).structured.callers.map(({ peer, verdict }) => [peer, verdict]));

describe('in the demo cluster', () => {
  it('web may read orders: the HTTPRoute takes the call and its policy names web', () => {
    const { answer } = ask('shop/orders', 'shop/web', { method: 'GET', path: '/orders/1' });
    expect(answer).toMatchObject({
      verdict: 'allowed',
      decidedBy: { object: 'shop/AuthorizationPolicy.policy.linkerd.io/orders-callers' },
      dependsOn: [],
    });
    expect(answer?.reasons.length).toBeGreaterThan(2);
  });

  it('what no route of orders takes is not found', () => {
    expect(ask('shop/orders', 'shop/web', { method: 'GET', path: '/admin' }).answer).toMatchObject({
      verdict: 'not-found',
      refusal: '404',
    });
  });

  it('whether web may call orders depends on the path where none is given', () => {
    const { answer } = ask('shop/orders', 'shop/web');
    expect(answer?.verdict).toBe('unknown');
    expect(answer?.dependsOn).toContain('the path');
  });

  it('a port of gRPC is asked about as that where nothing is said of the call', () => {
    expect(ask('shop/payments', 'shop/checkout').answer).toMatchObject({
      verdict: 'allowed',
      assumed: [expect.stringContaining('The call is one of gRPC')],
    });
    expect(verdictOf('shop/payments', 'shop/web')).toBe('unknown');
  });

  it('callers without a name may be called as the table of callers calls them', () => {
    const read = { method: 'GET', path: '/orders/1' };
    expect(ask('shop/orders', 'unmeshed', read).answer).toMatchObject({ verdict: 'denied', refusal: '403' });
    expect(ask('shop/orders', 'unknown', read).answer).toMatchObject({ verdict: 'unknown', dependsOn: ["the client's identity"] });
  });

  it('what leads to no pods has no port', () => {
    const { text } = demo<Structured>(checkAccessTool, { to: 'legacy/tax-office', from: 'legacy/crm' });
    expect(text).toMatch(/^unknown: legacy\/Deployment\/crm -> service legacy\/tax-office$/m);
  });

  it('clients that are let in as anybody is are not listed one by one', () => {
    const alsoLetIn = (to: string) => demo<Structured>(checkAccessTool, { to }).structured.alsoLetIn;
    expect(alsoLetIn('bank/accounts')).toEqual([]);
    expect(alsoLetIn('bank/ledger')).toEqual(['spiffe://cluster.local/ns/bank/sa/reconcile']);
  });

  it('probes reach orders from the nodes, less the networks that are taken out', () => {
    const probe = { method: 'GET', path: '/ready' };
    expect(verdictOf('shop/orders', 'unauthenticated', { ...probe, address: '10.0.1.1' })).toBe('allowed');
    expect(verdictOf('shop/orders', 'unauthenticated', { ...probe, address: '10.0.255.1' })).toBe('denied');
    expect(verdictOf('shop/orders', '10.0.1.1', probe)).toBe('allowed');
    expect(verdictOf('shop/orders', 'unauthenticated', probe)).toBe('unknown');
  });

  it('reports, outside of the mesh, may not call orders, and web may not call payments as it is in the mesh', () => {
    expect(verdictOf('shop/orders', 'shop/reports', { method: 'GET', path: '/orders' })).toBe('denied');
    const charge = { protocol: 'grpc', method: 'POST', path: '/shop.Payments/Charge' };
    const { answer, ways } = ask('shop/payments', 'shop/web', charge);
    // One pod of payments has no proxy.
    expect(answer?.dependsOn).toEqual(['which of the pods takes the call']);
    expect(ways.map(({ callee, verdict }) => [callee, verdict])).toEqual([
      ['Deployment/payments, 2 pods in linkerd', 'denied'],
      ['Deployment/payments, 1 pod in no mesh', 'allowed'],
    ]);
    expect(verdictOf('shop/payments', 'shop/checkout', charge)).toBe('allowed');
  });

  it('nobody may call the admin port of catalog, whose policy names an authentication that is not there', () => {
    expect(verdictOf('shop/Deployment/catalog', 'shop/web', { port: 9990 })).toBe('denied');
    const { answer } = ask('shop/catalog', 'shop/web');
    expect(answer).toMatchObject({ verdict: 'allowed', assumed: [expect.stringContaining('LINKERD_DEFAULT_INBOUND_POLICY')] });
  });

  it('the ledger lets in accounts, not the portal, and not statements, which speaks plain text', () => {
    expect(verdictOf('bank/ledger', 'bank/accounts')).toBe('allowed');
    expect(ask('bank/ledger', 'bank/portal').answer).toMatchObject({ verdict: 'denied', refusal: '403' });
    expect(ask('bank/ledger', 'bank/statements').answer).toMatchObject({
      verdict: 'denied',
      refusal: 'reset',
      decidedBy: { object: 'bank/PeerAuthentication.security.istio.io/default' },
    });
    expect(verdictOf('bank/ledger', 'spiffe://cluster.local/ns/bank/sa/reconcile')).toBe('allowed');
    expect(verdictOf('bank/ledger', 'bank/CronJob/reconcile')).toBe('allowed');
  });

  it('checkout may call the card network, and no other place but the tax office', () => {
    const out = (to: string, more: object = {}) => verdictOf(to, 'shop/checkout', { protocol: 'tls', ...more });
    expect(out('api.cards.example.com:443')).toBe('allowed');
    expect(out('203.0.113.7:443')).toBe('allowed');
    expect(out('198.51.100.7:8443')).toBe('denied');
  });

  it('the forecast, in ambient, lets in the frontend alone', () => {
    expect(matrixOf('weather/forecast')).toEqual({ 'weather/Deployment/frontend': 'allowed', 'legacy/Deployment/crm': 'denied' });
  });

  it('without a caller, everybody who was seen is judged, by what they send', () => {
    expect(matrixOf('bank/ledger')).toEqual({
      'bank/Deployment/accounts': 'allowed',
      'bank/Deployment/accounts-canary': 'allowed',
      'bank/Deployment/portal': 'denied',
    });
    expect(matrixOf('shop/orders')['shop/Deployment/checkout']).toBe('unknown');
    expect(matrixOf('shop/orders', { method: 'GET', path: '/orders' })).toMatchObject({
      'shop/Deployment/checkout': 'allowed',
      unmeshed: 'denied',
    });
    expect(demo(checkAccessTool, { to: 'shop/gift-cards' }).text).toContain('no caller was seen');
  });

  it('whom a policy lets in without having been seen is told, and nobody else', () => {
    const letIn = (to: string, more: object = {}) =>
      demo<{ readonly alsoLetIn?: readonly string[] }>(checkAccessTool, { to, ...more }).structured.alsoLetIn;
    expect(letIn('bank/ledger')).toEqual(['spiffe://cluster.local/ns/bank/sa/reconcile']);
    expect(letIn('shop/orders', { method: 'GET', path: '/orders' })).toEqual(['web.shop.serviceaccount.identity.linkerd.cluster.local']);
    expect(letIn('weather/forecast')).toEqual([]);
  });

  it('agrees with what the proxies decided', () => {
    for (const to of ['bank/ledger', 'weather/forecast', 'shop/payments']) {
      for (const { peer, verdict, denied = 0 } of demo<Structured>(checkAccessTool, { to }).structured.callers) {
        if (denied > 0) expect(verdict, `${peer} -> ${to}`).not.toBe('allowed');
      }
    }
  });
});

describe('who may ask', () => {
  it('is who may view the callee’s namespace, and the caller’s', () => {
    const as =
      (...namespaces: readonly string[]) =>
      () =>
        demo(checkAccessTool, { to: 'shop/orders', from: 'bank/portal' }, viewerOf(...namespaces));
    for (const tried of [as('bank'), as('shop'), as()]) {
      expect(tried).toThrow(MeshError);
      expect(tried).toThrow(/You may not view namespace "(shop|bank)"/);
    }
    expect(as('shop', 'bank')().text).toContain('denied');
  });

  it('and callers elsewhere are counted, not named', () => {
    const { text, structured } = demo<Structured>(checkAccessTool, { to: 'weather/forecast' }, viewerOf('weather'));
    expect(structured.callers.map(({ peer }) => peer)).toEqual(['weather/Deployment/frontend']);
    expect(text).not.toContain('crm');
    expect(structured.notes).toContain('1 caller of namespaces that you may not view is left out.');
  });
});

describe('refuses', () => {
  const small = new GraphWorld();
  small.publish(SMALL_MESH);

  it.each([
    [{ to: 'orders' }, 'check_access: to: must be namespace/name'],
    [{ to: 'api.example.com:443' }, 'from: is needed where the callee is outside of the cluster'],
    [{ to: 'api.example.com:99999', from: 'shop/web' }, 'check_access: to: must be namespace/name'],
    [{ to: 'shop/ordres' }, 'There is no Service or workload "ordres" in namespace "shop". Did you mean "orders"'],
    [{ to: 'shp/orders' }, 'There is no namespace "shp" in the graph. Did you mean "shop"?'],
    [{ to: 'shop/StatefulSet/orders' }, 'There is no StatefulSet "orders" in namespace "shop".'],
    [{ to: 'shop/orders', from: 'shop/wbe' }, 'There is no Service or workload "wbe" in namespace "shop". Did you mean "web"'],
    [{ to: 'shop/orders', from: 'me' }, 'from: must be a workload or Service'],
    [{ to: 'shop/orders', from: '*.shop.serviceaccount.identity.linkerd.cluster.local' }, 'from: must be a workload or Service'],
    [{ to: 'shop/orders', from: 'unauthenticated', address: 'here' }, 'address: must be an IP address'],
    [{ to: 'shop/orders', from: '10.0.0.1', address: '10.0.0.1' }, 'leave address out'],
    [{ to: 'shop/orders', address: '10.0.0.1' }, 'Pass from, too'],
    [{ to: 'shop/orders', from: 'shop/web', port: 8080 }, '"shop/orders" has no TCP port 8080. Its TCP ports: 80.'],
    [{ to: 'shop/orders', from: 'shop/web', port: 0 }, 'check_access: port: '],
    [{ to: 'shop/orders', from: 'shop/web', path: 'orders' }, 'path: must begin with a slash'],
  ])('%j', (args, message) => {
    const tried = () => small.call(checkAccessTool, args);
    expect(tried).toThrow(MeshError);
    expect(tried).toThrow(message);
  });

  it('a name that several workloads have, and says which there are', () => {
    const world = new GraphWorld();
    world.publish({ objects: [kept('namespaces', 'shop'), kept('pods', 'web', { labels: { app: 'x' } }), ...deployment('web')] });
    expect(() => world.call(checkAccessTool, { to: 'shop/web' })).toThrow('say which, shop/Deployment/web or shop/Pod/web.');
    expect(world.call<Structured>(checkAccessTool, { to: 'shop/Pod/web', from: 'unauthenticated', port: 80 }).structured.to).toBe(
      'shop/Pod/web',
    );
  });
});

describe('the table of a service with many callers', () => {
  const names = Array.from({ length: 250 }, (_, place) => `client-${place}`);
  const mesh: Mesh = {
    objects: [
      kept('namespaces', 'shop'),
      ...deployment('api', { injected: LINKERD }),
      service('api'),
      server('api', 'api'),
      ...names.flatMap((name) => deployment(name, { injected: LINKERD })),
    ],
    observation: {
      traffic: names.map((name, place) => call({ from: workload('shop', name), to: workload('shop', 'api'), rps: 1000 - place })),
      decisions: [],
      routes: [],
    },
  };

  it.each([2_000, 6_000, 40_000])('keeps to %i characters, the busiest first, and counts the rest', (characters) => {
    const world = new GraphWorld({ options: { MAX_ANSWER_CHARACTERS: String(characters) } });
    world.publish(mesh);
    const { text, structured } = world.call<Structured>(checkAccessTool, { to: 'shop/api' });
    expect(text).toContain('of 250 callers 250 denied');
    expect(structured.callers[0]?.peer).toBe('shop/Deployment/client-0');
    expect(structured.callers.length + (structured.omitted ?? 0)).toBe(250);
    if (characters === 40_000) expect(structured.callers).toHaveLength(100);
  });
});

describe('the cost', () => {
  const published = (namespaces: number) => {
    const { store, operations } = watched(memoryKeyValue());
    const world = new GraphWorld({ keyvalue: store });
    world.publish(towns({ namespaces, pods: 1, calls: 2 }));
    return (args: object) => {
      operations.length = 0;
      world.call(checkAccessTool, args);
      return {
        names: operations.map(({ name }) => name),
        values: operations.reduce((sum, { keys }) => sum + keys.length, 0),
        bytes: operations.reduce((sum, { bytes }) => sum + bytes, 0),
      };
    };
  };
  const few = published(10);
  const many = published(1_000);

  it.each([
    // Istio's root namespace is not there; the head, pages of the index, the objects of both ends.
    ['one caller', { to: 'team-7/users', from: 'team-7/web' }, 3],
    ['one caller of another namespace', { to: 'team-7/users', from: 'team-6/web' }, 3],
    // And what is known of the traffic there, and of the callers' namespaces.
    ['all callers', { to: 'team-7/users' }, 6],
  ])('for %s is the same at ten namespaces and at a thousand', (_what, args, operations) => {
    const [small, large] = [few(args), many(args)];
    expect(large.names).toEqual(small.names);
    expect(small.names).toEqual(Array.from({ length: operations }, () => 'getMany'));
    expect(large.values - small.values).toBeLessThanOrEqual(2);
    // The head, and pages of the index, grow a little with the mesh.
    expect(large.bytes - small.bytes).toBeLessThan(12 * 1024);
  });
});
