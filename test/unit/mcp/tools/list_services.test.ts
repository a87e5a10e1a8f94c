import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryKeyValue } from '../../../../src/adapters/memory/keyvalue.ts';
import { MeshError } from '../../../../src/lib/errors.ts';
import type { JsonObject } from '../../../../src/lib/json.ts';
import { listServices } from '../../../../src/mcp/tools/list_services.ts';
import { objectOf, SMALL_MESH, towns, withObjects, without } from '../../../support/graph-meshes.ts';
import { GraphWorld, worldOf } from '../../../support/graph-world.ts';
import { watched } from '../../store/graph/support/store.ts';

interface Row {
  readonly namespace: string;
  readonly name: string;
  readonly status: string;
}

interface Structured {
  readonly total: number;
  readonly summary: JsonObject;
  readonly services: readonly Row[];
  readonly nextCursor?: string;
  readonly notes: readonly string[];
}

const small = worldOf(SMALL_MESH);
const ask = (args: object = {}, world = small) => world.call<Structured>(listServices, args);
const keys = (rows: readonly Row[]) => rows.map(({ namespace, name }) => `${namespace}/${name}`);

function refusal(args: object, world = small): string {
  try {
    world.call(listServices, args);
  } catch (error) {
    if (error instanceof MeshError && error.code === 'invalid') return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('list_services', () => {
  it('lists a namespace', () => {
    const { text, structured } = ask({ namespace: 'shop' });
    expect(text.split('\n').slice(1).join('\n')).toBe(
      [
        '10 services in namespace shop, 1 with pods outside every mesh; 16 of 17 pods meshed.',
        '',
        'SERVICE     TYPE       MESHED PODS  PORTS     WORKLOADS',
        'cart        ClusterIP  linkerd 2/2  80        Deployment/cart',
        'cart-redis  Headless   linkerd 1/1  6379 tcp  StatefulSet/cart-redis',
        'catalog     ClusterIP  linkerd 2/2  80        Deployment/catalog',
        'checkout    ClusterIP  linkerd 2/2  80        Deployment/checkout',
        'gift-cards  ClusterIP  no pods      80        Deployment/gift-cards',
        'orders      ClusterIP  linkerd 2/2  80        Deployment/orders',
        'payments    ClusterIP  linkerd 3/3  80        Deployment/payments',
        'reports     ClusterIP  none 0/1     80        Deployment/reports',
        'search      ClusterIP  linkerd 2/2  80        Deployment/search',
        'web         ClusterIP  linkerd 2/2  80        Deployment/web',
      ].join('\n'),
    );
    expect(structured).toMatchObject({
      total: 10,
      summary: { namespaces: 1, services: 10, unmeshedServices: 1, pods: 17, meshedPods: 16 },
    });
    expect(structured).not.toHaveProperty('nextCursor');
    expect(structured.services[1]).toEqual({
      namespace: 'shop',
      name: 'cart-redis',
      type: 'Headless',
      status: 'meshed',
      pods: 1,
      meshedPods: 1,
      meshes: ['linkerd'],
      workloads: [{ kind: 'StatefulSet', name: 'cart-redis', pods: 1, meshedPods: 1, meshes: ['linkerd'] }],
      ports: [{ port: 6379, protocol: 'TCP', name: 'tcp' }],
    });
  });

  it('lists all namespaces under their names', () => {
    const { text, structured } = ask();
    expect(text).toContain(
      [
        '15 services in 3 namespaces, 2 with pods outside every mesh; 21 of 24 pods meshed.',
        '',
        '  SERVICE     TYPE          MESHED PODS        PORTS     WORKLOADS',
        'bank:',
        '  ledger      ClusterIP     istio-sidecar 2/2  80        Deployment/ledger',
        '  ledger-db   ClusterIP     istio-sidecar 1/1  80        Deployment/ledger-db',
        '  portal      ClusterIP     istio-sidecar 2/2  80        Deployment/portal',
        'legacy:',
        '  crm         ClusterIP     none 0/2           80        Deployment/crm',
        '  tax-office  ExternalName  no selector        -         alias of tax.example.com',
        'shop:',
        '  cart        ClusterIP ',
      ].join('\n'),
    );
    expect(structured.summary).toEqual({ namespaces: 3, services: 15, unmeshedServices: 2, pods: 24, meshedPods: 21 });
    expect(structured.services[4]).toMatchObject({ status: 'no-selector', externalName: 'tax.example.com', workloads: [] });
  });

  it('says of each service how it stands to the meshes', () => {
    const pod = objectOf(SMALL_MESH, 'pods', 'shop', 'web-abc-0');
    const { structured } = ask({}, worldOf(withObjects(SMALL_MESH, { ...pod, labels: { app: 'web' } })));
    const status = Object.fromEntries(structured.services.map((row) => [`${row.namespace}/${row.name}`, row.status]));
    expect(status).toMatchObject({
      'bank/ledger': 'meshed',
      'legacy/crm': 'unmeshed',
      'legacy/tax-office': 'no-selector',
      'shop/gift-cards': 'no-pods',
      'shop/web': 'partial',
    });
  });

  it.each([
    ['unmeshed', ['legacy/crm', 'shop/reports']],
    ['istio-sidecar', ['bank/ledger', 'bank/ledger-db', 'bank/portal']],
    ['istio-ambient', []],
  ])('filters %s', (filter, expected) => {
    const { text, structured } = ask({ filter });
    expect(keys(structured.services)).toEqual(expected);
    expect(structured.total).toBe(expected.length);
    expect(structured.summary).toMatchObject({ services: 15 });
    expect(text).toContain(`Shown: ${expected.length} of ${expected.length} that match filter ${filter}.`);
  });

  it('takes an empty namespace for what it is', () => {
    const empty = without(SMALL_MESH, ({ kind, namespace }) => namespace === 'legacy' && kind !== 'namespaces');
    const { text, structured } = ask({ namespace: 'legacy' }, worldOf(empty));
    expect(text).toContain('0 services in namespace legacy');
    expect(structured).toMatchObject({ total: 0, services: [] });
  });

  it('names some ports and workloads of a service with very many, and counts the rest', () => {
    const web = objectOf(SMALL_MESH, 'services', 'shop', 'web');
    const ports = Array.from({ length: 60 }, (_, place) => ({ name: `p-${place}`, port: 1_000 + place }));
    const namespace = 'shop';
    const pods = Array.from({ length: 40 }, (_, place) => ({
      ...{ kind: 'pods' as const, namespace, name: `job-${place}-x`, annotations: {} },
      ...{ labels: { app: 'web' }, owner: { kind: 'Job', name: `job-${place}` } },
    }));
    const wide = withObjects(SMALL_MESH, { ...web, spec: { ...web.spec, ports } }, ...pods);
    const { text, structured } = ask({ namespace }, worldOf(wide));
    expect(text).toMatch(/1003 p-3, 1004 p-4, \+55 more/);
    expect(text).toMatch(/Job\/job-\d+ none 0\/1, \+37 more/);
    expect(structured.services.at(-1)).toMatchObject({ omittedPorts: 28, omittedWorkloads: 9, pods: 42 });
  });

  it('only reads, and says so', () => {
    expect(listServices).toMatchObject({
      name: 'list_services',
      toolset: 'graph',
      annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    });
    const { store, operations } = watched(memoryKeyValue());
    const world = worldOf(SMALL_MESH, { keyvalue: store });
    operations.length = 0;
    ask({}, world);
    expect(operations.map(({ name }) => name)).toEqual(['getMany', 'getMany', 'getMany', 'getMany']);
  });
});

describe('pages', () => {
  const readAll = (args: object, world: GraphWorld) => {
    const rows: string[] = [];
    let pages = 0;
    let cursor: string | undefined;
    do {
      const { structured, text } = ask({ ...args, ...(cursor === undefined ? {} : { cursor }) }, world);
      rows.push(...keys(structured.services));
      pages++;
      cursor = structured.nextCursor;
      if (cursor !== undefined) expect(text).toContain(`call again with the same namespace and filter and cursor "${cursor}"`);
    } while (cursor !== undefined && pages < 500);
    return { rows, pages };
  };

  it('go through everything once, whatever the limit', () => {
    const world = worldOf({ objects: [...SMALL_MESH.objects, ...towns({ namespaces: 3, pods: 1 }).objects] });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.constantFrom('all', 'unmeshed', 'linkerd'), (limit, filter) => {
        const expected = keys(ask({ filter, limit: 200 }, world).structured.services);
        const { rows, pages } = readAll({ filter, limit }, world);
        expect(rows).toEqual(expected);
        expect(pages).toBe(Math.max(1, Math.ceil(expected.length / limit)));
      }),
      { numRuns: 30 },
    );
  });

  it('go on when the service that a cursor names is gone', () => {
    const world = worldOf(SMALL_MESH);
    const { nextCursor: cursor } = ask({ namespace: 'shop', limit: 3 }, world).structured;
    world.publish(without(SMALL_MESH, ({ kind, name }) => kind === 'services' && ['catalog', 'checkout'].includes(name)));
    expect(keys(ask({ namespace: 'shop', cursor, limit: 2 }, world).structured.services)).toEqual(['shop/gift-cards', 'shop/orders']);
    world.publish(without(SMALL_MESH, ({ namespace }) => namespace === 'shop'));
    expect(() => ask({ namespace: 'shop', cursor }, world)).toThrow('There is no namespace "shop"');
  });

  it('refuse a cursor of another query, and one that was changed, before they read anything', () => {
    const { store, operations } = watched(small.keyvalue);
    const world = new GraphWorld({ keyvalue: store });
    const cursor = ask({ filter: 'linkerd', limit: 2 }).structured.nextCursor ?? '';
    expect(ask({ filter: 'linkerd', cursor, limit: 5 }, world).structured.services.length).toBe(5);
    operations.length = 0;
    for (const args of [
      { cursor },
      { filter: 'unmeshed', cursor },
      { filter: 'linkerd', namespace: 'shop', cursor },
      { filter: 'linkerd', cursor: `x${cursor}` },
      { filter: 'linkerd', cursor: cursor.slice(0, -1) },
      { filter: 'linkerd', cursor: '' },
      { filter: 'linkerd', cursor: 'shop/web' },
    ]) {
      expect(refusal(args, world)).toBe(
        'cursor: not one that this query gave. Pass nextCursor unchanged, with the same other arguments, or leave it out to begin again.',
      );
    }
    expect(operations).toEqual([]);
  });

  it('refuse any text that is not theirs', () => {
    const cursor = ask({ limit: 2 }).structured.nextCursor ?? '';
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.nat(cursor.length), fc.constantFrom(...'abc019./-'), (text, at, character) => {
        expect(refusal({ cursor: text })).toContain('cursor: ');
        const changed = cursor.slice(0, at) + character + cursor.slice(at + 1);
        if (changed !== cursor) expect(refusal({ cursor: changed })).toContain('cursor: ');
      }),
    );
  });

  it('read no more of a large cluster than they give', () => {
    const { store, operations } = watched(memoryKeyValue());
    const world = worldOf({ objects: towns({ namespaces: 200, pods: 1 }).objects }, { keyvalue: store });
    operations.length = 0;
    const { structured } = ask({ limit: 10 }, world);
    expect(structured).toMatchObject({ total: 2_000 });
    // The summaries, a page of the index, and the two namespaces that a page of ten can touch.
    expect(operations.at(-1)?.keys.length).toBeLessThanOrEqual(2);
  });
});

