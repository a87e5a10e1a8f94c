import { type Aggregation, BadExpression, type Expression, type Grouping, type Operator, type Rate, type Selector } from './expression.ts';
import { type Bucket, bucketQuantile } from './histogram.ts';
import { isComparison, isSetOperator } from './parse.ts';
import { keyOf, type Labels, type Series, type SeriesSet } from './series.ts';

/** One element of an instant vector; the name of the metric is a label, `__name__`. */
export interface Element {
  readonly labels: Labels;
  readonly value: number;
}

/** What an expression comes to at one time. */
export type Value = { readonly tag: 'scalar'; readonly value: number } | { readonly tag: 'vector'; readonly elements: readonly Element[] };

/** What Prometheus cannot carry out although it is well formed: answered 422. */
export class ExecutionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ExecutionError';
  }
}

/** `irate` looks at the last two scrapes, which are so far apart. */
const SCRAPE_MS = 10_000;

/**
 * The value of an expression at a time. Rates are exact: the counters are functions of time, so nothing has to be extrapolated from scrapes. Throws
 * `ExecutionError`.
 */
export function evaluate(expression: Expression, series: SeriesSet, ms: number): Value {
  const inner = (operand: Expression) => evaluate(operand, series, ms);
  switch (expression.tag) {
    case 'number':
      return scalar(expression.value);
    case 'selector':
      return vector(
        select(expression.selector, series).map((one) => ({ labels: { __name__: one.name, ...one.labels }, value: one.at(ms) })),
      );
    case 'rate':
      return vector(
        distinct(
          select(expression.selector, series).map((one) => ({
            labels: one.labels,
            value: rateOf(one, expression.rate, expression.rangeMs, ms),
          })),
        ),
      );
    case 'histogram-quantile':
      return vector(quantiles(scalarOf(inner(expression.quantile)), elementsOf(inner(expression.operand))));
    case 'aggregation': {
      const parameter = expression.parameter === undefined ? Number.NaN : scalarOf(inner(expression.parameter));
      return vector(aggregate(expression, elementsOf(inner(expression.operand)), parameter));
    }
    case 'negation': {
      const operand = inner(expression.operand);
      if (operand.tag === 'scalar') return scalar(-operand.value);
      return vector(distinct(operand.elements.map(({ labels, value }) => ({ labels: nameless(labels), value: -value }))));
    }
    case 'binary':
      return binary(expression, inner(expression.left), inner(expression.right));
  }
}

function scalar(value: number): Value {
  return { tag: 'scalar', value };
}

function vector(elements: readonly Element[]): Value {
  return { tag: 'vector', elements };
}

/** The parser has checked the types. */
function scalarOf(value: Value): number {
  if (value.tag !== 'scalar') throw new BadExpression('parse error: expected type scalar');
  return value.value;
}

function elementsOf(value: Value): readonly Element[] {
  if (value.tag !== 'vector') throw new BadExpression('parse error: expected type instant vector');
  return value.elements;
}

/** The series that a selector means. */
export function select({ name, matchers }: Selector, series: SeriesSet): readonly Series[] {
  const candidates = name === undefined ? series.all : series.named(name);
  return candidates.filter((one) =>
    matchers.every(({ label, matches }) => matches(label === '__name__' ? one.name : (one.labels[label] ?? ''))),
  );
}

function rateOf(series: Series, rate: Rate, rangeMs: number, ms: number): number {
  const span = rate === 'irate' ? SCRAPE_MS : rangeMs;
  const increase = series.at(ms) - series.at(ms - span);
  return rate === 'increase' ? increase : increase / (span / 1000);
}

function nameless({ __name__, ...labels }: Labels): Labels {
  return labels;
}

/** A function drops the metric's name; two series that differ in nothing else are then an error. */
function distinct(elements: readonly Element[]): readonly Element[] {
  if (new Set(elements.map(({ labels }) => keyOf(labels))).size < elements.length) {
    throw new ExecutionError('vector cannot contain metrics with the same labelset');
  }
  return elements;
}

function quantiles(quantile: number, elements: readonly Element[]): readonly Element[] {
  const groups = new Map<string, { readonly labels: Labels; readonly buckets: Bucket[] }>();
  for (const { labels, value } of elements) {
    const { le, ...rest } = nameless(labels);
    const upperBound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le ?? Number.NaN);
    if (le === undefined || Number.isNaN(upperBound)) continue;
    const key = keyOf(rest);
    const group = groups.get(key) ?? { labels: rest, buckets: [] };
    group.buckets.push({ upperBound, count: value });
    groups.set(key, group);
  }
  return [...groups.values()].map(({ labels, buckets }) => ({ labels, value: bucketQuantile(quantile, buckets) }));
}

/** The labels that a group keeps; the name is kept by `by (__name__)` alone. */
function grouped(labels: Labels, { mode, labels: named }: Grouping): Labels {
  return Object.fromEntries(
    Object.entries(labels).filter(([label]) => (mode === 'by' ? named.includes(label) : label !== '__name__' && !named.includes(label))),
  );
}

