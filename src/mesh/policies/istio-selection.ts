import { gatewayId, objectId, serviceId } from '../../graph/ids.ts';
import type { Field } from '../../policy/objects/field.ts';
import type { KubeObject } from '../../policy/objects/kube-object.ts';
import { selectionOf, targetsOf } from '../../policy/objects/selection.ts';
import { isIstioProxy } from '../istio-view.ts';
import type { KeptKind } from '../kept.ts';
import { type NamespaceView, workloadIds } from '../namespace-view.ts';
import { groupOf } from '../routes/parent-refs.ts';
import type { Problems } from '../wording.ts';
import { nameWord } from '../words.ts';
import type { Member } from '../workload-facts.ts';

/** What an Istio policy is for, inside of one namespace. */
export interface IstioSelection {
  /** `namespace`: it has neither a selector nor targets. */
  readonly by: 'namespace' | 'selector' | 'targets';
  /** Node ids. */
  readonly selects: readonly string[];
  /** The pods that it selects; none for targets. */
  readonly members: readonly Member[];
}

/** What a policy may attach to (istio, pilot/pkg/model: `WorkloadPolicyMatcher.ShouldAttachPolicy`). */
const TARGETS: Readonly<Record<string, { readonly group: string; readonly kept: KeptKind | undefined }>> = {
  Service: { group: '', kept: 'services' },
  Gateway: { group: 'gateway.networking.k8s.io', kept: 'gateways' },
  ServiceEntry: { group: 'networking.istio.io', kept: 'istioServiceEntries' },
  GatewayClass: { group: 'gateway.networking.k8s.io', kept: undefined },
};

const WAYPOINT_CLASS = 'istio-waypoint';

/**
 * Reads selector and targets, and reports why they find nothing. An object of the root namespace is read as what it means to this one, and reports only what is
 * wrong with itself. `targetable`: kinds that may have targets.
 */
export function readIstioSelection(view: NamespaceView, object: KubeObject, problems: Problems, targetable: boolean): IstioSelection {
  const targets = targetable ? targetsOf(object) : [];
  const labels = selectionOf(object)?.labels;
  if (targets.length > 0) {
    if (labels !== undefined) problems.add('It is refused: a selector and targetRefs cannot stand side by side.');
    return { by: 'targets', selects: targets.flatMap((target) => readTarget(view, object, target, problems)), members: [] };
  }
  if (labels === undefined || labels.size === 0) {
    if (isOwn(view, object) && !reachesAll(view, object)) checkMesh(view.members, 'No pod of this namespace', problems);
    return { by: 'namespace', selects: [view.namespace], members: view.members };
  }
  const members = view.select({ labels: [...labels], expressions: [], malformed: false });
  if (isOwn(view, object) && !reachesAll(view, object)) {
    if (members.length > 0) checkMesh(members, 'No pod that it selects', problems);
    else if (view.knows('pods')) problems.add('No pod of this namespace matches its selector.');
  }
  return { by: 'selector', selects: workloadIds(members), members };
}

function isOwn(view: NamespaceView, object: KubeObject): boolean {
  return object.namespace === view.namespace;
}

/** An object of the root namespace may hold elsewhere. */
function reachesAll(view: NamespaceView, object: KubeObject): boolean {
  return object.namespace === view.shared.options.istioRootNamespace;
}

function checkMesh(members: readonly Member[], who: string, problems: Problems): void {
  const pods = members.filter(({ pod }) => pod !== undefined);
  if (pods.length > 0 && !pods.some(isIstioProxy)) problems.add(`${who} is in Istio's mesh, so nothing enforces it.`);
}

function readTarget(view: NamespaceView, object: KubeObject, field: Field, problems: Problems): readonly string[] {
  const kind = field.at('kind').text ?? '';
  const name = nameWord(field.at('name').value);
  const known = Object.hasOwn(TARGETS, kind) ? TARGETS[kind] : undefined;
  if (name === undefined || known === undefined || groupOf(field, '') !== known.group) {
    problems.add(`${field.path} is no Service, Gateway, ServiceEntry or GatewayClass, so nothing has this policy.`);
    return [];
  }
  if (known.kept === undefined) return classTarget(view, object, field, name, problems);
  // Root policies that name an object mean one of the root namespace.
  if (!isOwn(view, object)) return [];
  if ((field.at('namespace').text ?? view.namespace) !== view.namespace) {
    problems.add(`${field.path} names another namespace, where a policy never attaches.`);
    return [];
  }
  if (view.lacks(known.kept, name)) problems.add(`There is no ${kind} ${name}, which ${field.path} names.`);
  if (kind === 'Service') return [serviceId(view.namespace, name)];
  if (kind === 'Gateway') return [gatewayId(view.namespace, name)];
  return [objectId(view.namespace, { group: known.group, kind, name })];
}

/** A GatewayClass as target means every waypoint, and counts in the root namespace only. */
function classTarget(view: NamespaceView, object: KubeObject, field: Field, name: string, problems: Problems): readonly string[] {
  if (!reachesAll(view, object) || name !== WAYPOINT_CLASS) {
    problems.add(`${field.path} has no effect: of GatewayClasses only ${WAYPOINT_CLASS} counts, and only in the root namespace.`);
    return [];
  }
  const waypoints = view.of('gateways').filter(({ spec }) => spec.at('gatewayClassName').value === WAYPOINT_CLASS);
  return waypoints.map((gateway) => gatewayId(view.namespace, gateway.name));
}

/** Whether a policy of the root namespace means anything to this one. */
export function concerns({ by, selects, members }: IstioSelection): boolean {
  return by === 'targets' ? selects.length > 0 : members.some(isIstioProxy);
}

/** Whether only ztunnel is there to enforce a policy, which knows nothing of HTTP. */
export function isAmbientOnly({ members }: IstioSelection): boolean {
  const proxies = members.filter(isIstioProxy);
  return proxies.length > 0 && proxies.every(({ mesh }) => mesh === 'istio-ambient');
}
