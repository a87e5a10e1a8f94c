import { groupBy } from '../../../lib/group.ts';
import { quote } from '../../objects/field.ts';
import { nameOthers } from '../../objects/kube-object.ts';
import type { Check } from '../check.ts';

/** ServiceEntries for one host agree on what each port carries. */
export const serviceEntryProtocol: Check = {
  name: 'service-entry-protocol',
  codes: ['IST0177'],
  run(view, report) {
    const claims = view.networking('ServiceEntry').flatMap((object) =>
      object.spec.at('hosts').texts.flatMap((host) =>
        object.spec.at('ports').items.flatMap((port) => {
          const { number } = port.at('number');
          const protocol = (port.at('protocol').text ?? '').toUpperCase();
          return number === undefined ? [] : [{ object, host, number, protocol, field: port.at('protocol') }];
        }),
      ),
    );
    for (const group of groupBy(claims, ({ host, number }) => `${host.toLowerCase()}:${number}`).values()) {
      const objects = [...new Set(group.map(({ object }) => object))];
      const protocols = new Set(group.map(({ protocol }) => protocol));
      if (objects.length < 2 || protocols.size < 2) continue;
      for (const { object, field, host, number } of group) {
        const message = `ServiceEntry ${nameOthers(objects, object)} declares port ${number} of ${quote(host)} otherwise.`;
        report({ object, field, message, fix: 'Declare the same protocol in each, or merge them.' });
      }
    }
  },
};
