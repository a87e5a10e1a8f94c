import type { ServicePort } from '../../graph/model.ts';
import type { NamespaceView } from '../namespace-view.ts';
import type { ServiceFacts } from '../service-facts.ts';
import type { WorkloadFacts } from '../workload-facts.ts';

/** A port of a workload's pods that is called, and how one comes there. */
export interface TargetPort {
  readonly workload: WorkloadFacts;
  /** The pods' port. */
  readonly port: number;
  /** The port that the client dials, where it is that of a Service. */
  readonly dialled: number;
  readonly service: ServiceFacts | undefined;
  readonly servicePort: ServicePort | undefined;
  /** The name of the Service that is called; undefined where the pods are, by whichever way. */
  readonly called: string | undefined;
}

/**
 * Where a port of a Service leads: to each workload behind it, the port that it has there. A name is that of a container's port, which another workload may not
 * have, or under another number (kubernetes, pkg/api/v1/pod: `FindPort`).
 */
export function serviceTargets(service: ServiceFacts, servicePort: ServicePort): readonly TargetPort[] {
  const { port: dialled, targetPort = dialled } = servicePort;
  return service.behind.flatMap(({ workload }) =>
    portsNamed(workload, targetPort).map((port) => ({ workload, port, dialled, service, servicePort, called: service.name })),
  );
}

function portsNamed({ template }: WorkloadFacts, target: number | string): readonly number[] {
  if (typeof target === 'number') return [target];
  const named = (template.containers?.ports ?? []).find(({ name, protocol }) => name === target && protocol === 'TCP');
  return named === undefined ? [] : [named.port];
}

/** The TCP ports of a Service: a mesh carries no others. */
export function tcpPorts({ ports }: ServiceFacts): readonly ServicePort[] {
  return ports.filter(({ protocol }) => protocol === 'TCP');
}

/** A port of a workload that is called directly. A Service that leads there says more of it, where there is one. */
export function workloadTarget(view: NamespaceView, workload: WorkloadFacts, port: number): TargetPort {
  for (const service of view.services.values()) {
    if (!service.behind.some((each) => each.workload === workload)) continue;
    for (const servicePort of tcpPorts(service)) {
      const { targetPort = servicePort.port } = servicePort;
      if (portsNamed(workload, targetPort).includes(port))
        return { workload, port, dialled: port, service, servicePort, called: undefined };
    }
  }
  return { workload, port, dialled: port, service: undefined, servicePort: undefined, called: undefined };
}

/** The TCP ports that a workload is known to have: those that its containers declare, and those that Services send to. */
export function knownPorts(view: NamespaceView, workload: WorkloadFacts): readonly number[] {
  const declared = (workload.template.containers?.ports ?? []).filter(({ protocol }) => protocol === 'TCP').map(({ port }) => port);
  const served = [...view.services.values()].flatMap((service) =>
    tcpPorts(service).flatMap((port) =>
      serviceTargets(service, port).flatMap((target) => (target.workload === workload ? [target.port] : [])),
    ),
  );
  return [...new Set([...declared, ...served])].sort((a, b) => a - b);
}
