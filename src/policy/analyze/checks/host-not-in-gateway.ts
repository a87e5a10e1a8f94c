import { quote } from '../../objects/field.ts';
import type { Check } from '../check.ts';
import { gatewayNames, gatewaysOf, MESH } from '../routes.ts';
import { ServedHosts } from '../served-hosts.ts';

/** A Gateway serves the hosts of the VirtualServices that are bound to it. */
export const hostNotInGateway: Check = {
  name: 'host-not-in-gateway',
  codes: ['IST0132'],
  run(view, report) {
    const gateways = new Map<string, ServedHosts>();
    for (const object of view.networking('Gateway')) {
      const served = new ServedHosts();
      for (const text of object.spec.at('servers').items.flatMap((server) => server.at('hosts').texts)) {
        const [scope, host] = text.includes('/') ? text.split('/') : ['*', text];
        served.add(scope === '.' ? object.namespace : (scope ?? ''), (host ?? '').toLowerCase());
      }
      gateways.set(`${object.namespace}/${object.name}`, served);
    }
    for (const object of view.networking('VirtualService')) {
      const hosts = object.spec.at('hosts').items.filter(({ text }) => text !== undefined);
      // A gateway compares the texts as they are written: it completes no short names.
      const served = (at: string, host: string | undefined) =>
        gateways.get(at)?.serves(object.namespace, (host ?? '').toLowerCase()) ?? true;
      for (const { field, qualified } of gatewayNames(object.spec.at('gateways'), object.namespace)) {
        if (qualified === MESH || hosts.length === 0 || hosts.some(({ text }) => served(qualified, text))) continue;
        const message = `Gateway ${quote(qualified)} serves none of the hosts of this VirtualService.`;
        report({ object, field, message, fix: 'Add the host to a server of the Gateway, or correct one of the two.' });
      }
      const bound = gatewaysOf(object);
      if (bound.includes(MESH) || !bound.some((at) => hosts.some(({ text }) => served(at, text)))) continue;
      for (const field of hosts) {
        if (bound.some((at) => served(at, field.text))) continue;
        const message = `No gateway of this VirtualService serves host ${quote(field.text ?? '')}.`;
        report({ object, field, message, fix: 'Add the host to a server of the Gateway, or remove it here.' });
      }
    }
  },
};