describe('the budget', () => {
  it.each([
    ['as they are in the field', (place: number) => `team-${place}`],
    ['with a long name', (place: number) => `department-of-trade-${place}-production`],
  ])('of a namespace %s is 400 tokens', (_what, name) => {
    const { text, structured } = ask({ namespace: name(1) }, worldOf(towns({ namespaces: 2, name })));
    expect(structured.services).toHaveLength(10);
    expect(text.length).toBeLessThan(1_600);
  });

  // GraphWorld refuses an answer that is longer than the option allows.
  it.each([2_000, 5_000, 40_000])('of %i characters says how to go on, and still gives everything', (characters) => {
    const name = (place: number) => `a${'-very'.repeat(8)}-long-name-${place}`;
    const world = worldOf(
      { objects: towns({ namespaces: 30, pods: 1, name }).objects },
      { options: { MAX_ANSWER_CHARACTERS: String(characters) } },
    );
    const read: string[] = [];
    let cursor: string | undefined;
    let cut = 0;
    do {
      const { structured, text } = ask({ limit: 200, ...(cursor === undefined ? {} : { cursor }) }, world);
      read.push(...keys(structured.services));
      cursor = structured.nextCursor;
      if (text.includes('The answer reached its size limit.') && structured.notes.length === 1) cut++;
    } while (cursor !== undefined && read.length < 1_000);
    expect(read.length).toBe(300);
    expect(new Set(read).size).toBe(300);
    expect(cut).toBeGreaterThan(0);
  });

  it('shortens a service that is too long for an answer of its own', () => {
    const web = objectOf(SMALL_MESH, 'services', 'shop', 'web');
    const ports = Array.from({ length: 30 }, (_, place) => ({ name: `p-${place}`, port: 1_000 + place, targetPort: 8_000 + place }));
    const wide = withObjects(SMALL_MESH, { ...web, name: 'a-web', spec: { ...web.spec, ports } });
    const world = worldOf(wide, { options: { MAX_ANSWER_CHARACTERS: '2000' } });
    const { structured } = ask({ namespace: 'shop' }, world);
    expect(structured.services).toHaveLength(1);
    expect(structured.services[0]).toMatchObject({ name: 'a-web', omittedPorts: 22 });
    expect(structured.notes).toContain('Lists within a row are cut short to keep the answer within its size.');
  });
});

it.each([
  [{ namespace: 'Shop' }, 'namespace'],
  [{ limit: 0 }, 'limit'],
  [{ limit: 201 }, 'limit'],
  [{ limit: '5' }, 'limit'],
  [{ filter: 'meshed' }, 'filter'],
  [{ cursor: 5 }, 'cursor'],
])('refuses %j', (args, name) => {
  expect(refusal(args)).toContain(`list_services: ${name}: `);
});
