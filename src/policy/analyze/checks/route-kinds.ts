import { groupBy } from '../../../lib/group.ts';
import { quote } from '../../objects/field.ts';
import type { Check } from '../check.ts';
import { isLinkerdParent, isServiceParent, ROUTE_OBJECTS, routeParents } from '../gateway-routes.ts';

/** From the most special on: with a route of one kind a parent takes none of those after it. */
const ORDER = ['GRPCRoute', 'HTTPRoute', 'TLSRoute', 'TCPRoute'];

/** Routes on one Service, Server or EgressNetwork are of one kind (linkerd2, policy-controller/k8s/status/src/index.rs: `parent_has_conflicting_routes`; gateway-api, GEP-1426). */
export const routeKinds: Check = {
  name: 'route-kinds',
  codes: ['MESH0809'],
  run(view, report) {
    const parents = ROUTE_OBJECTS.flatMap(({ kind, group }) => view.of(kind, group))
      .flatMap(routeParents)
      .filter((parent) => isLinkerdParent(parent) || isServiceParent(parent));
    const groups = groupBy(parents, ({ reference: { group, kind, namespace, name }, port }) =>
      JSON.stringify([group, kind, namespace, name, port]),
    );
    for (const group of groups.values()) {
      const ranks = group.map(({ route }) => ORDER.indexOf(route.kind));
      const best = ranks.reduce((least, rank) => (rank === -1 ? least : Math.min(least, rank)), ORDER.length);
      const winner = group[ranks.indexOf(best)];
      for (const [index, { route, reference }] of group.entries()) {
        if (winner === undefined || (ranks[index] ?? 0) <= best) continue;
        const message = `${winner.route.kind} ${quote(winner.route.name)} attaches to the same ${reference.kind}, which therefore takes no ${route.kind}.`;
        report({ object: route, field: reference.field, message, fix: 'Use one kind of route for each parent, or different ports.' });
      }
    }
  },
};
