import { groupBy } from '../../../lib/group.ts';
import { canonical, quote } from '../../objects/field.ts';
import { nameOf, nameOthers } from '../../objects/kube-object.ts';
import type { Check } from '../check.ts';

/** Of many proxies with the same labels the first tell as much as all. */
const MOST_PROXIES = 10;

/** Two Gateways do not serve the same host on the same port of the same proxies. */
export const gatewayConflict: Check = {
  name: 'gateway-conflict',
  codes: ['IST0145'],
  run(view, report) {
    const claims = view.networking('Gateway').flatMap((object) => {
      const selector = object.spec.at('selector');
      const proxies = view.workloads.select(selector.labels);
      // Selectors may differ and still mean the same proxies.
      const places = selector.size > 0 && proxies.length > 0 ? proxies.slice(0, MOST_PROXIES).map(nameOf) : [canonical(selector.value)];
      return object.spec.at('servers').items.flatMap((server) => {
        const port = server.at('port', 'number').number;
        if (port === undefined) return [];
        const listener = `${server.at('bind').text ?? ''}:${port}`;
        return server.at('hosts').items.flatMap((field) => {
          const [scope, host] = field.text?.includes('/') ? field.text.split('/') : ['*', field.text];
          const key = `${listener} ${scope === '.' ? object.namespace : scope}/${host}`;
          return field.text === undefined ? [] : places.map((place) => ({ object, field, port, key: `${place} ${key}` }));
        });
      });
    });
    const reported = new Set<string>();
    for (const group of groupBy(claims, ({ key }) => key).values()) {
      const objects = [...new Set(group.map(({ object }) => object))];
      if (objects.length < 2) continue;
      for (const { object, field, port } of group) {
        const place = `${nameOf(object)} ${field.path}`;
        if (reported.has(place)) continue;
        reported.add(place);
        const message = `Gateway ${nameOthers(objects, object)} serves ${quote(field.text ?? '')} on port ${port} of the same proxies; only one of them is used.`;
        report({ object, field, message, fix: 'Serve a host in one Gateway, or on different ports.' });
      }
    }
  },
};
