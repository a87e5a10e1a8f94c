import type { JsonObject } from '../../lib/json.ts';
import { MEDIA, mediaType, parseBody } from './body.ts';
import { type Cluster, liveObject, rfc3339 } from './commit.ts';
import type { WriteRequest } from './incoming.ts';
import { asArray, asObject, asText, at, objectAt, own, withMember } from './json.ts';
import { RESOURCE_KEYS, RESOURCES, type ResourceKey } from './resources.ts';
import { preconditionFailed } from './status.ts';
import type { Storage } from './storage.ts';
import { type DemoObject, stored } from './stored.ts';
import type { NamedTarget, Target } from './target.ts';
import { isDryRun } from './write-options.ts';

/** How a DELETE is answered: with the object as it was, or with a Status about it. */
export type Deleted = { readonly tag: 'object'; readonly object: DemoObject } | { readonly tag: 'status'; readonly status: JsonObject };

/**
 * DELETE of an object, at once: no finalizer holds it and no node has to let go of a pod. What it owned goes with it, as a garbage collector and a
 * namespace controller would have it. Throws 404, and 409 where a precondition does not hold.
 */
export function remove(cluster: Cluster, target: NamedTarget, { query, headers, body }: WriteRequest): Deleted {
  const { resource, key, name } = target;
  const options = body.length === 0 ? {} : (asObject(parseBody(body, mediaType(headers, [MEDIA.json, MEDIA.yaml]))) ?? {});
  const dryRuns = (asArray(own(options, 'dryRun')) ?? []).map((value) => asText(value) ?? '');
  // Where there is a body, the query counts for nothing (apiserver, pkg/endpoints/handlers/delete.go: `DeleteResource`).
  const dryRun = isDryRun('DeleteOptions', body.length === 0 ? query.getAll('dryRun') : dryRuns);
  const live = liveObject(cluster, target);
  checkPreconditions(target, live, objectAt(options, 'preconditions'));
  const orphan = (query.get('propagationPolicy') ?? own(options, 'propagationPolicy')) === 'Orphan';
  if (!resource.deleteAnswersObject) {
    if (!dryRun) removeWithDependents(cluster.storage, key, live, orphan);
    const group = resource.group === '' ? {} : { group: resource.group };
    const details = { name, ...group, kind: resource.resource, uid: live.uid };
    return { tag: 'status', status: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details } };
  }
  if (key === 'namespaces') return { tag: 'object', object: dryRun ? live : removeNamespace(cluster, live) };
  return { tag: 'object', object: (dryRun ? live : removeWithDependents(cluster.storage, key, live, orphan)) ?? live };
}

function checkPreconditions({ resource }: Target, live: DemoObject, { uid, resourceVersion }: JsonObject): void {
  const now = asText(at(live.object, 'metadata', 'resourceVersion')) ?? '';
  if (uid !== undefined && uid !== live.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${live.uid}). The object might have been deleted and then recreated`;
    throw preconditionFailed(resource, live.name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== now) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${now}). The object might have been modified`;
    throw preconditionFailed(resource, live.name, why);
  }
}

function removeWithDependents(
  storage: Storage,
  key: ResourceKey,
  { namespace, name, uid }: DemoObject,
  orphan = false,
): DemoObject | undefined {
  const removed = storage.remove(key, namespace, name);
  if (orphan) return removed;
  for (const each of RESOURCE_KEYS) {
    for (const dependent of storage.list(each).filter((candidate) => isOwnedBy(candidate, uid)))
      removeWithDependents(storage, each, dependent);
  }
  return removed;
}

function isOwnedBy({ object }: DemoObject, uid: string): boolean {
  return (asArray(at(object, 'metadata', 'ownerReferences')) ?? []).some((owner) => own(asObject(owner), 'uid') === uid);
}

/** First it is Terminating, which is what the DELETE answers; then it is emptied; then it is gone. */
function removeNamespace({ storage, now }: Cluster, live: DemoObject): DemoObject {
  const metadata = withMember(objectAt(live.object, 'metadata'), 'deletionTimestamp', rfc3339(now()));
  const terminating = withMember(withMember(live.object, 'metadata', metadata), 'status', { phase: 'Terminating' });
  const answer = storage.put('namespaces', stored(terminating).object);
  for (const key of RESOURCE_KEYS.filter((each) => RESOURCES[each].namespaced)) {
    for (const inside of storage.list(key).filter(({ namespace }) => namespace === live.name))
      storage.remove(key, inside.namespace, inside.name);
  }
  storage.remove('namespaces', '', live.name);
  return answer;
}
