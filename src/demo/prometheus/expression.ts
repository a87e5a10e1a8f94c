import { Re2 } from '../../lib/re2.ts';

/** A test of one label; an absent label counts as empty. */
export interface Matcher {
  readonly label: string;
  readonly matches: (value: string) => boolean;
}

/** Series by their metric and labels. `name` is undefined where it is matched like any label. */
export interface Selector {
  readonly name: string | undefined;
  readonly matchers: readonly Matcher[];
}

export const AGGREGATIONS = ['sum', 'count', 'min', 'max', 'avg', 'topk'] as const;
export type Aggregation = (typeof AGGREGATIONS)[number];

export const RATES = ['rate', 'irate', 'increase'] as const;
export type Rate = (typeof RATES)[number];

export const ARITHMETIC = ['+', '-', '*', '/'] as const;
export const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='] as const;
export const SET_OPERATORS = ['and', 'or', 'unless'] as const;
export type Operator = (typeof ARITHMETIC)[number] | (typeof COMPARISONS)[number] | (typeof SET_OPERATORS)[number];

/** Labels that are kept, or that are not. */
export interface Grouping {
  readonly mode: 'by' | 'without';
  readonly labels: readonly string[];
}

/** The part of PromQL that the demo knows. */
export type Expression =
  | { readonly tag: 'number'; readonly value: number }
  | { readonly tag: 'selector'; readonly selector: Selector }
  | { readonly tag: 'rate'; readonly rate: Rate; readonly selector: Selector; readonly rangeMs: number }
  | { readonly tag: 'histogram-quantile'; readonly quantile: Expression; readonly operand: Expression }
  | {
      readonly tag: 'aggregation';
      readonly aggregation: Aggregation;
      readonly grouping: Grouping;
      /** The `k` of `topk`. */
      readonly parameter?: Expression;
      readonly operand: Expression;
    }
  | {
      readonly tag: 'binary';
      readonly operator: Operator;
      /** A comparison gives 0 or 1 rather than drop what it does not hold for. */
      readonly bool: boolean;
      /** `by`: the labels after `on`; `without`: those after `ignoring`. */
      readonly matching: Grouping;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly tag: 'negation'; readonly operand: Expression };

/** An expression that is wrong, or beyond what the demo knows. The message is in the style of Prometheus' parser. */
export class BadExpression extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BadExpression';
  }
}

/** A matcher as it is written. Regular expressions are RE2's and match whole values. */
export function makeMatcher(label: string, operator: '=' | '!=' | '=~' | '!~', text: string): Matcher {
  switch (operator) {
    case '=':
      return { label, matches: (value) => value === text };
    case '!=':
      return { label, matches: (value) => value !== text };
    case '=~':
    case '!~': {
      const expression = Re2.compile(text);
      if (expression === undefined) throw new BadExpression('parse error: error parsing regexp: invalid regular expression');
      const wanted = operator === '=~';
      // Few values, many series.
      const known = new Map<string, boolean>();
      const test = (value: string): boolean => {
        const before = known.get(value);
        if (before !== undefined) return before;
        const matches = expression.matches(value) === true;
        known.set(value, matches);
        return matches;
      };
      return { label, matches: (value) => test(value) === wanted };
    }
  }
}
