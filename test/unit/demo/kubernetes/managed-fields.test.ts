import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pathKey, pathText } from '../../../../src/demo/kubernetes/field-path.ts';
import { appliedFields, compare, fromFieldsV1, toFieldsV1 } from '../../../../src/demo/kubernetes/field-set.ts';
import { applyObject, recordUpdate, type Writer } from '../../../../src/demo/kubernetes/managed-fields.ts';
import { RESOURCES } from '../../../../src/demo/kubernetes/resources.ts';
import { Refusal } from '../../../../src/demo/kubernetes/status.ts';
import type { JsonObject } from '../../../../src/lib/json.ts';

const SERVICE = RESOURCES.services;
const SERVER = RESOURCES['servers.policy.linkerd.io'];
const TIME = '2026-11-21T10:00:00Z';

const writer = (manager: string, operation: Writer['operation'] = 'Apply'): Writer => ({
  manager,
  operation,
  apiVersion: 'v1',
  subresource: '',
});

function apply(live: JsonObject, manager: string, applied: JsonObject, force = false): JsonObject {
  return applyObject(SERVICE, live, applied, { writer: writer(manager), force, time: TIME });
}

const steps = fc.oneof(
  fc.stringMatching(/^[a-z./-]{1,8}$/).map((name) => `f:${name}`),
  fc.record({ name: fc.string() }).map((key) => `k:${JSON.stringify(key)}`),
  fc.string().map((value) => `v:${JSON.stringify(value)}`),
);

describe('field sets', () => {
  it('come back from FieldsV1 as they went', () => {
    fc.assert(
      fc.property(fc.array(fc.array(steps, { minLength: 1, maxLength: 4 }).map(pathKey), { maxLength: 12 }), (keys) => {
        const set = new Set(keys);
        expect(fromFieldsV1(toFieldsV1(set))).toEqual(set);
      }),
    );
  });

  it('are read from anything without an error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(fromFieldsV1(value as never)).toBeInstanceOf(Set);
      }),
    );
  });

  it('name paths as messages do', () => {
    expect(pathText(pathKey(['f:spec', 'f:ports', 'k:{"port":80,"protocol":"TCP"}', 'f:name']))).toBe(
      '.spec.ports[port=80,protocol="TCP"].name',
    );
    expect(pathText(pathKey(['f:metadata', 'f:finalizers', 'v:"a"']))).toBe('.metadata.finalizers[="a"]');
    expect(pathText(pathKey(['f:x', 'k:nonsense']))).toBe('.x[]');
  });

  it('hold values, whole lists and maps, and items of lists, but not what only the server writes', () => {
    const object = {
      metadata: { name: 'a', uid: 'u', labels: { l: 'm' }, finalizers: ['f'] },
      spec: { selector: { app: 'a' }, ports: [{ port: 80 }], externalIPs: ['1.2.3.4'], empty: {} },
    };
    expect(toFieldsV1(appliedFields(SERVICE, object))).toEqual({
      'f:metadata': { 'f:labels': { 'f:l': {} }, 'f:finalizers': { 'v:"f"': {} } },
      'f:spec': {
        'f:selector': {},
        'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} } },
        'f:externalIPs': {},
        'f:empty': {},
      },
    });
  });

  it('of a comparison add up: what is equal is in none, what is new or gone in one each', () => {
    const objects = fc.record({
      spec: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(fc.nat(2), fc.record({ x: fc.nat(1) }), fc.array(fc.nat(1)))),
    });
    fc.assert(
      fc.property(objects, objects, (before, after) => {
        const forth = compare(SERVER, before as JsonObject, after as JsonObject);
        const back = compare(SERVER, after as JsonObject, before as JsonObject);
        expect(forth.added).toEqual(back.removed);
        expect(forth.modified).toEqual(back.modified);
        const same = compare(SERVER, before as JsonObject, before as JsonObject);
        expect([same.added.size, same.modified.size, same.removed.size]).toEqual([0, 0, 0]);
      }),
    );
  });
});

