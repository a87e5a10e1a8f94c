import type { Json } from '../../lib/json.ts';
import type { Path } from './field-path.ts';
import { RESOURCES, type Resource } from './resources.ts';

/** A member that tells the items of a list apart, with the value that it has where it is absent. */
export interface ListKey {
  readonly member: string;
  readonly otherwise?: Json;
}

/**
 * How a list or map merges: by the keys of its items, as a set of values, or as one value (undefined for a list; `atomic-map` for a map, which
 * otherwise merges member by member).
 */
export type ListType = readonly ListKey[] | 'set' | 'atomic-map' | undefined;

const by = (...members: readonly string[]): readonly ListKey[] => members.map((member) => ({ member }));
const PROTOCOL: ListKey = { member: 'protocol', otherwise: 'TCP' };

/**
 * `x-kubernetes-list-type: map` and `set`, and `x-kubernetes-map-type: atomic`, in the OpenAPI description of Kubernetes and in the
 * CustomResourceDefinitions of the table; by the name of the member, which is enough for these. All other lists are atomic. `ports` stands for two
 * lists, see below.
 */
const BUILT_IN: ReadonlyMap<string, ListType> = new Map<string, ListType>([
  ['f:containers', by('name')],
  ['f:initContainers', by('name')],
  ['f:env', by('name')],
  ['f:volumes', by('name')],
  ['f:volumeMounts', by('mountPath')],
  ['f:imagePullSecrets', by('name')],
  ['f:conditions', by('type')],
  ['f:ownerReferences', by('uid')],
  ['f:finalizers', 'set'],
  ['f:selector', 'atomic-map'],
  ['f:nodeSelector', 'atomic-map'],
]);

const CUSTOM: ReadonlyMap<string, ListType> = new Map<string, ListType>([
  ['f:ownerReferences', by('uid')],
  ['f:finalizers', 'set'],
  ['f:listeners', by('name')],
]);

export function listKeysOf(resource: Resource, path: Path): ListType {
  const last = path.at(-1);
  if (last === undefined) return undefined;
  if (last === 'f:ports') {
    if (!resource.custom) return path.includes('f:containers') ? [{ member: 'containerPort' }, PROTOCOL] : [{ member: 'port' }, PROTOCOL];
    return resource.resource === RESOURCES['serviceentries.networking.istio.io'].resource ? by('name') : undefined;
  }
  // `metadata.finalizers` is a set; a namespace's `spec.finalizers` is not.
  if (last === 'f:finalizers' && path[0] !== 'f:metadata') return undefined;
  return (resource.custom ? CUSTOM : BUILT_IN).get(last);
}
