import { hashText } from '../../lib/hash.ts';
import type { JsonObject } from '../../lib/json.ts';
import { asText, at } from './json.ts';

/** An object as the API server keeps it, with what its lists need to know. */
export interface DemoObject {
  /** Empty for an object outside namespaces. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** `status.phase`, for pods and namespaces. */
  readonly phase?: string;
  /** Without `kind` and `apiVersion`. */
  readonly object: JsonObject;
}

/** Reads off an object what its lists need to know. */
export function stored(object: JsonObject): DemoObject {
  const phase = asText(at(object, 'status', 'phase'));
  return {
    namespace: asText(at(object, 'metadata', 'namespace')) ?? '',
    name: asText(at(object, 'metadata', 'name')) ?? '',
    uid: asText(at(object, 'metadata', 'uid')) ?? '',
    ...(phase === undefined ? {} : { phase }),
    object,
  };
}

/** Where an object stands in the order of lists. */
export function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

/** A uid that is always the same for the same text. */
export function uidFor(text: string): string {
  const digits = hashText(text) + hashText(`${text} again`);
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

// Kubernetes writes generated names without vowels, so that no words come out.
const SAFE_DIGITS = 'bcdfghjklmnpqrst';

/** The end of a generated name, always the same for the same text; at most sixteen characters. */
export function suffixFor(text: string, length: number): string {
  return hashText(text)
    .slice(0, length)
    .replace(/./g, (digit) => SAFE_DIGITS.charAt(Number.parseInt(digit, 16)));
}
