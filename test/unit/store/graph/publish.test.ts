import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyPatch } from '../../../../src/graph/apply.ts';
import { type PublicGraph, publicGraph, publicNamespace } from '../../../../src/graph/public.ts';
import type { Circumstances } from '../../../../src/store/graph/head.ts';
import { withGraph } from '../../../../src/store/graph/reader.ts';
import { history, world } from './support/arbitraries.ts';
import { content, HEALTHY, type World } from './support/cluster.ts';
import { canonicalText, observe, textOf } from './support/observe.ts';
import { openTestWriter, publishWorld, testPorts, watched } from './support/store.ts';

const NOTHING: World = new Map();

function publicOf(state: World): PublicGraph {
  return publicGraph([...state].map(([name, { topology, traffic }]) => [name, publicNamespace(topology, traffic)]));
}

const worldOf = (...names: readonly string[]): World => new Map(names.map((name) => [name, content(name, 1)]));

describe('publish', { timeout: 60_000 }, () => {
  it('is read back as it went in', () => {
    fc.assert(
      fc.property(world, (state) => {
        const ports = testPorts();
        expect(publishWorld(openTestWriter(ports), NOTHING, state).tag).toBe('published');
        const seen = observe(ports);
        expect(seen.tag === 'world' && textOf(seen.world)).toBe(textOf(state));
      }),
    );
  });

  it('makes of any history what its last state is, whether one writer goes on or each begins anew, and deltas lead from each state to it', () => {
    fc.assert(
      fc.property(history, fc.boolean(), (states, anew) => {
        const ports = testPorts();
        let writer = openTestWriter(ports);
        const seen: { generation: number; graph: PublicGraph }[] = [];
        let before = NOTHING;
        for (const state of states) {
          if (anew) writer = openTestWriter(ports);
          const outcome = publishWorld(writer, before, state);
          expect(outcome.tag).not.toBe('restart');
          before = state;
          ports.clock.advance(1000);
          const looked = observe(ports);
          expect(looked.tag === 'world' && textOf(looked.world)).toBe(textOf(state));
          if (looked.tag === 'world') seen.push({ generation: looked.generation, graph: publicOf(state) });
        }
        for (const { generation, graph } of seen) {
          const changes = withGraph(ports, (reader) => reader.deltasSince(generation));
          if (changes.tag === 'gap') throw new Error(`a gap: ${changes.why}`);
          const led = changes.deltas.reduce((from, { operations }) => applyPatch(from, operations), graph);
          expect(canonicalText(led)).toBe(canonicalText(publicOf(before)));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('writes nothing where nothing changed, and does not even look at the store when nothing is said', () => {
    const { store, operations } = watched(testPorts().keyvalue);
    const ports = testPorts(store);
    const state = worldOf('bank', 'shop');
    publishWorld(openTestWriter(ports), NOTHING, state, { pods: '1' });
    ports.clock.advance(5000);
    const writer = openTestWriter(ports);
    operations.length = 0;
    expect(writer.publish({ ...HEALTHY, updates: [], resume: { pods: '2' } })).toEqual({ tag: 'unchanged' });
    expect(operations).toEqual([]);
    // The same said again: compared with what is stored, by name.
    expect(publishWorld(writer, NOTHING, state, { pods: '3' })).toEqual({ tag: 'unchanged' });
    expect(operations.filter(({ name }) => name !== 'getMany')).toEqual([]);
  });

  it('writes what changed and what leads there, and the head last', () => {
    const { store, operations } = watched(testPorts().keyvalue);
    const ports = testPorts(store);
    const before = worldOf('bank', 'shop', 'team');
    const writer = openTestWriter(ports);
    publishWorld(writer, NOTHING, before);
    operations.length = 0;
    const after = new Map([...before, ['shop', content('shop', 2, 1)]]);
    const outcome = publishWorld(writer, before, after);
    const written = operations.filter(({ name }) => name === 'set' || name === 'setMany').flatMap(({ keys }) => keys);
    // Topology and objects of the one namespace, its page of the index and of the summaries; no traffic.
    expect(written.filter((key) => key.startsWith('mesh/shard/')).length).toBe(4);
    expect(written.filter((key) => !key.startsWith('mesh/shard/'))).toEqual(['mesh/delta/2', 'mesh/retired/2', 'mesh/head']);
    expect(written.at(-1)).toBe('mesh/head');
    expect(outcome).toMatchObject({ tag: 'published', values: written.length });
    expect(operations.map(({ name }) => name)).toEqual(['getMany', 'increment', 'setMany', 'getMany', 'set']);
  });

  it('keeps the parts that an update does not change where they are', () => {
    const { store, operations } = watched(testPorts().keyvalue);
    const ports = testPorts(store);
    const before = worldOf('shop');
    const writer = openTestWriter(ports);
    publishWorld(writer, NOTHING, before);
    operations.length = 0;
    const [shop] = before.values();
    const after = new Map([
      ['shop', { ...shop, ...{ topology: content('shop', 1).topology, objects: content('shop', 5).objects } }],
    ]) as World;
    expect(publishWorld(writer, before, after)).toMatchObject({ tag: 'published' });
    const shards = operations.flatMap(({ name, keys }) => (name === 'setMany' ? keys.filter((key) => key.startsWith('mesh/shard/')) : []));
    // Objects and the index; neither topology nor traffic nor summaries are others.
    expect(shards.length).toBe(2);
    expect(withGraph(ports, (reader) => reader.objects(['shop']).get('shop'))).toEqual(content('shop', 5).objects);
  });

  it('publishes circumstances that changed, without a change of the graph', () => {
    const ports = testPorts();
    const writer = openTestWriter(ports);
    publishWorld(writer, NOTHING, worldOf('shop'));
    const before = withGraph(ports, (reader) => reader.status.generation);
    const troubled: Circumstances = {
      ...HEALTHY,
      sources: { ...HEALTHY.sources, kubernetes: { state: 'stale', since: 7, why: 'Throttled.' } },
      trafficNotes: ['A note.'],
      unread: ['pods'],
    };
    expect(writer.publish({ ...troubled, updates: [], resume: {} }).tag).toBe('published');
    expect(writer.publish({ ...troubled, updates: [], resume: {} }).tag).toBe('unchanged');
    withGraph(ports, (reader) => {
      expect(reader.status).toMatchObject({ ...troubled, synced: false, stale: { since: 7, why: 'Throttled.' } });
      const [delta] = (reader.deltasSince(before) as { deltas: readonly unknown[] }).deltas;
      expect(delta).toMatchObject({ previous: before, operations: [] });
    });
  });

  it('is empty, not absent, for a cluster without namespaces', () => {
    const ports = testPorts();
    expect(publishWorld(openTestWriter(ports), NOTHING, NOTHING).tag).toBe('published');
    expect(observe(ports)).toMatchObject({ tag: 'world', world: NOTHING });
  });

  it('forgets traffic that a reading lacks, keeps it without a reading, and takes none of a namespace that Kubernetes does not know', () => {
    const ports = testPorts();
    const writer = openTestWriter(ports);
    publishWorld(writer, NOTHING, worldOf('bank', 'shop'));
    const shop = content('shop', 9);
    const reading = new Map([
      ['shop', { namespace: 'shop', edges: shop.traffic?.edges ?? [] }],
      ['unknown', { namespace: 'unknown', edges: content('unknown', 1).traffic?.edges ?? [] }],
      ['bank', { namespace: 'bank', edges: [] }],
    ]);
    expect(writer.publish({ ...HEALTHY, updates: [], resume: {}, traffic: reading, trafficAt: 77 }).tag).toBe('published');
    const seen = withGraph(ports, (reader) => ({
      names: reader.namespaces(),
      traffic: reader.traffic(['bank', 'shop', 'unknown']),
      at: reader.status.trafficAt,
    }));
    expect(seen).toEqual({ names: ['bank', 'shop'], traffic: new Map([['shop', shop.traffic]]), at: 77 });
    const { topology, objects } = content('bank', 4);
    writer.publish({ ...HEALTHY, updates: [{ tag: 'changed', namespace: 'bank', topology, objects }], resume: {} });
    expect(withGraph(ports, (reader) => reader.traffic(['shop']).get('shop'))).toEqual(shop.traffic);
  });

  it('starts with nothing for another cluster, and tells no change from one to the other', () => {
    const ports = testPorts();
    publishWorld(openTestWriter(ports), NOTHING, worldOf('bank'));
    const before = withGraph(ports, (reader) => reader.status.generation);
    const writer = openTestWriter(ports, { source: 'other' });
    expect(writer.start).toEqual({ tag: 'nothing', why: 'other-cluster' });
    expect(publishWorld(writer, NOTHING, worldOf('shop')).tag).toBe('published');
    withGraph(ports, (reader) => {
      expect(reader.namespaces()).toEqual(['shop']);
      expect(reader.deltasSince(before)).toEqual({ tag: 'gap', why: 'too-old' });
    });
  });

  it('goes on where another writer stopped, with its points', () => {
    const ports = testPorts();
    publishWorld(openTestWriter(ports), NOTHING, worldOf('bank', 'shop'), { pods: '5', services: '6' });
    const writer = openTestWriter(ports);
    expect(writer.start).toMatchObject({ tag: 'graph', resume: { pods: '5', services: '6' }, head: { totals: { namespaces: 2 } } });
    expect(writer.namespaces()).toEqual(['bank', 'shop']);
    expect(writer.objects(['shop', 'none'])).toEqual([content('shop', 1).objects, []]);
    expect(writer.topologies(['none', 'bank'])).toEqual([undefined, content('bank', 1).topology]);
    expect(writer.traffics(['bank'])).toEqual([content('bank', 1).traffic]);
  });

  it('takes updates one after the other, and may be asked for objects meanwhile', () => {
    const { store, operations } = watched(testPorts().keyvalue);
    const ports = testPorts(store);
    const before = worldOf(...Array.from({ length: 100 }, (_, place) => `team-${place}`));
    publishWorld(openTestWriter(ports), NOTHING, before);
    const writer = openTestWriter(ports);
    operations.length = 0;
    let pulled = 0;
    let pulledBeforeFirstWrite = 0;
    function* updates() {
      for (const namespace of writer.namespaces()) {
        pulled++;
        const [objects] = writer.objects([namespace]);
        const { topology } = content(namespace, 2);
        yield { tag: 'changed', namespace, topology, objects: [...(objects ?? []), ...content(namespace, 2).objects] } as const;
        if (operations.every(({ name }) => name !== 'setMany')) pulledBeforeFirstWrite = pulled;
      }
    }
    expect(writer.publish({ ...HEALTHY, updates: updates(), resume: {} })).toMatchObject({ tag: 'published' });
    expect(pulledBeforeFirstWrite).toBeLessThan(70);
    const seen = withGraph(ports, (reader) => reader.objects(['team-0', 'team-99']));
    expect([...seen.values()].map((objects) => objects.length)).toEqual([2, 2]);
    expect(writer.objects(['team-50'])[0]?.length).toBe(2);
  });

  it('cuts what is too large for one value, and changes only the pieces that change', () => {
    const ports = testPorts();
    const writer = openTestWriter(ports);
    const large = (last: string) => ({
      ...content('shop', 1),
      objects: Array.from({ length: 3000 }, (_, place) => ({
        kind: 'pods' as const,
        namespace: 'shop',
        name: place === 2999 ? last : `pod-${String(place).padStart(5, '0')}`,
        labels: { app: 'w\u00e9b'.repeat(30) },
        annotations: {},
      })),
    });
    const first: World = new Map([['shop', large('one')]]);
    expect(publishWorld(writer, NOTHING, first)).toMatchObject({ tag: 'published' });
    expect(withGraph(ports, (reader) => reader.objects(['shop']).get('shop'))).toEqual(large('one').objects);
    const shards = ports.keyvalue.keys().filter((key) => key.startsWith('mesh/shard/'));
    expect(shards.length).toBeGreaterThan(5);
    const second: World = new Map([['shop', large('two')]]);
    const outcome = publishWorld(writer, first, second);
    // Its last piece, the index, the delta, the retired and the head.
    expect(outcome).toMatchObject({ tag: 'published', values: 5 });
    expect(withGraph(ports, (reader) => reader.objects(['shop']).get('shop'))).toEqual(large('two').objects);
  });

  it('says that a change was too large to be told', () => {
    const ports = testPorts();
    const writer = openTestWriter(ports);
    publishWorld(writer, NOTHING, worldOf('shop'));
    const before = withGraph(ports, (reader) => reader.status.generation);
    const many = worldOf(...Array.from({ length: 800 }, (_, place) => `team-${place}`));
    publishWorld(writer, worldOf('shop'), many);
    const middle = withGraph(ports, (reader) => {
      expect(reader.deltasSince(before)).toEqual({ tag: 'gap', why: 'too-large' });
      return reader.status.generation;
    });
    publishWorld(writer, many, new Map([...many, ['last', content('last', 1)]]));
    expect(withGraph(ports, (reader) => reader.deltasSince(middle))).toMatchObject({ tag: 'deltas', deltas: [{ previous: middle }] });
  });
});
