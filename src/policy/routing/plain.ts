import { isObject, type Json, type JsonObject } from '../../lib/json.ts';
import type { Field } from '../objects/field.ts';

/** Deeper than any field of Istio's. */
const DEEPEST = 8;
/** More members than any of Istio's messages has. */
const MOST_MEMBERS = 100;

/** A copy of a part of someone else's object, for an answer; undefined where there is none. What is too deep or too long is left out. */
export function plainObject({ value }: Field): JsonObject | undefined {
  return isObject(value) ? copyObject(value, 0) : undefined;
}

/** A map of texts as a plain object, whatever its keys are called. */
export function plainTexts(texts: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  return Object.fromEntries([...texts].slice(0, MOST_MEMBERS));
}

function copyObject(value: Record<string, unknown>, depth: number): JsonObject {
  const members = Object.entries(value).slice(0, MOST_MEMBERS);
  return Object.fromEntries(members.map(([key, member]) => [key, copy(member, depth + 1)]));
}

function copy(value: unknown, depth: number): Json {
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
  if (depth > DEEPEST) return null;
  if (Array.isArray(value)) return value.slice(0, MOST_MEMBERS).map((item: unknown) => copy(item, depth + 1));
  return isObject(value) ? copyObject(value, depth) : null;
}
