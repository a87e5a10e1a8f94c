import { canonical, quote } from '../../objects/field.ts';
import { type KubeObject, nameOf } from '../../objects/kube-object.ts';
import type { Check } from '../check.ts';
import { restOf } from '../matches.ts';
import { gatewaysOf, MESH } from '../routes.ts';

/** On a gateway, VirtualServices for one host are merged in no certain order, so none may match what another matches. */
export const gatewayRouteConflict: Check = {
  name: 'gateway-route-conflict',
  codes: ['MESH0104'],
  run(view, report) {
    const claimed = new Map<string, KubeObject>();
    for (const object of view.networking('VirtualService')) {
      const hosts = object.spec.at('hosts').texts.map((host) => view.registry.qualify(host, object.namespace));
      const places = gatewaysOf(object).flatMap((gateway) => (gateway === MESH ? [] : hosts.map((host) => ({ gateway, host }))));
      for (const rule of object.spec.at('http').items) {
        const matches = rule.at('match').size === 0 ? [rule] : rule.at('match').items;
        for (const field of matches) {
          const pattern = field === rule ? '' : `${canonical(field.at('uri').value)} ${restOf(field, 'http')}`;
          const conflict = places.find(({ gateway, host }) => {
            const key = `${gateway} ${host} ${pattern}`;
            const owner = claimed.get(key);
            if (owner === undefined) claimed.set(key, object);
            return owner !== undefined && owner !== object;
          });
          if (conflict === undefined) continue;
          const { gateway, host } = conflict;
          const owner = claimed.get(`${gateway} ${host} ${pattern}`);
          const message = `VirtualService ${quote(owner === undefined ? '' : nameOf(owner))} has the same match for ${quote(host)} on gateway ${quote(gateway)}.`;
          report({ object, field, message, fix: 'Merge the two, or make their matches differ.' });
        }
      }
    }
  },
};
