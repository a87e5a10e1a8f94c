import { quote } from '../../objects/field.ts';
import type { Check } from '../check.ts';
import type { Host, HostPort } from '../registry.ts';
import { gatewaysOf, MESH } from '../routes.ts';

/** HTTP rules are for ports that carry HTTP: on others the proxy does not look into the bytes. */
export const protocolMismatch: Check = {
  name: 'protocol-mismatch',
  codes: ['MESH0106'],
  run(view, report) {
    for (const { object, kind, field, port, lookup, qualified } of view.destinations) {
      if (kind !== 'http' || lookup.tag !== 'found') continue;
      const target = targetPort(lookup.hosts, port);
      // TLS is no mistake here: a DestinationRule may originate it.
      if (target?.protocol !== 'tcp' && target?.protocol !== 'udp') continue;
      const message = `An http rule sends to port ${target.number} of ${quote(qualified)}, which is declared as ${target.protocol}.`;
      report({ object, field, message, fix: 'Use a tcp rule, or name the port http-… where it carries HTTP.' });
    }
    for (const object of view.networking('VirtualService')) {
      if (object.spec.at('http').size === 0 || !gatewaysOf(object).includes(MESH)) continue;
      for (const field of object.spec.at('hosts').items) {
        const lookup = view.registry.lookUp(field.text ?? '', object.namespace);
        const ports = lookup.tag === 'found' ? lookup.hosts.flatMap((host) => host.ports) : [];
        if (ports.length === 0 || ports.some(({ protocol }) => protocol === 'http' || protocol === 'detected')) continue;
        const message = `No port of ${quote(field.text ?? '')} carries HTTP (${[...new Set(ports.map(({ protocol }) => protocol))].join(', ')}), so its http rules never apply.`;
        report({ object, field, message, fix: 'Use tls or tcp rules, or declare the port’s protocol as HTTP.' });
      }
    }
  },
};

/** The port that a destination means: the one it names, else the only one. */
function targetPort(hosts: readonly Host[], number: number | undefined): HostPort | undefined {
  const ports = hosts.flatMap((host) => host.ports);
  return number === undefined ? (ports.length === 1 ? ports[0] : undefined) : ports.find((port) => port.number === number);
}
