import { describe, expect, it } from 'vitest';
import type { memoryKeyValue } from '../../../../src/adapters/memory/keyvalue.ts';
import { MeshError } from '../../../../src/lib/errors.ts';
import { decodeHead } from '../../../../src/store/graph/head.ts';
import { HEAD_KEY, SNAPSHOT_KEY } from '../../../../src/store/graph/keys.ts';
import { withGraph } from '../../../../src/store/graph/reader.ts';
import { MAX_SNAPSHOT_AGE_MS, readSnapshot, SNAPSHOT_EVERY_MS } from '../../../../src/store/graph/snapshot.ts';
import { content, type World } from './support/cluster.ts';
import { observe, textOf } from './support/observe.ts';
import { openTestWriter, publishWorld, testPorts } from './support/store.ts';
import { towns } from './support/town.ts';

const NOTHING: World = new Map();
const two: World = new Map([
  ['bank', content('bank', 1, 0)],
  ['shop', content('shop', 3)],
]);

function withSnapshot(world: World = two) {
  const ports = testPorts();
  const writer = openTestWriter(ports);
  publishWorld(writer, NOTHING, world);
  const outcome = writer.saveSnapshot();
  return { ports, writer, outcome };
}

describe('snapshot', { timeout: 60_000 }, () => {
  it('holds the public graph, and what was known of it', () => {
    const { ports, writer, outcome } = withSnapshot();
    expect(outcome).toMatchObject({ tag: 'written' });
    const snapshot = readSnapshot(ports.keyvalue, ports.clock.now());
    expect(snapshot).toMatchObject({ generation: writer.head?.generation, at: writer.head?.at, takenAt: ports.clock.now(), demo: false });
    expect(snapshot?.topologies).toEqual(new Map([...two].map(([name, { topology }]) => [name, topology])));
    expect(snapshot?.traffic).toEqual(new Map([['shop', two.get('shop')?.traffic]]));
  });

  it('is taken every five minutes, by whichever writer', () => {
    const { ports, writer } = withSnapshot();
    ports.clock.advance(SNAPSHOT_EVERY_MS - 1);
    expect(writer.saveSnapshot()).toBeUndefined();
    expect(openTestWriter(ports).saveSnapshot()).toBeUndefined();
    ports.clock.advance(1);
    expect(openTestWriter(ports).saveSnapshot()).toMatchObject({ tag: 'written' });
    expect(writer.saveSnapshot()).toMatchObject({ tag: 'written' });
    expect(openTestWriter(ports).saveSnapshot()).toBeUndefined();
  });

  it('is absent when it is older than ten minutes, or from a time that cannot be', () => {
    const { ports } = withSnapshot();
    const now = ports.clock.now();
    expect(readSnapshot(ports.keyvalue, now + MAX_SNAPSHOT_AGE_MS)).toBeDefined();
    expect(readSnapshot(ports.keyvalue, now + MAX_SNAPSHOT_AGE_MS + 1)).toBeUndefined();
    expect(readSnapshot(ports.keyvalue, now - MAX_SNAPSHOT_AGE_MS - 1)).toBeUndefined();
  });

  it('is cut where it is large, and stays bounded', () => {
    const ports = testPorts();
    const writer = openTestWriter(ports);
    // Names that gzip cannot make small.
    const noisy = (round: number): World =>
      new Map(
        Array.from({ length: 300 }, (_, place) => {
          const name = `n${Math.imul(place * 31 + round, 2_654_435_761) >>> 0}`;
          const labels = Array.from({ length: 250 }, (_, nth) =>
            (Math.imul(nth * 7919 + place * 104_729 + round, 2_246_822_519) >>> 0).toString(36),
          );
          const { topology, ...rest } = content(name, 1);
          return [
            name,
            {
              ...rest,
              topology: { ...topology, policies: [{ group: 'g', kind: 'K', name: 'p', selects: labels, summary: '', problems: [] }] },
            },
          ];
        }),
      );
    let before = NOTHING;
    for (let round = 0; round < 5; round++) {
      const after = noisy(round);
      publishWorld(writer, before, after);
      before = after;
      expect(writer.saveSnapshot()).toMatchObject({ tag: 'written' });
      ports.clock.advance(SNAPSHOT_EVERY_MS);
    }
    const parts = ports.keyvalue.keys().filter((key) => key.startsWith(`${SNAPSHOT_KEY}/`));
    expect(parts.length).toBeGreaterThanOrEqual(4);
    expect(parts.length).toBeLessThan(12);
    expect(readSnapshot(ports.keyvalue, ports.clock.now())?.topologies.size).toBe(300);
  });

  it('is not tried again at once for a graph that is too large, and says so', () => {
    const ports = testPorts();
    const writer = openTestWriter(ports);
    publishWorld(writer, NOTHING, towns(1100));
    expect(writer.saveSnapshot()).toEqual({ tag: 'too-large' });
    expect(readSnapshot(ports.keyvalue, ports.clock.now())).toBeUndefined();
    expect(openTestWriter(ports).saveSnapshot()).toBeUndefined();
  });

  it('is absent, not wrong, when a part is missing, is of another snapshot or cannot be unpacked', () => {
    for (const spoil of [
      (store: ReturnType<typeof memoryKeyValue>, part: string) => store.delete(part),
      (store: ReturnType<typeof memoryKeyValue>, part: string) => store.set(part, new Uint8Array(40)),
      (store: ReturnType<typeof memoryKeyValue>, part: string) => store.set(part, (store.get(part) ?? new Uint8Array()).slice(0, 30)),
      (store: ReturnType<typeof memoryKeyValue>) =>
        store.set(SNAPSHOT_KEY, new TextEncoder().encode('{"version":1,"takenAt":1,"slot":0,"parts":"../x"}')),
    ]) {
      const { ports } = withSnapshot();
      const [part = ''] = ports.keyvalue.keys().filter((key) => key.startsWith(`${SNAPSHOT_KEY}/`));
      spoil(ports.keyvalue, part);
      expect(readSnapshot(ports.keyvalue, ports.clock.now())).toBeUndefined();
    }
  });
});

