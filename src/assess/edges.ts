import { namespaceOf, parseNodeId } from '../graph/ids.ts';
import type { Edge } from '../graph/model.ts';
import type { TargetPort } from '../mesh/access/target.ts';
import type { AccessCall } from '../policy/access/model.ts';
import { serviceProtocol } from '../policy/analyze/protocol.ts';
import { decide, unknownCall } from './decide.ts';
import { callerSorts, targetsOf, workloadsOf } from './ends.ts';
import { type Judgement, judge } from './judgement.ts';
import { judgeOutbound, parseOutside } from './outbound.ts';
import type { AccessNamespace, AccessWorld } from './world.ts';

/** The namespaces that must be read to judge edges. */
export function namespacesOfEdges(edges: readonly Edge[]): readonly string[] {
  const all = edges.flatMap(({ source, destination }) => [namespaceOf(source), namespaceOf(destination)]);
  return [...new Set(all.flatMap((name) => name ?? []))];
}

/**
 * What the policies say of traffic that was observed. Metrics tell neither methods nor paths, so these are not known unless `call` says them; its protocol is that
 * of the edge.
 */
export function judgeEdge(world: AccessWorld, edge: Edge, call: AccessCall = unknownCall(edge.protocol)): Judgement {
  const ref = parseNodeId(edge.destination);
  if (ref?.tag === 'external') {
    const outside = parseOutside(ref.authority);
    if (outside === undefined) return judge([], 'Where it goes is not known.');
    return judgeOutbound(world, { tag: 'node', id: edge.source }, outside, { ...call, protocol: edge.protocol });
  }
  const home = namespaceOf(edge.destination);
  const namespace = home === undefined ? undefined : world.namespace(home);
  if (namespace === undefined) return judge([], 'The destination is not in the graph.');
  const targets = targetsOfEdge(namespace, edge);
  return decide(world, namespace, callerSorts(world, { tag: 'node', id: edge.source }), targets, { ...call, protocol: edge.protocol });
}

/**
 * The ports that an edge reached: the one that the metrics name, which is the pods'; else those of the Service that was called, or of the workload, that carry
 * such a protocol.
 */
export function targetsOfEdge(namespace: AccessNamespace, edge: Edge): readonly TargetPort[] {
  const workloads = new Set(workloadsOf(namespace, edge.destination));
  const via = edge.service === undefined ? undefined : targetsOf(namespace, edge.service, undefined);
  const routed = via?.tag === 'found' ? via.targets.filter(({ workload }) => workloads.has(workload)) : [];
  const named = routed.filter(({ port }) => port === edge.port);
  if (named.length > 0) return named;
  const own = targetsOf(namespace, edge.destination, isServiceOnly(namespace, edge) ? undefined : edge.port);
  const all = edge.port === undefined && routed.length > 0 ? routed : own.tag === 'found' ? own.targets : [];
  const fitting = all.filter((target) => carries(target, edge.protocol));
  return fitting.length > 0 ? fitting : all;
}

/** Metrics name the pods' port, which is not that of a Service. */
function isServiceOnly({ view }: AccessNamespace, { destination }: Edge): boolean {
  return view.workloadsOf(destination).length === 0;
}

function carries({ servicePort }: TargetPort, protocol: Edge['protocol']): boolean {
  if (servicePort === undefined) return true;
  const { port, name, appProtocol } = servicePort;
  const declared = serviceProtocol(port, name, 'TCP', appProtocol);
  if (declared === 'detected') return true;
  const grpc = /^grpc/.test(appProtocol ?? name ?? '') || appProtocol === 'kubernetes.io/h2c';
  return protocol === 'tcp' ? declared !== 'http' : declared === 'http' && (protocol === 'grpc') === grpc;
}