function aggregate(
  { aggregation, grouping }: Extract<Expression, { tag: 'aggregation' }>,
  elements: readonly Element[],
  parameter: number,
): readonly Element[] {
  const groups = new Map<string, { readonly labels: Labels; readonly elements: Element[] }>();
  for (const element of elements) {
    const labels = grouped(element.labels, grouping);
    const key = keyOf(labels);
    const group = groups.get(key) ?? { labels, elements: [] };
    group.elements.push(element);
    groups.set(key, group);
  }
  return [...groups.values()].flatMap(({ labels, elements: members }) =>
    aggregation === 'topk'
      ? members.toSorted((a, b) => b.value - a.value).slice(0, Math.max(0, Math.trunc(parameter)))
      : [
          {
            labels,
            value: AGGREGATES[aggregation](members.map(({ value }) => value)),
          },
        ],
  );
}

const AGGREGATES: Readonly<Record<Exclude<Aggregation, 'topk'>, (values: readonly number[]) => number>> = {
  sum,
  count: (values) => values.length,
  avg: (values) => sum(values) / values.length,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
};

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

type Binary = Extract<Expression, { tag: 'binary' }>;

function binary(expression: Binary, left: Value, right: Value): Value {
  const { operator, bool } = expression;
  if (left.tag === 'scalar' && right.tag === 'scalar') return scalar(compute(operator, left.value, right.value));
  if (left.tag === 'scalar') return vector(withScalar(expression, elementsOf(right), (value) => [left.value, value]));
  if (right.tag === 'scalar') return vector(withScalar(expression, left.elements, (value) => [value, right.value]));
  if (isSetOperator(operator)) return vector(combine(expression, left.elements, right.elements));
  const others = uniqueByMatch(right.elements, expression, 'right');
  uniqueByMatch(left.elements, expression, 'left');
  return vector(
    left.elements.flatMap(({ labels, value }): readonly Element[] => {
      const other = others.get(matchKey(labels, expression));
      if (other === undefined) return [];
      const result = compute(operator, value, other.value);
      if (isComparison(operator) && !bool) return result === 1 ? [{ labels: compared(labels, expression), value }] : [];
      return [{ labels: matched(labels, expression), value: result }];
    }),
  );
}

/** A vector and a scalar, in the order that they were written in. A comparison keeps the vector's own value. */
function withScalar(
  { operator, bool }: Binary,
  elements: readonly Element[],
  pair: (value: number) => readonly [number, number],
): readonly Element[] {
  const results = elements.map(({ labels, value }) => ({ labels, value, result: compute(operator, ...pair(value)) }));
  if (isComparison(operator) && !bool) return results.filter(({ result }) => result === 1).map(({ labels, value }) => ({ labels, value }));
  return distinct(results.map(({ labels, result }) => ({ labels: nameless(labels), value: result })));
}

/** The labels that two sides are matched by, which are those of a result. */
function matched(labels: Labels, { matching }: Binary): Labels {
  return grouped(nameless(labels), matching);
}

/** A comparison keeps the name of its left side, unless `on` names what is kept. */
function compared(labels: Labels, expression: Binary): Labels {
  const { __name__: name } = labels;
  const kept = matched(labels, expression);
  return name === undefined || expression.matching.mode === 'by' ? kept : { __name__: name, ...kept };
}

function matchKey(labels: Labels, expression: Binary): string {
  return keyOf(matched(labels, expression));
}

function uniqueByMatch(elements: readonly Element[], expression: Binary, side: 'left' | 'right'): ReadonlyMap<string, Element> {
  const byKey = new Map<string, Element>();
  for (const element of elements) {
    const key = matchKey(element.labels, expression);
    if (byKey.has(key)) throw new ExecutionError(`found duplicate series for the match group on the ${side} hand-side of the operation`);
    byKey.set(key, element);
  }
  return byKey;
}

function combine(expression: Binary, left: readonly Element[], right: readonly Element[]): readonly Element[] {
  const keys = (elements: readonly Element[]) => new Set(elements.map(({ labels }) => matchKey(labels, expression)));
  const [ours, theirs] = [keys(left), keys(right)];
  switch (expression.operator) {
    case 'and':
      return left.filter(({ labels }) => theirs.has(matchKey(labels, expression)));
    case 'unless':
      return left.filter(({ labels }) => !theirs.has(matchKey(labels, expression)));
    default:
      return [...left, ...right.filter(({ labels }) => !ours.has(matchKey(labels, expression)))];
  }
}

/** A comparison comes to 1 or 0. */
function compute(operator: Operator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '==':
      return Number(a === b);
    case '!=':
      return Number(a !== b);
    case '<':
      return Number(a < b);
    case '<=':
      return Number(a <= b);
    case '>':
      return Number(a > b);
    case '>=':
      return Number(a >= b);
    case 'and':
    case 'or':
    case 'unless':
      throw new BadExpression(`parse error: set operator "${operator}" not allowed in binary scalar expression`);
  }
}
