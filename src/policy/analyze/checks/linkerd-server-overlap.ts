import { quote } from '../../objects/field.ts';
import { nameOf } from '../../objects/kube-object.ts';
import type { Check } from '../check.ts';
import { type LinkerdServer, serverPorts } from '../linkerd.ts';
import type { Workload } from '../workloads.ts';

/**
 * A port of a pod has one Server. Of several the oldest counts, or the first by name of those that are as old (linkerd2,
 * policy-controller/k8s/index/src/inbound/index.rs).
 */
export const linkerdServerOverlap: Check = {
  name: 'linkerd-server-overlap',
  codes: ['MESH0705'],
  run(view, report) {
    const claims = new Map<Workload, Map<number, LinkerdServer>>();
    for (const server of view.linkerd.servers) {
      let lost: { readonly port: number; readonly workload: Workload; readonly to: LinkerdServer } | undefined;
      for (const pods of server.pods ?? []) {
        const ports = claims.get(pods.workload) ?? new Map<number, LinkerdServer>();
        claims.set(pods.workload, ports);
        for (const port of serverPorts(server, pods)) {
          const to = ports.get(port);
          if (to === undefined) ports.set(port, server);
          else if (to !== server) lost ??= { port, workload: pods.workload, to };
        }
      }
      if (lost === undefined) continue;
      const { port, workload, to } = lost;
      const message = `Server ${quote(to.object.name)} comes first and has port ${port} of ${workload.object.kind} ${quote(nameOf(workload))}: this one does not count there.`;
      report({ object: server.object, field: 'spec.podSelector', message, fix: 'Keep one Server for each port, or select other pods.' });
    }
  },
};
