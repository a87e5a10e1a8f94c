import { type Field, quote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check } from '../check.ts';
import { isLinkerdParent, isServiceParent, ROUTE_OBJECTS, routeParents } from '../gateway-routes.ts';
import { LINKERD_POLICY } from '../references.ts';
import type { View } from '../view.ts';

/** What Linkerd's policy controller takes of each kind (linkerd2, policy-controller/k8s/index/src/outbound/index/http.rs: `convert_gateway_filter`, and grpc.rs). */
const IMPLEMENTED: Readonly<Record<string, readonly string[]>> = {
  HTTPRoute: ['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestRedirect'],
  GRPCRoute: ['RequestHeaderModifier', 'ResponseHeaderModifier'],
};

/** A route that Linkerd's proxies carry out has no filter that they do not know: with one the whole route, or that backend, is left out. */
export const routeFilters: Check = {
  name: 'route-filters',
  codes: ['MESH0806'],
  run(view, report) {
    for (const object of ROUTE_OBJECTS.flatMap(({ kind, group }) => view.of(kind, group))) {
      const known = Object.hasOwn(IMPLEMENTED, object.kind) ? IMPLEMENTED[object.kind] : undefined;
      if (known === undefined || !isForLinkerd(view, object)) continue;
      for (const rule of object.spec.at('rules').items) {
        for (const field of unknownFilters(rule, known)) {
          const message = `Linkerd does not implement ${quote(field.at('type').text ?? '')}, and passes over the whole route.`;
          report({ object, field, message, fix: `It knows ${known.join(', ')}.` });
        }
        for (const field of rule.at('backendRefs').items.flatMap((backend) => unknownFilters(backend, known))) {
          const message = `Linkerd does not implement ${quote(field.at('type').text ?? '')}, and answers 500 for this backend.`;
          report({ object, field, message, fix: `It knows ${known.join(', ')}.` });
        }
      }
    }
  },
};

/** Whether it is Linkerd that carries a route out: it is of Linkerd's kind, or attaches to what only Linkerd has, or to a Service of a namespace that asks for Linkerd. */
function isForLinkerd(view: View, route: KubeObject): boolean {
  return (
    route.group === LINKERD_POLICY ||
    routeParents(route).some(
      (parent) => isLinkerdParent(parent) || (isServiceParent(parent) && view.linkerd.isUsedIn(parent.reference.namespace)),
    )
  );
}

function unknownFilters(parent: Field, known: readonly string[]): readonly Field[] {
  return parent.at('filters').items.filter((filter) => !known.includes(filter.at('type').text ?? ''));
}
