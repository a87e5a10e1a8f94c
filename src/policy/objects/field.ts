import { isObject } from '../../lib/json.ts';
import { visibleText } from '../../lib/visible-text.ts';

/** A key that can follow a dot in a path. */
const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What leads from a field to one below it: keys of objects, one after the other, or a place in an array. */
type Step = readonly string[] | number;

/**
 * A value of a Kubernetes object together with the path that leads to it, so that what a check reads and what it reports cannot differ. Nothing here throws,
 * whatever the value is: a shape that was not expected reads as absent.
 */
export class Field {
  readonly value: unknown;
  // The path is put together when somebody asks: most fields are read, and few are reported.
  readonly #parent: Field | undefined;
  readonly #step: Step;

  /** `step` leads here from `parent`; without them this is the object itself. */
  constructor(value: unknown, parent?: Field, step: Step = []) {
    this.value = value;
    this.#parent = parent;
    this.#step = step;
  }

  /** Such as `spec.http[1].match[0].headers["x-stage"]`; empty for the object itself. */
  get path(): string {
    const above = this.#parent?.path ?? '';
    return typeof this.#step === 'number' ? `${above}[${this.#step}]` : this.#step.reduce(joinKey, above);
  }

  /** The member below, along the keys. */
  at(...keys: readonly string[]): Field {
    let { value } = this;
    for (const key of keys) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    return new Field(value, this, keys);
  }

  /** Present and not null: Go reads null as absent. */
  get exists(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  get isObject(): boolean {
    return isObject(this.value);
  }

  /** The items of an array, none of anything else. */
  get items(): readonly Field[] {
    return Array.isArray(this.value) ? this.value.map((item: unknown, index) => new Field(item, this, index)) : [];
  }

  /** The members of an object, none of anything else. */
  get entries(): readonly (readonly [key: string, field: Field])[] {
    if (!isObject(this.value)) return [];
    return Object.entries(this.value).map(([key, value]) => [key, new Field(value, this, [key])]);
  }

  /** How many items or members. */
  get size(): number {
    if (Array.isArray(this.value)) return this.value.length;
    return isObject(this.value) ? Object.keys(this.value).length : 0;
  }

  /** The text; undefined where there is none, and where it is empty, which Istio reads as unset. */
  get text(): string | undefined {
    return typeof this.value === 'string' && this.value !== '' ? this.value : undefined;
  }

  get number(): number | undefined {
    return typeof this.value === 'number' ? this.value : undefined;
  }

  /** The texts of an array, without what is none. */
  get texts(): readonly string[] {
    return this.items.flatMap((item) => item.text ?? []);
  }

  /** The map of texts, without what is none. */
  get labels(): ReadonlyMap<string, string> {
    return new Map(this.entries.flatMap(([key, { value }]) => (typeof value === 'string' ? [[key, value] as const] : [])));
  }
}

function joinKey(path: string, key: string): string {
  if (!PLAIN_KEY.test(key)) return `${path}[${quote(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

const DEEPEST = 32;

/** A text that is equal for equal values, whatever the order of their keys. What lies deeper than 32 levels counts as equal. */
export function canonical(value: unknown, depth = 0): string {
  if (depth > DEEPEST) return '…';
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, depth + 1)).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  return `{${Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key], depth + 1)}`)
    .join(',')}}`;
}

/** The longest part of someone else's text that a message repeats. */
const LONGEST_QUOTE = 100;

/** Someone else's text for a message: in quotes, on one line, cut where it is long, with nothing in it that does not show. */
export function quote(text: string): string {
  return visibleText(JSON.stringify(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text));
}

/** A word of an API's own, such as `ISTIO_MUTUAL`; anything else that stands in its place is quoted. */
export function wordOrQuote(text: string): string {
  return /^[A-Za-z][A-Za-z0-9_]{0,62}$/.test(text) ? text : quote(text);
}

/** How many names a message lists before it only counts. */
const MOST_NAMES = 5;

/** Names for a message: `"a", "b" and 3 more`. */
export function quoteAll(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map(quote).join(', ');
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown;
}

/** A selector for a message: `app=web,version=v1`. */
export function labelText(labels: ReadonlyMap<string, string>): string {
  return quote([...labels].map(([key, value]) => `${key}=${value}`).join(','));
}
