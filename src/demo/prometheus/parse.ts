import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import {
  AGGREGATIONS,
  ARITHMETIC,
  BadExpression,
  COMPARISONS,
  type Expression,
  type Grouping,
  type Matcher,
  makeMatcher,
  type Operator,
  RATES,
  SET_OPERATORS,
  type Selector,
} from './expression.ts';

/** A query with more characters is no query of ours. */
const MAX_LENGTH = 100_000;

/** Parses PromQL by Prometheus' own grammar. Throws `BadExpression` for what is wrong, and for what is right but beyond the demo. */
export function parseExpression(query: string): Expression {
  if (query.trim() === '') throw new BadExpression('unknown position: parse error: no expression found in input');
  if (query.length > MAX_LENGTH) throw new BadExpression('the query is too long for the demo');
  const top = parser.parse(query).topNode;
  const text = new Source(query);
  const wrong = firstError(top);
  if (wrong !== undefined) throw text.error(wrong, wrong.from >= query.trimEnd().length ? 'unexpected end of input' : 'unexpected input');
  const [expression, ...more] = childrenOf(top);
  if (expression === undefined || more.length > 0) throw new BadExpression('unknown position: parse error: no expression found in input');
  const parsed = convert(expression, text);
  typeOf(parsed);
  return parsed;
}

/** The text, for the words of a node and the place of an error. */
class Source {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  of({ from, to }: SyntaxNode): string {
    return this.#text.slice(from, to);
  }

  /** `1:12: parse error: …` */
  error({ from }: SyntaxNode, words: string): BadExpression {
    const before = this.#text.slice(0, from).split('\n');
    return new BadExpression(`${before.length}:${(before.at(-1) ?? '').length + 1}: parse error: ${words}`);
  }
}

function firstError(top: SyntaxNode): SyntaxNode | undefined {
  const cursor = top.cursor();
  do {
    if (cursor.type.isError) return cursor.node;
  } while (cursor.next());
  return undefined;
}

function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'LineComment') children.push(child);
  }
  return children;
}

function childOf(node: SyntaxNode, name: string): SyntaxNode | undefined {
  return node.getChild(name) ?? undefined;
}

function convert(node: SyntaxNode, text: Source): Expression {
  switch (node.name) {
    case 'NumberDurationLiteral':
      return { tag: 'number', value: numberOf(text.of(node)) };
    case 'VectorSelector':
      return { tag: 'selector', selector: selectorOf(node, text) };
    case 'ParenExpr':
      return convert(only(node, text), text);
    case 'UnaryExpr':
      return unaryOf(node, text);
    case 'FunctionCall':
      return callOf(node, text);
    case 'AggregateExpr':
      return aggregationOf(node, text);
    case 'BinaryExpr':
      return binaryOf(node, text);
    case 'MatrixSelector':
      throw text.error(node, 'the demo knows a range vector as the argument of a rate only');
    default:
      throw text.error(node, `the demo does not know ${node.name}`);
  }
}

function only(node: SyntaxNode, text: Source): SyntaxNode {
  const [child, ...more] = childrenOf(node);
  if (child === undefined || more.length > 0) throw text.error(node, 'unexpected input');
  return child;
}

function unaryOf(node: SyntaxNode, text: Source): Expression {
  const [sign, operand] = childrenOf(node);
  if (sign === undefined || operand === undefined) throw text.error(node, 'unexpected input');
  const converted = convert(operand, text);
  return text.of(sign) === '-' ? { tag: 'negation', operand: converted } : converted;
}

function callOf(node: SyntaxNode, text: Source): Expression {
  const name = text.of(childOf(node, 'FunctionIdentifier') ?? node);
  const args = argumentsOf(node);
  const [first, second] = args;
  if (name === 'histogram_quantile') {
    if (first === undefined || second === undefined || args.length !== 2) throw wrongCount(node, name, 2, args.length, text);
    return { tag: 'histogram-quantile', quantile: convert(first, text), operand: convert(second, text) };
  }
  const rate = RATES.find((candidate) => candidate === name);
  if (rate === undefined) throw text.error(node, `the demo does not know the function "${name}"`);
  if (first === undefined || args.length !== 1) throw wrongCount(node, name, 1, args.length, text);
  if (first.name !== 'MatrixSelector') throw text.error(first, `expected type range vector in call to function "${name}"`);
  const [series, duration] = childrenOf(first);
  if (series?.name !== 'VectorSelector' || duration === undefined) throw text.error(first, 'ranges only allowed for vector selectors');
  return { tag: 'rate', rate, selector: selectorOf(series, text), rangeMs: durationOf(duration, text) };
}

