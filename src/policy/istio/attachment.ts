import { bears } from '../analyze/workloads.ts';
import { type Field, quote } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { selectionOf } from '../objects/selection.ts';

/** A proxy that policies are for. */
export type MeshProxy =
  /** A sidecar, or a gateway's proxy that Istio's own Gateway configures. */
  | { readonly tag: 'workload'; readonly namespace: string; readonly labels: ReadonlyMap<string, string> }
  /** The proxy of a Gateway of the Gateway API. */
  | { readonly tag: 'gateway'; readonly namespace: string; readonly gateway: string; readonly labels: ReadonlyMap<string, string> }
  /** The proxy that stands before a Service. `service`: undefined where it is for a pod's own address. */
  | { readonly tag: 'waypoint'; readonly namespace: string; readonly gateway: string; readonly service: Named | undefined }
  | { readonly tag: 'ztunnel'; readonly namespace: string; readonly labels: ReadonlyMap<string, string> };

export interface Named {
  readonly namespace: string;
  readonly name: string;
}

/** Whether a policy is for a proxy, and if not, why. */
export type Attachment = { readonly tag: 'attached' } | { readonly tag: 'passed'; readonly field: Field; readonly says: string };

const ATTACHED: Attachment = { tag: 'attached' };

/** The GatewayClass of waypoints. */
const WAYPOINT_CLASS = 'istio-waypoint';
const GATEWAY_API = 'gateway.networking.k8s.io';

/** What a policy is for: `targetRefs`, else the older `targetRef` (istio, pilot/pkg/model/policyattachment.go: `GetTargetRefs`). */
function readTargets({ spec }: KubeObject): readonly Field[] {
  const targets = spec.at('targetRefs').items;
  const single = spec.at('targetRef');
  return targets.length > 0 || !single.exists ? targets : [single];
}

/**
 * Whether an AuthorizationPolicy or RequestAuthentication is for a proxy (istio, pilot/pkg/model/policyattachment.go: `ShouldAttachPolicy`; for ztunnel
 * pilot/pkg/serviceregistry/ambient: `convertAuthorizationPolicy`, `buildWorkloadPolicies`).
 */
export function attach(object: KubeObject, proxy: MeshProxy, rootNamespace: string): Attachment {
  const targets = readTargets(object);
  switch (proxy.tag) {
    case 'workload':
    case 'ztunnel': {
      if (!reaches(object, proxy, rootNamespace)) return pass(object.root.at('metadata', 'namespace'), 'it holds in another namespace');
      const [target] = targets;
      if (target !== undefined) return pass(target, `it is for a ${sayKind(target)}, not for pods`);
      return select(object, proxy.labels, proxy.tag === 'ztunnel');
    }
    case 'gateway':
      if (!reaches(object, proxy, rootNamespace)) return pass(object.root.at('metadata', 'namespace'), 'it holds in another namespace');
      if (targets.length === 0) return select(object, proxy.labels, false);
      return attachTargets(object, targets, proxy, (target) => isGateway(object, target, proxy));
    case 'waypoint':
      if (targets.length === 0) {
        const { field } = selectionOf(object) ?? { field: object.spec };
        return pass(field, 'a waypoint takes only policies with targetRefs');
      }
      return attachTargets(object, targets, proxy, (target) => isWaypoint(object, target, proxy, rootNamespace));
  }
}

function pass(field: Field, says: string): Attachment {
  return { tag: 'passed', field, says };
}

function reaches({ namespace }: KubeObject, proxy: MeshProxy, rootNamespace: string): boolean {
  return namespace === rootNamespace || namespace === proxy.namespace;
}

function select(object: KubeObject, labels: ReadonlyMap<string, string>, ztunnel: boolean): Attachment {
  const selection = selectionOf(object);
  if (selection === undefined) return ATTACHED;
  // A selector without `matchLabels` is for single workloads, and no workload is told of it.
  if (ztunnel && !selection.field.at('matchLabels').exists) return pass(selection.field, 'ztunnel takes no selector without matchLabels');
  return bears(labels, selection.labels) ? ATTACHED : pass(selection.field, 'the pods do not bear its labels');
}

function attachTargets(object: KubeObject, targets: readonly Field[], proxy: MeshProxy, test: (target: Field) => boolean): Attachment {
  const [target = object.spec] = targets;
  if (targets.some(test)) return ATTACHED;
  return pass(target, proxy.tag === 'waypoint' ? 'it is neither for this waypoint nor for the Service' : 'it is for another gateway');
}

interface GatewayProxy {
  readonly namespace: string;
  readonly gateway: string;
}

/** A reference to another namespace never attaches. */
function isGateway({ namespace }: KubeObject, target: Field, proxy: GatewayProxy): boolean {
  const named = target.at('namespace').text ?? proxy.namespace;
  const own = namespace === proxy.namespace && named === proxy.namespace;
  return own && isKind(target, GATEWAY_API, 'Gateway') && target.at('name').value === proxy.gateway;
}

function isWaypoint(
  object: KubeObject,
  target: Field,
  proxy: GatewayProxy & { readonly service: Named | undefined },
  rootNamespace: string,
): boolean {
  const name = target.at('name').value;
  const { service } = proxy;
  if (service !== undefined && isKind(target, '', 'Service') && name === service.name && object.namespace === service.namespace)
    return true;
  if (isKind(target, GATEWAY_API, 'GatewayClass') && name === WAYPOINT_CLASS && object.namespace === rootNamespace) return true;
  return isGateway(object, target, proxy);
}

/** `core` is the group of a Service, whose name is empty (istio, pkg/config/schema: `CanonicalGroup`). */
function isKind(target: Field, group: string, kind: string): boolean {
  const named = target.at('group').text ?? '';
  return (named === 'core' ? '' : named) === group && target.at('kind').value === kind;
}

function sayKind(target: Field): string {
  return quote(target.at('kind').text ?? '');
}
