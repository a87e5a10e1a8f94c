import { quote, quoteAll } from '../../objects/field.ts';
import type { Check } from '../check.ts';
import type { Destination } from '../routes.ts';
import type { View } from '../view.ts';

/** Every host that a VirtualService sends to is a Service or a ServiceEntry that its namespace sees. */
export const destinationHost: Check = {
  name: 'destination-host',
  codes: ['IST0101'],
  run(view, report) {
    for (const destination of view.destinations) {
      const { object, lookup, host, qualified } = destination;
      const field = destination.field.at('host');
      if (lookup.tag === 'missing') {
        report({ object, field, message: `No Service or ServiceEntry is called ${quote(qualified)}.`, fix: howToMend(view, destination) });
      } else if (lookup.tag === 'hidden') {
        const message = `${quote(qualified)} is not exported to namespace ${quote(object.namespace)}.`;
        report({ object, field, message, fix: `Add ${quote(object.namespace)} to exportTo of ${lookup.hosts[0]?.object.kind ?? 'it'}.` });
      } else if (lookup.tag === 'unknown' && view.extent === undefined) {
        const message = `${quote(host)} cannot be checked: the set holds no Service of namespace ${quote(lookup.namespace)}.`;
        report({ object, field, message, fix: 'Analyse it together with that namespace’s manifests.', severity: 'info' });
      }
    }
  },
};

function howToMend(view: View, { host, object }: Destination): string {
  const [name = '', namespace] = host.split('.');
  const elsewhere = view.registry.namespacesWith(name);
  if (!host.includes('.') && elsewhere.length > 0) {
    return `A name without a dot means namespace ${quote(object.namespace)}; there is one in ${quoteAll(elsewhere)}: write the full name.`;
  }
  if (namespace !== undefined && elsewhere.includes(namespace)) {
    return `Istio does not complete ${quote(host)}: write ${quote(`${name}.${namespace}.svc.${view.clusterDomain}`)}.`;
  }
  return 'Correct the name, or add the Service or a ServiceEntry for it.';
}
