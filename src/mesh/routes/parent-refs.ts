import { gatewayId, objectId, serverId, serviceId } from '../../graph/ids.ts';
import type { NodeId } from '../../graph/model.ts';
import type { Field } from '../../policy/objects/field.ts';
import type { KubeObject } from '../../policy/objects/kube-object.ts';
import { hostWord, kindWord, namespaceWord, nameWord } from '../words.ts';

/** What a route names as a parent or as a backend. */
export interface ObjectRef {
  /** `other`: whatever else, of which only the name is known. */
  readonly tag: 'service' | 'server' | 'egress-network' | 'gateway' | 'service-entry' | 'other';
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly id: NodeId;
  readonly field: Field;
}

interface Defaults {
  readonly group: string;
  readonly kind: string;
}

/** The group that stands for Kubernetes' own kinds has two names (linkerd2, policy-controller/k8s/api/src/policy.rs: `targets_kind`). */
export function groupOf(field: Field, fallback: string): string {
  const { value } = field.at('group');
  const group = typeof value === 'string' ? value.toLowerCase() : fallback;
  return group === 'core' ? '' : group;
}

const TAGS: readonly (readonly [group: string, kind: string, tag: ObjectRef['tag']])[] = [
  ['', 'Service', 'service'],
  ['policy.linkerd.io', 'Server', 'server'],
  ['policy.linkerd.io', 'EgressNetwork', 'egress-network'],
  ['gateway.networking.k8s.io', 'Gateway', 'gateway'],
  ['networking.istio.io', 'ServiceEntry', 'service-entry'],
];

function readRef(field: Field, namespace: string, defaults: Defaults): ObjectRef | undefined {
  const group = groupOf(field, defaults.group);
  const kind = kindWord(field.at('kind').text ?? defaults.kind);
  const name = nameWord(field.at('name').value);
  const home = namespaceWord(field.at('namespace').text ?? namespace);
  if (kind === undefined || name === undefined || home === undefined || (group !== '' && hostWord(group) === undefined)) return undefined;
  const known = TAGS.find(([knownGroup, knownKind]) => knownGroup === group && knownKind.toLowerCase() === kind.toLowerCase());
  const tag = known?.[2] ?? 'other';
  return { tag, kind: known?.[1] ?? kind, namespace: home, name, id: idOf(tag, home, { group, kind: known?.[1] ?? kind, name }), field };
}

function idOf(
  tag: ObjectRef['tag'],
  namespace: string,
  object: { readonly group: string; readonly kind: string; readonly name: string },
): NodeId {
  switch (tag) {
    case 'service':
      return serviceId(namespace, object.name);
    case 'server':
      return serverId(namespace, object.name);
    case 'gateway':
      return gatewayId(namespace, object.name);
    default:
      return objectId(namespace, object);
  }
}

/** The CRDs fill in a group and a kind where a route gives none: a Gateway, of the route's own group (Gateway API, `ParentReference`; Linkerd's CRDs). */
export function readParent(field: Field, route: KubeObject): ObjectRef | undefined {
  // Linkerd takes a Service without a group for Kubernetes' own.
  const group = field.at('kind').value === 'Service' ? '' : route.group;
  return readRef(field, route.namespace, { group, kind: 'Gateway' });
}

/** A backend is a Service where it says nothing else (Gateway API, `BackendObjectReference`). */
export function readBackend(field: Field, route: KubeObject): ObjectRef | undefined {
  return readRef(field, route.namespace, { group: '', kind: 'Service' });
}
