import { isObject, type Json, type JsonObject } from '../lib/json.ts';
import { visibleText } from '../lib/visible-text.ts';
import { isCredential, isSecretMember, withoutCredentials } from './credentials.ts';
import { fingerprint } from './stored.ts';

/** One place in which two states of an object differ. The texts are JSON, cut short; what could be a secret is masked. */
export interface Difference {
  /** `spec.rules[0].backendRefs[1].weight` */
  readonly path: string;
  /** Absent where there was nothing. */
  readonly before?: string;
  /** Absent where there is nothing any more. */
  readonly after?: string;
}

/** What two states differ in. */
export interface Diff {
  readonly differences: readonly Difference[];
  /** How many more there are. */
  readonly omitted: number;
}

/** So many are told. */
const MAX_DIFFERENCES = 60;
const MAX_VALUE_CHARACTERS = 160;
const MAX_PATH_CHARACTERS = 160;
/** Deeper than any policy or route nests. */
const MAX_DEPTH = 40;

/** The members of `metadata` that somebody sets; the rest is the API server's. */
const COMPARED_METADATA = ['labels', 'annotations', 'ownerReferences', 'finalizers'] as const;

/** kubectl's own record of what it applied: it says nothing that the object does not. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * The part of an object that means something: without `status`, without what the API server writes into `metadata`
 * (managedFields, resourceVersion, generation, …) and without apiVersion and kind. Nothing of no object.
 */
export function meaningOf(object: JsonObject | undefined): JsonObject {
  if (object === undefined) return {};
  const { apiVersion: _, kind: __, status: ___, metadata, ...rest } = object;
  const given: JsonObject = isObject(metadata) ? (metadata as JsonObject) : {}; // A member of a JSON object is JSON.
  const kept: Record<string, Json> = {};
  for (const member of COMPARED_METADATA) {
    const value = member === 'annotations' ? withoutLastApplied(given[member]) : given[member];
    if (value !== undefined && !isEmpty(value)) kept[member] = value;
  }
  // What the object does stands before what is written about it, so that in a long diff the latter is what is left out.
  return Object.keys(kept).length === 0 ? rest : { ...rest, metadata: kept };
}

function withoutLastApplied(annotations: Json | undefined): Json | undefined {
  if (!isObject(annotations)) return annotations;
  const { [LAST_APPLIED]: _, ...rest } = annotations as JsonObject; // A member of a JSON object is JSON.
  return rest;
}

function isEmpty(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** The same for all states of an object that mean the same. */
export function stateFingerprint(object: JsonObject | undefined): string {
  return fingerprint(canonicalJson(meaningOf(object)));
}

/** What two states of an object differ in, in the order of the members; undefined is no object. Pure, bounded, never throws. */
export function diffObjects(before: JsonObject | undefined, after: JsonObject | undefined): Diff {
  const differences: Difference[] = [];
  let omitted = 0;
  const tell: Tell = (path, was, is, secret) => {
    if (differences.length >= MAX_DIFFERENCES) {
      omitted++;
      return;
    }
    differences.push({
      path: shortened(path, MAX_PATH_CHARACTERS),
      ...(was === undefined ? {} : { before: shown(was, secret) }),
      ...(is === undefined ? {} : { after: shown(is, secret) }),
    });
  };
  compare(meaningOf(before), meaningOf(after), { path: '', depth: 0, secret: false }, tell);
  return { differences, omitted };
}

type Tell = (path: string, before: Json | undefined, after: Json | undefined, secret: boolean) => void;

/** Where two values stand. */
interface Place {
  readonly path: string;
  readonly depth: number;
  /** Texts here and below are credentials. */
  readonly secret: boolean;
}

function compare(before: Json | undefined, after: Json | undefined, { path, depth, secret }: Place, tell: Tell): void {
  if (sameJson(before, after)) return;
  // What comes or goes as a whole is told in one line if it is short, else piece by piece: nothing of a new object must be hidden.
  const whole = before === undefined || after === undefined;
  const fits = path !== '' && JSON.stringify(before === undefined ? after : before).length <= MAX_VALUE_CHARACTERS;
  if (depth < MAX_DEPTH && !(whole && fits)) {
    const [was, is] = [before === undefined ? emptyLike(after) : before, after === undefined ? emptyLike(before) : after];
    if (isJsonObject(was) && isJsonObject(is)) {
      for (const member of new Set([...Object.keys(was), ...Object.keys(is)])) {
        const hidden = secret || isSecretMember(was, member) || isSecretMember(is, member);
        compare(own(was, member), own(is, member), { path: memberPath(path, member), depth: depth + 1, secret: hidden }, tell);
      }
      return;
    }
    if (isList(was) && isList(is)) {
      for (let place = 0; place < Math.max(was.length, is.length); place++) {
        compare(was[place], is[place], { path: `${path}[${place}]`, depth: depth + 1, secret }, tell);
      }
      return;
    }
  }
  tell(path, before, after, secret);
}

function emptyLike(value: Json | undefined): Json {
  return isList(value) ? [] : {};
}

function isJsonObject(value: Json | undefined): value is JsonObject {
  return isObject(value);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function own(object: JsonObject, member: string): Json | undefined {
  return Object.hasOwn(object, member) ? object[member] : undefined;
}

const PLAIN_MEMBER = /^[A-Za-z0-9_-]{1,64}$/;

/** `spec.rules`; `metadata.labels["app.kubernetes.io/name"]` where a member is more than a word. */
function memberPath(path: string, member: string): string {
  if (PLAIN_MEMBER.test(member)) return path === '' ? member : `${path}.${member}`;
  return `${path}[${visibleText(JSON.stringify(isCredential(member) ? '(not shown)' : shortened(member, 80)))}]`;
}

/** The value's JSON, cut short: so it is quoted, there are no line breaks in it, and nothing that does not show. */
function shown(value: Json, secret: boolean): string {
  return shortened(visibleText(JSON.stringify(withoutCredentials(value, secret))), MAX_VALUE_CHARACTERS);
}

function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  // Half a surrogate pair is no character.
  const end = /[\ud800-\udbff]/.test(text.charAt(most - 2)) ? most - 2 : most - 1;
  return `${text.slice(0, end)}…`;
}

/** Whether two JSON values are equal, whatever the order of their members; an absent member and an undefined one are the same. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b));
}

/** JSON with the members of each object in one order: equal values have equal texts. */
export function canonicalJson(value: Json | undefined): string {
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value ?? null);
  const members = Object.keys(value)
    .filter((member) => value[member] !== undefined)
    .sort();
  return `{${members.map((member) => `${JSON.stringify(member)}:${canonicalJson(value[member])}`).join(',')}}`;
}

/** `+ spec.rules: …`, `- …` and `~ path: before -> after`, a line each. */
export function diffLines({ differences, omitted }: Diff): readonly string[] {
  const lines = differences.map(({ path, before, after }) => {
    if (before === undefined) return `+ ${path}: ${after}`;
    return after === undefined ? `- ${path}: ${before}` : `~ ${path}: ${before} -> ${after}`;
  });
  return omitted === 0 ? lines : [...lines, `and ${omitted} more`];
}
