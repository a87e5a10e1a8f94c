import { quote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check, Report } from '../check.ts';
import { ROUTE_OBJECTS, type RouteBackend, routeBackends } from '../gateway-routes.ts';
import { find, LINKERD_POLICY } from '../references.ts';
import type { View } from '../view.ts';

/** Every backend of a route of the Gateway API is a Service with that port, or an EgressNetwork; requests for one that is not there get 500 (gateway-api, `HTTPRouteRule.backendRefs`). */
export const routeBackend: Check = {
  name: 'route-backend',
  codes: ['MESH0801'],
  run(view, report) {
    for (const { kind, group } of ROUTE_OBJECTS) {
      for (const route of view.of(kind, group)) for (const backend of routeBackends(route)) checkBackend(view, backend, report);
    }
  },
};

function checkBackend(view: View, { route: object, reference, port }: RouteBackend, report: Report): void {
  const { field, group, kind, namespace, name } = reference;
  const isService = group === '' && kind === 'Service';
  // Other kinds are for other controllers, which know what they take.
  if (!isService && !(group === LINKERD_POLICY && kind === 'EgressNetwork')) return;
  const found = find(view, reference);
  if (found.tag === 'missing') {
    const elsewhere = isService ? view.registry.namespacesWith(name).filter((each) => each !== namespace) : [];
    const fix =
      elsewhere[0] === undefined
        ? `Correct the name, or add the ${kind}.`
        : `There is one in namespace ${quote(elsewhere[0])}: write namespace, and allow it there with a ReferenceGrant.`;
    report({ object, field: field.at('name'), message: `There is no ${kind} ${quote(name)} in namespace ${quote(namespace)}.`, fix });
    return;
  }
  if (!isService) return;
  if (port === undefined) {
    report({ object, field, message: 'A Service needs a port here.', fix: 'Add the Service’s port.' });
  } else if (found.tag === 'found') {
    const numbers = portsOf(found.object);
    if (numbers.length === 0 || numbers.includes(port)) return;
    const message = `Service ${quote(name)} has no port ${port}.`;
    const fix = `Its ports are ${numbers.slice(0, 10).join(', ')}; a Service’s port counts, not targetPort.`;
    report({ object, field: field.at('port'), message, fix });
  }
}

function portsOf(service: KubeObject): readonly number[] {
  return service.spec.at('ports').items.flatMap((port) => port.at('port').number ?? []);
}
