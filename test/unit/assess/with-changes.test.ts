import { describe, expect, it } from 'vitest';
import { withChanges } from '../../../src/assess/with-changes.ts';
import { type KeptObject, objectKey } from '../../../src/mesh/kept.ts';
import { server } from '../mesh/kept-objects.ts';

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
    expect(after.get('shop')).toContain(changed);
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
});
