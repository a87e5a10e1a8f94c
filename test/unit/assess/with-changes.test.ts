import { describe, expect, it } from 'vitest';
import { withChanges } from '../../../src/assess/with-changes.ts';
import { type KeptObject, objectKey } from '../../../src/mesh/kept.ts';
import { server, spec } from '../mesh/kept-objects.ts';

const [web, api] = [server('web', 'web'), server('api', 'api')];
const read = (names: readonly string[]) => new Map<string, readonly KeptObject[]>(names.includes('shop') ? [['shop', [web, api]]] : []);
const namesIn = (objects: readonly KeptObject[] | undefined) => objects?.map(({ name }) => name).sort();

describe('objects as they would be', () => {
  it('have what was put and not what was deleted', () => {
    const after = withChanges(read, [
      { tag: 'put', object: server('new', 'new') },
      { tag: 'delete', key: objectKey(api) },
    ])(['shop']);
    expect(namesIn(after.get('shop'))).toEqual(['new', 'web']);
  });

  it('are replaced whole, and the last change of an object counts', () => {
    const changed = server('web', 'other');
    const after = withChanges(read, [
      { tag: 'delete', key: objectKey(web) },
      { tag: 'put', object: changed },
    ])(['shop']);
    expect(after.get('shop')).toContainEqual(changed);
    expect(after.get('shop')).toHaveLength(2);
  });

  it('are as they were where nothing changes', () => {
    const change = { tag: 'put', object: server('x', 'x', {}, { namespace: 'other' }) } as const;
    expect(withChanges(read, [change])(['shop']).get('shop')).toEqual([web, api]);
    // A namespace that nobody asks for is not there.
    expect([...withChanges(read, [change])(['shop']).keys()]).toEqual(['shop']);
  });

  it('begin a namespace that was not there', () => {
    const change = { tag: 'put', object: server('x', 'x', {}, { namespace: 'other' }) } as const;
    expect(namesIn(withChanges(read, [change])(['other']).get('other'))).toEqual(['x']);
  });

  describe('by the word of their controllers', () => {
    const parent = (name: string) => ({ group: 'policy.linkerd.io', kind: 'Server', name });
    const says = (name: string, status: string) => ({
      parentRef: parent(name),
      controllerName: 'linkerd.io/policy-controller',
      conditions: [{ type: 'Accepted', status }],
    });
    const route = (parents: readonly string[], more: Partial<KeptObject> = {}) =>
      spec('linkerdHttpRoutes', 'r', { parentRefs: parents.map(parent), rules: [{}] }, more);
    const later = (old: readonly KeptObject[], object: KeptObject) =>
      withChanges(
        () => new Map([['shop', old]]),
        [{ tag: 'put', object }],
      )(['shop'])
        .get('shop')
        ?.find(({ name }) => name === object.name);

    it('one that is there keeps its age, whatever age the change gives it', () => {
      const old = { ...web, created: 7 };
      expect(later([old], server('web', 'other'))).toEqual({ ...server('web', 'other'), created: 7 });
      expect(later([old], { ...server('web', 'other'), created: 9 })).toMatchObject({ created: 7 });
    });

    it('of one that is not there nothing is said yet, and it has no age, though a dry run gives it one', () => {
      const object = route(['a'], { created: 9, status: { parents: [says('a', 'False')] } });
      expect(later([], object)).toEqual(route(['a']));
    });

    it('a route that is there will be accepted where it is hung on something else; what the others say stays', () => {
      const old = route(['a'], { created: 7, status: { parents: [says('a', 'False')] } });
      expect(later([old], route(['a', 'b']))).toEqual(
        route(['a', 'b'], { created: 7, status: { parents: [says('a', 'False'), says('b', 'True')] } }),
      );
      expect(later([old], route(['a']))).toEqual(old);
    });
  });
});