function argumentsOf(node: SyntaxNode): readonly SyntaxNode[] {
  const body = childOf(node, 'FunctionCallBody');
  return body === undefined ? [] : childrenOf(body);
}

function wrongCount(node: SyntaxNode, name: string, wanted: number, given: number, text: Source): BadExpression {
  return text.error(node, `expected ${wanted} argument(s) in call to "${name}", got ${given}`);
}

function aggregationOf(node: SyntaxNode, text: Source): Expression {
  const name = text.of(childOf(node, 'AggregateOp') ?? node).toLowerCase();
  const aggregation = AGGREGATIONS.find((candidate) => candidate === name);
  if (aggregation === undefined) throw text.error(node, `the demo does not know the aggregation "${name}"`);
  const args = argumentsOf(node);
  const wanted = aggregation === 'topk' ? 2 : 1;
  const operand = args.at(-1);
  const parameter = wanted === 2 ? args[0] : undefined;
  if (operand === undefined || args.length !== wanted) {
    throw text.error(node, `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`);
  }
  const grouping = groupingOf(childOf(node, 'AggregateModifier'), text);
  const common = { tag: 'aggregation', aggregation, grouping, operand: convert(operand, text) } as const;
  return parameter === undefined ? common : { ...common, parameter: convert(parameter, text) };
}

/** Without a modifier everything is one group. */
function groupingOf(modifier: SyntaxNode | undefined, text: Source): Grouping {
  if (modifier === undefined) return { mode: 'by', labels: [] };
  return { mode: childOf(modifier, 'Without') === undefined ? 'by' : 'without', labels: labelsOf(modifier, text) };
}

function labelsOf(modifier: SyntaxNode, text: Source): readonly string[] {
  const list = childOf(modifier, 'GroupingLabels');
  return (list === undefined ? [] : childrenOf(list)).map((label) => {
    if (label.name !== 'LabelName') throw text.error(label, 'the demo does not know quoted label names');
    return text.of(label);
  });
}

const OPERATORS: readonly Operator[] = [...ARITHMETIC, ...COMPARISONS, ...SET_OPERATORS];

function binaryOf(node: SyntaxNode, text: Source): Expression {
  const children = childrenOf(node);
  const [left, sign] = children;
  const right = children.at(-1);
  if (left === undefined || sign === undefined || right === undefined) throw text.error(node, 'unexpected input');
  const operator = OPERATORS.find((candidate) => candidate === text.of(sign).toLowerCase());
  if (operator === undefined) throw text.error(sign, `the demo does not know the operator "${text.of(sign)}"`);
  if (childOf(node, 'FillModifier') !== undefined) throw text.error(node, 'binop fill modifiers are experimental and not enabled');
  const bool = childOf(node, 'BoolModifier') !== undefined;
  if (bool && !isComparison(operator)) throw text.error(sign, 'bool modifier can only be used on comparison operators');
  const clause = childOf(node, 'MatchingModifierClause');
  if (clause !== undefined && (childOf(clause, 'GroupLeft') ?? childOf(clause, 'GroupRight')) !== undefined) {
    throw text.error(clause, 'the demo does not know group_left and group_right');
  }
  const matching: Grouping =
    clause === undefined
      ? { mode: 'without', labels: [] }
      : { mode: childOf(clause, 'On') === undefined ? 'without' : 'by', labels: labelsOf(clause, text) };
  return { tag: 'binary', operator, bool, matching, left: convert(left, text), right: convert(right, text) };
}

export function isComparison(operator: Operator): boolean {
  return COMPARISONS.some((candidate) => candidate === operator);
}

export function isSetOperator(operator: Operator): boolean {
  return SET_OPERATORS.some((candidate) => candidate === operator);
}

