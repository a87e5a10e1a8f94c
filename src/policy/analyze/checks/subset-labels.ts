import { quote } from '../../objects/field.ts';
import type { Check } from '../check.ts';

/** Every subset has labels, without which it is the whole Service, and a name of its own. */
export const subsetLabels: Check = {
  name: 'subset-labels',
  codes: ['MESH0201'],
  run(view, report) {
    for (const { object, subsets } of view.rules.all) {
      const seen = new Set<string>();
      for (const { name, field, labels } of subsets) {
        if (seen.has(name)) {
          const message = `Subset ${quote(name)} is there twice; the DestinationRule is refused.`;
          report({ object, field: field.at('name'), message, fix: 'Rename or remove one.', severity: 'error' });
        }
        seen.add(name);
        if (labels.size > 0) continue;
        const message = `Subset ${quote(name)} has no labels, so it is every workload of the host.`;
        report({ object, field, message, fix: 'Add the labels that tell its workloads apart, such as version: v2.' });
      }
    }
  },
};
