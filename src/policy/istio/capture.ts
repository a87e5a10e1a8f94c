import type { AccessStep, Callee } from '../access/model.ts';
import { UNREAD_VALUE } from '../objects/kube-object.ts';
import { parseBool } from './lists.ts';

/** The ports of the proxy itself, which it never sees as traffic: status, health and metrics (istio, manifests/charts/istio-control/istio-discovery/files/injection-template.yaml). */
const OWN_PORTS = new Set([15_020, 15_021, 15_090]);
/** Where sidecars of HBONE listen (istio, pkg/model: `HBoneInboundListenPort`). */
const TUNNEL_PORT = 15_008;

const INCLUDE = 'traffic.sidecar.istio.io/includeInboundPorts';
const EXCLUDE = 'traffic.sidecar.istio.io/excludeInboundPorts';
const BYPASS = 'ambient.istio.io/bypass-inbound-capture';

/** Whether connections pass the callee's proxy. */
export type Capture =
  | { readonly tag: 'captured' }
  | { readonly tag: 'bypassed'; readonly step: AccessStep }
  /** An annotation is there whose text was not kept. */
  | { readonly tag: 'unknown'; readonly step: AccessStep; readonly on: string };

const CAPTURED: Capture = { tag: 'captured' };

/**
 * What the pods' annotations say of a port. With a list of ports to include nobody asks for those to exclude (istio,
 * tools/istio-iptables/pkg/capture/run.go: `handleInboundPortsInclude`; cni/pkg/nodeagent/net.go: `getPodLevelTrafficOverrides`).
 */
export function readCapture({ annotations, mesh }: Callee, port: number): Capture {
  if (mesh === 'istio-ambient') {
    if (!parseBool(annotations[BYPASS])) return CAPTURED;
    return bypass('The pods take connections past ztunnel, so nothing is enforced.', BYPASS);
  }
  if (port === TUNNEL_PORT) return bypass('The port is the one of tunnels, which is not redirected to the proxy.');
  const include = annotations[INCLUDE]?.trim() ?? '*';
  if (include === UNREAD_VALUE) return unread(INCLUDE);
  if (include !== '*') {
    if (ports(include).has(String(port))) return CAPTURED;
    return bypass(`Port ${port} is not among those that the sidecar takes, so nothing is enforced.`, INCLUDE);
  }
  if (OWN_PORTS.has(port)) return bypass(`Port ${port} is the sidecar’s own, where no policy holds.`);
  const exclude = annotations[EXCLUDE] ?? '';
  if (exclude === UNREAD_VALUE) return unread(EXCLUDE);
  return ports(exclude).has(String(port)) ? bypass(`Port ${port} is kept from the sidecar, so nothing is enforced.`, EXCLUDE) : CAPTURED;
}

function bypass(says: string, name?: string): Capture {
  return { tag: 'bypassed', step: name === undefined ? { says } : { field: annotation(name), says } };
}

function unread(name: string): Capture {
  const step = { field: annotation(name), says: 'The annotation keeps the port from the sidecar, so nothing is enforced.' };
  return { tag: 'unknown', step, on: `the annotation ${name}, which is too long to be kept` };
}

function ports(list: string): ReadonlySet<string> {
  return new Set(list.split(',').map((port) => port.trim()));
}

function annotation(name: string): string {
  return `metadata.annotations[${JSON.stringify(name)}]`;
}
