import { describe, expect, it } from 'vitest';
import { memoryKeyValue } from '../../../../../src/adapters/memory/keyvalue.ts';
import { demoKubernetes } from '../../../../../src/demo/kubernetes/api.ts';
import { MeshError } from '../../../../../src/lib/errors.ts';
import type { Tool } from '../../../../../src/mcp/tool.ts';
import { getCallGraph } from '../../../../../src/mcp/tools/get_call_graph.ts';
import { getMeshGraph } from '../../../../../src/mcp/tools/get_mesh_graph.ts';
import { getService } from '../../../../../src/mcp/tools/get_service.ts';
import { listServices } from '../../../../../src/mcp/tools/list_services.ts';
import { watchMeshGraph } from '../../../../../src/mcp/tools/watch_mesh_graph.ts';
import type { KeyValue } from '../../../../../src/ports/keyvalue.ts';
import { takeLease } from '../../../../../src/store/graph/lease.ts';
import { SUMMARY_PAGES } from '../../../../../src/store/graph/pages.ts';
import { SMALL_MESH, towns } from '../../../../support/graph-meshes.ts';
import { GraphWorld, HEALTHY } from '../../../../support/graph-world.ts';
import { askDemo } from '../../../../support/ports.ts';
import { watched } from '../../../store/graph/support/store.ts';

const SHOP = { namespace: 'shop' };

/** Every way in which a tool answers from the small mesh with a status. */
const CALLS: readonly (readonly [Tool, object])[] = [
  [getMeshGraph, {}],
  [getMeshGraph, SHOP],
  [getMeshGraph, { ...SHOP, workload: 'web' }],
  [listServices, {}],
  [listServices, SHOP],
  [getService, { ...SHOP, service: 'web' }],
  [getCallGraph, { ...SHOP, workload: 'web' }],
  [watchMeshGraph, { seconds: 0 }],
  [watchMeshGraph, { seconds: 0, since: 1 }],
];
/** Rows for `each`, with a title in front. */
const titled = <Rest extends readonly unknown[]>(rows: readonly (readonly [Tool, object, ...Rest])[]) =>
  rows.map(([tool, args, ...rest]) => [`${tool.name} ${JSON.stringify(args)}`, tool, args, ...rest] as const);
const EACH = titled(CALLS);
const TOOLS = [getMeshGraph, listServices, getService, getCallGraph, watchMeshGraph];
const SIMPLE = [getMeshGraph, { format: 'simple' }] as const;

interface Status {
  readonly generation: number;
  readonly asOf: string;
  readonly synced: boolean;
  readonly stale?: { readonly since: string; readonly why: string };
  readonly demo: boolean;
  readonly notes: readonly string[];
}