describe('server-side apply', () => {
  /** What the rules are for a flat map of labels, written down without any of the machinery. */
  class Model {
    readonly labels = new Map<string, { value: string; readonly owners: Set<string> }>();

    /** Undefined for a conflict. */
    apply(manager: string, wanted: ReadonlyMap<string, string>, force: boolean): boolean {
      const touched = [...wanted].filter(([label, value]) => {
        const there = this.labels.get(label);
        return there !== undefined && there.value !== value && [...there.owners].some((owner) => owner !== manager);
      });
      if (touched.length > 0 && !force) return false;
      for (const [label, there] of [...this.labels]) {
        if (wanted.has(label)) continue;
        if (there.owners.delete(manager) && there.owners.size === 0) this.labels.delete(label);
      }
      for (const [label, value] of wanted) {
        const there = this.labels.get(label);
        if (there?.value === value) there.owners.add(manager);
        else this.labels.set(label, { value, owners: new Set([manager]) });
      }
      return true;
    }
  }

  it('does with labels what the rules say, in any order of any appliers', () => {
    const action = fc.record({
      manager: fc.constantFrom('one', 'two', 'three'),
      labels: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('x', 'y')),
      force: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 12 }), (actions) => {
        const model = new Model();
        let live: JsonObject = { metadata: { name: 's' } };
        for (const { manager, labels, force } of actions) {
          const possible = model.apply(manager, new Map(Object.entries(labels)), force);
          const run = () => apply(live, manager, { metadata: { name: 's', labels } }, force);
          if (possible) live = run();
          else expect(run).toThrow(Refusal);
          const metadata = live.metadata as JsonObject;
          expect(metadata.labels ?? {}).toEqual(Object.fromEntries([...model.labels].map(([label, { value }]) => [label, value])));
          const owned = ((metadata.managedFields ?? []) as unknown as { manager: string; fieldsV1: JsonObject }[]).flatMap((entry) =>
            [...fromFieldsV1(entry.fieldsV1)]
              .filter((key) => key.split('\n').length === 3)
              .map((key) => `${entry.manager} ${key.split('\n')[2]?.slice(2)}`),
          );
          expect(owned.sort()).toEqual(
            [...model.labels].flatMap(([label, { owners }]) => [...owners].map((owner) => `${owner} ${label}`)).sort(),
          );
        }
      }),
    );
  });

  it('changes nothing when it is repeated', () => {
    const objects = fc.record({
      metadata: fc.record({ name: fc.constant('s'), labels: fc.dictionary(fc.constantFrom('a', 'b'), fc.string()) }),
      spec: fc.dictionary(fc.constantFrom('a', 'selector', 'ports'), fc.jsonValue()),
    });
    fc.assert(
      fc.property(objects, objects, (first, second) => {
        const live = apply({}, 'one', first as JsonObject);
        const forced = apply(live, 'two', second as JsonObject, true);
        expect(apply(forced, 'two', second as JsonObject)).toEqual(forced);
      }),
    );
  });

  it('finds whoever was there before anybody applied', () => {
    const live = { metadata: { name: 's', labels: { a: 'b' } }, spec: { type: 'ClusterIP' } };
    expect(() => apply(live, 'one', { spec: { type: 'NodePort' } })).toThrow(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .spec.type',
    );
  });

  it('names every field and every manager that a change would meet', () => {
    const one = apply({}, 'one', { metadata: { labels: { a: 'b', c: 'd' } } });
    const live = recordUpdate(SERVICE, one, { ...one, spec: { type: 'NodePort' } }, writer('two', 'Update'), TIME);
    const run = () => apply(live, 'three', { metadata: { labels: { a: 'x', c: 'y' } }, spec: { type: 'ClusterIP' } });
    expect(run).toThrow(
      [
        'Apply failed with 3 conflicts: conflicts with "one":',
        '- .metadata.labels.a',
        '- .metadata.labels.c',
        'conflicts with "two" using v1:',
        '- .spec.type',
      ].join('\n'),
    );
  });

  it('takes items out of lists by their keys, and what is empty then', () => {
    const ports = (...numbers: number[]) => ({ spec: { ports: numbers.map((port) => ({ port, name: `p${port}` })) } });
    const one = apply({}, 'one', ports(80, 81));
    const two = apply(one, 'two', ports(82));
    expect(apply(two, 'one', ports(81)).spec).toEqual({
      ports: [
        { port: 81, name: 'p81' },
        { port: 82, name: 'p82' },
      ],
    });
    expect(apply(apply(one, 'one', { metadata: { name: 's' } }), 'one', {})).not.toHaveProperty('spec');
  });
});

describe('updates', () => {
  it('take the fields that they change from their managers, and leave them the rest', () => {
    const one = apply({}, 'one', { metadata: { labels: { a: 'b', c: 'd' } } });
    const metadata = one.metadata as JsonObject;
    const live = recordUpdate(
      SERVICE,
      one,
      { ...one, metadata: { ...metadata, labels: { a: 'x', c: 'd' } } },
      writer('two', 'Update'),
      TIME,
    );
    expect((live.metadata as JsonObject).managedFields).toMatchObject([
      { manager: 'one', fieldsV1: { 'f:metadata': { 'f:labels': { 'f:c': {} } } } },
      { manager: 'two', fieldsV1: { 'f:metadata': { 'f:labels': { 'f:a': {} } } } },
    ]);
  });
});
