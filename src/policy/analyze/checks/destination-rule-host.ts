import { quote, quoteAll } from '../../objects/field.ts';
import type { Check } from '../check.ts';

/** A DestinationRule’s host is known. One for a wildcard is not judged: it may be meant for what is yet to come. */
export const destinationRuleHost: Check = {
  name: 'destination-rule-host',
  codes: ['IST0174'],
  run(view, report) {
    for (const { object, host, qualified } of view.rules.all) {
      if (host.startsWith('*')) continue;
      const lookup = view.registry.lookUp(host, object.namespace);
      if (lookup.tag !== 'missing') continue;
      const elsewhere = host.includes('.') ? [] : view.registry.namespacesWith(host);
      const fix =
        elsewhere.length > 0
          ? `A name without a dot means namespace ${quote(object.namespace)}; there is one in ${quoteAll(elsewhere)}: write the full name.`
          : 'Correct the name, or add the Service or a ServiceEntry for it.';
      report({ object, field: object.spec.at('host'), message: `No Service or ServiceEntry is called ${quote(qualified)}.`, fix });
    }
  },
};
