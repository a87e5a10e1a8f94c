import type { Severity } from './finding.ts';

/** A code: how bad it usually is, and what it means. docs/analysis/ has a page for each. */
export interface CodeMeaning {
  readonly severity: Severity;
  readonly title: string;
}

/**
 * Every code that a check can give. `IST` codes are Istio's own and mean what they mean in `istioctl analyze` (istio, pkg/config/analysis/msg:
 * `messages.yaml`). `MESH` codes are ours: MESH00 any object, 01 VirtualService, 02 DestinationRule, 03 Gateway, 04 ServiceEntry, 05 security, 06 proxies, 07 Linkerd's
 * policy, 08 Gateway API, 09 Linkerd's proxies. What
 * Istio only reports as its general IST0106 (refused by validation) has a code of ours, because one code for everything helps nobody.
 */
export const CODES = {
  IST0002: { severity: 'warning', title: 'Deprecated version or field' },
  IST0101: { severity: 'error', title: 'Something that is referred to does not exist' },
  IST0102: { severity: 'info', title: 'Namespace is not enabled for injection' },
  IST0109: { severity: 'error', title: 'VirtualServices in conflict on a host of the mesh' },
  IST0110: { severity: 'error', title: 'Sidecars select the same workload' },
  IST0111: { severity: 'error', title: 'Several Sidecars without a selector' },
  IST0112: { severity: 'error', title: 'Destination must say which port' },
  IST0118: { severity: 'info', title: 'Port does not say its protocol' },
  IST0123: { severity: 'warning', title: 'Namespace has several injection labels' },
  IST0127: { severity: 'warning', title: 'Selector matches no workload' },
  IST0128: { severity: 'info', title: 'No CA to check the server with' },
  IST0129: { severity: 'info', title: 'No CA to check the server with, for a port' },
  IST0130: { severity: 'warning', title: 'Rule can never be reached' },
  IST0131: { severity: 'info', title: 'Match has no effect' },
  IST0132: { severity: 'warning', title: 'Gateway does not serve the VirtualService’s host' },
  IST0134: { severity: 'warning', title: 'ServiceEntry needs addresses' },
  IST0145: { severity: 'error', title: 'Gateways in conflict' },
  IST0149: { severity: 'error', title: 'Routing by JWT claim without RequestAuthentication' },
  IST0151: { severity: 'warning', title: 'EnvoyFilter patches relative to others without a priority' },
  IST0152: { severity: 'error', title: 'EnvoyFilter cannot REPLACE this' },
  IST0153: { severity: 'error', title: 'EnvoyFilter cannot ADD this' },
  IST0154: { severity: 'error', title: 'EnvoyFilter cannot REMOVE this' },
  IST0159: { severity: 'error', title: 'Telemetries select the same workload' },
  IST0160: { severity: 'error', title: 'Several Telemetries without a selector' },
  IST0161: { severity: 'error', title: 'Gateway’s credential is not usable' },
  IST0162: { severity: 'warning', title: 'Gateway’s port is not on its Service' },
  IST0173: { severity: 'error', title: 'Subset matches no workload' },
  IST0174: { severity: 'warning', title: 'DestinationRule’s host is unknown' },
  IST0177: { severity: 'warning', title: 'ServiceEntries disagree on a protocol' },
  MESH0001: { severity: 'error', title: 'Unknown field or value' },
  MESH0002: { severity: 'error', title: 'No such version or kind' },
  MESH0003: { severity: 'error', title: 'Object is there twice' },
  MESH0004: { severity: 'error', title: 'exportTo contradicts itself' },
  MESH0005: { severity: 'warning', title: 'Deprecated kind or version' },
  MESH0006: { severity: 'warning', title: 'A controller does not accept it' },
  MESH0101: { severity: 'error', title: 'Weights send traffic nowhere' },
  MESH0102: { severity: 'error', title: 'Rule says no action, or several' },
  MESH0103: { severity: 'warning', title: 'Match names a gateway that the VirtualService is not bound to' },
  MESH0104: { severity: 'warning', title: 'VirtualServices in conflict on a gateway' },
  MESH0105: { severity: 'warning', title: 'Retries do not fit into the time-out' },
  MESH0106: { severity: 'warning', title: 'HTTP rules for a port that carries no HTTP' },
  MESH0107: { severity: 'error', title: 'Fault injection that does nothing or is refused' },
  MESH0108: { severity: 'warning', title: 'Regular expression does not match what was meant' },
  MESH0201: { severity: 'warning', title: 'Subset without labels, or twice' },
  MESH0202: { severity: 'warning', title: 'DestinationRules in conflict' },
  MESH0203: { severity: 'error', title: 'Locality settings are refused or have no effect' },
  MESH0204: { severity: 'error', title: 'DestinationRule and PeerAuthentication disagree on mutual TLS' },
  MESH0205: { severity: 'warning', title: 'Port-level settings drop the rest of the traffic policy' },
  MESH0301: { severity: 'error', title: 'Gateway’s TLS does not fit its port' },
  MESH0302: { severity: 'error', title: 'Gateway’s servers clash on a port' },
  MESH0303: { severity: 'info', title: 'Gateway without a route' },
  MESH0401: { severity: 'error', title: 'ServiceEntry’s resolution does not fit' },
  MESH0501: { severity: 'error', title: 'Authorization rules that never or always match' },
  MESH0502: { severity: 'error', title: 'Selector and targetRefs together' },
  MESH0503: { severity: 'warning', title: 'HTTP rules of a policy on a TCP port' },
  MESH0504: { severity: 'error', title: 'JWT rule cannot check a token' },
  MESH0505: { severity: 'warning', title: 'JWT rules, and no policy that asks for a token' },
  MESH0506: { severity: 'error', title: 'Port-level mutual TLS without effect' },
  MESH0507: { severity: 'warning', title: 'PeerAuthentications in conflict' },
  MESH0508: { severity: 'warning', title: 'Principal that no workload has' },
  MESH0601: { severity: 'error', title: 'EnvoyFilter patch is incomplete' },
  MESH0701: { severity: 'error', title: 'Linkerd policy is for nothing' },
  MESH0702: { severity: 'error', title: 'Linkerd policy asks for what is not there' },
  MESH0703: { severity: 'warning', title: 'Server’s port is on no container' },
  MESH0704: { severity: 'warning', title: 'Server or ServerAuthorization selects nothing' },
  MESH0705: { severity: 'warning', title: 'Servers claim the same port' },
  MESH0706: { severity: 'error', title: 'Server says what Linkerd does not know' },
  MESH0707: { severity: 'error', title: 'Identity that no client can have' },
  MESH0708: { severity: 'error', title: 'Network is none, or its exceptions do not fit' },
  MESH0709: { severity: 'warning', title: 'EgressNetworks have the same network' },
  MESH0710: { severity: 'error', title: 'Rate limit that is refused or has no effect' },
  MESH0711: { severity: 'warning', title: 'Route does not fit its Server’s protocol' },
  MESH0712: { severity: 'info', title: 'Server that nobody may call' },
  MESH0713: { severity: 'error', title: 'ServerAuthorization’s client contradicts itself' },
  MESH0801: { severity: 'error', title: 'Route sends to nothing' },
  MESH0802: { severity: 'error', title: 'Route attaches to nothing' },
  MESH0803: { severity: 'error', title: 'Weights of a route send traffic nowhere' },
  MESH0804: { severity: 'warning', title: 'Gateway does not serve the route’s hostnames' },
  MESH0805: { severity: 'warning', title: 'Routes match the same' },
  MESH0806: { severity: 'error', title: 'Filter that Linkerd does not implement' },
  MESH0807: { severity: 'error', title: 'Listeners clash or lack what they need' },
  MESH0808: { severity: 'error', title: 'Time-out of a route does not fit' },
  MESH0809: { severity: 'warning', title: 'Routes of different kinds on one parent' },
  MESH0901: { severity: 'error', title: 'Annotation with a word that Linkerd does not know' },
  MESH0902: { severity: 'error', title: 'Failure accrual is malformed' },
  MESH0903: { severity: 'error', title: 'Retries or time-outs in annotations are malformed' },
  MESH0904: { severity: 'error', title: 'List of ports is malformed' },
  MESH0905: { severity: 'warning', title: 'Skipped port goes around the mesh' },
  MESH0906: { severity: 'warning', title: 'Port should be opaque' },
  MESH0907: { severity: 'warning', title: 'Pods are without the proxy that they ask for' },
  MESH0908: { severity: 'warning', title: 'ServiceProfile is for nothing, or hides routes' },
  MESH0909: { severity: 'warning', title: 'Annotation is where nobody reads it' },
} as const satisfies Readonly<Record<string, CodeMeaning>>;

export type Code = keyof typeof CODES;

/** How bad a code usually is. */
export function severityOf(code: Code): Severity {
  return CODES[code].severity;
}
