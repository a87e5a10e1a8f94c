import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { GATEWAY_API, LINKERD_POLICY, type Reference, readReference } from './references.ts';

/** The kinds of routes, Linkerd's own HTTPRoute among them. */
export const ROUTE_OBJECTS: readonly { readonly kind: string; readonly group: string }[] = [
  { kind: 'HTTPRoute', group: GATEWAY_API },
  { kind: 'GRPCRoute', group: GATEWAY_API },
  { kind: 'TCPRoute', group: GATEWAY_API },
  { kind: 'TLSRoute', group: GATEWAY_API },
  { kind: 'HTTPRoute', group: LINKERD_POLICY },
];

/** What a route attaches to. */
export interface RouteParent {
  readonly route: KubeObject;
  readonly reference: Reference;
  readonly port: number | undefined;
  readonly sectionName: string | undefined;
}

/**
 * The parents of a route. What does not say its group is of the group that the CustomResourceDefinition fills in: the route's own (gateway-api,
 * config/crd; linkerd2, charts/linkerd-crds, policy/httproute.yaml), and a Gateway where it does not say its kind.
 */
export function routeParents(route: KubeObject): readonly RouteParent[] {
  const { spec, namespace, group } = route;
  return spec.at('parentRefs').items.flatMap((field): RouteParent[] => {
    const reference = readReference(field, namespace, { group, kind: 'Gateway' });
    if (reference === undefined) return [];
    return [{ route, reference, port: field.at('port').number, sectionName: field.at('sectionName').text }];
  });
}

/** Where a rule of a route sends to. */
export interface RouteBackend {
  readonly route: KubeObject;
  readonly rule: Field;
  readonly reference: Reference;
  readonly port: number | undefined;
}

/** Every backend of a route, mirrors too. A backend is a Service where it does not say its kind (gateway-api, `BackendObjectReference`). */
export function routeBackends(route: KubeObject): readonly RouteBackend[] {
  return route.spec.at('rules').items.flatMap((rule) => {
    const mirrors = rule.at('filters').items.map((filter) => filter.at('requestMirror', 'backendRef'));
    return [...rule.at('backendRefs').items, ...mirrors].flatMap((field): RouteBackend[] => {
      const reference = readReference(field, route.namespace, { group: '', kind: 'Service' });
      return reference === undefined ? [] : [{ route, rule, reference, port: field.at('port').number }];
    });
  });
}

/** Whether Linkerd's proxies carry a route out: it attaches to a Server, a Service or an EgressNetwork. Istio's waypoints take Services too. */
export function isLinkerdParent({ reference: { group, kind } }: RouteParent): boolean {
  return group === LINKERD_POLICY && (kind === 'Server' || kind === 'EgressNetwork');
}

/** Whether a route attaches to a Service. */
export function isServiceParent({ reference: { group, kind } }: RouteParent): boolean {
  return group === '' && kind === 'Service';
}
