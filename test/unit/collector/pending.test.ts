import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KnownObjects, PendingChanges } from '../../../src/collector/pending.ts';
import { type KeptKind, type KeptObject, objectKey } from '../../../src/mesh/kept.ts';
import { buildNamespace } from '../../../src/mesh/namespace.ts';
import { sharedContextOf } from '../../../src/mesh/shared.ts';
import type { Change } from '../../../src/sources/kubernetes/reflect.ts';
import type { NamespaceUpdate } from '../../../src/store/graph/publication.ts';

const OPTIONS = {
  linkerdNamespace: 'linkerd',
  linkerdTrustDomain: 'cluster.local',
  istioRootNamespace: 'istio-system',
  istioTrustDomain: 'cluster.local',
};

function object(kind: KeptKind, namespace: string, name: string, labels: Readonly<Record<string, string>> = {}): KeptObject {
  return { kind, namespace, name, labels, annotations: {} };
}

/** The objects of a store, and how often each namespace's were asked for. */
function known(objects: readonly KeptObject[]): KnownObjects & { readonly asked: string[] } {
  const asked: string[] = [];
  const sorted = [...objects].sort((a, b) => (objectKey(a) < objectKey(b) ? -1 : 1));
  return {
    asked,
    namespaces: () => [...new Set(sorted.map(({ namespace }) => namespace))].sort(),
    objects: (namespaces) => {
      asked.push(...namespaces);
      return namespaces.map((wanted) => sorted.filter(({ namespace }) => namespace === wanted));
    },
  };
}

function take(pending: PendingChanges, from: KnownObjects): readonly NamespaceUpdate[] {
  return [...pending.updates(from, OPTIONS, OPTIONS)];
}

const put = (object: KeptObject): Change => ({ tag: 'put', object });

