import { GATEWAY_API, LINKERD_POLICY } from '../analyze/references.ts';
import { isPlanned } from '../objects/age.ts';
import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { groupIn, textIn } from './references.ts';
import { type LinkerdWorld, objectsOf } from './world.ts';

const CONTROLLER = 'linkerd.io/policy-controller';

/** The Servers that a route names as its parents, or why the controller does not take the route in. */
export type Parents = { readonly servers: readonly string[] } | { readonly field: string; readonly because: string };

/** A Server is a parent in the route's own namespace, as a whole (linkerd2, policy-controller/k8s/index/src/inbound/routes.rs: `ParentRef`). */
export function serverParents({ spec, namespace }: KubeObject): Parents {
  const servers: string[] = [];
  for (const parent of spec.at('parentRefs').items) {
    const name = textIn(parent.at('name')) ?? '';
    if (!isServer(parent) || name === '') continue;
    const field = parent.path;
    const home = parent.at('namespace');
    if (home.exists && home.value !== namespace) return { field, because: 'it names a Server of another namespace' };
    if (parent.at('port').exists) return { field, because: 'it names a port of a Server, which has but one' };
    if (parent.at('sectionName').exists) return { field, because: 'it names a section of a Server, which has none' };
    servers.push(name);
  }
  return { servers };
}

function isServer(parent: Field): boolean {
  return (textIn(parent.at('kind')) ?? '').toLowerCase() === 'server' && groupIn(parent) === LINKERD_POLICY;
}

/**
 * Whether the controller has accepted a route on a Server (the same file: `accepted_by_server`). Where one of the two is not in the cluster yet it is told what the
 * controller will say: an HTTPRoute gives way to any GRPCRoute on the same Server (linkerd2, policy-controller/k8s/status/src/index.rs:
 * `parent_condition_server`).
 */
export function isAccepted(route: KubeObject, server: KubeObject, world: LinkerdWorld): boolean {
  const rivals = route.kind === 'GRPCRoute' ? [] : grpcRoutesOn(server, world);
  if (isPlanned(route) || isPlanned(server)) return rivals.length === 0;
  return !rivals.some(isPlanned) && wasAccepted(route, server.name);
}

function wasAccepted(route: KubeObject, server: string): boolean {
  return route.root
    .at('status', 'parents')
    .items.some(
      (parent) =>
        parent.at('controllerName').value === CONTROLLER &&
        parent.at('parentRef', 'kind').value === 'Server' &&
        parent.at('parentRef', 'name').value === server &&
        isTrue(parent.at('conditions'), 'Accepted'),
    );
}

/** Whether a list of conditions has one of a type that is true. */
export function isTrue(conditions: Field, type: string): boolean {
  return conditions.items.some((condition) => condition.at('type').value === type && condition.at('status').value === 'True');
}

function grpcRoutesOn({ namespace, name }: KubeObject, world: LinkerdWorld): readonly KubeObject[] {
  const isParent = (parent: Field) =>
    isServer(parent) && parent.at('name').value === name && (textIn(parent.at('namespace')) ?? namespace) === namespace;
  return objectsOf(world, GATEWAY_API, 'GRPCRoute', namespace).filter((route) => route.spec.at('parentRefs').items.some(isParent));
}
