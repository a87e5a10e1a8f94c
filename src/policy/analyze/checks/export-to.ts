import { quote } from '../../objects/field.ts';
import type { Check } from '../check.ts';

const KINDS = ['VirtualService', 'DestinationRule', 'ServiceEntry'];

/** exportTo says one thing (istio, pkg/config/validation: `validateExportTo`). */
export const exportTo: Check = {
  name: 'export-to',
  codes: ['MESH0004'],
  run(view, report) {
    for (const object of KINDS.flatMap((kind) => view.networking(kind))) {
      const list = object.spec.at('exportTo');
      const seen = new Set<string>();
      for (const field of list.items) {
        const scope = field.text === '.' ? object.namespace : (field.text ?? '');
        if (seen.has(scope)) report({ object, field, message: `${quote(scope)} is there twice.`, fix: 'Remove one.' });
        seen.add(scope);
      }
      for (const all of ['*', '~']) {
        if (!seen.has(all) || seen.size < 2) continue;
        report({ object, field: list, message: `${quote(all)} cannot stand beside others.`, fix: `Keep ${quote(all)} or the others.` });
      }
      if (object.kind !== 'ServiceEntry' && seen.has('~')) {
        report({
          object,
          field: list,
          message: 'Only a ServiceEntry can be exported to no one (~).',
          fix: 'Use "." for its own namespace.',
        });
      }
      if (!object.spec.at('workloadSelector').exists || object.kind !== 'DestinationRule' || seen.size === 0) continue;
      if (seen.size === 1 && seen.has(object.namespace)) continue;
      const message = 'With a workloadSelector the rule is for its own namespace only.';
      report({ object, field: list, message, fix: 'Remove exportTo, or write ".".' });
    }
  },
};
