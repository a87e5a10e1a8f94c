import { sha256 } from '@noble/hashes/sha2.js';
import { decodeCounter } from '../lib/counter.ts';
import { hexOf } from '../lib/hex.ts';
import { isObject, type JsonObject } from '../lib/json.ts';
import { parseBounded } from '../lib/json-text.ts';
import { decodeUtf8, encodeUtf8 } from '../lib/utf8.ts';

/** The members of a stored JSON object, or undefined where there is none. */
export function readStored(value: Uint8Array | undefined): Readonly<Record<string, unknown>> | undefined {
  if (value === undefined) return undefined;
  const parsed = parseBounded(decodeUtf8(value));
  return parsed.kind === 'value' && isObject(parsed.value) ? parsed.value : undefined;
}

export function storedBytes(value: JsonObject): Uint8Array {
  return encodeUtf8(JSON.stringify(value));
}

/** SHA-256 of a text's UTF-8, in hexadecimal digits: for what somebody might want to forge. */
export function fingerprint(text: string): string {
  return hexOf(sha256(encodeUtf8(text)));
}

/** The name of a place in a ring: `0a`. */
export function slotName(number: number, slots: number): string {
  return (number % slots).toString(16).padStart(2, '0');
}

/** What a counter stands at; 0 where it is not there. */
export function counted(value: Uint8Array | undefined): number {
  return value === undefined ? 0 : (decodeCounter(value) ?? 0);
}
