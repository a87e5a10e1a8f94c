import { describe, expect, it } from 'vitest';
import { memoryKeyValue } from '../../../../src/adapters/memory/keyvalue.ts';
import { MeshError } from '../../../../src/lib/errors.ts';
import { encodeUtf8 } from '../../../../src/lib/utf8.ts';
import { DAMAGED_KEY, EPOCH_KEY, HEAD_KEY, RESUME_KEY, SHARD_PREFIX } from '../../../../src/store/graph/keys.ts';
import { content, HEALTHY, type World } from './support/cluster.ts';
import { openTestWriter, publishWorld, testPorts } from './support/store.ts';

const NOTHING: World = new Map();
const worldOf = (version: number): World => new Map([['shop', content('shop', version)]]);

function published() {
  const ports = testPorts();
  const writer = openTestWriter(ports);
  publishWorld(writer, NOTHING, worldOf(1), { pods: '1' });
  return { ports, writer };
}

describe('openWriter', () => {
  it('writes an epoch where there is none, and keeps the one that there is', () => {
    const ports = testPorts();
    expect(openTestWriter(ports).start).toEqual({ tag: 'nothing', why: 'empty' });
    const epoch = ports.keyvalue.get(EPOCH_KEY);
    expect(epoch?.length).toBe(24);
    openTestWriter(ports);
    expect(ports.keyvalue.get(EPOCH_KEY)).toEqual(epoch);
    expect(ports.keyvalue.keys()).toEqual([EPOCH_KEY]);
  });
});

describe('saveResume', () => {
  const resumeOf = (ports: ReturnType<typeof testPorts>) => {
    const { start } = openTestWriter(ports);
    return start.tag === 'graph' ? start.resume : undefined;
  };

  it('writes once a minute, where the points moved', () => {
    const { ports, writer } = published();
    expect(writer.saveResume({ pods: '2' })).toBe(false);
    ports.clock.advance(60_000);
    expect(writer.saveResume({ pods: '1' })).toBe(false);
    expect(writer.saveResume({ pods: '2' })).toBe(true);
    expect(resumeOf(ports)).toEqual({ pods: '2' });
    ports.clock.advance(59_999);
    expect(openTestWriter(ports).saveResume({ pods: '3' })).toBe(false);
    ports.clock.advance(1);
    expect(openTestWriter(ports).saveResume({ pods: '3' })).toBe(true);
    expect(resumeOf(ports)).toEqual({ pods: '3' });
  });

  it('does not count for another head', () => {
    const { ports, writer } = published();
    ports.clock.advance(60_000);
    writer.saveResume({ pods: '9' });
    publishWorld(writer, worldOf(1), worldOf(2), { pods: '5' });
    expect(resumeOf(ports)).toEqual({ pods: '5' });
  });

  it('writes nothing for a graph that is not there, or after a publication that failed', () => {
    const empty = testPorts();
    expect(openTestWriter(empty).saveResume({ pods: '1' })).toBe(false);
    const keyvalue = memoryKeyValue();
    let down = false;
    const ports = testPorts({
      ...keyvalue,
      set: (key, value) => {
        if (down && key === HEAD_KEY) throw new MeshError('unavailable', 'The store does not answer.');
        keyvalue.set(key, value);
      },
    });
    const writer = openTestWriter(ports);
    publishWorld(writer, NOTHING, worldOf(1), { pods: '1' });
    ports.clock.advance(60_000);
    down = true;
    expect(() => publishWorld(writer, worldOf(1), worldOf(2), { pods: '2' })).toThrow('does not answer');
    down = false;
    expect(writer.saveResume({ pods: '2' })).toBe(false);
    expect(keyvalue.exists(RESUME_KEY)).toBe(false);
    expect(publishWorld(writer, worldOf(1), worldOf(2), { pods: '2' })).toMatchObject({ tag: 'published' });
    ports.clock.advance(60_000);
    expect(writer.saveResume({ pods: '3' })).toBe(true);
  });
});

