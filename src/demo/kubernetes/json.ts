import type { Json, JsonObject } from '../../lib/json.ts';

/** The object itself, or undefined for any other value. */
export function asObject(value: Json | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !isArray(value) ? value : undefined;
}

/** The array itself, or undefined for any other value. */
export function asArray(value: Json | undefined): readonly Json[] | undefined {
  return isArray(value) ? value : undefined;
}

/** `Array.isArray` does not tell a readonly array from an object. */
export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function asText(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** What stands at the end of a path of members, or undefined. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce((parent: Json | undefined, member) => own(asObject(parent), member), value);
}

/** A member of the object's own: names come from outside, and `constructor` is no member. */
export function own(object: JsonObject | undefined, member: string): Json | undefined {
  return object !== undefined && Object.hasOwn(object, member) ? object[member] : undefined;
}

/** The object at the end of a path; an empty one where there is none. */
export function objectAt(value: Json | undefined, ...path: readonly string[]): JsonObject {
  return asObject(at(value, ...path)) ?? {};
}

/** The string members of the object at the end of a path: labels, annotations. */
export function textsAt(value: Json | undefined, ...path: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(objectAt(value, ...path)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** The object without those of its members. */
export function without(object: JsonObject, ...members: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([member]) => !members.includes(member)));
}

/** The object with that member, or without it where the value is undefined. */
export function withMember(object: JsonObject, member: string, value: Json | undefined): JsonObject {
  return value === undefined ? without(object, member) : { ...object, [member]: value };
}

/** Whether two values are the same JSON; the order of members does not matter, and an undefined member is none. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  const [arrayA, arrayB] = [asArray(a), asArray(b)];
  if (arrayA !== undefined && arrayB !== undefined) {
    return arrayA.length === arrayB.length && arrayA.every((item, place) => sameJson(item, arrayB[place]));
  }
  const [objectA, objectB] = [asObject(a), asObject(b)];
  if (objectA === undefined || objectB === undefined) return false;
  const members = new Set([...Object.keys(objectA), ...Object.keys(objectB)]);
  return [...members].every((member) => sameJson(own(objectA, member), own(objectB, member)));
}
