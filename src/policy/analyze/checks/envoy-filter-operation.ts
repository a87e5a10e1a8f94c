import { quote } from '../../objects/field.ts';
import type { Check } from '../check.ts';

const IGNORING = new Set(['ROUTE_CONFIGURATION', 'HTTP_ROUTE']);
const REPLACEABLE = new Set(['NETWORK_FILTER', 'HTTP_FILTER', 'VIRTUAL_HOST']);

/** Operations that depend on what other EnvoyFilters have done before. */
const RELATIVE = new Set(['INSERT_BEFORE', 'INSERT_AFTER', 'REPLACE', 'REMOVE']);

/** An EnvoyFilter’s operation exists for what it patches, and does not hang on the order in which filters happen to be applied. */
export const envoyFilterOperation: Check = {
  name: 'envoy-filter-operation',
  codes: ['IST0151', 'IST0152', 'IST0153', 'IST0154'],
  run(view, report) {
    for (const object of view.networking('EnvoyFilter')) {
      const ordered = (object.spec.at('priority').number ?? 0) !== 0;
      for (const entry of object.spec.at('configPatches').items) {
        const applyTo = entry.at('applyTo').text ?? '';
        const field = entry.at('patch', 'operation');
        const operation = field.text ?? '';
        const ignored = IGNORING.has(applyTo) && (operation === 'ADD' || operation === 'REMOVE');
        if (ignored || (operation === 'REPLACE' && !REPLACEABLE.has(applyTo))) {
          const code = operation === 'ADD' ? 'IST0153' : operation === 'REMOVE' ? 'IST0154' : 'IST0152';
          const fix = operation === 'REPLACE' ? 'REPLACE takes HTTP_FILTER, NETWORK_FILTER and VIRTUAL_HOST; use MERGE.' : 'Use MERGE.';
          report({ object, field, message: `Istio passes over ${operation} for ${quote(applyTo)}.`, fix, code });
        } else if (RELATIVE.has(operation) && !ordered) {
          const message = `${operation} depends on what other EnvoyFilters did before, and nothing says which comes first.`;
          report({ object, field, message, fix: 'Set spec.priority (any number but 0), or use INSERT_FIRST or ADD.' });
        }
      }
    }
  },
};
