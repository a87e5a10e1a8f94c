import { quote, quoteAll } from '../../objects/field.ts';
import { isVisible } from '../../objects/visibility.ts';
import type { Check } from '../check.ts';
import type { DestinationRule } from '../destination-rules.ts';
import type { View } from '../view.ts';

/** Every subset that a VirtualService names is in a DestinationRule for that host which its namespace sees. */
export const destinationSubset: Check = {
  name: 'destination-subset',
  codes: ['IST0101'],
  run(view, report) {
    if (!view.knows('DestinationRule', 'networking.istio.io')) return;
    const known = new Map<string, Definitions>();
    for (const { object, field, subset, qualified, lookup } of view.destinations) {
      if (subset === undefined) continue;
      const { rules, bySubset } = known.get(qualified) ?? define(view, qualified);
      known.set(qualified, { rules, bySubset });
      // Nothing of that namespace is here, neither its Services nor its rules.
      if (rules === 0 && (lookup.tag === 'unknown' || lookup.tag === 'elsewhere')) continue;
      const having = bySubset.get(subset) ?? [];
      if (having.some(({ visibility }) => isVisible(visibility, object.namespace))) continue;
      const names = [...bySubset.keys()];
      const fix =
        having.length > 0
          ? `Export DestinationRule ${quote(having[0]?.object.name ?? '')} to namespace ${quote(object.namespace)}.`
          : names.length > 0
            ? `Define it, or name one of ${quoteAll(names)}.`
            : 'Add a DestinationRule for the host that defines it.';
      const message = `No DestinationRule that namespace ${quote(object.namespace)} sees defines subset ${quote(subset)} of ${quote(qualified)}.`;
      report({ object, field: field.at('subset'), message, fix });
    }
  },
};

/** What DestinationRules say of a host: read once, however many routes lead there. */
interface Definitions {
  readonly rules: number;
  readonly bySubset: ReadonlyMap<string, readonly DestinationRule[]>;
}

function define(view: View, qualified: string): Definitions {
  const rules = view.rules.for(qualified);
  const subsets = rules.flatMap((rule) => [...new Set(rule.subsets.map(({ name }) => name))].map((name) => ({ name, rule })));
  const bySubset = new Map<string, DestinationRule[]>();
  for (const { name, rule } of subsets) {
    const found = bySubset.get(name);
    if (found === undefined) bySubset.set(name, [rule]);
    else found.push(rule);
  }
  return { rules: rules.length, bySubset };
}
