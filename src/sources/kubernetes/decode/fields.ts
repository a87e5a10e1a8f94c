import { isObject } from '../../../lib/json.ts';

/** An object from the API that is not what its kind promises. The message is ours, names the field, and repeats nothing of its value. */
export class Malformed extends Error {
  constructor(field: string, expected: string) {
    super(`${field} is not ${expected}`);
    this.name = 'Malformed';
  }
}

/**
 * The alphabets of the fields that reach an answer. The API server enforces them; we check again, so that no text of another's making can pass
 * through us to a model, whatever sends it.
 */
export const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
export const DNS_SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
export const KIND_NAME = /^[A-Za-z][A-Za-z0-9]{0,62}$/;
export const QUALIFIED_NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9._/]{0,126}[A-Za-z0-9])?$/;

/** The member object, an absent or null one counting as empty. */
export function objectAt(parent: Record<string, unknown>, key: string, field: string): Record<string, unknown> {
  const value = parent[key];
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new Malformed(field, 'an object');
  return value;
}

/** The member array, an absent or null one counting as empty (Go writes an empty slice as null). */
export function arrayAt(parent: Record<string, unknown>, key: string, field: string): readonly unknown[] {
  const value = parent[key];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Malformed(field, 'an array');
  return value;
}

/** The member text, which must match. */
export function textAt(parent: Record<string, unknown>, key: string, field: string, pattern: RegExp): string {
  const value = parent[key];
  if (typeof value !== 'string' || !pattern.test(value)) throw new Malformed(field, 'a valid text');
  return value;
}

/** The member text, undefined where it is absent, null or empty. */
export function optionalTextAt(parent: Record<string, unknown>, key: string, field: string, pattern: RegExp): string | undefined {
  const value = parent[key];
  return value === undefined || value === null || value === '' ? undefined : textAt(parent, key, field, pattern);
}

/** The member, when it is one of the choices; the fallback where it is absent or empty. */
export function choiceAt<Choice extends string>(
  parent: Record<string, unknown>,
  key: string,
  field: string,
  choices: readonly Choice[],
  fallback: Choice,
): Choice {
  const value = parent[key];
  if (value === undefined || value === null || value === '') return fallback;
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined) throw new Malformed(field, `one of ${choices.join(', ')}`);
  return choice;
}

/** A port number. */
export function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535;
}
