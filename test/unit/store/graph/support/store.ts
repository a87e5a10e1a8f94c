import { memoryKeyValue } from '../../../../../src/adapters/memory/keyvalue.ts';
import type { KeyValue } from '../../../../../src/ports/keyvalue.ts';
import type { PublishOutcome } from '../../../../../src/store/graph/publication.ts';
import { type GraphWriter, openWriter, type WriterOptions } from '../../../../../src/store/graph/writer.ts';
import { type FakeClock, fakeClock, fixedRandom } from '../../../../support/ports.ts';
import { HEALTHY, trafficOf, updatesBetween, type World } from './cluster.ts';
import type { StorePorts } from './collector.ts';

export interface TestPorts extends StorePorts {
  readonly clock: FakeClock;
}

export function testPorts(keyvalue: KeyValue = memoryKeyValue()): TestPorts {
  return { keyvalue, clock: fakeClock(), random: fixedRandom(0.5) };
}

export function openTestWriter(ports: StorePorts, options: Partial<WriterOptions> = {}): GraphWriter {
  return openWriter(ports, { collector: 'a', source: 'cluster', ring: 16, sweep: false, ...options });
}

/** What turns one world into another, as a publication. */
export function publishWorld(writer: GraphWriter, before: World, after: World, resume = {}): PublishOutcome {
  return writer.publish({ ...HEALTHY, updates: updatesBetween(before, after), traffic: trafficOf(after), resume });
}

/** What is asked of a store, an entry an operation. */
export interface Operation {
  readonly name: keyof KeyValue;
  readonly keys: readonly string[];
  /** Read or written. */
  readonly bytes: number;
}

/** A store that tells what was asked of it. */
export function watched(store: KeyValue): { readonly store: KeyValue; readonly operations: Operation[] } {
  const operations: Operation[] = [];
  const size = (values: readonly (Uint8Array | undefined)[]) => values.reduce((sum, value) => sum + (value?.length ?? 0), 0);
  const told = <Result>(name: keyof KeyValue, keys: readonly string[], bytes: number, result: Result): Result => {
    operations.push({ name, keys, bytes });
    return result;
  };
  const watching: KeyValue = {
    get: (key) => {
      const value = store.get(key);
      return told('get', [key], size([value]), value);
    },
    getMany: (keys) => {
      const values = store.getMany(keys);
      return told('getMany', keys, size(values), values);
    },
    set: (key, value) => told('set', [key], value.length, store.set(key, value)),
    setMany: (entries) =>
      told(
        'setMany',
        entries.map(([key]) => key),
        size(entries.map(([, value]) => value)),
        store.setMany(entries),
      ),
    delete: (key) => told('delete', [key], 0, store.delete(key)),
    deleteMany: (keys) => told('deleteMany', keys, 0, store.deleteMany(keys)),
    exists: (key) => told('exists', [key], 0, store.exists(key)),
    keys: () => told('keys', [], 0, store.keys()),
    increment: (key, delta) => told('increment', [key], 0, store.increment(key, delta)),
  };
  return { store: watching, operations };
}
