import { isObject, type Json, type JsonObject } from '../lib/json.ts';
import { FIELD_MANAGER } from '../sources/kubernetes/object-api.ts';
import { meaningOf, sameJson } from './diff.ts';

/**
 * What of an object this server applied itself, as it stands in the object: whoever applies again must repeat it, since what is left out is removed (Kubernetes,
 * "Server-Side Apply": a field that its last manager leaves out is deleted). Read from `metadata.managedFields`: members stand there as `f:name`; a list or a map
 * whose items are owned one by one is taken as a whole, which the lists of the writable kinds are anyway.
 */
export function appliedConfig(object: JsonObject): JsonObject {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const entries = Array.isArray(metadata.managedFields) ? metadata.managedFields.filter(isObject) : [];
  const mine = entries.find(
    ({ manager, operation, subresource }) =>
      manager === FIELD_MANAGER && operation === 'Apply' && (subresource === undefined || subresource === ''),
  );
  const picked = mine !== undefined && isObject(mine.fieldsV1) ? pick(meaningOf(object), mine.fieldsV1) : {};
  return isJsonObject(picked) ? picked : {};
}

/** The members of a value that a set of fields names. */
function pick(value: Json, fields: Record<string, unknown>): Json {
  const members = Object.entries(fields).filter(([step]) => step.startsWith('f:'));
  if (!isJsonObject(value) || members.length === 0) return value;
  const picked: Record<string, Json> = {};
  for (const [step, inner] of members) {
    const member = step.slice(2);
    const own = Object.hasOwn(value, member) ? value[member] : undefined;
    if (own !== undefined) picked[member] = pick(own, isObject(inner) ? inner : {});
  }
  return picked;
}

/** A field that somebody else owns. */
export interface OwnedField {
  /** `spec.rules` */
  readonly path: string;
  readonly manager: string;
}

const MANAGER = /^[A-Za-z0-9][A-Za-z0-9._@/+-]{0,127}$/;
const MEMBER = /^[A-Za-z0-9._/-]{1,100}$/;
const MAX_DEPTH = 20;

/** What others own of an object's meaning and a configuration does not have: applying it leaves that as it is. */
export function keptByOthers(object: JsonObject, config: JsonObject): readonly OwnedField[] {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const entries = Array.isArray(metadata.managedFields) ? metadata.managedFields.filter(isObject) : [];
  const found = new Map<string, OwnedField>();
  for (const { manager, subresource, fieldsV1 } of entries) {
    if (manager === FIELD_MANAGER || (subresource !== undefined && subresource !== '') || !isObject(fieldsV1)) continue;
    const name = typeof manager === 'string' && MANAGER.test(manager) ? manager : 'another manager';
    for (const path of missingIn(config, meaningOf(object), fieldsV1, '', 0)) found.set(path, { path, manager: name });
  }
  return [...found.values()];
}

/** Paths of fields that are in the object and not in the configuration. */
function missingIn(
  config: Json | undefined,
  object: Json,
  fields: Record<string, unknown>,
  path: string,
  depth: number,
): readonly string[] {
  if (!isJsonObject(object) || depth > MAX_DEPTH) return [];
  return Object.entries(fields).flatMap(([step, inner]) => {
    const member = step.slice(2);
    if (!step.startsWith('f:') || !MEMBER.test(member) || !Object.hasOwn(object, member)) return [];
    const here = path === '' ? member : `${path}.${member}`;
    const value = object[member];
    const own = isJsonObject(config) && Object.hasOwn(config, member) ? config[member] : undefined;
    if (own === undefined) return [here];
    return value === undefined || !isObject(inner) ? [] : missingIn(own, value, inner, here, depth + 1);
  });
}

/** Both configurations in one: objects member by member, all else from the second. */
export function mergeConfigs(first: JsonObject, second: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...first };
  for (const [member, value] of Object.entries(second)) {
    const before = Object.hasOwn(first, member) ? first[member] : undefined;
    merged[member] = isJsonObject(before) && isJsonObject(value) ? mergeConfigs(before, value) : value;
  }
  return merged;
}

/**
 * What to apply so that a live object is again what it was: what this server had applied then, and whatever else differs now, as it was. So this server comes to own
 * no more than it must: what somebody else manages, and what has not changed, stays theirs.
 */
export function restoringConfig(previous: JsonObject, previouslyApplied: JsonObject, live: JsonObject): JsonObject {
  const changed = changedFrom(meaningOf(live), meaningOf(previous));
  return mergeConfigs(previouslyApplied, isJsonObject(changed) ? changed : {});
}

/** The members of `previous` that `live` does not have like that. */
function changedFrom(live: Json | undefined, previous: Json): Json | undefined {
  if (sameJson(live, previous)) return undefined;
  if (!isJsonObject(previous) || !isJsonObject(live)) return previous;
  const changed: Record<string, Json> = {};
  for (const [member, value] of Object.entries(previous)) {
    if (value === undefined) continue;
    const inner = changedFrom(Object.hasOwn(live, member) ? live[member] : undefined, value);
    if (inner !== undefined) changed[member] = inner;
  }
  return Object.keys(changed).length === 0 ? undefined : changed;
}

function isJsonObject(value: Json | undefined): value is JsonObject {
  return isObject(value);
}