describe('a writer whose ground is gone', () => {
  it('publishes nothing and says why, once and for all', () => {
    for (const [why, spoil] of [
      ['wiped', (ports: ReturnType<typeof testPorts>) => ports.keyvalue.keys().forEach(ports.keyvalue.delete)],
      ['overtaken', (ports: ReturnType<typeof testPorts>) => publishWorld(openTestWriter(ports), worldOf(1), worldOf(7))],
      ['overtaken', (ports: ReturnType<typeof testPorts>) => ports.keyvalue.delete(HEAD_KEY)],
    ] as const) {
      const { ports, writer } = published();
      spoil(ports);
      const before = ports.keyvalue.get(HEAD_KEY);
      expect(publishWorld(writer, worldOf(1), worldOf(2))).toEqual({ tag: 'restart', why });
      expect(publishWorld(writer, worldOf(1), worldOf(2))).toEqual({ tag: 'restart', why });
      ports.clock.advance(600_000);
      expect(writer.saveResume({ pods: '9' })).toBe(false);
      expect(writer.saveSnapshot()).toBeUndefined();
      expect(ports.keyvalue.get(HEAD_KEY)).toEqual(before);
    }
  });

  it('looks again just before it writes the head', () => {
    const keyvalue = memoryKeyValue();
    let meanwhile = () => {};
    const ports = testPorts({
      ...keyvalue,
      setMany: (entries) => {
        keyvalue.setMany(entries);
        meanwhile();
      },
    });
    const writer = openTestWriter(ports);
    publishWorld(writer, NOTHING, worldOf(1));
    const other = openTestWriter({ ...ports, keyvalue });
    meanwhile = () => {
      meanwhile = () => {};
      publishWorld(other, worldOf(1), worldOf(3));
    };
    expect(publishWorld(writer, worldOf(1), worldOf(2))).toEqual({ tag: 'restart', why: 'overtaken' });
    expect(openTestWriter(ports).topologies(['shop'])).toEqual([content('shop', 3).topology]);
  });

  it('starts anew where a reader found it damaged, and where it finds that itself', () => {
    const { ports, writer } = published();
    for (const key of ports.keyvalue.keys()) if (key.startsWith(SHARD_PREFIX)) ports.keyvalue.delete(key);
    // It knows its pages; it was the last to write them. Another does not.
    const other = openTestWriter(ports);
    expect(() => other.namespaces()).toThrow(MeshError);
    expect(ports.keyvalue.exists(DAMAGED_KEY)).toBe(true);
    expect(publishWorld(other, worldOf(1), worldOf(2))).toEqual({ tag: 'restart', why: 'damaged' });
    expect(publishWorld(writer, worldOf(1), worldOf(2))).toEqual({ tag: 'restart', why: 'damaged' });
    const next = openTestWriter(ports);
    expect(next.start).toEqual({ tag: 'nothing', why: 'damaged' });
    expect(publishWorld(next, NOTHING, worldOf(2))).toMatchObject({ tag: 'published' });
    expect(openTestWriter(ports).namespaces()).toEqual(['shop']);
  });

  it('does not take a report of an earlier head for one of its own', () => {
    const { ports, writer } = published();
    ports.keyvalue.set(DAMAGED_KEY, encodeUtf8('{"version":1,"head":"0123456789abcdef"}'));
    expect(openTestWriter(ports).start.tag).toBe('graph');
    expect(publishWorld(writer, worldOf(1), worldOf(2))).toMatchObject({ tag: 'published' });
  });

  it('does not go on from a head that was written though the answer was lost', () => {
    const keyvalue = memoryKeyValue();
    let lost = false;
    const ports = testPorts({
      ...keyvalue,
      set: (key, value) => {
        keyvalue.set(key, value);
        if (lost && key === HEAD_KEY) throw new MeshError('unavailable', 'The store does not answer.');
      },
    });
    const writer = openTestWriter(ports);
    publishWorld(writer, NOTHING, worldOf(1), { pods: '1' });
    lost = true;
    expect(() => publishWorld(writer, worldOf(1), worldOf(2), { pods: '2' })).toThrow('does not answer');
    lost = false;
    expect(publishWorld(writer, worldOf(1), worldOf(2), { pods: '2' })).toEqual({ tag: 'restart', why: 'overtaken' });
    const next = openTestWriter(ports);
    expect(next.start).toMatchObject({ tag: 'graph', resume: { pods: '2' } });
    expect(next.publish({ ...HEALTHY, updates: [], resume: { pods: '2' } })).toEqual({ tag: 'unchanged' });
  });
});
