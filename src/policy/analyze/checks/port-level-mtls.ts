import { selectionOf } from '../../objects/selection.ts';
import type { Check } from '../check.ts';

/** Port-level mutual TLS is for the workload’s own ports, and needs a selector (istio, PeerAuthentication `portLevelMtls`). */
export const portLevelMtls: Check = {
  name: 'port-level-mtls',
  codes: ['MESH0506'],
  run(view, report) {
    for (const object of view.security('PeerAuthentication')) {
      const ports = object.spec.at('portLevelMtls');
      if (!ports.exists) continue;
      const labels = selectionOf(object)?.labels;
      if (labels === undefined || labels.size === 0) {
        const message = 'portLevelMtls needs a selector; the policy is refused.';
        report({ object, field: ports, message, fix: 'Add selector.matchLabels.' });
        continue;
      }
      const workloads = view.workloads.select(labels, object.namespace);
      // Containers need not declare their ports; where one does not, nothing can be said.
      const declared = workloads.length > 0 && workloads.every((workload) => workload.ports.size > 0);
      for (const [key, field] of ports.entries) {
        const port = Number(key);
        if (!Number.isInteger(port) || port < 1 || port > 65_535) {
          report({ object, field, message: 'A port is a number from 1 to 65535.', fix: 'Write the number of the container’s port.' });
        } else if (declared && !workloads.some((workload) => workload.ports.has(port))) {
          const message = `No container of the selected workloads listens on port ${port}.`;
          report({ object, field, message, fix: 'Name the container’s port, not the Service’s.', severity: 'warning' });
        }
      }
    }
  },
};
