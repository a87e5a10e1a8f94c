import type { AccessStep } from '../access/model.ts';
import { quote } from '../analyze/field.ts';
import type { KubeObject } from '../analyze/objects.ts';

/** What names of Kubernetes consist of. */
const NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/** Someone else's name for a message: as it is where it is one, else in quotes. */
export function nameText(name: string): string {
  return NAME.test(name) ? name : quote(name);
}

/** `Server shop/web`. */
export function called(object: { readonly kind: string; readonly namespace: string; readonly name: string }): string {
  return `${object.kind} ${nameText(object.namespace)}/${nameText(object.name)}`;
}

/** A step about an object. */
export function about(object: KubeObject, says: string, field?: string): AccessStep {
  return field === undefined ? { object: object.reference, says } : { object: object.reference, field, says };
}
