import { quote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check, Report } from '../check.ts';
import { ROUTE_OBJECTS, type RouteParent, routeParents } from '../gateway-routes.ts';
import { find, GATEWAY_API, kindText, LINKERD_POLICY } from '../references.ts';
import type { View } from '../view.ts';

/** The group of each kind that a route can attach to; others are for other controllers. */
const GROUPS: Readonly<Record<string, string>> = {
  Gateway: GATEWAY_API,
  Service: '',
  Server: LINKERD_POLICY,
  EgressNetwork: LINKERD_POLICY,
};

/** Every parent of a route exists, is one that routes can attach to, and has the listener or port that the route names; otherwise the route has no effect. */
export const routeParent: Check = {
  name: 'route-parent',
  codes: ['MESH0802'],
  run(view, report) {
    for (const { kind, group } of ROUTE_OBJECTS) {
      for (const object of view.of(kind, group)) {
        if (object.spec.at('parentRefs').size === 0) {
          const field = object.spec.at('parentRefs');
          report({ object, field, message: 'The route attaches to nothing.', fix: 'Add parentRefs.', severity: 'warning' });
        }
        for (const parent of routeParents(object)) checkParent(view, object, parent, report);
      }
    }
  },
};

function checkParent(view: View, object: KubeObject, parent: RouteParent, report: Report): void {
  const { reference } = parent;
  const { field, kind, group, namespace, name, saysGroup } = reference;
  const wanted = Object.hasOwn(GROUPS, kind) ? GROUPS[kind] : undefined;
  if (wanted === undefined) return;
  if (group !== wanted) {
    const filled = saysGroup ? '' : `, which is what it means where it does not say its group`;
    const message = `There is no kind ${quote(kindText(reference))}${filled}: the route attaches to nothing.`;
    report({ object, field, message, fix: wanted === '' ? 'Write group: "" (or core).' : `Write group: ${wanted}.` });
    return;
  }
  if (kind === 'Server' && !checkServerReference(object, parent, report)) return;
  const found = find(view, reference);
  if (found.tag === 'missing') {
    const message = `There is no ${kind} ${quote(name)} in namespace ${quote(namespace)}: the route has no effect.`;
    report({ object, field: field.at('name'), message, fix: `Correct the name or its namespace, or add the ${kind}.` });
  } else if (kind === 'EgressNetwork' && parent.port === undefined) {
    report({ object, field, message: 'An EgressNetwork needs a port here; the route is refused.', fix: 'Add port.' });
  } else if (found.tag === 'found') {
    if (kind === 'Gateway') checkListener(object, parent, found.object, report);
    if (kind === 'Service') checkService(view, object, parent, found.object, report);
  }
}

/** A Server is a parent in its own namespace, as a whole (linkerd2, policy-controller/k8s/index/src/inbound/routes.rs: `InvalidParentRef`). */
function checkServerReference(object: KubeObject, { reference, port, sectionName }: RouteParent, report: Report): boolean {
  const { field, namespace } = reference;
  if (namespace !== object.namespace) {
    const message = 'A Server of another namespace is no parent: Linkerd passes over the whole route.';
    report({ object, field: field.at('namespace'), message, fix: 'Put the route into the Server’s namespace.' });
    return false;
  }
  if (port === undefined && sectionName === undefined) return true;
  const message = 'A Server is a parent without port and sectionName: Linkerd passes over the whole route.';
  report({ object, field, message, fix: 'Remove them; the Server has one port.' });
  return false;
}

function checkListener(object: KubeObject, { reference, port, sectionName }: RouteParent, gateway: KubeObject, report: Report): void {
  const listeners = gateway.spec.at('listeners').items;
  if (listeners.length === 0) return;
  const { field, name } = reference;
  if (sectionName !== undefined && !listeners.some((listener) => listener.at('name').text === sectionName)) {
    const message = `Gateway ${quote(name)} has no listener ${quote(sectionName)}.`;
    report({ object, field: field.at('sectionName'), message, fix: 'Write the name of one of its listeners.' });
  } else if (port !== undefined && !listeners.some((listener) => listener.at('port').number === port)) {
    const message = `Gateway ${quote(name)} has no listener on port ${port}.`;
    report({ object, field: field.at('port'), message, fix: 'Write the port of one of its listeners.' });
  }
}

function checkService(view: View, object: KubeObject, { reference, port }: RouteParent, service: KubeObject, report: Report): void {
  const { field, name } = reference;
  const numbers = service.spec.at('ports').items.flatMap((each) => each.at('port').number ?? []);
  if (port !== undefined && numbers.length > 0 && !numbers.includes(port)) {
    const message = `Service ${quote(name)} has no port ${port}: the route has no effect.`;
    report({ object, field: field.at('port'), message, fix: `Its ports are ${numbers.slice(0, 10).join(', ')}.` });
  }
  // linkerd2, policy-controller/k8s/status/src/service.rs: `valid_parent_service`
  const headless = service.spec.at('clusterIP').text?.toLowerCase() === 'none';
  if (!view.linkerd.isUsedIn(service.namespace) || (!headless && service.spec.at('type').value !== 'ExternalName')) return;
  const what = headless ? 'headless' : 'of type ExternalName';
  const message = `Service ${quote(name)} is ${what}, and Linkerd takes no route for one.`;
  report({ object, field, message, fix: 'Attach it to a Service with an address of its own.', severity: 'warning' });
}
