import { summarize, sumSummaries } from '../../../../../src/graph/summary.ts';
import { MeshError } from '../../../../../src/lib/errors.ts';
import type { Clock } from '../../../../../src/ports/clock.ts';
import type { KeyValue } from '../../../../../src/ports/keyvalue.ts';
import { withGraph } from '../../../../../src/store/graph/reader.ts';
import type { World } from './cluster.ts';

export type Observed =
  | { readonly tag: 'world'; readonly world: World; readonly generation: number; readonly stale: boolean }
  | { readonly tag: 'unavailable' };

/** Everything that a reader sees, each figure checked against what it is a figure of. Throws where they do not agree. */
export function observe(ports: { readonly keyvalue: KeyValue; readonly clock: Clock }): Observed {
  try {
    return withGraph(ports, (reader) => {
      const names = reader.namespaces();
      const { topologies, traffic } = reader.view(names);
      const summaries = reader.summaries();
      const snapshot = reader.status.stale?.why.includes('snapshot') ?? false;
      const objects = snapshot ? new Map() : reader.objects(names);
      const expected = names.map((name) => summarize(must(topologies.get(name)), traffic.get(name)));
      if (canonicalText(expected) !== canonicalText(summaries)) throw new Error('the summaries are not those of the graph');
      if (canonicalText(sumSummaries(expected)) !== canonicalText(reader.totals)) throw new Error('the totals are not those of the graph');
      const world: World = new Map(
        names.map((name) => [name, { topology: must(topologies.get(name)), traffic: traffic.get(name), objects: objects.get(name) ?? [] }]),
      );
      return { tag: 'world', world, generation: reader.status.generation, stale: snapshot };
    });
  } catch (error) {
    if (error instanceof MeshError && error.code === 'unavailable') return { tag: 'unavailable' };
    throw error;
  }
}

function must<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('a namespace without its topology');
  return value;
}

const texts = { all: new WeakMap<World, string>(), public: new WeakMap<World, string>() };

/** A world as a text, so that two can be compared: by name, members in one order. */
export function textOf(world: World, parts: 'all' | 'public' = 'all'): string {
  const known = texts[parts].get(world);
  if (known !== undefined) return known;
  const rows = [...world].map(([name, { topology, traffic, objects }]) => [name, topology, traffic, parts === 'all' ? objects : undefined]);
  const text = canonicalText(rows.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
  texts[parts].set(world, text);
  return text;
}

/** A value as JSON, its members in one order. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(canonical(value));
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value ?? null;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => [key, canonical(member)]);
}
