import { isObject } from '../../lib/json.ts';
import { parseBounded } from '../../lib/json-text.ts';
import { decodeUtf8 } from '../../lib/utf8.ts';

/** The members of a stored JSON object of this version, or undefined where the text is none. */
export function parseStored(text: string, version: number): Readonly<Record<string, unknown>> | undefined {
  const parsed = parseBounded(text);
  return parsed.kind === 'value' && isObject(parsed.value) && parsed.value.version === version ? parsed.value : undefined;
}

export function parseStoredBytes(value: Uint8Array | undefined, version: number): Readonly<Record<string, unknown>> | undefined {
  return value === undefined ? undefined : parseStored(decodeUtf8(value), version);
}

/** A whole number of at least 0: a count, or a time in milliseconds since 1970. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

export function isOptional<Value>(value: unknown, is: (value: unknown) => value is Value): value is Value | undefined {
  return value === undefined || is(value);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

/** Every item of an array decoded, or undefined where it is no array or one of them fails. */
export function decodeAll<Item>(value: unknown, decode: (item: unknown) => Item | undefined): readonly Item[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const decoded: Item[] = [];
  for (const item of value) {
    const one = decode(item);
    if (one === undefined) return undefined;
    decoded.push(one);
  }
  return decoded;
}
