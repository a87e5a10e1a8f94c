import { describe, expect, it } from 'vitest';
import { memoryKeyValue } from '../../../../src/adapters/memory/keyvalue.ts';
import { MeshError } from '../../../../src/lib/errors.ts';
import { encodeUtf8 } from '../../../../src/lib/utf8.ts';
import type { KeyValue } from '../../../../src/ports/keyvalue.ts';
import { decodeHead } from '../../../../src/store/graph/head.ts';
import { DAMAGED_KEY, EPOCH_KEY, HEAD_KEY, SHARD_PREFIX } from '../../../../src/store/graph/keys.ts';
import { takeLease } from '../../../../src/store/graph/lease.ts';
import { GraphAbsent, withGraph } from '../../../../src/store/graph/reader.ts';
import { keyOf, listRefs } from '../../../../src/store/graph/stored.ts';
import { content, HEALTHY, type World } from './support/cluster.ts';
import { openTestWriter, publishWorld, type TestPorts, testPorts } from './support/store.ts';

const NOTHING: World = new Map();
const worldOf = (version: number): World =>
  new Map([
    ['bank', content('bank', version)],
    ['shop', content('shop', version)],
  ]);

function published(keyvalue?: KeyValue) {
  const ports = testPorts(keyvalue);
  takeLease(ports, { holder: 'a' });
  const writer = openTestWriter(ports);
  publishWorld(writer, NOTHING, worldOf(1));
  return { ports, writer };
}

function thrownBy(act: () => unknown): MeshError {
  try {
    act();
  } catch (error) {
    if (error instanceof MeshError) return error;
    throw error;
  }
  throw new Error('it did not throw');
}

const podsOf = (ports: TestPorts) =>
  withGraph(ports, (reader) => [reader.summary('shop')?.pods, reader.topologies(['shop']).get('shop')?.workloads[0]?.pods]);

