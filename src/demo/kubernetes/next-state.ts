import type { JsonObject } from '../../lib/json.ts';
import { withDefaults } from './defaults.ts';
import { asObject, asText, at, objectAt, own, sameJson, withMember, without } from './json.ts';
import { invalid, invalidValue, modified } from './status.ts';
import type { DemoObject } from './stored.ts';
import type { Target } from './target.ts';
import { validate } from './validate.ts';

/** What is written must be about the state and the object that are there. Throws 409 or 422. */
export function checkState({ resource }: Target, live: DemoObject, next: JsonObject): void {
  const metadata = objectAt(next, 'metadata');
  const [resourceVersion, uid] = [asText(own(metadata, 'resourceVersion')) ?? '', asText(own(metadata, 'uid')) ?? ''];
  if (resourceVersion !== '' && resourceVersion !== asText(at(live.object, 'metadata', 'resourceVersion')))
    throw modified(resource, live.name);
  if (uid !== '' && uid !== live.uid)
    throw invalid(resource, live.name, [invalidValue('metadata.uid', JSON.stringify(uid), 'field is immutable')]);
}

/** What of an object's metadata a write may change. */
const FREE_METADATA = ['labels', 'annotations', 'ownerReferences', 'finalizers', 'managedFields'];

/** The next state of an object: what the write may change from what it gives, the rest from what is there. Throws 422. */
export function settle({ key, resource, subresource }: Target, live: JsonObject, next: JsonObject): JsonObject {
  const kept = objectAt(live, 'metadata');
  const given = objectAt(next, 'metadata');
  const free = Object.fromEntries(FREE_METADATA.map((member) => [member, own(given, member)]));
  if (subresource === 'status') {
    const metadata = withMember(kept, 'managedFields', own(given, 'managedFields'));
    return withMember(withMember(live, 'metadata', metadata), 'status', own(next, 'status'));
  }
  const status = resource.status ? own(live, 'status') : own(next, 'status');
  const written = withDefaults(
    key,
    tidy(withMember({ ...next, metadata: { ...without(kept, ...FREE_METADATA), ...free } }, 'status', status)),
  );
  const changed = resource.counted && !sameJson(without(written, 'metadata', 'status'), without(live, 'metadata', 'status'));
  const generation = Number(own(kept, 'generation') ?? 0) + 1;
  const counted = changed ? withMember(written, 'metadata', { ...objectAt(written, 'metadata'), generation }) : written;
  validate(resource, counted);
  return counted;
}

/** The object without empty labels and annotations, which the API server does not keep, and without undefined metadata. */
export function tidy(object: JsonObject): JsonObject {
  const metadata = Object.entries(objectAt(object, 'metadata')).filter(([member, value]) => {
    const empty = ['labels', 'annotations'].includes(member) && Object.keys(asObject(value) ?? { some: '' }).length === 0;
    return value !== undefined && !empty;
  });
  return { ...object, metadata: Object.fromEntries(metadata) };
}
