import type { Json, JsonObject } from '../../lib/json.ts';
import { isWithin, type Path, pathKey, pathOf } from './field-path.ts';
import { type FieldSet, keyedItems } from './field-set.ts';
import { asArray, asObject, own, withMember } from './json.ts';
import { listKeysOf } from './list-types.ts';
import type { Resource } from './resources.ts';

/** Merges what is applied into what is there: member by member, keyed items by their keys, all else as a whole. */
export function merge(resource: Resource, live: JsonObject, applied: JsonObject): JsonObject {
  return asObject(mergeAt(resource, live, applied, [])) ?? {};
}

function mergeAt(resource: Resource, live: Json | undefined, applied: Json, path: Path): Json {
  const [liveObject, appliedObject] = [asObject(live), asObject(applied)];
  if (liveObject !== undefined && appliedObject !== undefined && listKeysOf(resource, path) !== 'atomic-map') {
    let merged = liveObject;
    for (const [member, value] of Object.entries(appliedObject)) {
      if (value !== undefined)
        merged = withMember(merged, member, mergeAt(resource, own(liveObject, member), value, [...path, `f:${member}`]));
    }
    return merged;
  }
  const [liveList, appliedList] = [asArray(live), asArray(applied)];
  if (liveList === undefined || appliedList === undefined) return applied;
  const [liveItems, appliedItems] = [keyedItems(resource, path, liveList), keyedItems(resource, path, appliedList)];
  if (liveItems === undefined || appliedItems === undefined) return applied;
  const byStep = new Map(liveItems.map(({ step, value }) => [step, value]));
  for (const { step, value } of appliedItems) byStep.set(step, mergeAt(resource, byStep.get(step), value, [...path, step]));
  return [...byStep.values()];
}

/** Takes fields out, with all that is in them, and what is empty after that; but nothing that somebody has something in. */
export function prune(resource: Resource, object: JsonObject, dropped: FieldSet, kept: FieldSet): JsonObject {
  const keptKeys = [...kept];
  const isKept = (key: string) => keptKeys.some((other) => isWithin(other, key));
  const gone: string[] = [];
  let pruned: Json | undefined = object;
  // The outermost first: an item of a list is known by its keys, so it cannot be taken out piece by piece.
  for (const key of [...dropped].sort((a, b) => pathOf(a).length - pathOf(b).length)) {
    if (isKept(key) || gone.some((ancestor) => isWithin(key, ancestor))) continue;
    const path = pathOf(key);
    pruned = removeAt(resource, pruned, path, []);
    gone.push(key);
    for (let depth = path.length - 1; depth > 0; depth--) {
      const parent = path.slice(0, depth);
      if (isKept(pathKey(parent)) || !isEmptyAt(resource, pruned, parent)) break;
      pruned = removeAt(resource, pruned, parent, []);
    }
  }
  return asObject(pruned) ?? {};
}

function removeAt(resource: Resource, value: Json | undefined, rest: Path, path: Path): Json | undefined {
  const [step, ...more] = rest;
  if (step === undefined) return undefined;
  const object = asObject(value);
  if (object !== undefined && step.startsWith('f:')) {
    const member = step.slice(2);
    const inner = own(object, member);
    return inner === undefined ? object : withMember(object, member, removeAt(resource, inner, more, [...path, step]));
  }
  const items = keyedItems(resource, path, asArray(value) ?? []);
  if (items === undefined || asArray(value) === undefined) return value;
  return items.flatMap((item) => {
    if (item.step !== step) return [item.value];
    const left = removeAt(resource, item.value, more, [...path, step]);
    return left === undefined ? [] : [left];
  });
}

function isEmptyAt(resource: Resource, value: Json | undefined, path: Path): boolean {
  let here = value;
  path.forEach((step, place) => {
    here = step.startsWith('f:')
      ? own(asObject(here), step.slice(2))
      : keyedItems(resource, path.slice(0, place), asArray(here) ?? [])?.find((item) => item.step === step)?.value;
  });
  const [object, list] = [asObject(here), asArray(here)];
  return object !== undefined ? Object.keys(object).length === 0 : list?.length === 0;
}
