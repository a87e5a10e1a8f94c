import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadExpression } from '../../../../src/demo/prometheus/expression.ts';
import { parseExpression } from '../../../../src/demo/prometheus/parse.ts';
import { PRESENCE, promql, QUERY_NAMES, queryOf, selectorOf } from '../../../../src/sources/prometheus/queries.ts';

function refusalOf(query: string): string {
  try {
    parseExpression(query);
  } catch (error) {
    if (error instanceof BadExpression) return error.message;
    throw error;
  }
  return 'it was taken';
}

describe('parseExpression', () => {
  it('knows every query that we make', () => {
    for (const name of QUERY_NAMES) {
      expect(refusalOf(promql(queryOf(name), '1m', { tag: 'all' }))).toBe('it was taken');
      expect(refusalOf(promql(queryOf(name), '1m', { tag: 'into', namespaces: ['a', 'b'], except: ['a', 'b', ''] }))).toBe('it was taken');
      expect(refusalOf(selectorOf(queryOf(name)))).toBe('it was taken');
    }
    for (const query of Object.values(PRESENCE)) expect(refusalOf(query)).toBe('it was taken');
  });

  it('takes a query apart', () => {
    expect(parseExpression('sum by (a, b) (rate(m{c="d"}[1m30s])) > 0')).toMatchObject({
      tag: 'binary',
      operator: '>',
      bool: false,
      left: {
        tag: 'aggregation',
        aggregation: 'sum',
        grouping: { mode: 'by', labels: ['a', 'b'] },
        operand: { tag: 'rate', rate: 'rate', rangeMs: 90_000, selector: { name: 'm' } },
      },
      right: { tag: 'number', value: 0 },
    });
    expect(parseExpression('SUM(m) WITHOUT (a)')).toMatchObject({ aggregation: 'sum', grouping: { mode: 'without', labels: ['a'] } });
    expect(parseExpression('a - on(x) b * ignoring(y) c')).toMatchObject({
      operator: '-',
      matching: { mode: 'by', labels: ['x'] },
      right: { operator: '*', matching: { mode: 'without', labels: ['y'] } },
    });
    expect(parseExpression('# a comment\n(topk(3, m))')).toMatchObject({ aggregation: 'topk', parameter: { value: 3 } });
    expect(parseExpression('a > bool 0x10')).toMatchObject({ bool: true, right: { value: 16 } });
    expect(parseExpression('m > -Inf')).toMatchObject({ right: { value: Number.NEGATIVE_INFINITY } });
  });

  it.each([
    [String.raw`{a="x\"y"}`, 'x"y'],
    [String.raw`{a='it\'s'}`, "it's"],
    [String.raw`{a="\x41\u00e9\n\\"}`, 'A\u00e9\n\\'],
    ['{a=`raw\\n`}', 'raw\\n'],
  ])('reads the string in %s', (query, value) => {
    const expression = parseExpression(query);
    if (expression.tag !== 'selector') expect.fail();
    expect(expression.selector.matchers.map(({ matches }) => [matches(value), matches(`${value} `)])).toEqual([[true, false]]);
  });

  it.each([
    ['', 'unknown position: parse error: no expression found in input'],
    ['   ', 'unknown position: parse error: no expression found in input'],
    ['sum(', '1:5: parse error: unexpected end of input'],
    ['sum by (a b) (m)', expect.stringMatching(/^1:\d+: parse error: unexpected input$/)],
    ['m{a="b}', '1:8: parse error: unexpected end of input'],
    ['m{a="b\\"}', '1:10: parse error: unexpected end of input'],
    ['m{a="\\q"}', '1:5: parse error: unknown escape sequence'],
    ['m{a=~"("}', 'parse error: error parsing regexp: invalid regular expression'],
    ['{a=""}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
    ['{a=~".*"}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
    ['m[1m]', expect.stringContaining('range vector as the argument of a rate only')],
    ['rate(m)', expect.stringContaining('expected type range vector in call to function "rate"')],
    ['rate(m[1m], 2)', expect.stringContaining('expected 1 argument(s) in call to "rate", got 2')],
    ['rate(sum(m)[1m])', expect.stringContaining('ranges only allowed for vector selectors')],
    ['rate(m[0s])', expect.stringContaining('duration must be greater than 0')],
    ['histogram_quantile(m, m)', 'parse error: expected type scalar in call to function "histogram_quantile", got instant vector'],
    ['sum(1)', 'parse error: expected type instant vector in aggregation expression, got scalar'],
    ['topk(m, m)', 'parse error: expected type scalar in aggregation parameter, got instant vector'],
    ['topk(m)', expect.stringContaining('wrong number of arguments for aggregate expression')],
    ['1 > 2', 'parse error: comparisons between scalars must use BOOL modifier'],
    ['1 and m', 'parse error: set operator "and" not allowed in binary scalar expression'],
    ['a + bool b', expect.stringContaining('bool modifier can only be used on comparison operators')],
    ['a * on(x) group_left b', expect.stringContaining('group_left')],
    ['label_replace(m, "a", "b", "c", "d")', expect.stringContaining('the demo does not know the function "label_replace"')],
    ['stddev(m)', expect.stringContaining('the demo does not know the aggregation "stddev"')],
    ['m offset 5m', expect.stringContaining('the demo does not know OffsetExpr')],
    ['m ^ 2', expect.stringContaining('the demo does not know the operator')],
    [`m{a="${'x'.repeat(100_000)}"}`, 'the query is too long for the demo'],
  ])('refuses %j', (query, message) => {
    expect(refusalOf(query)).toEqual(message);
  });

  it('takes or refuses any text, and never fails in another way', () => {
    const piece = fc.constantFrom(
      'sum',
      ' by ',
      '(',
      ')',
      'm',
      '{',
      '}',
      'a="b"',
      ',',
      '[1m]',
      'rate',
      'histogram_quantile',
      '0.5',
      '>',
      ' or ',
      '-',
      '"',
      "'",
      '`',
      '\\',
      ' on ',
      'topk',
      '#',
      '\n',
      'é',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece, { maxLength: 15 }).map((pieces) => pieces.join('')),
          fc.string(),
        ),
        (query) => {
          expect(typeof refusalOf(query)).toBe('string');
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
