import { allOf, anyOf, not, type Truth } from '../access/truth.ts';
import type { Facts } from './facts.ts';

/** One value of a list in a policy. */
export type ValueTest = (facts: Facts) => Truth;

/** A list of values: one of them must hold or, where it is `negated`, none may. */
export interface Condition {
  /** Of the list. Paths are put together once, since every answer explains itself by them. */
  readonly path: string;
  readonly negated: boolean;
  readonly tests: readonly ValueTest[];
  /** What it is about and what the call has there: `the method is "GET"`. */
  readonly says: (facts: Facts) => string;
}

/** Conditions that hold together; without any it always holds. */
export type Alternative = readonly Condition[];

/** A rule's `from`, its `to`, or one condition of its `when`: one of the alternatives must hold, and without any it never does. */
export type Clause = readonly Alternative[];

/** All clauses must hold; without any it always holds. */
export interface Rule {
  readonly path: string;
  readonly clauses: readonly Clause[];
}

function matchCondition({ tests, negated }: Condition, facts: Facts): Truth {
  const found = anyOf(tests, (test) => test(facts));
  return negated ? not(found) : found;
}

export function matchRule({ clauses }: Rule, facts: Facts): Truth {
  return allOf(clauses, (clause) => anyOf(clause, (conditions) => allOf(conditions, (condition) => matchCondition(condition, facts))));
}

/** Why a rule does not match: a condition that fails, with what the call has there. */
export function explainMiss({ path, clauses }: Rule, facts: Facts): { readonly path: string; readonly says: string } {
  for (const clause of clauses) {
    const misses = clause.map((conditions) => conditions.find((condition) => matchCondition(condition, facts).tag === 'no'));
    if (clause.length === 0) return { path, says: 'nothing is left of it that could match' };
    const [miss] = misses;
    if (miss === undefined || misses.includes(undefined)) continue;
    const others = misses.length === 1 ? '' : ', and the alternatives fail too';
    return {
      path: miss.path,
      says: `${miss.says(facts)}${miss.negated ? ', which it excludes' : '; it asks for something else'}${others}`,
    };
  }
  return { path, says: 'its conditions do not hold together' };
}
