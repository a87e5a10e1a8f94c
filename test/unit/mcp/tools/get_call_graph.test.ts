import { describe, expect, it } from 'vitest';
import { MeshError } from '../../../../src/lib/errors.ts';
import { getCallGraph } from '../../../../src/mcp/tools/get_call_graph.ts';
import { call, external, SMALL_MESH, towns, workload } from '../../../support/graph-meshes.ts';
import { type Mesh, worldOf } from '../../../support/graph-world.ts';

interface Side {
  readonly nodes: readonly { readonly id: string; readonly distance: number }[];
  readonly calls: readonly { readonly source: string; readonly destination: string; readonly rps?: number }[];
  readonly slowest: readonly string[];
  readonly mostFailing: readonly string[];
  readonly omittedNodes?: number;
}

interface Structured {
  readonly start: readonly string[];
  readonly callers?: Side;
  readonly callees?: Side;
  readonly notes: readonly string[];
}

const small = worldOf(SMALL_MESH);
const ask = (args: object, world = small) => world.call<Structured>(getCallGraph, { namespace: 'shop', ...args });
const withoutHead = (text: string) => text.split('\n').slice(1);
const meshOf = (...traffic: ReturnType<typeof call>[]): Mesh => ({ ...SMALL_MESH, observation: { traffic, decisions: [], routes: [] } });

describe('the call graph', () => {
  it('has the callees of a workload, theirs, and the slowest and the most failing path', () => {
    const { text, structured } = ask({ workload: 'web', direction: 'callees' });
    expect(withoutHead(text)).toEqual([
      'Callees of shop/web:',
      '  -> catalog: 40 rps, 100% ok, p99 1.5 s, 100% TLS [slowest]',
      '    -> search: 30 rps, 100% ok, p99 1.4 s, 100% TLS [slowest]',
      '  -> cart: 20 rps, 100% ok, p99 30 ms, 100% TLS',
      '    -> cart-redis: 100% TLS, 64 KiB/s',
      '  -> orders: 8 rps, 100% ok, p99 40 ms, 100% TLS',
      '  -> checkout: 5 rps, 96% ok, p99 600 ms, 100% TLS [most failing]',
      '    -> api.cards.example.com:443: 5 rps, 100% ok, p99 150 ms, 0% TLS, plaintext: not_provided_by_service_discovery',
      '    -> payments: 5 rps, 96% ok, p99 200 ms, 100% TLS [most failing]',
      '    -> bank/ledger: 2 rps, 100% ok, p99 80 ms, 0% TLS, plaintext: not_provided_by_service_discovery',
      'Slowest path: web -> catalog -> search',
      'Most failing path: web -> checkout -> payments',
    ]);
    expect(structured.start).toEqual(['shop/Deployment/web']);
    expect(structured).not.toHaveProperty('callers');
    expect(structured.callees?.slowest).toEqual(['shop/Deployment/web', 'shop/Deployment/catalog', 'shop/Deployment/search']);
    expect(structured.callees?.mostFailing).toEqual(['shop/Deployment/web', 'shop/Deployment/checkout', 'shop/Deployment/payments']);
    expect(structured.callees?.nodes.filter(({ distance }) => distance === 1).length).toBe(4);
    expect(structured.callees?.calls[0]).toMatchObject({ source: 'shop/Deployment/cart', destination: 'shop/StatefulSet/cart-redis' });
    expect(structured.callees).not.toHaveProperty('omittedNodes');
  });

  it('has the callers, against the arrows', () => {
    const { text, structured } = ask({ workload: 'Deployment/payments', direction: 'callers', depth: 3 });
    expect(withoutHead(text)).toEqual([
      'Callers of shop/Deployment/payments:',
      '  <- checkout: 5 rps, 96% ok, p99 200 ms, 100% TLS [slowest, most failing]',
      '    <- web: 5 rps, 96% ok, p99 600 ms, 100% TLS [slowest, most failing]',
      '      <- unmeshed: 50 rps, 100% ok, p99 90 ms, 0% TLS, plaintext: no_tls_from_remote [slowest]',
      'Slowest path: payments <- checkout <- web <- unmeshed',
      'Most failing path: payments <- checkout <- web',
    ]);
    expect(structured).not.toHaveProperty('callees');
  });

  it('has both without being asked, two calls far', () => {
    const { text, structured } = ask({ workload: 'checkout' });
    expect(structured.callers?.nodes.map(({ id }) => id)).toEqual(['shop/Deployment/checkout', 'shop/Deployment/web', 'unmeshed']);
    expect(structured.callees?.nodes.at(-1)).toEqual({ id: 'bank/Deployment/ledger-db', distance: 2 });
    expect(text).toContain('\n    -> bank/ledger-db: 100% TLS, 2 KiB/s');
  });

  it.each([
    [1, 3],
    [2, 4],
    [5, 4],
  ])('goes as far as depth %i', (depth, callees) => {
    expect(ask({ workload: 'checkout', depth, direction: 'callees' }).structured.callees?.nodes.length).toBe(callees + 1);
  });

  it('begins at a Service and the workloads behind it', () => {
    const { text, structured } = ask({ workload: 'Service/payments', depth: 1 });
    expect(structured.start).toEqual(['shop/Service/payments', 'shop/Deployment/payments']);
    expect(withoutHead(text)).toEqual([
      'Callers of service shop/payments (Deployment/payments):',
      '  <- checkout: 5 rps, 96% ok, p99 200 ms, 100% TLS [slowest, most failing]',
      'Callees of service shop/payments (Deployment/payments): no traffic was seen.',
    ]);
    expect(ask({ namespace: 'legacy', workload: 'tax-office' }).text).toContain(
      'Callers of service legacy/tax-office: no traffic was seen.',
    );
  });

  it('tells what a denied caller wanted', () => {
    const { text } = ask({ workload: 'orders', direction: 'callers', depth: 1 });
    expect(text).toContain('  <- unmeshed: 1.5 rps denied\n  <- search: 0.5 rps denied');
  });

  it('tells the calls of a node once, and names it where it comes again', () => {
    const [web, cart, catalog, search] = ['web', 'cart', 'catalog', 'search'].map((name) => workload('shop', name));
    if (!web || !cart || !catalog || !search) throw new Error('four names');
    const world = worldOf(
      meshOf(
        call({ from: web, to: cart, rps: 9 }),
        call({ from: web, to: catalog, rps: 8 }),
        call({ from: cart, to: catalog, rps: 7 }),
        call({ from: catalog, to: cart, rps: 6 }),
        call({ from: catalog, to: search, rps: 5 }),
        call({ from: search, to: web, rps: 4, failing: 0.5 }),
      ),
    );
    expect(withoutHead(ask({ workload: 'web', direction: 'callees', depth: 5 }, world).text)).toEqual([
      'Callees of shop/web:',
      '  -> cart: 9 rps, 100% ok, 100% TLS',
      '    -> also catalog 7 rps',
      '  -> catalog: 8 rps, 100% ok, 100% TLS',
      '    -> search: 5 rps, 100% ok, 100% TLS',
      '      -> web: 4 rps, 50% ok, 100% TLS (see there)',
      '    -> also cart 6 rps',
    ]);
  });

  it('of two ways to a node that calls others goes on along the busier', () => {
    const [web, cart, catalog, search, users] = ['web', 'cart', 'catalog', 'search', 'orders'].map((name) => workload('shop', name));
    if (!web || !cart || !catalog || !search || !users) throw new Error('five names');
    const world = worldOf(
      meshOf(
        call({ from: web, to: cart, rps: 9 }),
        call({ from: web, to: catalog, rps: 8 }),
        call({ from: cart, to: search, rps: 7 }),
        call({ from: catalog, to: search, rps: 6 }),
        call({ from: search, to: users, rps: 5 }),
      ),
    );
    expect(withoutHead(ask({ workload: 'web', direction: 'callees', depth: 5 }, world).text)).toEqual([
      'Callees of shop/web:',
      '  -> cart: 9 rps, 100% ok, 100% TLS',
      '    -> search: 7 rps, 100% ok, 100% TLS',
      '      -> orders: 5 rps, 100% ok, 100% TLS',
      '  -> catalog: 8 rps, 100% ok, 100% TLS',
      '    -> also search 6 rps',
    ]);
  });

  it('says nothing of slow or failing paths where there are none', () => {
    const world = worldOf(meshOf(call({ from: workload('shop', 'web'), to: workload('shop', 'cart'), rps: 9 })));
    const { text, structured } = ask({ workload: 'web' }, world);
    expect(text).not.toMatch(/slowest|failing/i);
    expect(structured.callees).toMatchObject({ slowest: [], mostFailing: [] });
  });
});

