import type { Field } from '../objects/field.ts';

/** A reference as Linkerd's controller reads one; `kind` and `name` are not there unless they are texts. */
export interface Reference {
  /** In lower case, `core` where it is absent or empty. */
  readonly group: string;
  /** In lower case. */
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
}

/**
 * Reads `{group, kind, name, namespace}`; undefined where kind or name is missing. Groups and kinds compare without case, and no group is `core` (linkerd2,
 * policy-controller/k8s/api/src/policy.rs: `targets_kind`; policy/target_ref.rs).
 */
export function readReference(field: Field): Reference | undefined {
  const [kind, name] = [textIn(field.at('kind')), textIn(field.at('name'))];
  if (kind === undefined || name === undefined) return undefined;
  return { group: groupIn(field), kind: kind.toLowerCase(), name, namespace: textIn(field.at('namespace')) };
}

export function groupIn(field: Field): string {
  const { text } = field.at('group');
  return text === undefined ? 'core' : text.toLowerCase();
}

/** Whether it names an object of this kind; both in lower case. */
export function refersTo(reference: Reference, group: string, kind: string): boolean {
  return reference.group === group && reference.kind === kind;
}

/** The text, which may be empty: Linkerd takes that for a value. */
export function textIn(field: Field): string | undefined {
  return typeof field.value === 'string' ? field.value : undefined;
}
