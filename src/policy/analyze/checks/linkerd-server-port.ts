import { quote } from '../../objects/field.ts';
import type { Check } from '../check.ts';
import { serverPorts } from '../linkerd.ts';

/** A Server’s port is one that a container of its pods declares (linkerd2, policy-controller/k8s/index/src/inbound/index.rs: `select_ports`). */
export const linkerdServerPort: Check = {
  name: 'linkerd-server-port',
  codes: ['MESH0703'],
  run(view, report) {
    for (const server of view.linkerd.servers) {
      const { object, port, pods = [] } = server;
      const field = object.spec.at('port');
      // Containers need not declare their ports; where one does not, nothing can be said of a number.
      if (pods.length === 0 || port === undefined) continue;
      if (typeof port === 'string') {
        if (pods.some((each) => serverPorts(server, each).length > 0)) continue;
        const message = `No container of the selected pods declares a port called ${quote(port)}, so the Server is for no port.`;
        report({ object, field, message, fix: 'Write the name of the container’s port, not the Service’s, or its number.' });
      } else if (pods.every(({ ports }) => ports.length > 0) && !pods.some(({ ports }) => ports.some(({ number }) => number === port))) {
        const declared = [...new Set(pods.flatMap(({ ports }) => ports.map(({ number }) => number)))].sort((a, b) => a - b).slice(0, 10);
        const message = `No container of the selected pods declares port ${port}; they declare ${declared.join(', ')}.`;
        report({ object, field, message, fix: 'Write the container’s port, not the Service’s.' });
      }
    }
  },
};
