import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeCutArray } from '../../../src/petstore/whole-items.ts';

describe('closeCutArray', () => {
  it('keeps the items that are whole', () => {
    expect(closeCutArray('[{"a":[1,2]},{"b":"x,]"},{"c":')).toBe('[{"a":[1,2]},{"b":"x,]"}]');
    expect(closeCutArray('[{"a":"\\"')).toBe('[]');
    expect(closeCutArray(' [1')).toBe('[]');
  });

  it.each(['', '{"a":1', '<pets>', 'null'])('leaves %j alone, which is no array', (text) => {
    expect(closeCutArray(text)).toBeUndefined();
  });

  it('gives a prefix of the items wherever the text is cut, losing only the one that was cut', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 6 }), fc.nat(), (items, cut) => {
        const text = JSON.stringify(items);
        const at = 1 + (cut % (text.length - 1));
        const kept: unknown[] = JSON.parse(closeCutArray(text.slice(0, at)) ?? 'null');
        expect(kept).toEqual(JSON.parse(text).slice(0, kept.length));
        const next = JSON.stringify(items.slice(0, kept.length + 1)).length;
        expect(at).toBeLessThanOrEqual(next);
      }),
    );
  });
});
