import type { AccessStep } from '../access/model.ts';
import { about, placeText } from '../access/steps.ts';
import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';

/** A step about a place in an object. */
export function aboutField(object: KubeObject, field: Field, says: string): AccessStep {
  return about(object, says, field.path);
}

/** Names in a sentence, the first few of them. */
export function nameAll(objects: readonly KubeObject[]): string {
  const shown = objects.slice(0, 3).map(placeText);
  return objects.length > shown.length ? `${shown.join(', ')} and ${objects.length - shown.length} more` : shown.join(', ');
}