function errorOf(run: () => unknown): MeshError {
  try {
    run();
  } catch (error) {
    if (error instanceof MeshError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe.each(EACH)('%s', (_name, tool, args) => {
  it('says of which generation it is, and nothing more where all is well', () => {
    const world = new GraphWorld();
    const generation = world.publish(SMALL_MESH);
    const { text, structured } = world.call<Status>(tool, args);
    expect(structured).toMatchObject({ generation, asOf: '2026-11-21T10:00:00Z', synced: true, demo: false, notes: [] });
    expect(structured).not.toHaveProperty('stale');
    expect(text.split('\n')[0]).toBe(`Generation ${generation}, 2026-11-21T10:00:00Z.`);
    expect(text).not.toMatch(/DEMO|STALE|not synced/);
  });

  it('says first that it is a demo', () => {
    const world = new GraphWorld();
    world.publish(SMALL_MESH, { demo: true });
    const { text, structured } = world.call<Status>(tool, args);
    expect(structured.demo).toBe(true);
    expect(text).toMatch(/^DEMO DATA: a sample cluster, not a real one\.\nGeneration /);
  });

  it('says that the cluster is not watched, and since when', () => {
    const world = new GraphWorld();
    const why = 'The Kubernetes API is throttling us (429).';
    world.publish(SMALL_MESH, { sources: { ...HEALTHY.sources, kubernetes: { state: 'stale', since: world.clock.now() - 61_000, why } } });
    const { text, structured } = world.call<Status>(tool, args);
    expect(structured).toMatchObject({ synced: false, stale: { since: '2026-11-21T09:58:59Z', why } });
    expect(text).toContain(
      '2026-11-21T10:00:00Z, not synced.\nSTALE since 2026-11-21T09:58:59Z: The Kubernetes API is throttling us (429).\n',
    );
  });

  it('says that the rates are old', () => {
    const world = new GraphWorld();
    const why = 'Prometheus cannot be reached.';
    world.publish(SMALL_MESH, { sources: { ...HEALTHY.sources, prometheus: { state: 'stale', since: world.clock.now() - 5_000, why } } });
    const { text, structured } = world.call<Status>(tool, args);
    expect(structured).toMatchObject({ synced: true, stale: { since: '2026-11-21T09:59:55Z', why } });
    expect(text).toContain(`STALE since 2026-11-21T09:59:55Z: ${why}`);
  });

  it('says that there is no Prometheus', () => {
    const world = new GraphWorld();
    const why = 'PROMETHEUS_URL is not set, so the graph has no traffic.';
    world.publish({ objects: SMALL_MESH.objects }, { sources: { ...HEALTHY.sources, prometheus: { state: 'absent', why } } });
    const { text, structured } = world.call<Status>(tool, args);
    expect(structured).toMatchObject({ synced: true, notes: [why] });
    expect(structured).not.toHaveProperty('stale');
    expect(text.endsWith(`\n\n${why}`)).toBe(true);
  });

  it('says that no collector has been here', () => {
    const world = new GraphWorld();
    world.publish(SMALL_MESH);
    world.clock.advance(30_001);
    const { text, structured } = world.call<Status>(tool, args);
    expect(structured.stale).toMatchObject({ since: '2026-11-21T10:00:00Z' });
    expect(text).toContain('STALE since 2026-11-21T10:00:00Z: No collector has been here since then');
  });

  it('passes on what there is to say about the graph', () => {
    const world = new GraphWorld();
    world.publish(SMALL_MESH, { notes: ['Pods may not be read.'], trafficNotes: ['Prometheus warns of a series.'] });
    const { text, structured } = world.call<Status>(tool, args);
    expect(structured.notes).toEqual(['Prometheus warns of a series.', 'Pods may not be read.']);
    expect(text.endsWith('\n\nPrometheus warns of a series.\nPods may not be read.')).toBe(true);
  });

  it('does not drown in notes', () => {
    const world = new GraphWorld();
    const notes = Array.from({ length: 40 }, (_, place) => `kind-${place} may not be read (the rule of ${'some '.repeat(10)}is missing).`);
    world.publish(SMALL_MESH, { notes });
    const { text, structured } = world.call<Status>(tool, args);
    expect(structured.notes.join('').length).toBeLessThan(1_300);
    expect(text.length).toBeLessThan(6_000);
    expect(structured.notes[0]).toBe(notes[0]);
    const shown = structured.notes.filter((note) => notes.includes(note)).length;
    expect(shown).toBeGreaterThan(2);
    expect(structured.notes[shown]).toBe(`And ${40 - shown} more notes.`);
    expect(text).toContain(structured.notes.join('\n'));
  });

  it('cuts a note that is longer than all may be', () => {
    const world = new GraphWorld();
    world.publish(SMALL_MESH, { notes: ['x'.repeat(5_000)] });
    expect(world.call<Status>(tool, args).structured.notes[0]).toMatch(/^x{390,1200}…$/);
  });

  it('says that there is no graph, and what to do', () => {
    const failing = new MeshError('unavailable', 'The store does not answer.', { retryAfterMs: 1_000 });
    const down = (): never => {
      throw failing;
    };
    const store: KeyValue = { ...memoryKeyValue(), get: down, getMany: down };
    expect(errorOf(() => new GraphWorld({ keyvalue: store }).call(tool, args))).toBe(failing);

    // A store that came back empty while a collector is at work.
    const world = new GraphWorld();
    takeLease(world.ports, { holder: 'collector' });
    expect(errorOf(() => world.call(tool, args))).toMatchObject({
      code: 'unavailable',
      message:
        'The mesh graph is being made; try again in a moment. If this lasts, the collector cannot read the cluster, and its log says why.',
      retryAfterMs: 1_000,
    });
  });

  it('says that the store lost a part of it', () => {
    const world = new GraphWorld();
    world.publish(SMALL_MESH);
    const shards = world.keyvalue.keys().filter((key) => key.startsWith('mesh/shard/'));
    world.keyvalue.deleteMany(shards);
    const call = () => world.call(tool, args);
    if (tool === watchMeshGraph && !('since' in args)) expect(call).not.toThrow();
    else expect(errorOf(call)).toMatchObject({ code: 'unavailable', retryAfterMs: 5_000 });
  });
});

describe('the simple format', () => {
  it('has the status in its text, for its data has no room', () => {
    const world = new GraphWorld();
    world.publish(SMALL_MESH, { demo: true, notes: ['Pods may not be read.'] });
    const { text, structured } = world.call(...SIMPLE);
    expect(Object.keys(structured as object)).toEqual(['services', 'edges', 'authPolicies']);
    expect(text).toMatch(/^DEMO DATA: .*\nGeneration \d+, 2026-11-21T10:00:00Z\.\n\{"services":\[.*\n\nPods may not be read\.$/s);
  });
});

describe('where there is neither a graph nor a collector', () => {
  const BASE = 'http://api.example:8001';

  it.each(EACH.filter(([, , args]) => !('since' in args)))('%s reads the cluster first', (_name, tool, args) => {
    const world = new GraphWorld({ options: { KUBERNETES_URL: BASE }, answer: (request) => askDemo(demoKubernetes(), BASE, request) });
    const { text, structured } = world.call<Status>(tool, args);
    expect(structured).toMatchObject({ synced: true, demo: true, notes: ['PROMETHEUS_URL is not set, so the graph has no traffic.'] });
    expect(text).toContain('DEMO DATA');
  });

  it.each(EACH)('%s says that Kubernetes cannot be reached', (_name, tool, args) => {
    const world = new GraphWorld({ options: { KUBERNETES_URL: BASE, COLLECT_SYNC_MS: '1000' } });
    expect(errorOf(() => world.call(tool, args))).toMatchObject({ code: 'unavailable', message: expect.stringContaining('Kubernetes') });
  });
});

describe('an empty graph', () => {
  it.each(
    titled<readonly [object]>([
      [getMeshGraph, {}, { namespaces: [], total: 0 }],
      [getMeshGraph, { groupBy: 'workload' }, { nodes: [], traffic: [], total: 0 }],
      [getMeshGraph, { format: 'simple' }, { services: [], edges: [], authPolicies: [] }],
      [listServices, {}, { services: [], total: 0 }],
      [watchMeshGraph, { seconds: 0 }, { changes: [] }],
      [watchMeshGraph, { seconds: 0, since: 1 }, { changes: [], namespaces: [] }],
    ]),
  )('is no error to %s', (_name, tool, args, expected) => {
    const world = new GraphWorld();
    world.publish({ objects: [], observation: { traffic: [], decisions: [], routes: [] } });
    const { text, structured } = world.call<object>(tool, args);
    expect(structured).toMatchObject(expected);
    expect(text).not.toMatch(/\n$/);
  });

  it('has no namespace to name', () => {
    const world = new GraphWorld();
    world.publish({ objects: [] });
    expect(errorOf(() => world.call(listServices, SHOP)).message).toBe(
      'There is no namespace "shop" in the graph. get_mesh_graph without a namespace names them all.',
    );
  });
});

describe('what does not exist', () => {
  const world = new GraphWorld();
  world.publish(SMALL_MESH);

  it.each(
    titled<readonly [string]>([
      ...TOOLS.map((tool) => [tool, { namespace: 'shp' }, 'There is no namespace "shp" in the graph. Did you mean "shop"?'] as const),
      [getMeshGraph, { ...SHOP, workload: 'chekout' }, 'There is no workload "chekout" in namespace "shop". Did you mean "checkout"?'],
      [getMeshGraph, { ...SHOP, workload: 'StatefulSet/cart' }, 'Did you mean "StatefulSet/cart-redis"?'],
      [watchMeshGraph, { ...SHOP, workload: 'ordres' }, 'There is no workload "ordres" in namespace "shop". Did you mean "orders"?'],
      [
        getCallGraph,
        { ...SHOP, workload: 'Service/serch' },
        'There is no workload "Service/serch" in namespace "shop". Did you mean "Service/search"?',
      ],
      [
        getService,
        { ...SHOP, service: 'gift' },
        'There is no Service "gift" in namespace "shop". Did you mean "gift-cards"? list_services names them all.',
      ],
      [
        getService,
        { ...SHOP, service: 'quite-different' },
        'There is no Service "quite-different" in namespace "shop". list_services names them all.',
      ],
    ]),
  )('is invalid, with what was meant: %s', (_name, tool, args, message) => {
    const rest = tool === getService ? { service: 'web' } : tool === getCallGraph ? { workload: 'web' } : {};
    const error = errorOf(() => world.call(tool, { ...rest, ...args }));
    expect(error.code).toBe('invalid');
    expect(error.message).toContain(message);
  });

  it.each([getMeshGraph, watchMeshGraph])('a workload without its namespace is invalid to $name', (tool) => {
    expect(errorOf(() => world.call(tool, { workload: 'web' }))).toMatchObject({
      code: 'invalid',
      message: 'workload: needs its namespace, too. Pass both.',
    });
  });

  it.each(TOOLS)('and what no name can be is refused by $name before the store is read', (tool) => {
    const { store, operations } = watched(world.keyvalue);
    const asked = new GraphWorld({ keyvalue: store });
    for (const args of [
      { namespace: 'Shop' },
      { namespace: '../etc' },
      { namespace: '' },
      { namespace: 'a'.repeat(64) },
      { nonsense: 1 },
    ]) {
      expect(errorOf(() => asked.call(tool, args))).toMatchObject({
        code: 'invalid',
        message: expect.stringContaining(Object.keys(args)[0] ?? ''),
      });
    }
    expect(operations).toEqual([]);
  });
});

describe('the cost of a question about one namespace', () => {
  const published = (namespaces: number) => {
    const { store, operations } = watched(memoryKeyValue());
    const world = new GraphWorld({ keyvalue: store });
    const generation = world.publish(towns({ namespaces, pods: 1, calls: 2 }));
    return (tool: Tool, args: object) => {
      operations.length = 0;
      world.call(tool, { ...args, ...('since' in args ? { since: generation } : {}) });
      return { names: operations.map(({ name }) => name), values: operations.reduce((sum, { keys }) => sum + keys.length, 0) };
    };
  };
  const few = published(10);
  const many = published(1_000);
  const TEAM = { namespace: 'team-7' };

  // One batch for the head, one for a page of the index, one for the namespace.
  it.each(
    titled<readonly [number]>([
      [getMeshGraph, TEAM, 3],
      [getMeshGraph, { ...TEAM, groupBy: 'service', onlyErrors: true }, 3],
      [getMeshGraph, { ...TEAM, format: 'simple' }, 3],
      // And one more page of the index and one batch for the neighbours' namespaces.
      [getMeshGraph, { ...TEAM, workload: 'mail' }, 3],
      [getMeshGraph, { ...TEAM, workload: 'web' }, 5],
      [listServices, TEAM, 3],
      [getService, { ...TEAM, service: 'web' }, 3],
      [getCallGraph, { ...TEAM, workload: 'mail', depth: 1 }, 3],
      [getCallGraph, { ...TEAM, workload: 'web', depth: 2 }, 5],
      // A watch looks at the head twice, and reads the namespace to know that it is there.
      [watchMeshGraph, { ...TEAM, seconds: 0 }, 4],
      [watchMeshGraph, { since: 1, seconds: 0 }, 2],
    ]),
  )('is the same at ten namespaces and at a thousand: %s', (_name, tool, args, operations) => {
    const small = few(tool, args);
    expect(many(tool, args)).toEqual(small);
    expect(small.names).toEqual(Array.from({ length: operations }, () => 'getMany'));
    expect(small.values).toBeLessThan(24);
  });

  it('and an overview reads the summaries alone', () => {
    for (const args of [{}, { onlyErrors: true }]) {
      for (const cost of [few(getMeshGraph, args), many(getMeshGraph, args)]) {
        expect(cost.names).toEqual(['getMany', 'getMany']);
        // The head with what is read beside it, and the pages, of which ten namespaces do not fill all.
        expect(cost.values).toBeLessThanOrEqual(4 + SUMMARY_PAGES);
      }
    }
  });
});