describe('withGraph', () => {
  it('says what to do where there is no graph', () => {
    const ports = testPorts();
    const error = thrownBy(() => withGraph(ports, () => expect.fail('there is nothing to read')));
    expect(error).toBeInstanceOf(GraphAbsent);
    expect(error).toMatchObject({ code: 'unavailable', retryAfterMs: 5000, collecting: false });
    expect(error.message).toContain('/v1/collect');
    takeLease(ports, { holder: 'a' });
    expect(thrownBy(() => withGraph(ports, () => expect.fail('there is nothing to read')))).toMatchObject({
      retryAfterMs: 1000,
      collecting: true,
    });
  });

  it('answers from one generation though another is published meanwhile', () => {
    const { ports, writer } = published();
    const seen = withGraph(ports, (reader) => {
      const before = reader.summary('shop')?.pods;
      publishWorld(writer, worldOf(1), worldOf(2));
      return [before, reader.topologies(['shop']).get('shop')?.workloads[0]?.pods, reader.summary('bank')?.pods];
    });
    expect(seen).toEqual([1, 1, 1]);
    expect(podsOf(ports)).toEqual([2, 2]);
  });

  it('begins again with the next generation where the values of the last are gone', () => {
    const { ports, writer } = published();
    let runs = 0;
    const seen = withGraph(ports, (reader) => {
      const before = reader.summary('shop')?.pods;
      if (runs++ === 0) {
        const old = new Set(ports.keyvalue.keys());
        publishWorld(writer, worldOf(1), worldOf(2));
        for (const key of old) if (key.startsWith(SHARD_PREFIX)) ports.keyvalue.delete(key);
      }
      return [before, reader.topologies(['shop']).get('shop')?.workloads[0]?.pods];
    });
    expect(runs).toBe(2);
    expect(seen).toEqual([2, 2]);
    expect(ports.keyvalue.exists(DAMAGED_KEY)).toBe(false);
  });

  it('gives up where one generation overtakes the other', () => {
    const { ports, writer } = published();
    let version = 1;
    const error = thrownBy(() =>
      withGraph(ports, (reader) => {
        const old = new Set(ports.keyvalue.keys());
        publishWorld(writer, worldOf(version), worldOf(version + 1));
        version++;
        for (const key of old) if (key.startsWith(SHARD_PREFIX)) ports.keyvalue.delete(key);
        return reader.topologies(['shop']);
      }),
    );
    expect(error).toMatchObject({ code: 'unavailable', retryAfterMs: 1000 });
    expect(version).toBe(5);
    expect(ports.keyvalue.exists(DAMAGED_KEY)).toBe(false);
  });

  it('reports a value that is missing, and is right again after the next run', () => {
    const { ports } = published();
    for (const key of ports.keyvalue.keys()) if (key.startsWith(SHARD_PREFIX)) ports.keyvalue.delete(key);
    expect(thrownBy(() => podsOf(ports))).toMatchObject({ code: 'unavailable', retryAfterMs: 5000 });
    expect(ports.keyvalue.exists(DAMAGED_KEY)).toBe(true);
    // Not even looked for any more.
    expect(thrownBy(() => withGraph(ports, () => expect.fail('it is known to be damaged'))).message).toContain('lost a part');
    const writer = openTestWriter(ports);
    expect(writer.start).toEqual({ tag: 'nothing', why: 'damaged' });
    publishWorld(writer, NOTHING, worldOf(1));
    expect(podsOf(ports)).toEqual([1, 1]);
  });

  it('takes a value that was overwritten, or that cannot be read, for one that is missing', () => {
    for (const spoil of [
      (value: Uint8Array) => encodeUtf8(`0000000000000000${'x'.repeat(value.length)}`),
      (value: Uint8Array) => value.slice(0, value.length - 1),
      () => new Uint8Array(),
    ]) {
      const { ports } = published();
      const head = decodeHead(ports.keyvalue.get(HEAD_KEY));
      for (const refs of head?.index ?? [])
        for (const ref of listRefs(refs) ?? []) ports.keyvalue.set(keyOf(ref), spoil(ports.keyvalue.get(keyOf(ref)) ?? new Uint8Array()));
      expect(thrownBy(() => podsOf(ports)).message).toContain('lost a part');
    }
  });

  it('waits for a replica that is a little behind', () => {
    const keyvalue = memoryKeyValue();
    let late = 0;
    const { ports } = published({
      ...keyvalue,
      getMany: (keys) =>
        keyvalue.getMany(keys).map((value, place) => (keys[place]?.startsWith(SHARD_PREFIX) && late-- > 0 ? undefined : value)),
    });
    late = 2;
    expect(podsOf(ports)).toEqual([1, 1]);
    expect(ports.clock.slept).toBeGreaterThan(0);
    expect(keyvalue.exists(DAMAGED_KEY)).toBe(false);
  });

  it('takes the head of a store that was wiped for none', () => {
    const { ports } = published();
    ports.keyvalue.set(EPOCH_KEY, encodeUtf8('another'));
    expect(thrownBy(() => podsOf(ports))).toBeInstanceOf(GraphAbsent);
    ports.keyvalue.delete(EPOCH_KEY);
    expect(thrownBy(() => podsOf(ports))).toBeInstanceOf(GraphAbsent);
    expect(openTestWriter(ports).start).toEqual({ tag: 'nothing', why: 'wiped' });
  });

  it('takes a head that it cannot read for none', () => {
    const { ports } = published();
    ports.keyvalue.set(HEAD_KEY, Uint8Array.of(0xff, 0x7b, 0));
    expect(thrownBy(() => podsOf(ports))).toBeInstanceOf(GraphAbsent);
    expect(openTestWriter(ports).start).toEqual({ tag: 'nothing', why: 'unreadable' });
  });

  it('lets through what the answer itself throws, and what the store throws', () => {
    const { ports } = published();
    const own = new Error('of the tool');
    expect(() =>
      withGraph(ports, () => {
        throw own;
      }),
    ).toThrow(own);
    const down: KeyValue = {
      ...ports.keyvalue,
      getMany: () => {
        throw new MeshError('unavailable', 'The store is down.');
      },
    };
    expect(thrownBy(() => podsOf({ ...ports, keyvalue: down })).message).toBe('The store is down.');
  });
});

