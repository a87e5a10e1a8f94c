import type { Check } from '../check.ts';
import { serviceProtocol } from '../protocol.ts';

/** A Service’s port says what it carries, by name or appProtocol; otherwise the proxy guesses from the first bytes. */
export const portName: Check = {
  name: 'port-name',
  codes: ['IST0118'],
  run(view, report) {
    for (const object of view.of('Service', '')) {
      // Istio’s own Services are as they are.
      if (object.labels.has('istio') || object.labels.get('release') === 'istio' || object.namespace.startsWith('kube-')) continue;
      if (!view.usesIstio(object.namespace)) continue;
      for (const port of object.spec.at('ports').items) {
        const { number } = port.at('port');
        const [name, transport, appProtocol] = [port.at('name').text, port.at('protocol').text, port.at('appProtocol').text];
        if (number === undefined || serviceProtocol(number, name, transport, appProtocol) !== 'detected') continue;
        const message = `Port ${number} does not say what it carries, so the proxy guesses, and a server that speaks first waits.`;
        report({ object, field: port, message, fix: 'Name it http-…, grpc-…, tcp-… or tls-…, or set appProtocol.' });
      }
    }
  },
};
