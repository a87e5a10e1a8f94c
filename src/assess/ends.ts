import { parseNodeId } from '../graph/ids.ts';
import type { NodeId } from '../graph/model.ts';
import { type CallPorts, peerOf, plainPeer, type SeenPeer } from '../mesh/access/peer.ts';
import type { PodGroup } from '../mesh/access/pod-groups.ts';
import { knownPorts, serviceTargets, type TargetPort, tcpPorts, workloadTarget } from '../mesh/access/target.ts';
import type { ServiceFacts } from '../mesh/service-facts.ts';
import type { WorkloadFacts } from '../mesh/workload-facts.ts';
import type { Callee, Peer, PeerIdentity } from '../policy/access/model.ts';
import { clientTls } from './client-tls.ts';
import type { AccessNamespace, AccessWorld } from './world.ts';

/** Who calls. */
export type Caller =
  /** A workload, or a Service, which stands for the workloads behind it. */
  | { readonly tag: 'node'; readonly id: NodeId; readonly address?: string }
  /** Anybody who proves himself so, or does not; `unknown` where that is not known. With `workload` a pod of that account. */
  | { readonly tag: 'peer'; readonly identity: PeerIdentity; readonly address?: string; readonly workload?: NonNullable<Peer['workload']> };

/** One sort of a caller's pods, as those who are called see them. */
export interface CallerSort {
  /** Which of the pods, where there are several sorts. */
  readonly which: string | undefined;
  readonly assumed: readonly string[];
  /** The pods themselves, where they are known. */
  readonly from: { readonly namespace: string; readonly group: PodGroup } | undefined;
  seen(callee: Callee, target: TargetPort): SeenPeer;
}

/** The namespaces that must be read to know a caller. */
export function namespacesOfCaller(caller: Caller): readonly string[] {
  const ref = caller.tag === 'node' ? parseNodeId(caller.id) : undefined;
  return ref !== undefined && 'namespace' in ref ? [ref.namespace] : [];
}

/** The sorts of callers; none where the caller is a workload that is not known. */
export function callerSorts(world: AccessWorld, caller: Caller): readonly CallerSort[] {
  if (caller.tag === 'peer') return [peerSort(caller.identity, caller.address, caller.workload)];
  const ref = parseNodeId(caller.id);
  switch (ref?.tag) {
    case 'unmeshed':
      return [peerSort({ tag: 'plain-text' }, caller.address)];
    case 'workload':
    case 'service': {
      const namespace = world.namespace(ref.namespace);
      if (namespace === undefined) return [peerSort({ tag: 'unknown' }, caller.address)];
      const workloads = workloadsOf(namespace, caller.id);
      if (workloads.length === 0) return [peerSort({ tag: 'unknown' }, caller.address)];
      const groups = workloads.flatMap((workload) => namespace.groups(workload));
      return groups.map((group) => groupSort(world, namespace, group, groups.length > 1, caller.address));
    }
    default:
      return [peerSort({ tag: 'unknown' }, caller.address)];
  }
}

function peerSort(identity: PeerIdentity, address: string | undefined, workload?: Peer['workload']): CallerSort {
  const seen = { peer: { ...plainPeer(identity, address), ...(workload === undefined ? {} : { workload }) }, remarks: [] };
  return { which: undefined, assumed: [], from: undefined, seen: () => seen };
}

function groupSort(
  world: AccessWorld,
  namespace: AccessNamespace,
  group: PodGroup,
  named: boolean,
  address: string | undefined,
): CallerSort {
  return {
    which: named ? describeGroup(group) : undefined,
    assumed: group.assumed,
    from: { namespace: namespace.view.namespace, group },
    seen: (callee, target) => {
      const ports: CallPorts = target;
      const plainTls = group.mesh === 'istio-sidecar' ? clientTls(world, namespace, group, callee, target) : undefined;
      const { peer, remarks } = peerOf(namespace.view, group, callee, ports, plainTls);
      return { peer: { ...peer, address }, remarks };
    },
  };
}

/** `Deployment/web, 2 pods in linkerd` */
export function describeGroup({ workload, pods, mesh }: PodGroup): string {
  const where = mesh === undefined ? 'in no mesh' : `in ${mesh}`;
  return `${workload.kind}/${workload.name}, ${pods} ${pods === 1 ? 'pod' : 'pods'} ${where}`;
}

/** The workloads that a node is or has behind it. */
export function workloadsOf({ view }: AccessNamespace, id: NodeId): readonly WorkloadFacts[] {
  const own = view.workloadsOf(id);
  return own.length > 0 ? own : (view.serviceOf(id)?.behind.map(({ workload }) => workload) ?? []);
}

/** Where calls go. */
export type Targets =
  | { readonly tag: 'found'; readonly targets: readonly TargetPort[] }
  /** There is no such Service or workload. */
  | { readonly tag: 'nobody' }
  /** It has no such port, or none is known. `ports`: those that there are. */
  | { readonly tag: 'no-port'; readonly ports: readonly number[] };

/** What a call to a Service's port, or to a port of a workload's pods, reaches; without a port, all of its TCP ports. */
export function targetsOf({ view }: AccessNamespace, id: NodeId, port: number | undefined): Targets {
  const [workload] = view.workloadsOf(id);
  if (workload !== undefined) {
    const ports = port === undefined ? knownPorts(view, workload) : [port];
    if (ports.length === 0) return { tag: 'no-port', ports };
    return { tag: 'found', targets: ports.map((each) => workloadTarget(view, workload, each)) };
  }
  const service = view.serviceOf(id);
  return service === undefined ? { tag: 'nobody' } : targetsOfService(service, port);
}

function targetsOfService(service: ServiceFacts, port: number | undefined): Targets {
  const all = tcpPorts(service);
  const wanted = port === undefined ? all : all.filter((each) => each.port === port);
  if (wanted.length === 0) return { tag: 'no-port', ports: all.map((each) => each.port) };
  return { tag: 'found', targets: wanted.flatMap((each) => serviceTargets(service, each)) };
}