/** Checks what the grammar does not: which types an expression may be made of (Prometheus, promql/parser/parse.go, `checkAST`). */
function typeOf(expression: Expression): 'scalar' | 'vector' {
  switch (expression.tag) {
    case 'number':
      return 'scalar';
    case 'selector':
    case 'rate':
      return 'vector';
    case 'histogram-quantile':
      expect(expression.quantile, 'scalar', 'call to function "histogram_quantile"');
      return expect(expression.operand, 'vector', 'call to function "histogram_quantile"');
    case 'aggregation':
      if (expression.parameter !== undefined) expect(expression.parameter, 'scalar', 'aggregation parameter');
      return expect(expression.operand, 'vector', 'aggregation expression');
    case 'negation':
      return typeOf(expression.operand);
    case 'binary': {
      const types = [typeOf(expression.left), typeOf(expression.right)];
      const scalars = types.filter((type) => type === 'scalar').length;
      if (isSetOperator(expression.operator) && scalars > 0)
        throw new BadExpression(`parse error: set operator "${expression.operator}" not allowed in binary scalar expression`);
      if (scalars === 2 && isComparison(expression.operator) && !expression.bool)
        throw new BadExpression('parse error: comparisons between scalars must use BOOL modifier');
      return scalars === 2 ? 'scalar' : 'vector';
    }
  }
}

function expect(expression: Expression, wanted: 'scalar' | 'vector', where: string): 'scalar' | 'vector' {
  const type = typeOf(expression);
  if (type !== wanted) throw new BadExpression(`parse error: expected type ${words(wanted)} in ${where}, got ${words(type)}`);
  return type;
}

function words(type: 'scalar' | 'vector'): string {
  return type === 'scalar' ? 'scalar' : 'instant vector';
}

function selectorOf(node: SyntaxNode, text: Source): Selector {
  const identifier = childOf(node, 'Identifier');
  const list = childOf(node, 'LabelMatchers');
  const matchers = (list === undefined ? [] : childrenOf(list)).map((matcher) => matcherOf(matcher, text));
  if (identifier === undefined && matchers.every(({ matches }) => matches(''))) {
    throw text.error(node, 'vector selector must contain at least one non-empty matcher');
  }
  return { name: identifier === undefined ? undefined : text.of(identifier), matchers };
}

const MATCH_OPERATORS = ['=', '!=', '=~', '!~'] as const;

function matcherOf(node: SyntaxNode, text: Source): Matcher {
  const label = childOf(node, 'LabelName');
  const sign = childOf(node, 'MatchOp');
  const value = childOf(node, 'StringLiteral');
  const operator = MATCH_OPERATORS.find((candidate) => sign !== undefined && candidate === text.of(sign));
  if (label === undefined || value === undefined || operator === undefined)
    throw text.error(node, 'the demo does not know quoted label names');
  return makeMatcher(text.of(label), operator, stringOf(value, text));
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** The text of a string literal, with Go's escapes. One that never closes has swallowed the rest of the query, and was found out before. */
function stringOf(node: SyntaxNode, text: Source): string {
  const literal = text.of(node);
  const quote = literal.charAt(0);
  const inside = literal.slice(1, -1);
  if (quote === '`') return inside;
  return inside.replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[\s\S])/g, (_, escaped: string) => {
    if (escaped.length > 1) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    const character = ESCAPES[escaped];
    if (character === undefined) throw text.error(node, 'unknown escape sequence');
    return character;
  });
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

/** A duration with units (`1m30s`), or a number of seconds. */
function durationOf(node: SyntaxNode, text: Source): number {
  const ms = numberOf(text.of(node)) * 1000;
  if (!(ms > 0) || !Number.isFinite(ms)) throw text.error(node, 'duration must be greater than 0');
  return ms;
}

/** A number, where a duration is a number of seconds. */
function numberOf(literal: string): number {
  const sign = literal.startsWith('-') ? -1 : 1;
  const plain = literal.replace(/^[-+]/, '').replaceAll('_', '');
  if (/^inf$/i.test(plain)) return sign * Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(plain)) return Number.NaN;
  if (/^(?:\d+(?:ms|[smhdwy]))+$/.test(plain)) {
    const parts = [...plain.matchAll(/(\d+)(ms|[smhdwy])/g)];
    return (sign * parts.reduce((sum, [, digits, unit = '']) => sum + Number(digits) * (UNITS_MS[unit] ?? 0), 0)) / 1000;
  }
  const number = Number(plain);
  if (plain === '' || Number.isNaN(number)) throw new BadExpression('parse error: the demo does not know this number');
  return sign * number;
}
