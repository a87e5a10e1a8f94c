import { groupBy } from '../../lib/group.ts';
import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { isVisible, readVisibility, type Visibility } from '../objects/visibility.ts';
import { namesCovering, type Registry } from './registry.ts';

export interface Subset {
  readonly name: string;
  readonly field: Field;
  readonly labels: ReadonlyMap<string, string>;
}

export interface DestinationRule {
  readonly object: KubeObject;
  readonly host: string;
  /** Fully qualified; may begin with `*`. */
  readonly qualified: string;
  readonly visibility: Visibility;
  readonly subsets: readonly Subset[];
  /** Whether it is for some client workloads only. */
  readonly selective: boolean;
}

export function readDestinationRule(object: KubeObject, registry: Registry): DestinationRule | undefined {
  const { spec, namespace } = object;
  const host = spec.at('host').text;
  if (host === undefined) return undefined;
  return {
    object,
    host,
    qualified: registry.qualify(host, namespace),
    visibility: readVisibility(spec.at('exportTo').texts, namespace),
    subsets: spec.at('subsets').items.flatMap((field) => {
      const name = field.at('name').text;
      return name === undefined ? [] : [{ name, field, labels: field.at('labels').labels }];
    }),
    selective: spec.at('workloadSelector').exists,
  };
}

/** Finds the rules that speak of a host. */
export class DestinationRuleIndex {
  readonly all: readonly DestinationRule[];
  readonly #byHost: ReadonlyMap<string, readonly DestinationRule[]>;

  constructor(rules: readonly DestinationRule[]) {
    this.all = rules;
    this.#byHost = groupBy(rules, ({ qualified }) => qualified);
  }

  /** Those for a fully qualified host, wildcard ones included, wherever they are visible. */
  for(qualified: string): readonly DestinationRule[] {
    return namesCovering(qualified).flatMap((name) => this.#byHost.get(name) ?? []);
  }

  /** Those of them that clients in a namespace see. */
  visible(qualified: string, namespace: string): readonly DestinationRule[] {
    return this.for(qualified).filter(({ visibility }) => isVisible(visibility, namespace));
  }
}

/** A traffic policy inside a DestinationRule, and what it is for. */
export interface TrafficPolicy {
  readonly field: Field;
  readonly port: number | undefined;
  readonly subset: Subset | undefined;
}

/** Every traffic policy of a rule: its own, the subsets', and those of single ports in either. */
export function trafficPolicies(rule: DestinationRule): readonly TrafficPolicy[] {
  const own = { field: rule.object.spec.at('trafficPolicy'), port: undefined, subset: undefined };
  const subsets = rule.subsets.map((subset) => ({ field: subset.field.at('trafficPolicy'), port: undefined, subset }));
  return [own, ...subsets].flatMap((policy) => [
    policy,
    ...policy.field.at('portLevelSettings').items.map((field) => ({ ...policy, field, port: field.at('port', 'number').number })),
  ]);
}
