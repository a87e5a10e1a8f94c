import type { Field } from '../objects/field.ts';
import { type Attribute, conditionAttribute, OPERATION_ATTRIBUTES, type Surroundings, sourceAttributes } from './attributes.ts';
import type { Alternative, Clause, Condition, Rule, ValueTest } from './condition.ts';
import { textsOf } from './lists.ts';

/** What an action makes of a part that cannot be had: ALLOW drops the rule, the others drop the part, so that both err on the side of denying. */
export type OnLoss = 'drop the rule' | 'drop the part';

export type ReadRule =
  | { readonly tag: 'rule'; readonly rule: Rule; readonly lost: readonly Loss[] }
  | { readonly tag: 'dropped'; readonly loss: Loss };

/** A part of a rule that is not enforced, and why. */
export interface Loss {
  readonly path: string;
  readonly says: string;
}

/** In which words a rule is read. */
export interface RuleReading extends Surroundings {
  /** The filter chain is one of TCP: what only HTTP has cannot be had. */
  readonly tcp: boolean;
  readonly onLoss: OnLoss;
}

/**
 * A rule as istiod makes it for a sidecar, a gateway or a waypoint (istio, pilot/pkg/security/authz/model/model.go: `New`, `Generate`, `checkError`): a condition of
 * `when` joins every `from` and `to`, which is the same as standing beside them.
 */
export function readEnvoyRule(rule: Field, reading: RuleReading): ReadRule {
  const losses: Loss[] = [];
  const clauses: Clause[] = [];
  for (const when of rule.at('when').items) {
    const key = when.at('key').text ?? '';
    const attribute = conditionAttribute(key, reading);
    if (attribute === undefined) return { tag: 'dropped', loss: { path: when.at('key').path, says: 'Istio knows no such attribute' } };
    const conditions = readLists(attribute, when.at('values'), when.at('notValues'), reading, losses);
    if (conditions.length > 0) clauses.push([conditions]);
  }
  const alternatives = (list: string, item: string, attributes: ReadonlyMap<string, Attribute>) => {
    const read = rule.at(list).items.map((each): Alternative => readItem(each.at(item), attributes, reading, losses));
    if (read.length > 0) clauses.push(read);
  };
  alternatives('from', 'source', sourceAttributes(reading));
  alternatives('to', 'operation', OPERATION_ATTRIBUTES);
  const [loss] = losses;
  if (loss !== undefined && reading.onLoss === 'drop the rule') return { tag: 'dropped', loss };
  return { tag: 'rule', rule: { path: rule.path, clauses }, lost: losses };
}

function readItem(item: Field, attributes: ReadonlyMap<string, Attribute>, reading: RuleReading, losses: Loss[]): Alternative {
  return [...attributes].flatMap(([name, attribute]) => readLists(attribute, item.at(name), item.at(negationOf(name)), reading, losses));
}

/** `principals` is negated by `notPrincipals`. */
export function negationOf(name: string): string {
  return `not${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

function readLists(attribute: Attribute, values: Field, notValues: Field, reading: RuleReading, losses: Loss[]): readonly Condition[] {
  return [readList(attribute, values, false, reading, losses), readList(attribute, notValues, true, reading, losses)].flatMap(
    (condition) => condition ?? [],
  );
}

function readList(attribute: Attribute, field: Field, negated: boolean, { tcp }: RuleReading, losses: Loss[]): Condition | undefined {
  const texts = textsOf(field);
  if (texts.length === 0) return undefined;
  if (tcp && attribute.http) {
    losses.push({ path: field.path, says: 'only HTTP has it' });
    return undefined;
  }
  const tests: ValueTest[] = [];
  for (const value of attribute.expand?.(texts) ?? texts) {
    const test = attribute.test(value);
    if (test !== undefined) tests.push(test);
    else losses.push({ path: field.path, says: 'Istio cannot read it' });
  }
  return tests.length === 0 ? undefined : { path: field.path, negated, tests, says: attribute.says };
}
