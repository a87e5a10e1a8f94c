import type { Callee, InboundPolicy } from '../access/model.ts';
import { AmbientInbound } from './ambient.ts';
import { decided, join } from './answers.ts';
import type { MeshProxy } from './attachment.ts';
import { type Capture, readCapture } from './capture.ts';
import { isGatewayPod } from './gateway-pods.ts';
import { SidecarInbound } from './sidecar.ts';
import type { IstioWorld } from './world.ts';

/** The label of a Gateway's pods (istio, pilot/pkg/model/policyattachment.go: `workloadGatewayName`). */
const GATEWAY_NAME = 'gateway.networking.k8s.io/gateway-name';
const MANAGED = 'gateway.istio.io/managed';
/** Who manages waypoints (istio, pkg/config/constants: `ManagedGatewayMeshControllerLabel`). */
const MESH_CONTROLLER = 'istio.io-mesh-controller';

/**
 * Who may come in at a port of a callee in Istio's mesh: mutual TLS first, then the policies of its sidecar, or of its waypoint and ztunnel. Whatever is unknown is
 * carried along in three values, and an answer is `unknown` only where what is possible differs; of method, path and host one at a time is tried for that
 * (`candidates.ts`), so that rules which decide a call only by two of them together leave it open. Reading the objects costs once; asking for a caller costs little.
 */
export function istioInbound(callee: Callee, port: number, world: IstioWorld): InboundPolicy {
  const proxy = proxyOf(callee);
  const isGateway = callee.mesh !== 'linkerd' && isGatewayPod(callee.labels);
  if (proxy === undefined) {
    const says = 'No proxy of Istio’s stands before these pods, so nothing is enforced.';
    return { decide: () => decided('allowed', { says }) };
  }
  const capture: Capture = isGateway ? { tag: 'captured' } : readCapture(callee, port);
  if (capture.tag === 'bypassed') return { decide: () => decided('allowed', capture.step) };
  const inbound =
    proxy.tag === 'ztunnel' ? new AmbientInbound(callee, port, world) : new SidecarInbound(callee, port, world, proxy, isGateway);
  return {
    decide(peer, call) {
      // Traffic within a pod is not redirected (istio, tools/istio-iptables/pkg/capture/run.go; cni/pkg/iptables).
      if (peer.loopback) return decided('allowed', { says: 'What stays within the pod passes no proxy.' });
      const answer = inbound.decide(peer, call);
      if (capture.tag === 'captured') return answer;
      const past = { says: 'In case the proxy is passed by.', answer: decided('allowed', capture.step) };
      return join([{ says: 'In case the proxy takes the port.', answer }, past], capture.on);
    },
  };
}

function proxyOf({ namespace, labels, mesh }: Callee): MeshProxy | undefined {
  const own = new Map(Object.entries(labels));
  const gateway = own.get(GATEWAY_NAME);
  if (gateway !== undefined && mesh !== 'linkerd') {
    if (own.get(MANAGED) === MESH_CONTROLLER) return { tag: 'waypoint', namespace, gateway, service: undefined };
    return { tag: 'gateway', namespace, gateway, labels: own };
  }
  if (mesh === 'istio-sidecar' || (mesh === undefined && isGatewayPod(labels))) return { tag: 'workload', namespace, labels: own };
  return mesh === 'istio-ambient' ? { tag: 'ztunnel', namespace, labels: own } : undefined;
}
