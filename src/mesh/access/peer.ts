import type { Callee, IstioClient, Peer } from '../../policy/access/model.ts';
import { isGatewayPod } from '../../policy/istio/gateway-pods.ts';
import { quote } from '../../policy/objects/field.ts';
import { SKIP_OUTBOUND_PORTS } from '../../policy/objects/linkerd-words.ts';
import { lists, parsePortList, parseSkippedPorts } from '../../policy/objects/port-list.ts';
import { identityIn } from '../identity.ts';
import type { Labels } from '../membership.ts';
import type { NamespaceView } from '../namespace-view.ts';
import type { PodGroup } from './pod-groups.ts';

/** A caller as a callee's proxy sees it. */
export interface SeenPeer {
  readonly peer: Peer;
  /** Why it is seen so where that is not plain; a sentence each. */
  readonly remarks: readonly string[];
}

/** The ports of a call: the one that the client dials, which is a Service's, and the one that it reaches. */
export interface CallPorts {
  readonly dialled: number;
  readonly port: number;
  /** The name of the Service that is called; undefined: not known. */
  readonly called: string | undefined;
}

/** A client of which nothing is known but how it proves itself, and perhaps its address. */
export function plainPeer(identity: Peer['identity'], address?: string): Peer {
  return { identity, address, loopback: false };
}

/**
 * Some pods of a workload as those of a callee see them. Each mesh secures calls between its own proxies; to any other the caller speaks plain text, and so it
 * does where its own proxy is passed by. `plainTls`: the client's mesh configuration tells it to send no mutual TLS, and which object says so.
 */
export function peerOf(view: NamespaceView, caller: PodGroup, callee: Callee, ports: CallPorts, plainTls?: string): SeenPeer {
  const { workload, mesh } = caller;
  const account = workload.template.containers?.serviceAccount;
  const known = account === undefined ? {} : { workload: { namespace: view.namespace, serviceAccount: account } };
  const proxy = istioProxy(caller);
  const istio = proxy === undefined ? {} : { istio: { proxy, service: ports.called } };
  const seen = (identity: Peer['identity'], ...remarks: readonly string[]): SeenPeer => ({
    peer: { ...plainPeer(identity), ...known, ...istio },
    remarks,
  });
  const plain = (...remarks: readonly string[]) => seen({ tag: 'plain-text' }, ...remarks);
  const name = `${workload.kind} ${workload.name}`;
  if (mesh === undefined) return plain();
  if ((mesh === 'linkerd') !== (callee.mesh === 'linkerd')) {
    return callee.mesh === undefined ? plain() : plain(`${name} is in ${mesh}, and to another mesh its calls are plain text.`);
  }
  if (callee.mesh === undefined) return plain();
  const skipped = mesh === 'linkerd' ? skipsLinkerd(caller.annotations, ports) : skipsIstio(caller, ports);
  if (skipped !== undefined)
    return plain(`Calls of ${name} to port ${ports.dialled} pass its proxy by (${skipped}), so they are plain text.`);
  if (mesh !== 'linkerd') {
    if (plainTls !== undefined) return plain(`${plainTls} tells ${name} to send no mutual TLS.`);
    const why = refusesMutualTls(callee, mesh);
    if (why !== undefined) return plain(why);
  }
  const identity = identityIn(view, workload, mesh);
  return identity === undefined ? seen({ tag: 'unknown' }) : seen({ tag: 'mutual-tls', name: identity });
}

/** What stands on the side of a caller in Istio's mesh; a waypoint, which is none of them, calls for others. */
function istioProxy({ mesh, labels }: PodGroup): IstioClient['proxy'] | undefined {
  if (mesh === 'istio-ambient') return 'ztunnel';
  if (mesh !== 'istio-sidecar' || labels['gateway.istio.io/managed'] === 'istio.io-mesh-controller') return undefined;
  return isGatewayPod(labels) ? 'gateway' : 'sidecar';
}

const ISTIO_SKIPPED = 'traffic.sidecar.istio.io/excludeOutboundPorts';

/** The rule is made of the port that is dialled, before a Service's address becomes a pod's (linkerd2-proxy-init, pkg/iptables: `makeIgnorePorts`). */
function skipsLinkerd(annotations: Labels, { dialled }: CallPorts): string | undefined {
  return lists(parseSkippedPorts(annotations[SKIP_OUTBOUND_PORTS]), dialled) ? SKIP_OUTBOUND_PORTS : undefined;
}

function skipsIstio({ annotations, mesh }: PodGroup, { dialled }: CallPorts): string | undefined {
  return mesh === 'istio-sidecar' && lists(parsePortList(annotations[ISTIO_SKIPPED]), dialled) ? ISTIO_SKIPPED : undefined;
}

/**
 * Whether Istio's client side takes the callee for one that speaks no mutual TLS: a sidecar by the label that injection sets, which a user may change (istio,
 * pilot/pkg/model: `GetTLSModeFromEndpointLabels`); from ztunnel, a sidecar that takes no HBONE (istio, pilot/pkg/serviceregistry/ambient: `setTunnelProtocol`).
 */
function refusesMutualTls({ labels, mesh, name, kind }: Callee, caller: PodGroup['mesh']): string | undefined {
  if (mesh !== 'istio-sidecar') return undefined;
  const mode = labels['security.istio.io/tlsMode'];
  if (mode !== undefined && mode !== 'istio') {
    return `The pods of ${kind} ${name} bear security.istio.io/tlsMode: ${quote(mode)}, so clients send them no mutual TLS.`;
  }
  if (caller === 'istio-ambient' && labels['networking.istio.io/tunnel'] !== 'http') {
    return `The sidecars of ${kind} ${name} take no HBONE (label networking.istio.io/tunnel), so ztunnel sends them plain text.`;
  }
  return undefined;
}
