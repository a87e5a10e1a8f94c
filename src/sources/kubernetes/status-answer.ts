import { isObject } from '../../lib/json.ts';

/** A field of an object that the API does not take, and why, in words of our own. */
export interface FieldProblem {
  /** `spec.rules[0].weight`; undefined where the API did not say, or not in the alphabet of paths. */
  readonly field: string | undefined;
  readonly says: string;
}

/** A field that somebody else owns. */
export interface ManagerConflict {
  readonly field: string;
  /** `argocd-controller`, or `another manager` where its name is in no alphabet. */
  readonly manager: string;
}

/** What a Status says (`metav1.Status`), as far as it matched an alphabet. */
export interface StatusAnswer {
  /** Which object it is about: the resource (or kind) and the name. */
  readonly about: { readonly kind: string | undefined; readonly name: string | undefined } | undefined;
  readonly problems: readonly FieldProblem[];
  readonly conflicts: readonly ManagerConflict[];
  /** How many more problems or conflicts there are. */
  readonly omitted: number;
}

/** More are counted. */
const MOST = 20;

const FIELD = /^[A-Za-z0-9_.$[\]{}(),:="/*~^-]{1,200}$/;
const MANAGER = /^[A-Za-z0-9][A-Za-z0-9._@/+-]{0,127}$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,252}$/;
/** A value that the API supports, such as `PathPrefix`. */
const CHOICE = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/;

/** Reads a Status, or anything else that stands in its place. Never throws; whatever is in no alphabet is left out. */
export function readStatus(body: unknown): StatusAnswer {
  const status = isObject(body) ? body : {};
  const details = isObject(status.details) ? status.details : {};
  const causes = Array.isArray(details.causes) ? details.causes.filter(isObject) : [];
  const conflicts = causes.filter(({ reason }) => reason === 'FieldManagerConflict');
  const problems = causes.filter(({ reason }) => reason !== 'FieldManagerConflict').map(problemOf);
  const inMessage = problems.length > 0 || typeof status.message !== 'string' ? [] : problemsIn(status.message);
  const all = [...problems, ...inMessage];
  return {
    about: isObject(status.details) ? { kind: nameOf(details.kind), name: nameOf(details.name) } : undefined,
    problems: all.slice(0, MOST),
    conflicts: conflicts.slice(0, MOST).map(conflictOf),
    omitted: Math.max(0, all.length - MOST) + Math.max(0, conflicts.length - MOST),
  };
}

function nameOf(value: unknown): string | undefined {
  return typeof value === 'string' && NAME.test(value) ? value : undefined;
}

function fieldOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const field = value.replace(/^\./, '');
  return FIELD.test(field) ? field : undefined;
}

/** apimachinery, pkg/apis/meta/v1: `conflict with "kubectl" using apps/v1`, perhaps with a subresource or a time after it. */
function conflictOf({ field, message }: Record<string, unknown>): ManagerConflict {
  const manager = typeof message === 'string' ? /^conflict with "([^"]*)"/.exec(message)?.[1] : undefined;
  return {
    field: fieldOf(field) ?? 'a field',
    manager: manager !== undefined && MANAGER.test(manager) ? manager : 'another manager',
  };
}

/**
 * What is wrong with a field. The reasons are those of `field.ErrorType` (apimachinery, pkg/util/validation/field/errors.go); a message may quote the value and the
 * words of a CustomResourceDefinition, so only what is understood of it is passed on: supported values, limits and types.
 */
function problemOf({ reason, message, field }: Record<string, unknown>): FieldProblem {
  const text = typeof message === 'string' ? message : '';
  const words = typeof reason === 'string' && Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined;
  return { field: fieldOf(field), says: [words ?? 'is refused', ...understood(text)].join(', ') };
}

const REASONS: Readonly<Record<string, string>> = {
  FieldValueRequired: 'is required',
  FieldValueInvalid: 'is invalid',
  FieldValueTypeInvalid: 'has the wrong type',
  FieldValueNotSupported: 'is not supported',
  FieldValueDuplicate: 'is there twice',
  FieldValueForbidden: 'is forbidden here',
  FieldValueNotFound: 'names what is not there',
  FieldValueTooLong: 'is too long',
  FieldValueTooShort: 'is too short',
  FieldValueTooMany: 'has too many items',
  FieldValueTooFew: 'has too few items',
  FieldManagerConflict: 'belongs to another manager',
};

/** `supported values: "A", "B"`, then what go-openapi's validators say of limits and types (go-openapi/errors, schema.go). */
function understood(text: string): readonly string[] {
  const [, supported] = /supported values: ((?:"[^"]*"(?:, )?)+)/.exec(text) ?? [];
  const choices = supported === undefined ? [] : [...supported.matchAll(/"([^"]*)"/g)].map(([, value = '']) => value);
  const known = choices.filter((value) => CHOICE.test(value)).slice(0, MOST);
  const [limit] = LIMIT.exec(text) ?? [];
  return [...(known.length === 0 ? [] : [`which may be ${known.join(', ')}`]), ...(limit === undefined ? [] : [limit])];
}

const LIMIT =
  /should be (?:less|greater) than or equal to -?\d{1,20}|should (?:have at (?:least|most) \d{1,10} (?:items|chars)|be at (?:least|most) \d{1,10} chars long)|must be of type (?:array|boolean|integer|null|number|object|string)|must have at (?:least|most) \d{1,10} items|may not be (?:longer|more) than \d{1,10}/;

/**
 * What the message alone says: a strict decoder's unknown or repeated fields (apimachinery, pkg/runtime/serializer: `strict decoding error`), and what server-side
 * apply does not find in the schema (structured-merge-diff: `field not declared in schema`, `duplicate entries for key`).
 */
function problemsIn(message: string): readonly FieldProblem[] {
  const found: FieldProblem[] = [];
  for (const [, what, field] of message.matchAll(/\b(unknown|duplicate) field "([^"]{1,300})"/g)) {
    found.push({ field: fieldOf(field), says: what === 'unknown' ? 'is no field of this kind' : 'is there twice' });
  }
  for (const [, field] of message.matchAll(/(?:^|[\s:])(\.[^\s:]{1,300}): field not declared in schema/g)) {
    found.push({ field: fieldOf(field), says: 'is no field of this kind' });
  }
  for (const [, field] of message.matchAll(/(?:^|[\s:])(\.[^\s:]{1,300}): duplicate entries for key/g)) {
    found.push({ field: fieldOf(field), says: 'has two items with the same key' });
  }
  for (const [, field, type] of message.matchAll(/(?:^|[\s:])(\.[^\s:]{1,300}): expected (string|numeric|boolean|list|map)/g)) {
    found.push({ field: fieldOf(field), says: `must be of type ${type}` });
  }
  if (found.length === 0 && message.startsWith('failed to create typed patch object')) {
    found.push({ field: undefined, says: 'does not fit the schema of this kind' });
  }
  return found;
}