describe('a reader without a head', () => {
  it('answers from the snapshot, and says so in everything', () => {
    const { ports, writer } = withSnapshot();
    const generation = writer.head?.generation ?? 0;
    const takenAt = ports.clock.now();
    ports.clock.advance(60_000);
    ports.keyvalue.delete(HEAD_KEY);
    const seen = observe(ports);
    expect(seen).toMatchObject({ tag: 'world', stale: true, generation });
    expect(seen.tag === 'world' && textOf(seen.world, 'public')).toBe(textOf(two, 'public'));
    withGraph(ports, (reader) => {
      expect(reader.status).toMatchObject({ synced: false, stale: { since: takenAt } });
      expect(reader.status.stale?.why).toContain('snapshot');
      expect(reader.totals.namespaces).toBe(2);
      expect(reader.summary('shop')).toMatchObject({ pods: 3 });
      expect(reader.summary('none')).toBeUndefined();
      expect(reader.deltasSince(generation)).toEqual({ tag: 'deltas', deltas: [] });
      expect(reader.deltasSince(generation - 1)).toEqual({ tag: 'gap', why: 'unknown-generation' });
      expect(() => reader.objects(['shop'])).toThrow(MeshError);
    });
  });

  it('answers from the snapshot where the head is damaged, until a collector has written it anew', () => {
    const { ports } = withSnapshot();
    const head = decodeHead(ports.keyvalue.get(HEAD_KEY));
    for (const key of ports.keyvalue.keys()) if (key.startsWith('mesh/shard/')) ports.keyvalue.delete(key);
    expect(observe(ports)).toMatchObject({ tag: 'world', stale: true, generation: head?.generation });
    const writer = openTestWriter(ports);
    expect(writer.start).toEqual({ tag: 'nothing', why: 'damaged' });
    publishWorld(writer, NOTHING, two);
    expect(observe(ports)).toMatchObject({ tag: 'world', stale: false });
  });
});
