import type { WorkloadNode, WorkloadPort } from '../graph/model.ts';
import { compareText } from '../lib/order.ts';
import { lists } from '../policy/objects/port-list.ts';
import { healthOf } from './health.ts';
import { identityOf } from './identity.ts';
import { opaquePorts, opaqueServicePorts, skippedPorts, statedPorts } from './inbound-ports.ts';
import type { NamespaceView } from './namespace-view.ts';
import type { ContainerPort } from './pod-template.ts';
import { type Servers, portsOf as serverPorts } from './policies/servers.ts';
import { cut } from './wording.ts';
import { countPods, type WorkloadFacts } from './workload-facts.ts';

/** What one workload may carry; an answer counts what is more. */
const MOST_PORTS = 32;

/** The workloads of a namespace, by kind, then name. */
export function workloadNodes(view: NamespaceView, servers: Servers): readonly WorkloadNode[] {
  const extra = extraPorts(view, servers);
  return view.workloads.map((workload) => {
    const ports = cut(portsOf(view, workload, extra.get(workload) ?? []), MOST_PORTS);
    const serviceAccount = workload.template.containers?.serviceAccount;
    const identity = identityOf(view, workload);
    return {
      kind: workload.kind,
      name: workload.name,
      ...healthOf(workload.object),
      ...(serviceAccount === undefined ? {} : { serviceAccount }),
      ...(identity === undefined ? {} : { identity }),
      ports: ports.kept,
      ...(ports.omitted === undefined ? {} : { omittedPorts: ports.omitted }),
      ...countPods(workload.pods),
    };
  });
}

/**
 * Ports that are known without a container's declaring them, which containers need not do: those of Linkerd's Servers, and those that Services send to when
 * they are opaque to Linkerd by the Service's annotation.
 */
interface ExtraPort {
  readonly port: number;
  readonly opaque: boolean;
}

function extraPorts(view: NamespaceView, servers: Servers): ReadonlyMap<WorkloadFacts, readonly ExtraPort[]> {
  const extra = new Map<WorkloadFacts, ExtraPort[]>();
  const add = (workload: WorkloadFacts, port: ExtraPort) => {
    const ports = extra.get(workload);
    if (ports === undefined) extra.set(workload, [port]);
    else ports.push(port);
  };
  const described = new Set<string>();
  for (const server of servers.byAge) {
    for (const workload of new Set(server.members.map((member) => member.workload))) {
      for (const port of serverPorts(server, workload)) {
        const key = `${workload.id} ${port}`;
        // The oldest Server of a port decides.
        if (!described.has(key)) add(workload, { port, opaque: server.protocol === 'opaque' });
        described.add(key);
      }
    }
  }
  for (const service of view.services.values()) {
    const opaque = opaqueServicePorts(service.object);
    for (const { port, name, targetPort = port, protocol } of service.ports) {
      if (protocol !== 'TCP' || !lists(opaque, port, name)) continue;
      for (const { workload } of service.behind)
        for (const number of targets(workload, targetPort)) add(workload, { port: number, opaque: true });
    }
  }
  return extra;
}

function targets({ template }: WorkloadFacts, target: number | string): readonly number[] {
  if (typeof target === 'number') return [target];
  return (template.containers?.ports ?? []).filter(({ name }) => name === target).map(({ port }) => port);
}

function portsOf(view: NamespaceView, workload: WorkloadFacts, extra: readonly ExtraPort[]): readonly WorkloadPort[] {
  const opaque = opaquePorts(view, workload);
  const skipped = skippedPorts(view, workload);
  const known = new Map<string, ContainerPort>();
  const add = (port: ContainerPort) => {
    const key = `${port.protocol} ${port.port}`;
    // Of several names of one port the first in order counts.
    const other = known.get(key);
    if (other === undefined || (port.name !== undefined && (other.name === undefined || port.name < other.name))) known.set(key, port);
  };
  for (const port of workload.template.containers?.ports ?? []) add(port);
  for (const port of [...statedPorts(workload), ...extra.map((each) => each.port)]) add({ port, protocol: 'TCP' });
  const marked = new Set(extra.filter((each) => each.opaque).map(({ port }) => port));
  return [...known.values()]
    .sort((a, b) => a.port - b.port || compareText(a.protocol, b.protocol))
    .map((port) => {
      if (port.protocol !== 'TCP') return port;
      const marks = [
        ...(lists(opaque, port.port, port.name) || marked.has(port.port) ? (['opaque'] as const) : []),
        ...(lists(skipped, port.port) ? (['skip-inbound'] as const) : []),
      ];
      return marks.length === 0 ? port : { ...port, marks };
    });
}
