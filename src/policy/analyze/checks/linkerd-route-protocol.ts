import { quote } from '../../objects/field.ts';
import { HTTP_PROTOCOLS } from '../../objects/linkerd-words.ts';
import type { Check } from '../check.ts';

/** Protocols of a Server for which the proxy looks at each kind of route (linkerd2, policy-controller/grpc/src/inbound.rs: `to_server`). */
const CARRIERS: Readonly<Record<string, readonly string[]>> = {
  HTTPRoute: HTTP_PROTOCOLS,
  GRPCRoute: ['gRPC'],
  TCPRoute: [],
  TLSRoute: [],
};

/** A route that attaches to a Server is of the Server’s protocol; the proxy passes over any other. */
export const linkerdRouteProtocol: Check = {
  name: 'linkerd-route-protocol',
  codes: ['MESH0711'],
  run(view, report) {
    for (const server of view.linkerd.servers) {
      for (const { route, reference } of view.linkerd.routesOn(server)) {
        const carriers = Object.hasOwn(CARRIERS, route.kind) ? (CARRIERS[route.kind] ?? []) : [];
        if (carriers.includes(server.protocol)) continue;
        const message = `Server ${quote(server.object.name)} is for ${quote(server.protocol)}, where no ${route.kind} has any effect.`;
        const fix =
          carriers.length === 0 ? 'Servers take HTTPRoutes and GRPCRoutes.' : `Set its proxyProtocol to ${carriers.join(' or ')}.`;
        report({ object: route, field: reference.field, message, fix });
      }
    }
  },
};