describe('the budget', () => {
  const hub = meshOf(
    ...Array.from({ length: 200 }, (_, place) =>
      call({ from: workload('shop', 'web'), to: external(`api-${place}.example.com:443`), rps: 200 - place }),
    ),
  );

  it('leaves out the least busy nodes, and says how many', () => {
    const { text, structured } = ask({ workload: 'web', direction: 'callees' }, worldOf(hub));
    expect(structured.callees?.nodes.length).toBe(60);
    expect(structured.callees?.omittedNodes).toBe(141);
    expect(structured.callees?.calls.map(({ rps }) => rps)).toEqual(
      Array.from({ length: 59 }, (_, place) => 200 - place).map((rps) => (rps > 99 ? Math.round(rps / 10) * 10 : rps)),
    );
    expect(text).toContain('\n141 more nodes left out: ask for one direction, less depth, or a start nearer to them.');
  });

  it('of a dense mesh is 1,500 tokens', () => {
    const world = worldOf(towns({ namespaces: 12 }));
    for (const depth of [1, 2, 5]) {
      const { text, structured } = ask({ namespace: 'team-3', workload: 'web', depth }, world);
      expect(text.length).toBeLessThan(6_000);
      expect(structured.callers?.calls.length).toBeGreaterThan(8);
    }
  });

  // GraphWorld refuses an answer that is longer than the option allows.
  it.each([2_000, 3_000, 20_000])('keeps to an option of %i characters', (characters) => {
    const options = { MAX_ANSWER_CHARACTERS: String(characters) };
    for (const [mesh, namespace] of [
      [towns({ namespaces: 12 }), 'team-3'],
      [hub, 'shop'],
    ] as const) {
      const world = worldOf(mesh, { options });
      for (const depth of [1, 5]) {
        const { structured } = ask({ namespace, workload: 'web', depth }, world);
        if (characters < 20_000) expect(structured.callees?.omittedNodes).toBeGreaterThan(0);
      }
    }
  });
});

it.each([
  [{ namespace: 'shop' }, 'workload'],
  [{ namespace: 'shop', workload: 'web', depth: 0 }, 'depth'],
  [{ namespace: 'shop', workload: 'web', depth: 6 }, 'depth'],
  [{ namespace: 'shop', workload: 'web', direction: 'up' }, 'direction'],
  [{ namespace: 'shop', workload: 'two words' }, 'workload'],
])('refuses %j', (args, name) => {
  expect(() => small.call(getCallGraph, args)).toThrow(MeshError);
  expect(() => small.call(getCallGraph, args)).toThrow(`get_call_graph: ${name}: `);
});
