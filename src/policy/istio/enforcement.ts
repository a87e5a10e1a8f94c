import type { AccessStep } from '../access/model.ts';
import { about } from '../access/steps.ts';
import { anyOf, type Truth } from '../access/truth.ts';
import { quote } from '../objects/field.ts';
import { explainMiss, matchRule, type Rule } from './condition.ts';
import type { Facts } from './facts.ts';
import type { Policy, PolicySet } from './policies.ts';
import { nameAll } from './steps.ts';

/** What one proxy makes of a call. */
export interface Outcome {
  readonly verdict: 'allowed' | 'denied' | 'unknown';
  readonly decidedBy: AccessStep;
  readonly steps: readonly AccessStep[];
  /** What an `unknown` depends on. */
  readonly on: readonly string[];
  readonly remarks: readonly string[];
  readonly assumed: readonly string[];
  readonly refusal?: number | 'reset';
}

/** How many rules of a policy an answer explains. */
const MOST_RULES = 3;

/** Collects what is said on the way. */
class Course {
  readonly #silent: boolean;
  readonly steps: AccessStep[] = [];
  readonly on: string[] = [];
  readonly remarks: string[] = [];
  readonly assumed: string[] = [];
  #open: AccessStep | undefined;

  constructor(silent: boolean) {
    this.#silent = silent;
  }

  /** Whether a policy matches, and the step that says so. */
  look(policy: Policy, action: string, facts: Facts): Look {
    return this.#silent ? { matched: matchPolicy(policy, facts), step: UNSAID } : look(policy, action, facts);
  }

  say(step: AccessStep): AccessStep {
    this.steps.push(step);
    return step;
  }

  doubt(step: AccessStep, on: readonly string[]): void {
    if (!this.steps.includes(step)) this.say(step);
    this.#open ??= step;
    this.on.push(...on);
  }

