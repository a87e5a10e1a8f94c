import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MeshError } from '../../../../src/lib/errors.ts';
import { getMeshGraph } from '../../../../src/mcp/tools/get_mesh_graph.ts';
import { CHECKOUT, call, external, SMALL_MESH, towns, workload } from '../../../support/graph-meshes.ts';
import { GraphWorld, worldOf } from '../../../support/graph-world.ts';

interface Row {
  readonly source: string;
  readonly destination: string;
  readonly protocols: readonly string[];
  readonly rps?: number;
  readonly denied?: number;
}

interface Structured {
  readonly groupBy: string;
  readonly namespaces: readonly { readonly namespace: string; readonly links: readonly object[] }[];
  readonly nodes: readonly { readonly id: string }[];
  readonly traffic: readonly Row[];
  readonly total: number;
  readonly nextCursor?: string;
  readonly notes: readonly string[];
}

const small = worldOf(SMALL_MESH);
const ask = (args: object, world = small) => world.call<Structured>(getMeshGraph, args);
const rowsOf = (rows: readonly Row[]) => rows.map(({ source, destination }) => `${source} > ${destination}`);
const idsOf = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id);
const withoutHead = (text: string) => text.split('\n').slice(1).join('\n');

function refusal(args: object, world = small): string {
  try {
    world.call(getMeshGraph, args);
  } catch (error) {
    if (error instanceof MeshError && error.code === 'invalid') return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('without a namespace', () => {
  it('gives all namespaces in figures, trouble first', () => {
    const { text, structured } = ask({});
    expect(withoutHead(text)).toBe(
      [
        '3 namespaces, 15 services, 21 of 24 pods meshed; 170 rps, 99.77% ok, 2 rps denied.',
        'Trouble: shop (1 unhealthy, denied calls, 2 problems).',
        '',
        'NAMESPACE  SERVICES  MESHED PODS        RPS  OK      CALLS',
        'bank       3         istio-sidecar 5/5  12   100%',
        'legacy     2         none 0/2           -    -',
        'shop       10        linkerd 16/17      160  99.75%  external 5, bank 2',
      ].join('\n'),
    );
    expect(structured).toMatchObject({ groupBy: 'namespace', total: 3 });
    expect(structured.namespaces[2]).toEqual({
      namespace: 'shop',
      services: 10,
      workloads: 10,
      pods: 17,
      meshedPods: 16,
      meshes: ['linkerd'],
      rps: 160,
      successRate: 0.9975,
      denied: 2,
      problems: 2,
      unhealthy: 1,
      links: [
        { to: 'external', rps: 5, successRate: 1, tls: 0 },
        { to: 'bank', rps: 2, successRate: 1, tls: 0 },
      ],
    });
  });

  it.each([
    [{ mesh: 'linkerd' }, ['shop']],
    [{ mesh: 'istio-sidecar' }, ['bank']],
    [{ mesh: 'istio-ambient' }, []],
    [{ onlyErrors: true }, ['shop']],
    [{ unmeshedOnly: true }, ['legacy', 'shop']],
    [{ minRps: 12 }, ['bank', 'shop']],
    [{ minRps: 13 }, ['shop']],
    [{ unmeshedOnly: true, minRps: 1 }, ['shop']],
  ])('filters them by %j', (filter, expected) => {
    const { text, structured } = ask(filter);
    expect(structured.namespaces.map(({ namespace }) => namespace)).toEqual(expected);
    expect(structured.total).toBe(expected.length);
    expect(text).toContain(`Matching: ${expected.length} of 3 namespaces.`);
    // The first lines are about all of it.
    expect(text).toContain('3 namespaces, 15 services');
  });

  it('groups the traffic of all by service or by workload', () => {
    const byService = ask({ groupBy: 'service' });
    expect(byService.text).toContain('shop/checkout  bank/ledger  ');
    expect(rowsOf(byService.structured.traffic)).toContain('shop/Service/checkout > bank/Service/ledger');
    expect(idsOf(byService.structured.nodes)).toEqual(expect.arrayContaining(['legacy/Service/tax-office', 'shop/Service/web']));
    const byWorkload = ask({ groupBy: 'workload' });
    expect(rowsOf(byWorkload.structured.traffic)).toContain('bank/Deployment/portal > bank/Deployment/ledger');
    expect(idsOf(byWorkload.structured.nodes)).toEqual(expect.arrayContaining(['legacy/Deployment/crm', 'legacy/Service/tax-office']));
    expect(idsOf(byWorkload.structured.nodes)).not.toContain('shop/Service/web');
  });

  it('looks at the busiest of many namespaces alone, and says so', () => {
    const { structured, text } = ask({ groupBy: 'workload', minRps: 7 }, worldOf(towns({ namespaces: 40, calls: 2 })));
    const note = 'Only the 16 busiest namespaces are in this answer, 24 are not: name one, or ask for groupBy namespace.';
    expect(structured.notes).toContain(note);
    expect(text).toContain(note);
  });

  it('of many namespaces looks at those that a filter is about', () => {
    const mesh = towns({ namespaces: 40, pods: 1, calls: 2 });
    const failing = call({ from: workload('team-33', 'web'), to: workload('team-33', 'stock'), rps: 1, failing: 1 });
    const world = worldOf({ ...mesh, observation: { ...mesh.observation, traffic: [...mesh.observation.traffic, failing] } });
    const { structured } = ask({ groupBy: 'workload', onlyErrors: true }, world);
    expect(rowsOf(structured.traffic)).toEqual(['team-33/Deployment/web > team-33/Deployment/stock']);
    expect(structured.notes).toEqual([]);
  });

  it('finds a little traffic that fails in much that does not', () => {
    const traffic = [
      call({ from: workload('shop', 'web'), to: workload('shop', 'cart'), rps: 9_000 }),
      call({ from: workload('shop', 'web'), to: workload('shop', 'orders'), rps: 1, failing: 0.5 }),
    ];
    const world = worldOf({ ...SMALL_MESH, observation: { traffic, decisions: [], routes: [] } });
    expect(ask({ onlyErrors: true }, world).structured.namespaces).toEqual([]);
    expect(rowsOf(ask({ onlyErrors: true, groupBy: 'service' }, world).structured.traffic)).toEqual([
      'shop/Service/web > shop/Service/orders',
    ]);
  });
});

describe('with a namespace', () => {
  it('gives its workloads, those in trouble first, and their traffic, the busiest first', () => {
    const { text, structured } = ask({ namespace: 'shop' });
    expect(withoutHead(text)).toBe(
      [
        'NAME        KIND         MESHED PODS  HEALTH',
        'payments    Deployment   linkerd 3/3  degraded',
        'cart        Deployment   linkerd 2/2  healthy',
        'catalog     Deployment   linkerd 2/2  healthy',
        'checkout    Deployment   linkerd 2/2  healthy',
        'gift-cards  Deployment   no pods      scaled-to-zero',
        'orders      Deployment   linkerd 2/2  healthy',
        'reports     Deployment   none 0/1     healthy',
        'search      Deployment   linkerd 2/2  healthy',
        'web         Deployment   linkerd 2/2  healthy',
        'cart-redis  StatefulSet  linkerd 1/1  healthy',
        '',
        'FROM      TO                         RPS  OK    P99     TLS   NOTE',
        'cart      cart-redis                 -    -     -       100%  64 KiB/s',
        'unmeshed  web                        50   100%  90 ms   0%    plaintext: no_tls_from_remote',
        'web       catalog                    40   100%  1.5 s   100%',
        'catalog   search                     30   100%  1.4 s   100%',
        'web       cart                       20   100%  30 ms   100%',
        'web       orders                     8    100%  40 ms   100%',
        'checkout  api.cards.example.com:443  5    100%  150 ms  0%    plaintext: not_provided_by_service_discovery',
        'checkout  payments                   5    96%   200 ms  100%',
        'web       checkout                   5    96%   600 ms  100%',
        'checkout  bank/ledger                2    100%  80 ms   0%    plaintext: not_provided_by_service_discovery',
        'unmeshed  orders                     0    -     -       -     1.5 rps denied',
        'search    orders                     0    -     -       -     0.5 rps denied',
      ].join('\n'),
    );
    expect(structured).toMatchObject({ groupBy: 'workload', total: 12 });
    expect(structured.nodes[0]).toEqual({
      id: 'shop/Deployment/payments',
      kind: 'Deployment',
      pods: 3,
      meshedPods: 3,
      meshes: ['linkerd'],
      health: 'degraded',
    });
    expect(structured.traffic[0]).toEqual({
      source: 'shop/Deployment/cart',
      destination: 'shop/StatefulSet/cart-redis',
      protocols: ['tcp'],
      tls: 1,
      sent: 4100,
      received: 61000,
    });
    expect(structured.traffic[7]).toMatchObject({ rps: 5, successRate: 0.96, p50: 40, p95: 100, p99: 200, tls: 1, protocols: ['grpc'] });
  });

  it('names what lies elsewhere with its namespace', () => {
    const { text } = ask({ namespace: 'bank' });
    expect(text).toContain('shop/checkout  ledger     2 ');
  });

  it('by service, names the Services', () => {
    const { text, structured } = ask({ namespace: 'shop', groupBy: 'service' });
    expect(text).toContain('SERVICE     MESHED PODS\n');
    expect(text).toContain('\nweb       catalog ');
    expect(text).not.toContain('service ');
    expect(structured).toMatchObject({ groupBy: 'service', total: 12 });
    expect(structured.nodes.length).toBe(10);
    expect(rowsOf(structured.traffic)).toContain('shop/Service/web > shop/Service/catalog');
  });

  it('by namespace, gives one row for each neighbour', () => {
    const { text, structured } = ask({ namespace: 'shop', groupBy: 'namespace' });
    expect(withoutHead(text)).toBe(
      [
        'FROM      TO        RPS  OK      P99     TLS   NOTE',
        'shop      shop      110  99.63%  1.5 s   100%  0.5 rps denied',
        'unmeshed  shop      50   100%    90 ms   0%    1.5 rps denied; plaintext: no_tls_from_remote',
        'shop      external  5    100%    150 ms  0%    plaintext: not_provided_by_service_discovery',
        'shop      bank      2    100%    80 ms   0%    plaintext: not_provided_by_service_discovery',
      ].join('\n'),
    );
    expect(structured.nodes).toEqual([]);
  });

  it.each([
    [{ onlyErrors: true }, ['payments', 'checkout', 'orders', 'search', 'web'], 4],
    [{ unmeshedOnly: true }, ['orders', 'reports', 'web'], 2],
    [{ minRps: 20 }, ['cart', 'catalog', 'search', 'web'], 4],
    [{ mesh: 'linkerd' }, ['payments', 'cart', 'catalog', 'checkout', 'orders', 'search', 'web', 'cart-redis'], 12],
    [{ mesh: 'istio-sidecar' }, [], 0],
    [{ onlyErrors: true, minRps: 1 }, ['payments', 'checkout', 'web'], 2],
  ])('filters by %j', (filter, names, total) => {
    const { text, structured } = ask({ namespace: 'shop', ...filter });
    expect(structured.nodes.map(({ id }) => id.split('/')[2])).toEqual(names);
    expect(structured.total).toBe(total);
    if (total === 0) expect(text).toContain('No such traffic was seen.');
  });

  it('lists a Service with nothing behind it', () => {
    expect(ask({ namespace: 'legacy' }).text).toMatch(/service tax-office +Service +no pods +-\n/);
  });
});

describe('with a workload', () => {
  it('gives what is around it, across namespaces', () => {
    const { structured } = ask({ namespace: 'shop', workload: 'checkout' });
    expect(idsOf(structured.nodes)).toEqual([
      'shop/Deployment/payments',
      'shop/Deployment/checkout',
      'shop/Deployment/web',
      'bank/Deployment/ledger',
    ]);
    expect(structured.total).toBe(4);
  });

  it.each([
    [1, ['payments', 'checkout']],
    [2, ['payments', 'checkout', 'web', 'bank/Deployment/ledger']],
    [
      3,
      [
        'payments',
        'checkout',
        'web',
        'bank/Deployment/ledger',
        'catalog',
        'cart',
        'bank/Deployment/portal',
        'orders',
        'bank/Deployment/ledger-db',
      ],
    ],
  ])('as far as depth %i says', (depth, names) => {
    const { structured } = ask({ namespace: 'shop', workload: 'Deployment/payments', depth });
    expect(idsOf(structured.nodes).map((id) => id.replace('shop/Deployment/', ''))).toEqual(names);
  });

  it('and of that what passes the filters', () => {
    const { structured } = ask({ namespace: 'shop', workload: 'web', onlyErrors: true });
    expect(rowsOf(structured.traffic)).toEqual(['shop/Deployment/web > shop/Deployment/checkout']);
    expect(idsOf(structured.nodes)).toEqual(['shop/Deployment/web', 'shop/Deployment/checkout']);
  });

  it('says that there is more around it', () => {
    const world = worldOf({
      ...SMALL_MESH,
      observation: {
        ...SMALL_MESH.observation,
        traffic: Array.from({ length: 250 }, (_, place) =>
          call({ from: CHECKOUT, to: external(`api-${place}.example.com`), rps: 250 - place }),
        ),
      },
    });
    expect(ask({ namespace: 'shop', workload: 'checkout' }, world).structured.notes).toEqual([
      '51 more nodes are around it: ask for less depth.',
    ]);
  });
});

describe('the simple format', () => {
  it('is exactly that of the design notes', () => {
    const { structured } = small.call<object>(getMeshGraph, { namespace: 'bank', format: 'simple' });
    expect(structured).toStrictEqual({
      services: ['bank/ledger', 'bank/ledger-db', 'bank/portal'],
      edges: [
        { src: 'bank/portal', dst: 'bank/ledger', rps: 10, tls: true },
        { src: 'shop/checkout', dst: 'bank/ledger', rps: 2, tls: false },
        { src: 'bank/ledger', dst: 'bank/ledger-db', rps: 0, tls: true },
      ],
      authPolicies: [
        { namespace: 'bank', name: 'ledger', kind: 'AuthorizationPolicy', action: 'ALLOW' },
        { namespace: 'bank', name: 'default', kind: 'PeerAuthentication', action: 'STRICT' },
      ],
    });
  });

  it('is in the text, too, whole', () => {
    const { text, structured } = small.call<object>(getMeshGraph, { format: 'simple' });
    const json = text.split('\n').find((line) => line.startsWith('{')) ?? '';
    expect(JSON.parse(json)).toEqual(structured);
  });

  it('keeps to its filters and its limit, and says what it leaves out', () => {
    const { text, structured } = small.call<{ readonly edges: readonly unknown[]; readonly services: readonly unknown[] }>(getMeshGraph, {
      namespace: 'shop',
      format: 'simple',
      minRps: 5,
      limit: 3,
    });
    expect(structured.edges).toHaveLength(3);
    expect(structured.services).toHaveLength(3);
    expect(text).toContain('Left out: 7 services, 5 edges (the least busy), 1 policies.');
  });

  it('has no pages', () => {
    expect(refusal({ format: 'simple', cursor: 'x' })).toBe(
      'cursor: format simple has no pages. Ask for one namespace, or for format table.',
    );
  });

  it('is cut to what an answer may hold', () => {
    const world = worldOf(towns({ namespaces: 16 }), { options: { MAX_ANSWER_CHARACTERS: '5000' } });
    const { text, structured } = world.call<{ readonly edges: readonly { readonly rps: number }[] }>(getMeshGraph, { format: 'simple' });
    expect(structured.edges.length).toBeGreaterThan(10);
    expect(structured.edges.every(({ rps }) => rps === 7)).toBe(true);
    expect(text).toMatch(/\nLeft out: \d+ services, \d+ edges \(the least busy\), 0 policies\./);
  });
});

describe('pages', () => {
  const town = worldOf(towns({ namespaces: 4, pods: 1 }));

  const readAll = (args: object, world: GraphWorld, between: () => void = () => {}) => {
    const rows: string[] = [];
    const sizes: number[] = [];
    let cursor: string | undefined;
    do {
      const { structured, text } = ask({ ...args, ...(cursor === undefined ? {} : { cursor }) }, world);
      const page = structured.traffic === undefined ? structured.namespaces.map(({ namespace }) => namespace) : rowsOf(structured.traffic);
      rows.push(...page);
      sizes.push(page.length);
      cursor = structured.nextCursor;
      expect(text.includes(`pass cursor "${cursor}"`)).toBe(cursor !== undefined);
      between();
    } while (cursor !== undefined && sizes.length < 500);
    return { rows, sizes };
  };

  it('of traffic give each row once, in order, and end', () => {
    const all = ask({ namespace: 'team-1', limit: 200 }, town).structured;
    expect(all.total).toBe(106);
    expect(all).not.toHaveProperty('nextCursor');
    fc.assert(
      fc.property(fc.option(fc.integer({ min: 1, max: 120 }), { nil: undefined }), (limit) => {
        const { rows, sizes } = readAll({ namespace: 'team-1', ...(limit === undefined ? {} : { limit }) }, town);
        expect(rows).toEqual(rowsOf(all.traffic));
        for (const size of sizes) expect(size).toBeLessThanOrEqual(limit ?? 40);
      }),
      { numRuns: 20 },
    );
  });

  it('have the nodes on the first alone', () => {
    const first = ask({ namespace: 'team-1' }, town).structured;
    expect(first.nodes).toHaveLength(10);
    expect(ask({ namespace: 'team-1', cursor: first.nextCursor }, town).structured.nodes).toEqual([]);
  });

  it('of namespaces give each once, in order, and end', () => {
    const many = worldOf(towns({ namespaces: 100, pods: 1, calls: 1 }));
    const expected = Array.from({ length: 100 }, (_, place) => `team-${place}`).sort();
    for (const limit of [1, 7, 99, 100, 200]) expect(readAll({ limit }, many).rows).toEqual(expected);
    expect(readAll({}, many)).toEqual({ rows: expected, sizes: [40, 40, 20] });
  });

  it('go on where they were though rows come and go', () => {
    const mesh = towns({ namespaces: 1, pods: 1 });
    const world = worldOf(mesh);
    const all = rowsOf(ask({ namespace: 'team-0', limit: 200 }, world).structured.traffic);
    const { traffic } = mesh.observation;
    // Whatever was given goes; what has not been given stays, and is given.
    const seen = ask({ namespace: 'team-0', limit: 30 }, world).structured;
    const given = new Set(rowsOf(seen.traffic));
    const nameOf = (end: (typeof traffic)[number]['source']) => (end.tag === 'workload' ? `team-0/Deployment/${end.name}` : '');
    const left = traffic.filter(({ source, destination }) => !given.has(`${nameOf(source)} > ${nameOf(destination)}`));
    world.publish({ ...mesh, observation: { ...mesh.observation, traffic: left } });
    const rest = ask({ namespace: 'team-0', limit: 200, cursor: seen.nextCursor }, world).structured;
    expect(rowsOf(rest.traffic)).toEqual(all.slice(30));
  });

  it('refuse the cursor of another query, and one that was changed', () => {
    const { nextCursor: cursor = '' } = ask({ namespace: 'team-1', limit: 5 }, town).structured;
    expect(ask({ namespace: 'team-1', limit: 9, cursor }, town).structured.traffic).toHaveLength(9);
    for (const args of [
      { namespace: 'team-2', cursor },
      { namespace: 'team-1', onlyErrors: true, cursor },
      { namespace: 'team-1', groupBy: 'service', cursor },
      { cursor },
      { namespace: 'team-1', cursor: `${cursor}0` },
      { namespace: 'team-1', cursor: cursor.replace('7', '6') },
      { namespace: 'team-1', cursor: '' },
      { namespace: 'team-1', cursor: 'x.0123456789abcdef' },
    ]) {
      expect(refusal(args, town)).toContain('cursor: not one that this query gave.');
    }
  });

  it('take names of the greatest length', () => {
    const long = `a${'-b'.repeat(31)}`;
    const mesh = towns({ namespaces: 2, pods: 1, calls: 3, name: (place) => (place === 0 ? long : `c${'-d'.repeat(31)}`) });
    const { rows } = readAll({ namespace: long, limit: 1 }, worldOf(mesh));
    expect(rows.length).toBe(31 + 1);
  });
});

describe('the budget', () => {
  const long = (place: number) => `department-${String(place).padStart(4, '0')}-production`;

  it.each([
    ['of ten services that call each other', towns({ namespaces: 4 }), 'team-2'],
    ['of ten services in a long name', towns({ namespaces: 4, name: long }), long(2)],
    ['with trouble', SMALL_MESH, 'shop'],
  ])('of a namespace %s is 400 tokens', (_what, mesh, namespace) => {
    const world = worldOf(mesh);
    for (const groupBy of ['workload', 'service', 'namespace']) {
      const { text, structured } = ask({ namespace, groupBy }, world);
      expect(text.length).toBeLessThan(1_600);
      expect(structured.traffic.length).toBeGreaterThan(3);
    }
  });

  it('of an overview of a thousand namespaces is 1,500 tokens', () => {
    const world = worldOf(towns({ namespaces: 1_000, pods: 1, calls: 2, name: long }));
    const { text, structured } = ask({}, world);
    expect(text.length).toBeLessThan(6_000);
    expect(structured.namespaces.length).toBe(37);
    expect(structured.total).toBe(1_000);
    expect(text).toContain('963 more namespaces: pass cursor "department-0036-production.');
    for (const groupBy of ['workload', 'service']) expect(ask({ groupBy }, world).text.length).toBeLessThan(6_000);
  });

  it('has room for rows though there are many notes', () => {
    const world = new GraphWorld();
    world.publish(SMALL_MESH, { notes: Array.from({ length: 30 }, (_, place) => `Kind ${place} may not be read${', alas'.repeat(10)}.`) });
    const { text, structured } = ask({ namespace: 'shop' }, world);
    expect(text.length).toBeLessThan(1_600);
    expect(structured.traffic.length).toBeGreaterThan(5);
    expect(text).toMatch(/\nAnd 2\d more notes\.\n/);
  });

  it('grows with the limit', () => {
    const world = worldOf(towns({ namespaces: 4 }));
    const { text, structured } = ask({ namespace: 'team-2', limit: 200 }, world);
    expect(structured.traffic.length).toBe(106);
    expect(text.length).toBeGreaterThan(4_000);
  });

  it('says which workloads it has no room for', () => {
    const world = worldOf(SMALL_MESH);
    const { text, structured } = ask({ namespace: 'shop', limit: 4 }, world);
    expect(structured.nodes).toHaveLength(4);
    expect(structured.notes).toEqual(['6 more workloads are not listed: pass a limit, or ask list_services.']);
    expect(text).toContain('6 more workloads are not listed');
    expect(text).toContain('8 more rows of traffic: pass cursor');
  });

  it('shortens a namespace with very many links', () => {
    const name = (place: number) => (place === 0 ? 'a' : `b${'-very'.repeat(11)}-${place}`);
    const mesh = towns({ namespaces: 17, pods: 1, calls: 1, name });
    const links = Array.from({ length: 16 }, (_, place) =>
      call({ from: workload('a', 'web'), to: workload(name(place + 1), 'users'), rps: 17 - place, failing: 0.01 }),
    );
    const world = new GraphWorld({ options: { MAX_ANSWER_CHARACTERS: '2000' } });
    const note = 'Something may not be read.'.repeat(17);
    world.publish({ ...mesh, observation: { ...mesh.observation, traffic: [...mesh.observation.traffic, ...links] } }, { notes: [note] });
    const { structured } = ask({}, world);
    expect(structured.namespaces).toMatchObject([{ namespace: 'a', links: { length: 8 } }]);
    expect(structured.notes).toEqual([note, 'Lists within a row are cut short to keep the answer within its size.']);
    expect(structured.nextCursor).toBeDefined();
  });

  // GraphWorld refuses an answer that is longer than the option allows.
  it.each([2_000, 3_000, 10_000])('keeps to an option of %i characters', (characters) => {
    const options = { MAX_ANSWER_CHARACTERS: String(characters) };
    const name = (place: number) => `a${'-very'.repeat(11)}-${place}`;
    const world = worldOf(towns({ namespaces: 40, pods: 1, name }), { options });
    for (const args of [
      {},
      { namespace: name(3) },
      { namespace: name(3), workload: 'web', depth: 3 },
      { groupBy: 'service' },
      { format: 'simple' },
    ]) {
      for (const limit of [undefined, 200]) ask({ ...args, ...(limit === undefined ? {} : { limit }) }, world);
    }
    expect(ask({ limit: 200 }, world).structured.namespaces.length).toBeGreaterThan(0);
  });
});

it.each([
  [{ depth: 0, namespace: 'shop', workload: 'web' }, 'depth'],
  [{ depth: 4, namespace: 'shop', workload: 'web' }, 'depth'],
  [{ mesh: 'consul' }, 'mesh'],
  [{ onlyErrors: 'yes' }, 'onlyErrors'],
  [{ unmeshedOnly: 1 }, 'unmeshedOnly'],
  [{ minRps: -1 }, 'minRps'],
  [{ groupBy: 'pod' }, 'groupBy'],
  [{ format: 'dot' }, 'format'],
  [{ limit: 0 }, 'limit'],
  [{ limit: 201 }, 'limit'],
  [{ cursor: 5 }, 'cursor'],
  [{ workload: 'Not a name', namespace: 'shop' }, 'workload'],
])('refuses %j', (args, name) => {
  expect(refusal(args)).toContain(`get_mesh_graph: ${name}: `);
});
