import type { Json } from '../../lib/json.ts';
import { type Cluster, keep, make, timestamp, writerOf } from './commit.ts';
import { checkNames, schemaMisfit } from './incoming.ts';
import { asArray, asObject, asText, at, objectAt, own, withMember, without } from './json.ts';
import { applyObject } from './managed-fields.ts';
import { checkState, settle } from './next-state.ts';
import { badRequest, notFound, notInSchema } from './status.ts';
import type { DemoObject } from './stored.ts';
import { type NamedTarget, type Target, versionOf } from './target.ts';
import type { WriteOptions } from './write-options.ts';

/** An object after a write, and the code that says whether it was made. */
export interface Written {
  readonly code: 200 | 201;
  readonly object: DemoObject;
  /** For `Warning` headers. */
  readonly warnings: readonly string[];
}

/**
 * Server-side apply: merges what somebody wants of an object into it, or makes it. Throws 400, 404, 409, 422, and 500 for what the schema does not
 * know.
 */
export function apply(cluster: Cluster, target: NamedTarget, content: Json, options: WriteOptions): Written {
  const { resource, key, namespace = '', name, subresource } = target;
  const given = asObject(content) ?? {};
  const [apiVersion, kind] = [asText(own(given, 'apiVersion')) ?? '', asText(own(given, 'kind')) ?? ''];
  // As Go writes a GroupVersionKind: the core group is empty, not absent.
  const gvk = `${apiVersion.includes('/') ? '' : '/'}${apiVersion}, Kind=${kind}`;
  if (apiVersion !== versionOf(target) || kind !== resource.kind) throw badRequest(`invalid object type: ${gvk}`);
  if ((asArray(at(given, 'metadata', 'managedFields')) ?? []).length > 0) throw badRequest('metadata.managedFields must be nil');
  checkNames(target, given);
  const misfit = schemaMisfit(resource, given);
  if (misfit !== undefined) {
    const what = `${asText(at(given, 'metadata', 'namespace')) ?? ''}/${asText(at(given, 'metadata', 'name')) ?? ''}; ${gvk}`;
    throw notInSchema(`failed to create typed patch object (${what}): ${misfit}`);
  }
  const applied = without(given, 'apiVersion', 'kind', ...notApplied(target));
  const live = cluster.storage.get(key, namespace, name);
  const writer = writerOf(target, options, 'Apply');
  const how = { writer, force: options.force, time: timestamp(cluster) };
  if (live === undefined) {
    if (subresource !== '') throw notFound(resource, name);
    const named = withMember(applied, 'metadata', { ...objectAt(applied, 'metadata'), name });
    const made = make(cluster, target, named, options, (object) => {
      const { managedFields } = objectAt(applyObject(resource, {}, applied, how), 'metadata');
      return withMember(object, 'metadata', withMember(objectAt(object, 'metadata'), 'managedFields', managedFields));
    });
    return { code: 201, object: made, warnings: [] };
  }
  checkState(target, live, given);
  const settled = settle(target, live.object, applyObject(resource, live.object, applied, how));
  return { code: 200, object: keep(cluster, target, live, settled, options), warnings: [] };
}

/** What of an object a path does not write: the status has its own, which writes nothing else. */
function notApplied({ resource, subresource }: Target): readonly string[] {
  if (subresource === 'status') return ['metadata', 'spec'];
  return resource.status ? ['status'] : [];
}
