import { apply, type Written } from './apply.ts';
import { MEDIA, type Media, mediaType, parseBody } from './body.ts';
import { type Cluster, liveObject, make, owned, update } from './commit.ts';
import { checkObject, readObject, type WriteRequest } from './incoming.ts';
import { asObject, asText, at, objectAt, withMember } from './json.ts';
import { applyJsonPatch, mergePatch } from './patch.ts';
import { badRequest, invalid, invalidValue } from './status.ts';
import { type NamedTarget, type Target, versionOf } from './target.ts';
import { writeOptions } from './write-options.ts';

/** POST to a collection: makes an object. Throws what the API server would refuse it with; then nothing has changed. */
export function create(cluster: Cluster, target: Target, request: WriteRequest): Written {
  const options = writeOptions('CreateOptions', request.query, request.headers);
  const { body, warnings } = readObject(target, request, options);
  return { code: 201, object: make(cluster, target, body, options, (object) => owned(cluster, target, {}, object, options)), warnings };
}

/** PUT of an object or its status: replaces it. Throws 409 where the object is not in the state that the body names. */
export function replace(cluster: Cluster, target: NamedTarget, request: WriteRequest): Written {
  const options = writeOptions('UpdateOptions', request.query, request.headers);
  const { body, warnings } = readObject(target, request, options);
  const { resource, key, namespace = '', name, subresource } = target;
  if (resource.createdByPut && subresource === '' && cluster.storage.get(key, namespace, name) === undefined) {
    const named = withMember(body, 'metadata', { ...objectAt(body, 'metadata'), name });
    return { code: 201, object: make(cluster, target, named, options, (object) => owned(cluster, target, {}, object, options)), warnings };
  }
  const live = liveObject(cluster, target);
  if (resource.custom && asText(at(body, 'metadata', 'resourceVersion')) === undefined) {
    const cause = invalidValue('metadata.resourceVersion', '0', 'must be specified for an update');
    throw invalid({ group: resource.group, kind: resource.resource }, name, [cause]);
  }
  return { code: 200, object: update(cluster, target, live, body, options), warnings };
}

/** The patches that are taken. Strategic merge patches, which Kubernetes' own kinds know besides, are not. */
const PATCHES: readonly Media[] = [MEDIA.jsonPatch, MEDIA.mergePatch, MEDIA.apply];

/** PATCH of an object or its status: merge patch, JSON patch, or server-side apply, which also makes the object. */
export function patch(cluster: Cluster, target: NamedTarget, request: WriteRequest): Written {
  const media = mediaType(request.headers, PATCHES);
  const options = writeOptions('PatchOptions', request.query, request.headers, media === MEDIA.apply);
  const content = parseBody(request.body, media);
  if (media === MEDIA.apply) return apply(cluster, target, content, options);
  const live = liveObject(cluster, target);
  const whole = { kind: target.resource.kind, apiVersion: versionOf(target), ...live.object };
  const patched = asObject(media === MEDIA.mergePatch ? mergePatch(whole, content) : applyJsonPatch(whole, content));
  if (patched === undefined) throw badRequest('the patch leaves no object');
  const { body, warnings } = checkObject(target, patched, options);
  return { code: 200, object: update(cluster, target, live, body, options), warnings };
}
