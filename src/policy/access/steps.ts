import { quote } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import type { AccessStep } from './model.ts';

/** What names of Kubernetes consist of. */
const NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/** Someone else's name for a message: as it is where it is one, else in quotes. */
export function nameText(name: string): string {
  return NAME.test(name) ? name : quote(name);
}

interface Named {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** `shop/web`. */
export function placeText({ namespace, name }: Omit<Named, 'kind'>): string {
  return `${nameText(namespace)}/${nameText(name)}`;
}

/** `Server shop/web`. */
export function named(object: Named): string {
  return `${object.kind} ${placeText(object)}`;
}

/** A step about an object, or about a place in it. */
export function about(object: KubeObject, says: string, field = ''): AccessStep {
  return field === '' ? { object: object.reference, says } : { object: object.reference, field, says };
}
