import type { AccessStep } from '../access/model.ts';
import { type Field, quote } from '../analyze/field.ts';
import { type KubeObject, nameOf } from '../analyze/objects.ts';

/** A step about a place in an object. */
export function aboutField(object: KubeObject, field: Field, says: string): AccessStep {
  return aboutPath(object, field.path, says);
}

export function aboutPath(object: KubeObject, path: string, says: string): AccessStep {
  return path === '' ? { object: object.reference, says } : { object: object.reference, field: path, says };
}

/** An object in a sentence: `AuthorizationPolicy "shop/web"`. */
export function nameIt(object: KubeObject): string {
  return `${object.kind} ${quote(nameOf(object))}`;
}

/** Names in a sentence, the first few of them. */
export function nameAll(objects: readonly KubeObject[]): string {
  const shown = objects.slice(0, 3).map((object) => quote(nameOf(object)));
  return objects.length > shown.length ? `${shown.join(', ')} and ${objects.length - shown.length} more` : shown.join(', ');
}
