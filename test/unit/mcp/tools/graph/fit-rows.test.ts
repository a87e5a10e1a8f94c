import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetOf, fitRows, shortNotes } from '../../../../../src/mcp/tools/graph/fit-rows.ts';

/** An answer of rows with lists in them, all of a known size. */
function answerer(head: number, row: number, inner: number) {
  const rendered: (readonly [rows: number, items: number])[] = [];
  const render = (rows: number, items: number) => {
    rendered.push([rows, items]);
    const lists = Array.from({ length: rows }, () => 'i'.repeat(Math.min(items, inner)));
    return { text: 'h'.repeat(head) + 'r'.repeat(rows * row), structured: { lists } };
  };
  return { rendered, render };
}

describe('an answer', () => {
  it('has as many rows as fit its text and its data, and no fewer', () => {
    fc.assert(
      fc.property(
        fc.record({ most: fc.nat(60), head: fc.nat(50), row: fc.integer({ min: 1, max: 20 }), inner: fc.integer({ min: 0, max: 20 }) }),
        fc.record({ text: fc.integer({ min: 60, max: 900 }), data: fc.integer({ min: 60, max: 900 }) }),
        ({ most, head, row, inner }, budget) => {
          const { render, rendered } = answerer(head, row, inner);
          const fits = (rows: number) => {
            const { text, structured } = render(rows, Number.POSITIVE_INFINITY);
            return text.length <= budget.text && JSON.stringify(structured).length <= budget.data;
          };
          const answer = fitRows({ most, least: 0 }, budget, render);
          const tries = rendered.length;
          const rows = answer.structured.lists.length;
          expect(fits(rows)).toBe(true);
          if (rows < most) expect(fits(rows + 1)).toBe(false);
          // By halves: a large answer is not rendered once for each of its rows.
          expect(tries).toBeLessThanOrEqual(9);
        },
      ),
    );
  });

  it('that fits is rendered once', () => {
    const { render, rendered } = answerer(10, 10, 10);
    fitRows({ most: 5, least: 1 }, budgetOf(1_000), render);
    expect(rendered).toEqual([[5, Number.POSITIVE_INFINITY]]);
  });

  it('of which not even the least rows fit has shorter lists in them', () => {
    const { render } = answerer(10, 10, 500);
    expect(fitRows({ most: 5, least: 1 }, budgetOf(100), render).structured.lists).toEqual(['i'.repeat(8)]);
    expect(fitRows({ most: 5, least: 1 }, { text: 100, data: 20 }, render).structured.lists).toEqual(['ii']);
    expect(fitRows({ most: 5, least: 1 }, { text: 100, data: 14 }, render).structured.lists).toEqual(['']);
    // And where nothing helps, the least there is.
    expect(fitRows({ most: 5, least: 1 }, { text: 5, data: 5 }, render).structured.lists).toEqual(['']);
  });

  it('says so', () => {
    expect(shortNotes(Number.POSITIVE_INFINITY)).toEqual([]);
    expect(shortNotes(8)).toEqual(['Lists within a row are cut short to keep the answer within its size.']);
  });
});

it('a budget is never more than the server allows', () => {
  expect(budgetOf(40_000, 1_600)).toEqual({ text: 1_600, data: 40_000 });
  expect(budgetOf(2_000, 6_000)).toEqual({ text: 2_000, data: 2_000 });
  expect(budgetOf(2_000)).toEqual({ text: 2_000, data: 2_000 });
});
