import { groupBy } from '../../../lib/group.ts';
import { quote } from '../../objects/field.ts';
import { nameOthers } from '../../objects/kube-object.ts';
import type { Check } from '../check.ts';
import { isServiceParent, ROUTE_OBJECTS, routeParents } from '../gateway-routes.ts';

/**
 * A ServiceProfile is for a Service that exists, and its Service has no routes: with routes or overrides in a profile, clients follow the profile and pass over
 * HTTPRoutes (linkerd2-proxy, linkerd/app/outbound/src/http/logical/profile.rs: `should_override_policy`).
 */
export const serviceProfile: Check = {
  name: 'service-profile',
  codes: ['MESH0908'],
  run(view, report) {
    const parents = ROUTE_OBJECTS.flatMap(({ kind, group }) => view.of(kind, group))
      .flatMap(routeParents)
      .filter(isServiceParent);
    const routesOf = groupBy(parents, ({ reference: { name, namespace } }) => `${name}.${namespace}.svc.${view.clusterDomain}`);
    for (const object of view.of('ServiceProfile', 'linkerd.io')) {
      const { name, spec } = object;
      if (view.registry.namespaceOf(name) === undefined) {
        if (name.includes('.') && !/\.svc$/.test(name)) continue;
        const message = `A ServiceProfile is called after its Service, and ${quote(name)} is not a full name.`;
        report({ object, field: 'metadata.name', message, fix: `Call it SERVICE.NAMESPACE.svc.${view.clusterDomain}.` });
        continue;
      }
      const lookup = view.registry.lookUp(name, object.namespace);
      if (lookup.tag === 'missing')
        report({ object, field: 'metadata.name', message: `There is no Service ${quote(name)}.`, fix: 'Correct the name.' });
      if (spec.at('routes').size === 0 && spec.at('dstOverrides').size === 0) continue;
      const routes = [...new Set((routesOf.get(name) ?? []).map(({ route }) => route))];
      const [first] = routes;
      if (first === undefined) continue;
      const others = routes.length > 1 ? ` (and ${nameOthers(routes, first)})` : '';
      const message = `The Service has ${first.kind} ${quote(first.name)}${others}, which clients pass over for this profile.`;
      report({ object, field: 'spec', message, fix: 'Move what the profile says into the route, and remove the profile.' });
    }
  },
};
