import { labelText } from '../../objects/field.ts';
import type { Check } from '../check.ts';

/** A Gateway’s selector matches some proxy. Gateways select in every namespace. */
export const gatewaySelector: Check = {
  name: 'gateway-selector',
  codes: ['IST0101'],
  run(view, report) {
    if (view.extent !== undefined && !view.showsWorkloads(undefined)) return;
    const gateways = view.networking('Gateway').map((object) => {
      const field = object.spec.at('selector');
      return { object, field, found: field.size === 0 || view.workloads.select(field.labels).length > 0 };
    });
    // Proxies are often installed apart from their configuration. Where the set shows none at all, a missing one proves nothing.
    const shown =
      view.complete ||
      view.of('IstioOperator', 'install.istio.io').length > 0 ||
      gateways.some(({ field, found }) => field.size > 0 && found);
    for (const { object, field, found } of gateways) {
      if (found) continue;
      report({
        object,
        field,
        message: shown
          ? `No workload bears ${labelText(field.labels)}.`
          : `The set holds no gateway proxy, so ${labelText(field.labels)} cannot be checked.`,
        fix: 'Select the labels of the gateway’s pods, such as istio: ingressgateway.',
        severity: shown ? 'error' : 'info',
      });
    }
  },
};
