import type { KeptKind } from '../mesh/kept.ts';
import { KINDS } from '../sources/kubernetes/kinds.ts';

/** Policies: who may call whom, and how calls are secured and limited. */
export const POLICY_KINDS = [
  'linkerdServers',
  'linkerdServerAuthorizations',
  'linkerdAuthorizationPolicies',
  'linkerdMeshTlsAuthentications',
  'linkerdNetworkAuthentications',
  'linkerdRateLimitPolicies',
  'linkerdEgressNetworks',
  'istioAuthorizationPolicies',
  'istioPeerAuthentications',
  'istioRequestAuthentications',
] as const satisfies readonly KeptKind[];

/** Routes: where calls go. */
export const ROUTE_KINDS = [
  'httpRoutes',
  'grpcRoutes',
  'linkerdHttpRoutes',
  'istioVirtualServices',
  'istioDestinationRules',
] as const satisfies readonly KeptKind[];

export type WritableKind = (typeof POLICY_KINDS)[number] | (typeof ROUTE_KINDS)[number];

/**
 * The kinds that tools may change, and nothing else: all are custom resources in namespaces. The chart's write role is made of this list
 * (`scripts/chart-files.ts`).
 */
export const WRITABLE_KINDS: readonly WritableKind[] = [...POLICY_KINDS, ...ROUTE_KINDS];

/** The kind of that group and name among some, or undefined. */
export function writableKind(among: readonly WritableKind[], group: string, kind: string): WritableKind | undefined {
  return among.find((each) => KINDS[each].group === group && KINDS[each].kind === kind);
}

/** `HTTPRoute.gateway.networking.k8s.io, …`: for messages. */
export function kindsText(among: readonly WritableKind[]): string {
  return among.map((each) => `${KINDS[each].kind}.${KINDS[each].group}`).join(', ');
}