describe('status', () => {
  const statusOf = (ports: TestPorts) => withGraph(ports, (reader) => reader.status);

  it('is fresh while a collector renews its lease, though nothing changes', () => {
    const { ports } = published();
    const at = ports.clock.now();
    for (let round = 0; round < 30; round++) {
      ports.clock.advance(10_000);
      takeLease(ports, { holder: 'a', kubernetesAt: ports.clock.now(), trafficAt: ports.clock.now() });
      expect(statusOf(ports)).not.toHaveProperty('stale');
    }
    expect(statusOf(ports)).toMatchObject({ at, synced: true, demo: false, notes: [], trafficAt: ports.clock.now() });
  });

  it('is stale since the collector was last here', () => {
    const { ports } = published();
    const since = ports.clock.now();
    ports.clock.advance(30_000);
    expect(statusOf(ports)).not.toHaveProperty('stale');
    ports.clock.advance(1);
    expect(statusOf(ports)).toMatchObject({ synced: true, stale: { since } });
    expect(statusOf(ports).stale?.why).toContain('/v1/collect');
  });

  it('does not believe a heartbeat from a time that cannot be', () => {
    const { ports } = published();
    takeLease({ ...ports, clock: { ...ports.clock, now: () => ports.clock.now() + 60_000 } }, { holder: 'a' });
    expect(statusOf(ports)).not.toHaveProperty('stale');
    takeLease({ ...ports, clock: { ...ports.clock, now: () => ports.clock.now() + 61_000 } }, { holder: 'a' });
    expect(statusOf(ports)).toMatchObject({ stale: { since: ports.clock.now() } });
  });

  it('is as stale as the stalest source', () => {
    const { ports, writer } = published();
    const now = ports.clock.now();
    const sources = {
      kubernetes: { state: 'stale', since: now - 5, why: 'K.' },
      prometheus: { state: 'stale', since: now - 9, why: 'P.' },
    } as const;
    writer.publish({ ...HEALTHY, sources, updates: [], resume: {} });
    expect(statusOf(ports)).toMatchObject({ synced: false, stale: { since: now - 9, why: 'P.' } });
    writer.publish({ ...HEALTHY, sources: { ...HEALTHY.sources, prometheus: { state: 'absent', why: 'None.' } }, updates: [], resume: {} });
    expect(statusOf(ports)).toMatchObject({ synced: true, sources: { prometheus: { state: 'absent' } } });
    expect(statusOf(ports)).not.toHaveProperty('stale');
  });
});

describe('deltasSince', () => {
  it('tells what is too old from what never was', () => {
    const { ports, writer } = published();
    const generations = [writer.head?.generation ?? 0];
    for (let version = 2; version <= 30; version++) {
      ports.clock.advance(version % 3 === 0 ? 100_000 : 0);
      publishWorld(writer, worldOf(version - 1), worldOf(version));
      generations.push(writer.head?.generation ?? 0);
    }
    expect(new Set(generations).size).toBe(30);
    expect([...generations].sort((a, b) => a - b)).toEqual(generations);
    withGraph(ports, (reader) => {
      // A ring of sixteen.
      for (const [back, generation] of generations.toReversed().entries()) {
        const changes = reader.deltasSince(generation);
        if (back <= 16)
          expect(changes.tag === 'deltas' && changes.deltas.map(({ generation }) => generation)).toEqual(generations.slice(30 - back));
        else expect(changes).toEqual({ tag: 'gap', why: 'too-old' });
      }
      const latest = generations.at(-1) ?? 0;
      expect(reader.deltasSince(latest + 1)).toEqual({ tag: 'gap', why: 'unknown-generation' });
      const between = generations.findIndex((generation, place) => place > 15 && (generations[place + 1] ?? 0) > generation + 1);
      expect(reader.deltasSince((generations[between] ?? 0) + 1)).toEqual({ tag: 'gap', why: 'unknown-generation' });
      expect(reader.deltasSince(0)).toEqual({ tag: 'gap', why: 'too-old' });
    });
  });

  it('does not go on beyond a head that was overwritten, though its number were the same', () => {
    const { ports, writer } = published();
    const before = writer.head?.generation ?? 0;
    publishWorld(writer, worldOf(1), worldOf(2));
    const [own = ''] = ports.keyvalue.keys().filter((key) => key.startsWith('mesh/delta/'));
    const text = new TextDecoder().decode(ports.keyvalue.get(own));
    ports.keyvalue.set(own, encodeUtf8(text.replace(/"head":"[0-9a-f]{16}"/, '"head":"0000000000000000"')));
    expect(withGraph(ports, (reader) => reader.deltasSince(before))).toEqual({ tag: 'gap', why: 'too-old' });
  });
});
