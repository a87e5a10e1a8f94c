import fc from 'fast-check';
import { KEPT_KINDS, type KeptObject } from '../../../../../src/mesh/kept.ts';
import { name, topology, trafficOf } from '../../../graph/arbitraries.ts';
import type { Content, World } from './cluster.ts';

const labels = fc.dictionary(name, name, { maxKeys: 2 });
// As it comes back from its text, which knows no -0.
const json = fc
  .dictionary(name, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 2 })
  .map((value): typeof value => JSON.parse(JSON.stringify(value)));

const objectIn = (namespace: string): fc.Arbitrary<KeptObject> =>
  fc.record(
    {
      kind: fc.constantFrom(...KEPT_KINDS),
      namespace: fc.constant(namespace),
      name,
      labels,
      annotations: labels,
      created: fc.nat(),
      owner: fc.record({ kind: name, name }),
      spec: json,
      status: json,
    },
    { requiredKeys: ['kind', 'namespace', 'name', 'labels', 'annotations'] },
    // What JSON can carry, and a dictionary's keys are own members whatever they are called.
  ) as fc.Arbitrary<KeptObject>;

const contentOf = (namespace: string): fc.Arbitrary<Content> =>
  fc.record({
    topology: topology(fc.constant(namespace)),
    traffic: fc.option(
      trafficOf(fc.constant(namespace)).filter(({ edges, routes = [] }) => edges.length + routes.length > 0),
      { nil: undefined },
    ),
    objects: fc.array(objectIn(namespace), { maxLength: 3 }),
  });

const NAMESPACES = ['bank', 'shop', 'constructor', '__proto__', 'x/y', 'team-a', 'team-b'];

/** A few namespaces with anything in them. */
export const world: fc.Arbitrary<World> = fc
  .subarray(NAMESPACES)
  .chain((names) => fc.tuple(...names.map((name) => contentOf(name).map((content) => [name, content] as const))))
  .map((entries) => new Map(entries));

/** States of one cluster one after the other, in which some namespaces stay as they are. */
export const history: fc.Arbitrary<readonly World[]> = fc
  .tuple(world, fc.array(fc.record({ fresh: world, kept: fc.subarray(NAMESPACES) }), { minLength: 1, maxLength: 6 }))
  .map(([first, steps]) => {
    const states = [first];
    for (const { fresh, kept } of steps) {
      const before = states.at(-1) ?? first;
      const next = new Map(fresh);
      for (const name of kept) {
        const old = before.get(name);
        if (old !== undefined) next.set(name, old);
      }
      states.push(next);
    }
    return states;
  });
