import { groupBy } from '../../../lib/group.ts';
import { quote } from '../../objects/field.ts';
import { nameOthers } from '../../objects/kube-object.ts';
import type { Check } from '../check.ts';

/** A host has one traffic policy from one namespace: Istio joins the subsets of several DestinationRules, and of their policies keeps the oldest only. */
export const destinationRuleConflict: Check = {
  name: 'destination-rule-conflict',
  codes: ['MESH0202'],
  run(view, report) {
    // Between namespaces there is an order of preference, and rules for some clients only stand beside the others.
    const candidates = view.rules.all.filter(({ selective }) => !selective);
    const groups = groupBy(candidates, ({ object, qualified, visibility }) =>
      [object.namespace, qualified, ...(visibility.everywhere ? ['*'] : [...visibility.namespaces].sort())].join(' '),
    );
    for (const group of groups.values()) {
      if (group.length < 2) continue;
      const objects = group.map(({ object }) => object);
      const names = new Map<string, number>();
      for (const { subsets } of group)
        for (const name of new Set(subsets.map((subset) => subset.name))) names.set(name, (names.get(name) ?? 0) + 1);
      const policies = group.filter(({ object }) => object.spec.at('trafficPolicy').exists).length;
      for (const { object, qualified, subsets } of group) {
        if (policies > 1 && object.spec.at('trafficPolicy').exists) {
          const message = `DestinationRule ${nameOthers(objects, object)} is for ${quote(qualified)} too; only the oldest one’s trafficPolicy is used.`;
          report({ object, field: object.spec.at('trafficPolicy'), message, fix: 'Merge them into one DestinationRule.' });
        }
        for (const { name, field } of subsets) {
          if ((names.get(name) ?? 0) < 2) continue;
          const message = `DestinationRule ${nameOthers(objects, object)} defines subset ${quote(name)} of ${quote(qualified)} too; only the oldest one’s is used.`;
          report({ object, field: field.at('name'), message, fix: 'Define each subset once.' });
        }
      }
    }
  },
};
