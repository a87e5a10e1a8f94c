import { labelText, quote } from '../../objects/field.ts';
import type { Check } from '../check.ts';

/** A subset’s labels are on some workload behind the host; otherwise whatever is routed to it fails with 503. */
export const subsetSelectsNothing: Check = {
  name: 'subset-selects-nothing',
  codes: ['IST0173'],
  run(view, report) {
    for (const { object, host, subsets, qualified } of view.rules.all) {
      const lookup = view.registry.lookUp(host, object.namespace);
      if (lookup.tag !== 'found') continue;
      for (const { name, field, labels } of subsets) {
        if (labels.size === 0) continue;
        const places = lookup.hosts.filter(({ selector, namespace }) => selector !== undefined && view.showsWorkloads(namespace));
        // Endpoints that someone else keeps cannot be judged.
        if (places.length < lookup.hosts.length) continue;
        const all = places.map(({ selector, namespace }) => ({ namespace, labels: new Map([...(selector ?? []), ...labels]) }));
        if (all.some((wanted) => view.workloads.select(wanted.labels, wanted.namespace).length > 0)) continue;
        const message = `No workload behind ${quote(qualified)} bears ${labelText(labels)}, so subset ${quote(name)} is empty.`;
        report({ object, field: field.at('labels'), message, fix: 'Put the labels on the pod template, or correct them here.' });
      }
    }
  },
};
