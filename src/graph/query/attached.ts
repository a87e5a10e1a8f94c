import { gatewayId, namespaceOf, objectId, serverId } from '../ids.ts';
import type { NodeId, PolicyNode, RouteNode } from '../model.ts';
import type { MeshView } from './view.ts';

/** A route or a policy with the namespace that it is in. */
export interface Placed<Node> {
  readonly id: NodeId;
  readonly namespace: string;
  readonly node: Node;
}

export interface Attached {
  readonly routes: readonly Placed<RouteNode>[];
  readonly policies: readonly Placed<PolicyNode>[];
}

const GATEWAY_API = 'gateway.networking.k8s.io';

// A policy on a route on a Server on a workload is as far as it goes.
const MAX_ROUNDS = 5;

/**
 * The routes and policies of a view that hang on some nodes, directly or through one another (a policy on a route, a route on a Server that selects the
 * workload), and the routes that lead to them; policies of a whole namespace where a node is in it. In the view's order.
 */
export function attachedTo(nodes: readonly NodeId[], { topologies }: Pick<MeshView, 'topologies'>): Attached {
  const targets = new Set<string>([...nodes, ...nodes.flatMap((node) => namespaceOf(node) ?? [])]);
  const routes = [...topologies].flatMap(([namespace, topology]) => topology.routes.map((node) => placed(namespace, node)));
  const policies = [...topologies].flatMap(([namespace, topology]) => topology.policies.map((node) => placed(namespace, node)));
  const isOn = (ends: readonly string[]) => ends.some((end) => targets.has(end));
  const found = new Set<NodeId>();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = found.size;
    for (const { id, namespace, node } of routes) {
      if (found.has(id) || !(isOn(node.attachedTo) || isOn(node.backends.map(({ to }) => to)))) continue;
      found.add(id);
      for (const name of namesOf(namespace, node)) targets.add(name);
    }
    for (const { id, namespace, node } of policies) {
      if (found.has(id) || !isOn(node.selects)) continue;
      found.add(id);
      for (const name of namesOf(namespace, node)) targets.add(name);
    }
    if (found.size === before) break;
  }
  return { routes: routes.filter(({ id }) => found.has(id)), policies: policies.filter(({ id }) => found.has(id)) };
}

function placed<Node extends RouteNode | PolicyNode>(namespace: string, node: Node): Placed<Node> {
  return { id: objectId(namespace, node), namespace, node };
}

/** What others may call an object on which they hang. */
function namesOf(namespace: string, node: RouteNode | PolicyNode): readonly NodeId[] {
  if (node.kind === 'Server') return [objectId(namespace, node), serverId(namespace, node.name)];
  if (node.kind === 'Gateway' && node.group === GATEWAY_API) return [objectId(namespace, node), gatewayId(namespace, node.name)];
  return [objectId(namespace, node)];
}
