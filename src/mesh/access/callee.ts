import type { Callee, CalleePort, HttpProbe } from '../../policy/access/model.ts';
import { ADMIN_PORT, INBOUND_PORT } from '../../policy/objects/linkerd-words.ts';
import type { Labels } from '../membership.ts';
import type { NamespaceView } from '../namespace-view.ts';
import { meets } from '../selector.ts';
import type { ServiceFacts } from '../service-facts.ts';
import type { PodGroup } from './pod-groups.ts';

/** A group of pods as the evaluators of policy want it. */
export function calleeOf(view: NamespaceView, group: PodGroup): Callee {
  const { workload, labels, annotations, mesh } = group;
  const { containers } = workload.template;
  const proxy = mesh === 'linkerd' ? linkerdProxy(annotations) : { ports: [], probes: [] };
  return {
    namespace: view.namespace,
    kind: workload.kind,
    name: workload.name,
    labels,
    annotations,
    namespaceLabels: view.self?.labels ?? {},
    namespaceAnnotations: view.self?.annotations ?? {},
    mesh,
    serviceAccount: containers?.serviceAccount ?? 'default',
    ports: containers === undefined ? undefined : [...containers.ports, ...proxy.ports],
    probes: [...(containers?.probes ?? []), ...proxy.probes],
    services: [...view.services.values()].filter((service) => selects(service, labels)).map(({ name }) => name),
  };
}

function selects({ selector }: ServiceFacts, labels: Labels): boolean {
  return selector.length > 0 && meets(labels, { labels: selector, expressions: [], malformed: false });
}

/**
 * The ports and probes of Linkerd's proxy, which is no part of the workload's template: its policies hold for them as for any other (linkerd2,
 * charts/partials/templates/_proxy.tpl; the annotations in pkg/k8s/labels.go: `ProxyAdminPortAnnotation`, `ProxyInboundPortAnnotation`).
 */
function linkerdProxy(annotations: Labels): { readonly ports: readonly CalleePort[]; readonly probes: readonly HttpProbe[] } {
  const inbound = portIn(annotations[INBOUND_PORT]) ?? 4143;
  const admin = portIn(annotations[ADMIN_PORT]) ?? 4191;
  return {
    ports: [
      { port: inbound, protocol: 'TCP', name: 'linkerd-proxy' },
      { port: admin, protocol: 'TCP', name: 'linkerd-admin' },
    ],
    probes: [
      { path: '/live', port: admin },
      { path: '/ready', port: admin },
    ],
  };
}

function portIn(text: string | undefined): number | undefined {
  const port = text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}
