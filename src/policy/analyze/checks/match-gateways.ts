import { quote, quoteAll } from '../../objects/field.ts';
import type { Check } from '../check.ts';
import { gatewayNames, gatewaysOf, ROUTE_KINDS } from '../routes.ts';

/** A match names only gateways that its VirtualService is bound to; on others it never applies. */
export const matchGateways: Check = {
  name: 'match-gateways',
  codes: ['MESH0103'],
  run(view, report) {
    for (const object of view.networking('VirtualService')) {
      const bound = gatewaysOf(object);
      const known = new Set(bound);
      for (const rule of ROUTE_KINDS.flatMap((kind) => object.spec.at(kind).items)) {
        for (const match of rule.at('match').items) {
          for (const { field, text, qualified } of gatewayNames(match.at('gateways'), object.namespace)) {
            if (known.has(qualified)) continue;
            const message = `The VirtualService is bound to ${quoteAll(bound)}, and never sees a request of ${quote(text)}.`;
            report({ object, field, message, fix: 'Add the gateway to spec.gateways, or remove it here.' });
          }
        }
      }
    }
  },
};
