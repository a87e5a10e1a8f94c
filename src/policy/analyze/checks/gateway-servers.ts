import { type Field, quote } from '../../objects/field.ts';
import { type KubeObject, nameOf } from '../../objects/kube-object.ts';
import type { Check } from '../check.ts';
import { parseProtocol } from '../protocol.ts';

/** On one port of a proxy all servers speak the same kind of protocol, and in one Gateway each has a name of its own. */
export const gatewayServers: Check = {
  name: 'gateway-servers',
  codes: ['MESH0302'],
  run(view, report) {
    const listeners = new Map<string, { readonly protocol: string; readonly object: KubeObject; readonly field: Field }>();
    for (const object of view.networking('Gateway')) {
      const names = new Set<string>();
      const selector = object.spec.at('selector');
      const [proxy] = selector.size > 0 ? view.workloads.select(selector.labels) : [];
      const place = nameOf(proxy ?? object);
      for (const server of object.spec.at('servers').items) {
        const port = server.at('port');
        const name = port.at('name').text;
        if (name === undefined) report({ object, field: port, message: 'The port has no name.', fix: 'Add port.name.' });
        else if (names.has(name)) {
          const message = `Two ports of the Gateway are called ${quote(name)}; it is refused.`;
          report({ object, field: port.at('name'), message, fix: 'Give each a name of its own.' });
        }
        names.add(name ?? '');
        if (server.at('hosts').size === 0) {
          report({ object, field: server, message: 'The server has no hosts.', fix: 'Add hosts; "*" for all.' });
        }
        const protocol = parseProtocol(port.at('protocol').text);
        const { number } = port.at('number');
        if (protocol === undefined || number === undefined) continue;
        const key = `${place} ${server.at('bind').text ?? ''}:${number}`;
        const first = listeners.get(key);
        if (first === undefined) listeners.set(key, { protocol, object, field: port });
        else if (first.protocol !== protocol) {
          const message = `Port ${number} of the same proxies is ${first.protocol} in ${first.field.path} of Gateway ${quote(nameOf(first.object))}, and ${protocol} here.`;
          report({ object, field: port.at('protocol'), message, fix: 'Use one protocol a port.' });
        }
      }
    }
  },
};
