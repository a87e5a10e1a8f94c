import type { Field } from './field.ts';

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

/** A demand on one label. */
export interface Expression {
  readonly label: string;
  readonly operator: (typeof OPERATORS)[number];
  readonly values: readonly string[];
}

/** A Kubernetes LabelSelector: all of its demands must hold; empty selects everything. */
export interface LabelSelector {
  readonly labels: readonly (readonly [label: string, value: string])[];
  readonly expressions: readonly Expression[];
  /** It has a demand that cannot be read, and that therefore nothing meets. */
  readonly malformed: boolean;
}

/** Reads a LabelSelector; an absent one is empty. */
export function readLabelSelector(field: Field): LabelSelector {
  const texts = field.at('matchLabels');
  const labels = [...texts.labels];
  const list = field.at('matchExpressions');
  let malformed = (field.exists && !field.isObject) || (texts.exists && (!texts.isObject || texts.size > labels.length));
  malformed ||= list.exists && !Array.isArray(list.value);
  const expressions = list.items.flatMap((item): Expression[] => {
    const label = item.at('key').text;
    const operator = OPERATORS.find((known) => known === item.at('operator').value);
    const given = item.at('values');
    // A value may be the empty text.
    const values = given.items.flatMap(({ value }) => (typeof value === 'string' ? [value] : []));
    // Values belong to the two operators that compare, and Linkerd lets nothing meet an expression that has them elsewhere.
    const compares = operator === 'In' || operator === 'NotIn';
    const readable = compares === given.exists && (!given.exists || (Array.isArray(given.value) && values.length === given.size));
    if (label !== undefined && operator !== undefined && readable) return [{ label, operator, values }];
    malformed = true;
    return [];
  });
  return { labels, expressions, malformed };
}

/**
 * Whether labels meet a selector. `NotIn` holds where the label is absent (linkerd2, policy-controller/k8s/api/src/labels.rs: `Expression::matches`;
 * kubernetes, apimachinery/pkg/labels: `Requirement.Matches`).
 */
export function meets(labels: Readonly<Record<string, string>>, selector: LabelSelector): boolean {
  return selects(selector, (label) => (Object.hasOwn(labels, label) ? labels[label] : undefined));
}

/** The same of labels that `labelOf` finds. */
export function selects({ labels, expressions, malformed }: LabelSelector, labelOf: (label: string) => string | undefined): boolean {
  if (malformed) return false;
  return (
    labels.every(([label, value]) => labelOf(label) === value) &&
    expressions.every((expression) => holds(labelOf(expression.label), expression))
  );
}

function holds(value: string | undefined, { operator, values }: Expression): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}
