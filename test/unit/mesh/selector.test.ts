import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Labels } from '../../../src/mesh/membership.ts';
import { indexByLabels } from '../../../src/mesh/selector.ts';

const labels = fc.dictionary(fc.constantFrom('app', 'tier', 'version', 'constructor', 'toString'), fc.constantFrom('a', 'b', 'c'), {
  noNullPrototype: true,
});

describe('indexByLabels', () => {
  it('finds what looking at each object in turn would find, in the same order', () => {
    fc.assert(
      fc.property(fc.array(labels, { maxLength: 20 }), labels, (objects: Labels[], wanted) => {
        const selector = Object.entries(wanted);
        const items = objects.map((labels, id) => ({ id, labels }));
        const found = indexByLabels(items, (item) => item.labels)(selector);
        const expected = items.filter(({ labels }) =>
          selector.every(([label, value]) => Object.hasOwn(labels, label) && labels[label] === value),
        );
        expect(found.map(({ id }) => id)).toEqual(selector.length === 0 ? [] : expected.map(({ id }) => id));
      }),
    );
  });

  it('selects nothing without requirements', () => {
    expect(indexByLabels([{ app: 'a' }], (labels) => labels)([])).toEqual([]);
  });
});
