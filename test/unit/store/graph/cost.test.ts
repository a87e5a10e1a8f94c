import { describe, expect, it } from 'vitest';
import { memoryKeyValue } from '../../../../src/adapters/memory/keyvalue.ts';
import { takeLease } from '../../../../src/store/graph/lease.ts';
import { type GraphReader, withGraph } from '../../../../src/store/graph/reader.ts';
import { HEALTHY } from './support/cluster.ts';
import { type Operation, openTestWriter, publishWorld, testPorts, watched } from './support/store.ts';
import { town, towns } from './support/town.ts';

const bytesOf = (operations: readonly Operation[]) => operations.reduce((bytes, operation) => bytes + operation.bytes, 0);

function published(namespaces: number) {
  const { store, operations } = watched(memoryKeyValue());
  const ports = testPorts(store);
  takeLease(ports, { holder: 'a' });
  expect(publishWorld(openTestWriter(ports), new Map(), towns(namespaces)).tag).toBe('published');
  const read = (use: (reader: GraphReader) => unknown) => {
    operations.length = 0;
    withGraph(ports, use);
    return { operations: operations.length, bytes: bytesOf(operations) };
  };
  return { ports, operations, read };
}

describe('what it costs', () => {
  const small = published(10);
  const large = published(1000);

  it('to read one namespace: the same at a thousand as at ten', () => {
    const view = (reader: GraphReader) => expect(reader.view(['team-7']).topologies.size).toBe(1);
    const [few, many] = [small.read(view), large.read(view)];
    // The head with what is read beside it, a page of the index, the namespace.
    expect([few.operations, many.operations]).toEqual([3, 3]);
    // 8 KB of namespace, and at a thousand 4 KB around it.
    expect(many.bytes / few.bytes).toBeLessThan(1.4);
    expect(many.bytes - few.bytes).toBeLessThan(4 * 1024);

    const judged = (reader: GraphReader) => {
      view(reader);
      expect(reader.objects(['team-7']).get('team-7')?.length).toBe(50);
    };
    const [fewer, more] = [small.read(judged), large.read(judged)];
    expect([fewer.operations, more.operations]).toEqual([4, 4]);
    expect(more.bytes / fewer.bytes).toBeLessThan(1.2);
  });

  it('to read several: no more operations than to read one', () => {
    const names = Array.from({ length: 20 }, (_, place) => `team-${place}`);
    expect(large.read((reader) => expect(reader.view(names).traffic.size).toBe(20)).operations).toBe(3);
    // What was read is not read again.
    expect(
      large.read((reader) => {
        reader.view(names);
        reader.topologies(names);
        reader.traffic(['team-3']);
      }).operations,
    ).toBe(3);
  });

  it('to read an overview: two operations, and what the summaries weigh', () => {
    const overview = (reader: GraphReader) => expect(reader.summaries().length).toBe(reader.totals.namespaces);
    const [few, many] = [small.read(overview), large.read(overview)];
    expect([few.operations, many.operations]).toEqual([2, 2]);
    expect(many.bytes).toBeLessThan(1000 * 80);
  });

  it('to know how the graph is: one operation', () => {
    const { operations, bytes } = large.read((reader) => expect(reader.status).toMatchObject({ synced: true }));
    expect(operations).toBe(1);
    expect(bytes).toBeLessThan(4 * 1024);
  });

  it('to publish one namespace of a thousand: five operations, once the pages were read', () => {
    const { ports, operations } = large;
    const writer = openTestWriter(ports);
    const { topology, objects } = town('team-7');
    const publish = (pods: number) => {
      operations.length = 0;
      const update = {
        tag: 'changed',
        namespace: 'team-7',
        topology: { ...topology, asksFor: 'linkerd' },
        objects: objects.slice(0, pods),
      } as const;
      expect(writer.publish({ ...HEALTHY, updates: [update], resume: {} })).toMatchObject({ tag: 'published' });
    };
    publish(49);
    const pages = operations[0];
    expect(pages).toMatchObject({ name: 'getMany' });
    expect(pages?.keys.length).toBe(80);
    expect(pages?.bytes).toBeLessThan(200 * 1024);
    publish(48);
    // Is the store as it was; a turn; the values; is it still; the head.
    expect(operations.map(({ name }) => name)).toEqual(['getMany', 'increment', 'setMany', 'getMany', 'set']);
    expect(bytesOf(operations)).toBeLessThan(32 * 1024);
  });

  it('to publish the traffic of many: what it was and what it belongs to are read in batches', () => {
    const { ports, operations } = published(100);
    const writer = openTestWriter(ports);
    const traffic = new Map([...towns(100).keys()].map((name) => [name, town(name, 4).traffic ?? { namespace: name, edges: [] }]));
    operations.length = 0;
    expect(writer.publish({ ...HEALTHY, updates: [], traffic, resume: {} })).toMatchObject({ tag: 'published' });
    // All pages, the two looks, what was retired, and four groups of namespaces.
    expect(operations.filter(({ name }) => name === 'getMany').length).toBeLessThanOrEqual(8);
    expect(operations.filter(({ name }) => name === 'setMany').length).toBeLessThanOrEqual(4);
  });

  it('to look at a quiet cluster: one operation a run, and nothing written', () => {
    const { ports, operations } = large;
    operations.length = 0;
    const writer = openTestWriter(ports);
    expect(writer.publish({ ...HEALTHY, updates: [], resume: {} })).toEqual({ tag: 'unchanged' });
    expect(operations.map(({ name }) => name)).toEqual(['getMany']);
  });
});
