import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Labels } from '../../../src/mesh/membership.ts';
import { indexByLabels, type LabelSelector, meets, readLabelSelector } from '../../../src/mesh/selector.ts';
import { Field } from '../../../src/policy/objects/field.ts';

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

describe('readLabelSelector', () => {
  const read = (value: unknown) => readLabelSelector(new Field(value));
  const selects = (value: unknown, labels: Labels) => meets(labels, read(value));

  it.each<[unknown, boolean, boolean]>([
    [undefined, true, true],
    [null, true, true],
    [{}, true, true],
    [{ matchLabels: { app: 'a' } }, true, false],
    [{ matchLabels: { constructor: 'a' } }, false, false],
    [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'b'] }] }, true, false],
    [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['a'] }] }, false, true],
    [{ matchExpressions: [{ key: 'app', operator: 'Exists' }] }, true, false],
    [{ matchExpressions: [{ key: 'toString', operator: 'Exists' }] }, false, false],
    [{ matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, false, true],
    [{ matchLabels: { app: 'a' }, matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, false, false],
    // Linkerd lets nothing meet these.
    [{ matchExpressions: [{ key: 'app', operator: 'In' }] }, false, false],
    [{ matchExpressions: [{ key: 'app', operator: 'Exists', values: [] }] }, false, false],
    [{ matchExpressions: [{ key: 'app', operator: 'Like', values: ['a'] }] }, false, false],
    [{ matchExpressions: ['app'] }, false, false],
    [{ matchLabels: { app: 1 } }, false, false],
    [{ matchLabels: 'app=a' }, false, false],
    ['app=a', false, false],
  ])('reads %j', (value, ofA, ofNone) => {
    expect([selects(value, { app: 'a' }), selects(value, {})]).toEqual([ofA, ofNone]);
  });

  it('meets what its parts meet one by one', () => {
    const word = fc.constantFrom('a', 'b', 'constructor');
    const expression = fc.oneof(
      fc.record({ label: word, operator: fc.constantFrom('In' as const, 'NotIn' as const), values: fc.array(word, { maxLength: 2 }) }),
      fc.record({ label: word, operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const), values: fc.constant([]) }),
    );
    const selector: fc.Arbitrary<LabelSelector> = fc.record({
      labels: fc.array(fc.tuple(word, word), { maxLength: 2 }),
      expressions: fc.array(expression, { maxLength: 2 }),
      malformed: fc.constant(false),
    });
    const empty: LabelSelector = { labels: [], expressions: [], malformed: false };
    fc.assert(
      fc.property(selector, labels, (all, given) => {
        const parts = [
          ...all.labels.map((each) => ({ ...empty, labels: [each] })),
          ...all.expressions.map((each) => ({ ...empty, expressions: [each] })),
        ];
        expect(meets(given, all)).toBe(parts.every((part) => meets(given, part)));
        for (const { label, values } of all.expressions) {
          const one = (operator: 'In' | 'NotIn') => meets(given, { ...empty, expressions: [{ label, operator, values }] });
          expect(one('In')).toBe(!one('NotIn'));
        }
        expect(meets(given, { ...all, malformed: true })).toBe(false);
      }),
    );
  });
});
