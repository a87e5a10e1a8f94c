import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeObjects } from '../../../../src/demo/kubernetes/objects.ts';
import { type Change, createStorage } from '../../../../src/demo/kubernetes/storage.ts';
import { keyOf } from '../../../../src/demo/kubernetes/stored.ts';

const FIRST = 100;

function storage(history = 1_000) {
  return createStorage({ objects: makeObjects([]), revision: FIRST, history });
}

type Step = { readonly tag: 'put'; readonly name: string; readonly value: number } | { readonly tag: 'remove'; readonly name: string };
const name = fc.constantFrom('a', 'a-b', 'b', 'c');
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ tag: fc.constant('put' as const), name, value: fc.nat(9) }),
    fc.record({ tag: fc.constant('remove' as const), name }),
  ),
  { maxLength: 30 },
);

const object = (objectName: string, value: number) => ({ metadata: { name: objectName, namespace: 'n' }, spec: { value } });

describe('storage', () => {
  it('can still tell every state that it remembers, and what happened since', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 40 }), (all, history) => {
        const kept = storage(history);
        const heard: Change[] = [];
        kept.onChange((change) => heard.push(change));
        const states = new Map([[FIRST, kept.list('services')]]);
        for (const step of all) {
          if (step.tag === 'put') kept.put('services', object(step.name, step.value));
          else kept.remove('services', 'n', step.name);
          states.set(kept.revision, kept.list('services'));
        }
        expect(kept.revision).toBe(FIRST + heard.length);
        expect(kept.oldest).toBe(FIRST + Math.max(0, heard.length - history));
        for (const [revision, then] of states) {
          if (revision < kept.oldest) continue;
          expect(kept.list('services', revision)).toEqual(then);
          expect(kept.since(revision)).toEqual(heard.filter((change) => change.revision > revision));
          // Whoever follows from there arrives where a fresh list is.
          const followed = new Map(then.map((each) => [keyOf(each), each]));
          for (const { type, object: seen } of kept.since(revision)) {
            if (type === 'DELETED') followed.delete(keyOf(seen));
            else followed.set(keyOf(seen), seen);
          }
          expect([...followed.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))).toEqual(kept.list('services'));
        }
      }),
    );
  });

  it('says of each change what was before, and gives each a newer state', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const kept = storage();
        const heard: Change[] = [];
        kept.onChange((change) => heard.push(change));
        for (const step of all) {
          if (step.tag === 'put') kept.put('services', object(step.name, step.value));
          else kept.remove('services', 'n', step.name);
        }
        const last = new Map<string, unknown>();
        for (const { type, object: seen, previous, revision } of heard) {
          expect(seen.object).toMatchObject({ metadata: { resourceVersion: String(revision) } });
          expect(previous).toEqual(last.get(seen.name));
          expect(type).toBe(type === 'DELETED' ? 'DELETED' : previous === undefined ? 'ADDED' : 'MODIFIED');
          if (type === 'DELETED') last.delete(seen.name);
          else last.set(seen.name, seen);
        }
        expect(heard.map(({ revision }) => revision)).toEqual(heard.map((_, place) => FIRST + place + 1));
      }),
    );
  });

  it('stops calling who does not listen any more, and knows nothing of what was never there', () => {
    const kept = storage();
    const heard: Change[] = [];
    const stop = kept.onChange((change) => heard.push(change));
    expect(kept.remove('services', 'n', 'a')).toBeUndefined();
    kept.put('services', object('a', 1));
    stop();
    kept.put('services', object('b', 1));
    expect(heard.length).toBe(1);
    expect(kept.get('services', 'n', 'a')).toMatchObject({ name: 'a', namespace: 'n' });
    expect(kept.get('services', 'n', 'c')).toBeUndefined();
  });

  it('lists in the order of keys, where a-b comes before a', () => {
    const kept = storage();
    for (const [namespace, each] of [
      ['a', 'x'],
      ['a-b', 'x'],
      ['a', 'w'],
    ] as const) {
      kept.put('services', { metadata: { namespace, name: each } });
    }
    expect(kept.list('services').map(keyOf)).toEqual(['a-b/x', 'a/w', 'a/x']);
  });
});