  denied(decidedBy: AccessStep, refusal: number | 'reset'): Outcome {
    return { ...this.#rest([]), verdict: 'denied', decidedBy, refusal };
  }

  /** Allowed by a step, unless something before it is open. */
  allowed(decidedBy: AccessStep): Outcome {
    if (this.#open === undefined) return { ...this.#rest([]), verdict: 'allowed', decidedBy };
    return { ...this.#rest([...new Set(this.on)]), verdict: 'unknown', decidedBy: this.#open };
  }

  #rest(on: readonly string[]) {
    return { steps: this.steps, remarks: this.remarks, assumed: this.assumed, on };
  }
}

export interface Enforcement {
  readonly facts: Facts;
  /** What CUSTOM policies see, which come before tokens are checked (istio, pilot/pkg/networking/core/listener_builder.go: `buildHTTPConnectionManager`). */
  readonly customFacts: Facts;
  /** What is said between CUSTOM and the others. */
  readonly between: readonly AccessStep[];
  readonly refusal: number | 'reset';
  /** Policies that may be for the proxy and are not here, where there are any. */
  readonly missing?: string;
  /** Only the verdict is wanted: what is said is not put together. */
  readonly silent?: boolean;
}

/**
 * CUSTOM, then DENY, then ALLOW (istio, api: security/v1/authorization_policy.proto; pilot/pkg/security/authz/builder/builder.go; ztunnel, src/state.rs:
 * `assert_rbac`). What one definitely denies no doubt before it can save.
 */
export function enforce(set: PolicySet, { facts, customFacts, between, refusal, missing, silent = false }: Enforcement): Outcome {
  const course = new Course(silent);
  for (const step of silent ? [] : set.passed) course.say(step);
  const custom = askAuthorizers(set.custom, customFacts, course);
  if (custom !== undefined) return course.denied(custom, refusal);
  for (const step of between) course.say(step);
  for (const policy of set.audit) remarkAudit(policy, facts, course);
  for (const policy of set.deny) {
    const { matched, step } = course.look(policy, 'DENY', facts);
    if (policy.dryRun) remarkDryRun(policy, 'DENY', matched, course);
    else if (matched.tag === 'yes') return course.denied(course.say(step), refusal);
    else if (matched.tag === 'unknown') course.doubt(step, matched.on);
    else course.say(step);
  }
  if (missing === undefined) return askAllows(set.allow, facts, refusal, course);
  const step = { says: `Not all that may hold here is known: ${missing}.` };
  course.doubt(step, [missing]);
  return course.allowed(step);
}

function askAllows(policies: readonly Policy[], facts: Facts, refusal: number | 'reset', course: Course): Outcome {
  const misses: AccessStep[] = [];
  let doubt: { readonly step: AccessStep; readonly on: readonly string[] } | undefined;
  for (const policy of policies) {
    const { matched, step } = course.look(policy, 'ALLOW', facts);
    if (policy.dryRun) {
      remarkDryRun(policy, 'ALLOW', matched, course);
      continue;
    }
    if (matched.tag === 'yes') return course.allowed(course.say(step));
    if (matched.tag === 'unknown') doubt = doubt === undefined ? { step, on: matched.on } : { ...doubt, on: [...doubt.on, ...matched.on] };
    misses.push(step);
  }
  const enforced = policies.filter(({ dryRun }) => !dryRun).map(({ object }) => object);
  const [first] = enforced;
  if (first === undefined) return course.allowed(course.say({ says: 'No ALLOW policy applies, so whatever is not denied is allowed.' }));
  for (const step of misses) course.say(step);
  if (doubt !== undefined) {
    course.doubt(doubt.step, doubt.on);
    return course.allowed(doubt.step);
  }
  const which =
    enforced.length === 1
      ? `The ALLOW policy ${nameAll(enforced)} does not match`
      : `None of the ALLOW policies matches (${nameAll(enforced)})`;
  return course.denied(course.say({ object: first.reference, field: 'spec.rules', says: `${which}, so the call is denied.` }), refusal);
}

/**
 * A match of CUSTOM asks someone outside. More than one authorizer for a proxy, or none by name, is a mistake that Istio answers by denying what matches
 * (istio, pilot/pkg/security/authz/builder/builder.go: `getBadCustomDenyRules`).
 */
function askAuthorizers(policies: readonly Policy[], facts: Facts, course: Course): AccessStep | undefined {
  const providers = new Set(policies.map(({ provider }) => provider));
  const bad = providers.size > 1 || providers.has('');
  if (providers.size > 1)
    course.assumed.push(
      'PILOT_ENABLE_MULTIPLE_CUSTOM_AUTHZ_PROVIDERS is off, as it is by default, so that several authorizers for one workload are a mistake.',
    );
  for (const policy of policies) {
    const { object, name, provider, dryRun } = policy;
    const { matched, step } = course.look(policy, 'CUSTOM', facts);
    if (matched.tag === 'no') {
      course.say(step);
      continue;
    }
    const on = matched.tag === 'unknown' ? matched.on : [];
    if (dryRun) {
      if (bad) continue;
      // Some versions ignore it, others put its rules where Envoy enforces them (builder.go: `providerShadowRules`).
      course.doubt(step, [...on, `what this version of Istio makes of a dry run of CUSTOM (${name})`]);
    } else if (!bad) course.doubt(step, [...on, `the decision of the authorizer ${quote(provider)}, which ${name} asks`]);
    else if (matched.tag === 'unknown') course.doubt(step, on);
    else {
      const why = provider === '' && providers.size === 1 ? 'It names no authorizer' : 'Several authorizers are named for these pods';
      return course.say(about(object, `${name} matches. ${why}, so Istio denies what matches.`, 'spec.provider'));
    }
  }
  return undefined;
}

interface Look {
  readonly matched: Truth;
  readonly step: AccessStep;
}

const UNSAID: AccessStep = { says: '' };

function matchPolicy({ rules }: Policy, facts: Facts): Truth {
  return anyOf(rules, (rule) => matchRule(rule, facts));
}

function look(policy: Policy, action: string, facts: Facts): Look {
  const { object, name, rules } = policy;
  let matching: Rule | undefined;
  let open: Rule | undefined;
  const matched = anyOf(rules, (rule) => {
    const value = matchRule(rule, facts);
    if (value.tag === 'yes') matching = rule;
    if (value.tag === 'unknown') open ??= rule;
    return value;
  });
  const what = `${action} ${name}`;
  if (matching !== undefined) return { matched, step: about(object, `${what} matches${sayLost(policy, matching)}.`, matching.path) };
  if (open !== undefined) {
    const on = matched.tag === 'unknown' ? matched.on.join(' and ') : '';
    return { matched, step: about(object, `${what} may match: that depends on ${on}.`, open.path) };
  }
  return { matched, step: explain(policy, what, facts) };
}

function sayLost({ lost }: Policy, rule: Rule): string {
  const own = lost.find(({ path }) => path.startsWith(`${rule.path}.`));
  return own === undefined ? '' : `, without ${own.path}: ${own.says}`;
}

function explain({ object, rules, dropped }: Policy, what: string, facts: Facts): AccessStep {
  const [loss] = dropped;
  const [first] = rules;
  if (first === undefined) {
    if (loss === undefined) return about(object, `${what} has no rules, so it never matches.`, 'spec.rules');
    return about(object, `${what} does not match: its rules drop out, since of ${loss.path} ${loss.says}.`, loss.path);
  }
  const misses = rules.slice(0, MOST_RULES).map((rule) => explainMiss(rule, facts));
  const reasons = misses.map(({ path, says }) => `${path}: ${says}`);
  const rest = rules.length > MOST_RULES ? `; and ${rules.length - MOST_RULES} more rules` : '';
  const out = loss === undefined ? '' : `; of ${loss.path} ${loss.says}, so its rule drops out`;
  return about(object, `${what} does not match (${reasons.join('; ')}${rest}${out}).`, misses[0]?.path ?? first.path);
}

function remarkAudit(policy: Policy, facts: Facts, course: Course): void {
  const { matched, step } = course.look(policy, 'AUDIT', facts);
  if (policy.dryRun) {
    remarkDryRun(policy, 'AUDIT', matched, course);
    return;
  }
  course.say(step);
  if (matched.tag !== 'no')
    course.remarks.push(`${policy.name} ${matched.tag === 'yes' ? 'marks' : 'may mark'} the call to be logged (AUDIT).`);
}

function remarkDryRun({ name }: Policy, action: string, { tag }: Truth, course: Course): void {
  const would = tag === 'yes' ? 'would match' : tag === 'no' ? 'would not match' : 'may match';
  course.remarks.push(`${name} is a dry run (annotation istio.io/dry-run): its ${action} ${would}, which is only logged.`);
}
