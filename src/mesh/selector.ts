import type { Field } from '../policy/analyze/field.ts';
import type { Labels } from './membership.ts';

/** A set of `label=value` requirements, all of which must hold; empty selects nothing (that is a Service's rule, not a policy's). */
export type Selector = readonly (readonly [label: string, value: string])[];

/**
 * Prepares objects of one namespace to be found by selector: one index from `label=value` to the objects that bear it, so that a selector costs the
 * objects under its rarest requirement and not all of them. Order is kept.
 */
export function indexByLabels<Item>(items: readonly Item[], labelsOf: (item: Item) => Labels): (selector: Selector) => readonly Item[] {
  const index = new Map<string, Item[]>();
  for (const item of items) {
    for (const [label, value] of Object.entries(labelsOf(item))) {
      // Neither a label's name nor its value can contain `=`.
      const key = `${label}=${value}`;
      const found = index.get(key);
      if (found === undefined) index.set(key, [item]);
      else found.push(item);
    }
  }
  return (selector) => {
    let rarest: readonly Item[] | undefined;
    for (const [label, value] of selector) {
      const found = index.get(`${label}=${value}`) ?? [];
      if (rarest === undefined || found.length < rarest.length) rarest = found;
    }
    if (rarest === undefined || selector.length === 1) return rarest ?? [];
    return rarest.filter((item) => {
      const labels = labelsOf(item);
      return selector.every(([label, value]) => labels[label] === value);
    });
  };
}

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

/** A demand on one label. */
export interface Expression {
  readonly label: string;
  readonly operator: (typeof OPERATORS)[number];
  readonly values: readonly string[];
}

/** A Kubernetes LabelSelector: all of its demands must hold; empty selects everything. */
export interface LabelSelector {
  readonly labels: Selector;
  readonly expressions: readonly Expression[];
  /** It has a demand that cannot be read, and that therefore nothing meets. */
  readonly malformed: boolean;
}

/** Reads a LabelSelector; an absent one is empty. */
export function readLabelSelector(field: Field): LabelSelector {
  const texts = field.at('matchLabels');
  const labels = [...texts.labels];
  let malformed = (field.exists && !field.isObject) || (texts.exists && (!texts.isObject || texts.size > labels.length));
  const expressions = field.at('matchExpressions').items.flatMap((item): Expression[] => {
    const label = item.at('key').text;
    const operator = OPERATORS.find((known) => known === item.at('operator').value);
    // A value may be the empty text.
    const values = item.at('values').items.flatMap(({ value }) => (typeof value === 'string' ? [value] : []));
    // Values belong to the two operators that compare, and Linkerd lets nothing meet an expression that has them elsewhere.
    const compares = operator === 'In' || operator === 'NotIn';
    if (label !== undefined && operator !== undefined && compares === item.at('values').exists) return [{ label, operator, values }];
    malformed = true;
    return [];
  });
  return { labels, expressions, malformed };
}

/**
 * Whether labels meet a selector. `NotIn` holds where the label is absent (linkerd2, policy-controller/k8s/api/src/labels.rs: `Expression::matches`;
 * kubernetes, apimachinery/pkg/labels: `Requirement.Matches`).
 */
export function meets(labels: Labels, selector: LabelSelector): boolean {
  if (selector.malformed) return false;
  const bears = (label: string, value: string) => Object.hasOwn(labels, label) && labels[label] === value;
  return (
    selector.labels.every(([label, value]) => bears(label, value)) && selector.expressions.every((expression) => holds(labels, expression))
  );
}

function holds(labels: Labels, { label, operator, values }: Expression): boolean {
  const value = Object.hasOwn(labels, label) ? labels[label] : undefined;
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
