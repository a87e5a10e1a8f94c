import { MESH } from '../analyze/routes.ts';
import { type Surroundings, View } from '../analyze/view.ts';
import { type KubeObject, readObjects } from '../objects/kube-object.ts';
import type { Outcome, RouteAnswer } from './answer.ts';
import { gatewayProxy, resolveFromGateway } from './from-gateway.ts';
import { resolveFromWorkload } from './from-workload.ts';
import { type RouteRequest, readRequest } from './request.ts';
import { refused, type Situation } from './situation.ts';
import { Trail } from './trail.ts';

/**
 * Which workloads a request reaches, by Istio's rules: request, VirtualService, DestinationRule, subset, workloads. `values` are Kubernetes objects as JSON
 * gives them, in any order; what is none is passed over, and no value makes this throw.
 *
 * Read from Istio's source (istio 1.32, pilot/pkg/model, pilot/pkg/networking/core and its package route; each place is named where it is used) for sidecars
 * and gateways. Not read: Gateway API routes, EnvoyFilters, waypoints, the mesh-wide defaults of `exportTo`, and what other Gateway objects bring to the
 * same proxies.
 */
export function resolveRoute(values: readonly unknown[], request: RouteRequest, surroundings: Surroundings = {}): RouteAnswer {
  return resolveRouteIn(new View(readObjects(values), surroundings), request);
}

/** The same for objects that are already indexed, for many requests. */
export function resolveRouteIn(view: View, request: RouteRequest): RouteAnswer {
  const trail = new Trail();
  const outcome = outcomeOf(view, request, trail);
  return { ...outcome, steps: trail.steps };
}

function outcomeOf(view: View, request: RouteRequest, trail: Trail): Outcome {
  const call = readRequest(request);
  const { from } = request;
  if (from.tag === 'workload') {
    const labels = new Map(Object.entries(from.labels));
    const proxy = { namespace: from.namespace, labels, gateway: MESH, port: call.port };
    return resolveFromWorkload({ view, call, proxy, trail });
  }
  const gateway = findGateway(view, from.gateway);
  if (gateway === undefined) return refused('no gateway', undefined, 'no Gateway of that namespace and name exists');
  const situation: Situation = { view, call, proxy: gatewayProxy(gateway, call.port, view), trail };
  return resolveFromGateway(gateway, situation);
}

function findGateway(view: View, name: string): KubeObject | undefined {
  const [namespace = '', short = ''] = name.split('/', 2);
  return view.find('Gateway', 'networking.istio.io', namespace, short);
}
