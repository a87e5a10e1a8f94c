import type { JsonObject } from '../../lib/json.ts';
import { withDefaults } from './defaults.ts';
import { asText, objectAt, own, sameJson, withMember, without } from './json.ts';
import { recordUpdate, type Writer } from './managed-fields.ts';
import { checkState, settle, tidy } from './next-state.ts';
import { RESOURCES } from './resources.ts';
import { alreadyExists, notFound } from './status.ts';
import type { Storage } from './storage.ts';
import { type DemoObject, stored, suffixFor, uidFor } from './stored.ts';
import { type NamedTarget, type Target, versionOf } from './target.ts';
import { validate } from './validate.ts';
import type { WriteOptions } from './write-options.ts';

/** Where writes go, and the time, in milliseconds since 1970. */
export interface Cluster {
  readonly storage: Storage;
  readonly now: () => number;
}

/** The object of a target. Throws 404. */
export function liveObject({ storage }: Cluster, { key, resource, namespace = '', name }: NamedTarget): DemoObject {
  const found = storage.get(key, namespace, name);
  if (found === undefined) throw notFound(resource, name);
  return found;
}

/** What of its metadata a new object brings itself. */
const OWN_METADATA = ['name', 'generateName', 'labels', 'annotations', 'ownerReferences', 'finalizers'];

/**
 * Makes an object of what came in; `claim` gives it its ownership. Throws 404 where its namespace is not there, 409 where the object is, and 422.
 */
export function make(
  { storage, now }: Cluster,
  { key, resource, namespace }: Target,
  body: JsonObject,
  { dryRun }: WriteOptions,
  claim: (object: JsonObject) => JsonObject,
): DemoObject {
  if (namespace !== undefined && storage.get('namespaces', '', namespace) === undefined) throw notFound(RESOURCES.namespaces, namespace);
  const given = objectAt(body, 'metadata');
  const generated = asText(own(given, 'generateName'));
  const serial = `${key} ${namespace ?? ''} ${storage.revision}`;
  const name = asText(own(given, 'name')) ?? (generated === undefined ? '' : generated + suffixFor(serial, 5));
  const metadata: JsonObject = {
    ...Object.fromEntries(Object.entries(given).filter(([member]) => OWN_METADATA.includes(member))),
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid: uidFor(`${serial} ${name}`),
    ...(resource.counted ? { generation: 1 } : {}),
    creationTimestamp: rfc3339(now()),
  };
  const written = resource.status ? without(body, 'status') : body;
  const object = claim(withDefaults(key, tidy({ ...written, metadata })));
  validate(resource, object);
  if (storage.get(key, namespace ?? '', name) !== undefined) throw alreadyExists(resource, name);
  return dryRun ? stored(object) : storage.put(key, object);
}

/** The object with the ownership that a plain write gives it. */
export function owned(cluster: Cluster, target: Target, before: JsonObject, after: JsonObject, options: WriteOptions): JsonObject {
  return recordUpdate(target.resource, before, after, writerOf(target, options, 'Update'), timestamp(cluster));
}

/** Puts the next state in place of the present one, as a plain write. Throws 409 or 422. */
export function update(cluster: Cluster, target: Target, live: DemoObject, next: JsonObject, options: WriteOptions): DemoObject {
  checkState(target, live, next);
  const settled = settle(target, live.object, next);
  // Nothing but ownership: then there was nothing to write.
  if (sameJson(withoutOwnership(settled), withoutOwnership(live.object))) return live;
  return keep(cluster, target, live, owned(cluster, target, live.object, settled, options), options);
}

function withoutOwnership(object: JsonObject): JsonObject {
  return withMember(object, 'metadata', without(objectAt(object, 'metadata'), 'managedFields'));
}

/** Keeps the next state unless it is the present one, or the write is only tried. */
export function keep({ storage }: Cluster, { key }: Target, live: DemoObject, next: JsonObject, { dryRun }: WriteOptions): DemoObject {
  if (sameJson(next, live.object)) return live;
  return dryRun ? stored(next) : storage.put(key, next);
}

export function writerOf(target: Target, { manager }: WriteOptions, operation: Writer['operation']): Writer {
  return { manager, operation, apiVersion: versionOf(target), subresource: target.subresource };
}

export function timestamp({ now }: Cluster): string {
  return rfc3339(now());
}

/** As Kubernetes writes times: to the second. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