describe('PendingChanges', () => {
  it('has nothing to say when nothing was heard, and asks for the root namespace alone', () => {
    const store = known([object('pods', 'shop', 'web-1'), object('pods', 'bank', 'portal-1')]);
    const pending = new PendingChanges();
    expect(pending.any).toBe(false);
    expect(take(pending, store)).toEqual([]);
    expect(store.asked).toEqual(['istio-system']);
  });

  it('looks at the namespaces of events alone', () => {
    const store = known([object('pods', 'shop', 'web-1'), object('pods', 'bank', 'portal-1')]);
    const pending = new PendingChanges();
    pending.fold([put(object('pods', 'shop', 'web-2'))]);
    const updates = take(pending, store);
    expect(updates.map(({ namespace }) => namespace)).toEqual(['shop']);
    expect(store.asked).not.toContain('bank');
  });

  it('is silent about events that change nothing', () => {
    const pod = object('pods', 'shop', 'web-1', { app: 'web' });
    const pending = new PendingChanges();
    pending.fold([put({ ...pod, labels: { ...pod.labels } })]);
    expect(take(pending, known([pod]))).toEqual([]);
  });

  it('says that a namespace is gone once its last object is', () => {
    const pending = new PendingChanges();
    pending.fold([{ tag: 'delete', kind: 'pods', namespace: 'shop', name: 'web-1' }]);
    expect(take(pending, known([object('pods', 'shop', 'web-1')]))).toEqual([{ tag: 'removed', namespace: 'shop' }]);
  });

  it('takes a whole list for all there is of its kind, and of no other', () => {
    const service = object('services', 'shop', 'web');
    const store = known([object('pods', 'shop', 'web-1'), service, object('pods', 'bank', 'portal-1')]);
    const pending = new PendingChanges();
    pending.fold([{ tag: 'replace', kind: 'pods', objects: [object('pods', 'shop', 'web-9')] }]);
    const [bank, shop] = take(pending, store);
    expect(bank).toEqual({ tag: 'removed', namespace: 'bank' });
    expect(shop).toMatchObject({ tag: 'changed', namespace: 'shop', objects: [{ name: 'web-9' }, { name: 'web' }] });
  });

  it('takes a list of one namespace for all there is in that one alone', () => {
    const store = known([object('pods', 'shop', 'web-1'), object('pods', 'bank', 'portal-1')]);
    const pending = new PendingChanges();
    pending.fold([
      { tag: 'replace', kind: 'pods', namespace: 'shop', objects: [object('pods', 'shop', 'web-9')] },
      { tag: 'replace', kind: 'pods', namespace: 'legacy', objects: [object('pods', 'legacy', 'fax-1')] },
      { tag: 'replace', kind: 'pods', namespace: 'bank', objects: [] },
    ]);
    const updates = take(pending, store);
    expect(
      updates.map((update) => [update.namespace, update.tag === 'changed' ? update.objects.map(({ name }) => name) : 'removed']),
    ).toEqual([
      ['bank', 'removed'],
      ['legacy', ['fax-1']],
      ['shop', ['web-9']],
    ]);
  });

  it('drops what was heard of a kind before its list', () => {
    const pending = new PendingChanges();
    pending.fold([put(object('pods', 'shop', 'early')), { tag: 'replace', kind: 'pods', objects: [] }]);
    expect(take(pending, known([]))).toEqual([]);
  });

  it('builds every namespace anew when what they share is another', () => {
    const store = known([object('pods', 'shop', 'web-1'), object('pods', 'bank', 'portal-1')]);
    const pending = new PendingChanges();
    const policy: KeptObject = { ...object('istioPeerAuthentications', 'istio-system', 'default'), spec: { mtls: { mode: 'STRICT' } } };
    pending.fold([put(policy)]);
    expect(take(pending, store).map(({ namespace }) => namespace)).toEqual(['bank', 'istio-system', 'shop']);
  });

  it('builds every namespace anew when other kinds can be read than before', () => {
    const store = known([object('pods', 'shop', 'web-1')]);
    const updates = [...new PendingChanges().updates(store, OPTIONS, { ...OPTIONS, unread: ['linkerdServers'] })];
    expect(updates.map(({ namespace }) => namespace)).toEqual(['shop']);
  });

  it('forgets only when it is told to', () => {
    const pending = new PendingChanges();
    pending.fold([put(object('pods', 'shop', 'web-1'))]);
    expect(take(pending, known([]))).toEqual(take(pending, known([])));
    pending.clear();
    expect(pending.any).toBe(false);
    expect(take(pending, known([]))).toEqual([]);
  });

  describe('as properties', () => {
    const kind = fc.constantFrom<KeptKind>('pods', 'services', 'namespaces');
    const namespace = fc.constantFrom('a', 'b', 'c');
    const name = fc.constantFrom('x', 'y', 'z');
    const anyObject = fc
      .record({ kind, namespace, name, label: fc.constantFrom('1', '2') })
      .map((it) => object(it.kind, it.namespace, it.name, { l: it.label }));
    const change: fc.Arbitrary<Change> = fc.oneof(
      anyObject.map(put),
      fc.record({ kind, namespace, name }).map((it): Change => ({ tag: 'delete', ...it })),
      fc.tuple(kind, namespace, fc.array(anyObject, { maxLength: 5 })).map(
        ([of, within, objects]): Change => ({
          tag: 'replace',
          kind: of,
          namespace: within,
          objects: objects.map((each) => ({ ...each, kind: of, namespace: within })),
        }),
      ),
      fc
        .tuple(kind, fc.array(anyObject, { maxLength: 5 }))
        .map(([of, objects]): Change => ({ tag: 'replace', kind: of, objects: objects.map((each) => ({ ...each, kind: of })) })),
    );

    /** The plain meaning of changes. */
    function applied(objects: readonly KeptObject[], changes: readonly Change[]): ReadonlyMap<string, KeptObject> {
      const world = new Map(objects.map((each) => [objectKey(each), each]));
      for (const each of changes) {
        if (each.tag === 'put') world.set(objectKey(each.object), each.object);
        else if (each.tag === 'delete') world.delete(objectKey(each));
        else {
          for (const [key, old] of world)
            if (old.kind === each.kind && (each.namespace === undefined || old.namespace === each.namespace)) world.delete(key);
          for (const fresh of each.objects) world.set(objectKey(fresh), fresh);
        }
      }
      return world;
    }

    it('what is known with its updates is the world after all changes, however they came in groups', () => {
      fc.assert(
        fc.property(fc.array(anyObject), fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 5 }), (objects, groups) => {
          const before = [...applied(objects, []).values()];
          const pending = new PendingChanges();
          for (const group of groups) pending.fold(group);
          const world = new Map(
            known(before)
              .namespaces()
              .map((each): [string, readonly KeptObject[]] => [each, known(before).objects([each])[0] ?? []]),
          );
          for (const update of take(pending, known(before))) {
            if (update.tag === 'removed') world.delete(update.namespace);
            else {
              world.set(update.namespace, update.objects);
              expect(update.topology).toEqual(buildNamespace(update.namespace, update.objects, sharedContextOf(OPTIONS, [])));
            }
          }
          const expected = applied(before, groups.flat());
          const found = [...world.values()].flat();
          expect(new Map(found.map((each) => [objectKey(each), each]))).toEqual(expected);
          expect(found).toHaveLength(expected.size);
        }),
      );
    });
  });
});
