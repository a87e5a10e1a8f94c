import { quote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check } from '../check.ts';
import { gatewaysOf, MESH, type RouteKind } from '../routes.ts';

/** A destination's port is one of its host's; it is named where the host has several. */
export const destinationPort: Check = {
  name: 'destination-port',
  codes: ['IST0101', 'IST0112'],
  run(view, report) {
    for (const { object, field, port, qualified, lookup, kind } of view.destinations) {
      if (lookup.tag !== 'found' || lookup.hosts.some(({ portsUnknown }) => portsUnknown)) continue;
      const numbers = [...new Set(lookup.hosts.flatMap(({ ports }) => ports.map(({ number }) => number)))].sort((a, b) => a - b);
      const list = numbers.slice(0, 10).join(', ');
      if (port !== undefined) {
        if (numbers.includes(port)) continue;
        const message = `${quote(qualified)} has no port ${port}.`;
        report({
          object,
          field: field.at('port', 'number'),
          message,
          fix: `Its ports are ${list || 'none'}; a Service’s port counts, not targetPort.`,
        });
      } else if (numbers.length > 1 && !staysOnItsPort(kind, object)) {
        const message = `${quote(qualified)} has several ports (${list}), and the destination does not say which.`;
        report({ object, field, message, fix: 'Add port.number.', code: 'IST0112' });
      }
    }
  },
};

/** In the mesh a request stays on the port it came to; a gateway has no port of the host to stay on. */
function staysOnItsPort(kind: RouteKind, object: KubeObject): boolean {
  return kind === 'http' && gatewaysOf(object).every((gateway) => gateway === MESH);
}
