import type { AccessStep } from '../access/model.ts';
import { named } from '../access/steps.ts';
import { unknown } from '../access/truth.ts';
import { compareAge } from '../objects/age.ts';
import { type Field, quote } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { attach, type MeshProxy } from './attachment.ts';
import type { Rule } from './condition.ts';
import { type Loss, type OnLoss, type ReadRule, readEnvoyRule } from './envoy-rules.ts';
import { isWellFormed, parseBool } from './lists.ts';
import { aboutField } from './steps.ts';
import { trustDomainsOf } from './trust-domains.ts';
import type { IstioSettings } from './world.ts';
import { readZtunnelRule } from './ztunnel-rules.ts';

/** What reads a policy's rules: Envoy for HTTP or for TCP, or ztunnel. */
export type Reader = 'http' | 'tcp' | 'ztunnel';

/** An AuthorizationPolicy that is for a proxy, its rules in the words of that proxy. */
export interface Policy {
  readonly object: KubeObject;
  /** The object in a sentence. */
  readonly name: string;
  readonly rules: readonly Rule[];
  /** Rules that the proxy has not got. */
  readonly dropped: readonly Loss[];
  /** Parts that its rules are without. */
  readonly lost: readonly Loss[];
  /** For CUSTOM: who decides; empty where nobody is named. */
  readonly provider: string;
  readonly dryRun: boolean;
}

/** The policies of one proxy, by action, each in an order that does not depend on that of the objects. */
export interface PolicySet {
  readonly custom: readonly Policy[];
  readonly audit: readonly Policy[];
  readonly deny: readonly Policy[];
  readonly allow: readonly Policy[];
  /** The policies that were passed over, and why. */
  readonly passed: readonly AccessStep[];
}

const ACTIONS = ['custom', 'audit', 'deny', 'allow'] as const;

/** How many policies that are for something else an answer lists. */
const MOST_PASSED = 20;

/** The policies of a proxy: those of the root namespace first, then by age (istio, pilot/pkg/model/authorization.go: `ListAuthorizationPolicies`). */
export function readPolicies(objects: readonly KubeObject[], proxy: MeshProxy, reader: Reader, settings: IstioSettings): PolicySet {
  const { rootNamespace } = settings;
  const found: Record<(typeof ACTIONS)[number], Policy[]> = { custom: [], audit: [], deny: [], allow: [] };
  const passed: AccessStep[] = [];
  const sorted = policiesOf(objects, 'AuthorizationPolicy', rootNamespace);
  let more = 0;
  const pass = (object: KubeObject, field: Field, says: string) => {
    if (passed.length < MOST_PASSED) passed.push(aboutField(object, field, `${named(object)} is passed over: ${says}.`));
    else more++;
  };
  for (const object of sorted) {
    const attachment = attach(object, proxy, rootNamespace);
    if (attachment.tag === 'passed') {
      pass(object, attachment.field, attachment.says);
      continue;
    }
    const field = object.spec.at('action');
    const given = field.value ?? 'ALLOW';
    const action = ACTIONS.find((known) => known.toUpperCase() === given);
    if (action === undefined) pass(object, field, 'its action is none that Istio knows');
    else if (reader === 'ztunnel' && (action === 'custom' || action === 'audit'))
      pass(object, field, `ztunnel knows no ${quote(given === 'CUSTOM' ? 'CUSTOM' : 'AUDIT')}`);
    else found[action].push(readPolicy(object, action === 'allow' ? 'drop the rule' : 'drop the part', reader, settings));
  }
  if (more > 0) passed.push({ says: `${more} more policies are for something else.` });
  return { ...found, passed };
}

/** Those of a kind of Istio's security API, in the order in which Istio looks at them. */
export function policiesOf(objects: readonly KubeObject[], kind: string, rootNamespace: string): readonly KubeObject[] {
  const rank = ({ namespace }: KubeObject) => (namespace === rootNamespace ? 0 : 1);
  return objects
    .filter((object) => object.kind === kind && object.group === 'security.istio.io')
    .sort((a, b) => rank(a) - rank(b) || compareAge(a, b));
}

function readPolicy(object: KubeObject, onLoss: OnLoss, reader: Reader, settings: IstioSettings): Policy {
  const read = rulesOf(object).map((rule) => readRule(object, rule, onLoss, reader, settings));
  return {
    object,
    name: named(object),
    rules: read.flatMap((each) => (each.tag === 'rule' ? [each.rule] : [])),
    dropped: read.flatMap((each) => (each.tag === 'dropped' ? [each.loss] : [])),
    lost: read.flatMap((each) => (each.tag === 'rule' ? each.lost : [])),
    provider: object.spec.at('provider', 'name').text ?? '',
    dryRun: parseBool(object.annotations.get('istio.io/dry-run')),
  };
}

/** A rule that is null is skipped; `rules` that are no list stand for one rule that nobody can read. */
function rulesOf({ spec }: KubeObject): readonly Field[] {
  const rules = spec.at('rules');
  if (!rules.exists) return [];
  return Array.isArray(rules.value) ? rules.items.filter(({ exists }) => exists) : [rules];
}

function readRule(object: KubeObject, rule: Field, onLoss: OnLoss, reader: Reader, settings: IstioSettings): ReadRule {
  if (!isWellFormed(rule)) {
    const doubt = unknown(`what ${rule.path} of ${named(object)} means, which the API server would refuse`);
    const condition = { path: rule.path, negated: false, tests: [() => doubt], says: () => 'it cannot be read' };
    return { tag: 'rule', rule: { path: rule.path, clauses: [[[condition]]] }, lost: [] };
  }
  if (reader === 'ztunnel') return readZtunnelRule(rule, object.namespace, onLoss);
  return readEnvoyRule(rule, { namespace: object.namespace, trustDomains: trustDomainsOf(settings), tcp: reader === 'tcp', onLoss });
}
