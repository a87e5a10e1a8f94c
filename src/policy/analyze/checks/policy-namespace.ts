import { quote } from '../../objects/field.ts';
import type { Check } from '../check.ts';

/** The namespaces that an AuthorizationPolicy names as sources exist. */
export const policyNamespace: Check = {
  name: 'policy-namespace',
  codes: ['IST0101'],
  run(view, report) {
    // Any object of a namespace shows that there is one.
    if (!view.knows('Namespace', '') || (view.extent !== undefined && view.extent.namespaces === undefined)) return;
    const known = view.extent?.namespaces ?? new Set([...view.namespaces.keys(), ...view.objects.map(({ namespace }) => namespace)]);
    for (const object of view.security('AuthorizationPolicy')) {
      for (const rule of object.spec.at('rules').items) {
        for (const from of rule.at('from').items) {
          for (const key of ['namespaces', 'notNamespaces']) {
            for (const field of from.at('source', key).items) {
              const { text } = field;
              if (text === undefined || text.includes('*') || known.has(text)) continue;
              report({
                object,
                field,
                message: `There is no namespace ${quote(text)}.`,
                fix: 'Correct the name; nothing matches it now.',
                severity: view.complete || view.extent !== undefined ? 'error' : 'warning',
              });
            }
          }
        }
      }
    }
  },
};
