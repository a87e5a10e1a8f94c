import type { JsonObject } from '../../../lib/json.ts';
import { at } from '../json.ts';
import { apiVersionOf, RESOURCES, type ResourceKey } from '../resources.ts';
import { uidFor } from '../stored.ts';

/** An object of the sample and what it is. */
export interface Made {
  readonly resource: ResourceKey;
  readonly object: JsonObject;
}

/** When the sample was made. */
export const CREATED = '2026-01-05T08:00:00Z';

/** The metadata that all objects have, and `more`. */
export function makeMetadata(resource: ResourceKey, namespace: string, name: string, more: JsonObject = {}): JsonObject {
  return {
    name,
    ...(namespace === '' ? {} : { namespace }),
    uid: uidFor(`${resource} ${namespace}/${name}`),
    ...(RESOURCES[resource].counted ? { generation: 1 } : {}),
    creationTimestamp: CREATED,
    ...more,
  };
}

/** The `ownerReferences` of what a controller made for its owner. */
export function ownedBy({ resource, object }: Made): JsonObject {
  const { kind, group, versions } = RESOURCES[resource];
  const { name, uid } = { name: at(object, 'metadata', 'name'), uid: at(object, 'metadata', 'uid') };
  const owner = { apiVersion: apiVersionOf(group, versions[0]), kind, name, uid, controller: true, blockOwnerDeletion: true };
  return { ownerReferences: [owner] };
}
