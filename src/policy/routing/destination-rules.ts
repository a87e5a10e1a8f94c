import type { DestinationRule, DestinationRuleIndex, Subset } from '../analyze/destination-rules.ts';
import { bears } from '../analyze/workloads.ts';
import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { selectionOf } from '../objects/selection.ts';
import { byAge } from './virtual-services.ts';

/** The rules of one namespace for one host, put together as Istio does. */
export interface MergedRule {
  /** The first of them, after which the rest only adds. */
  readonly object: KubeObject;
  readonly selector: ReadonlyMap<string, string> | undefined;
  readonly exportTo: ReadonlySet<string>;
  readonly subsets: readonly Subset[];
  readonly trafficPolicy: Field | undefined;
  /** The object that the policy is from. */
  readonly policyObject: KubeObject;
}

/** The client that looks for a rule. */
export interface Client {
  readonly namespace: string;
  readonly labels: ReadonlyMap<string, string>;
}

/**
 * The rule that a client follows for a Service: of the client's namespace (for clients in the root namespace only those private to it), else of the
 * Service's, else of the root namespace. Inside of a namespace the most specific host wins, and a rule for some workloads before one for all (istio,
 * pilot/pkg/model: `PushContext.destinationRule`, `SidecarScope.DestinationRule`).
 */
export function findRule(
  rules: DestinationRuleIndex,
  host: string,
  serviceNamespace: string | undefined,
  client: Client,
  rootNamespace: string,
): MergedRule | undefined {
  const all = rules.for(host).filter(({ visibility }) => !visibility.namespaces.has('~'));
  const pool = (namespace: string, takes: (rule: DestinationRule) => boolean) =>
    mergeMostSpecific(all.filter((rule) => rule.object.namespace === namespace && takes(rule)));
  const local = pool(client.namespace, client.namespace === rootNamespace ? isPrivate : seesItself);
  if (local.length > 0) return pick(local, client);
  for (const namespace of [serviceNamespace, rootNamespace]) {
    if (namespace === undefined) continue;
    // The most specific host is looked for first, and only then whether its rules are meant for this client.
    const exported = pool(namespace, (rule) => !isPrivate(rule)).filter(({ exportTo }) => reaches(exportTo, client.namespace));
    if (exported.length > 0) return pick(exported, client);
  }
  return undefined;
}

/** A rule for some workloads is never exported. */
function exportsOf({ object, selective }: DestinationRule): ReadonlySet<string> {
  return new Set(selective ? ['.'] : object.spec.at('exportTo').texts);
}

function seesItself(rule: DestinationRule): boolean {
  const exports = exportsOf(rule);
  return exports.size === 0 || exports.has('*') || exports.has('.') || exports.has(rule.object.namespace);
}

function isPrivate(rule: DestinationRule): boolean {
  const exports = exportsOf(rule);
  return exports.size === 1 && (exports.has('.') || exports.has(rule.object.namespace));
}

function reaches(exports: ReadonlySet<string>, namespace: string): boolean {
  return exports.size === 0 || exports.has('*') || exports.has(namespace);
}

/** The first is of the most specific host, as the index gives them. */
function mergeMostSpecific(rules: readonly DestinationRule[]): readonly MergedRule[] {
  const host = rules[0]?.qualified;
  const same = rules.filter(({ qualified }) => qualified === host);
  const sorted = [...same].sort((a, b) => Number(b.selective) - Number(a.selective) || byAge(a.object, b.object));
  return sorted.reduce<readonly MergedRule[]>(mergeOne, []);
}

/**
 * Adds a rule to those before it: what it says of subsets that they lack, and its policy where they have none. It also stands for itself where it is for other
 * clients than they are (istio, pilot/pkg/model: `mergeDestinationRule`).
 */
function mergeOne(before: readonly MergedRule[], rule: DestinationRule): readonly MergedRule[] {
  const policy = rule.object.spec.at('trafficPolicy');
  const own: MergedRule = {
    object: rule.object,
    selector: rule.selective ? (selectionOf(rule.object)?.labels ?? new Map()) : undefined,
    exportTo: exportsOf(rule),
    subsets: rule.subsets,
    trafficPolicy: policy.exists ? policy : undefined,
    policyObject: rule.object,
  };
  let separate = true;
  const merged = before.map((other) => {
    const equal = sameSet(own.exportTo, other.exportTo);
    if (!equal && !(other.exportTo.size > 0 && [...other.exportTo].every((each) => own.exportTo.has(each)))) {
      separate = true;
      return other;
    }
    if (own.selector !== undefined && other.selector !== undefined && !sameLabels(own.selector, other.selector)) {
      separate = true;
      return other;
    }
    separate = !equal && (own.selector === undefined) !== (other.selector === undefined);
    const known = new Set(other.subsets.map(({ name }) => name));
    return {
      ...other,
      subsets: [...other.subsets, ...own.subsets.filter(({ name }) => !known.has(name))],
      trafficPolicy: other.trafficPolicy ?? own.trafficPolicy,
      policyObject: other.trafficPolicy === undefined ? own.policyObject : other.policyObject,
    };
  });
  return separate ? [...merged, own] : merged;
}

function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((each) => b.has(each));
}

function sameLabels(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && bears(a, b);
}

function pick(rules: readonly MergedRule[], client: Client): MergedRule | undefined {
  let general: MergedRule | undefined;
  for (const rule of rules) {
    if (rule.selector === undefined) general = rule;
    else if (rule.object.namespace === client.namespace && bears(client.labels, rule.selector)) return rule;
  }
  return general;
}
