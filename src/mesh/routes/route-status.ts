import type { Field } from '../../policy/objects/field.ts';
import type { KubeObject } from '../../policy/objects/kube-object.ts';
import { statusOf } from '../kube-object.ts';
import { reasonWord } from '../words.ts';
import { groupOf, type ObjectRef } from './parent-refs.ts';

/** What controllers say of a route on one of its parents. */
export type ParentStatus =
  | { readonly tag: 'accepted'; readonly unresolved: string | undefined }
  | { readonly tag: 'refused'; readonly reason: string }
  | { readonly tag: 'unanswered' };

/**
 * Reads `status.parents` (Gateway API, `RouteParentStatus`). Several controllers may answer for one parent: it is enough when one accepts. The status that Linkerd
 * writes names the group `core` and always a namespace, so references are compared by what they mean.
 */
export function parentStatus(route: KubeObject, parent: ObjectRef): ParentStatus {
  const port = (field: Field) => field.at('port').number;
  const answers = statusOf(route)
    .at('parents')
    .items.filter((answer) => {
      const ref = answer.at('parentRef');
      return (
        ref.at('name').value === parent.name &&
        (ref.at('kind').text ?? 'Gateway') === parent.kind &&
        (ref.at('namespace').text ?? route.namespace) === parent.namespace &&
        groupOf(ref, groupOf(parent.field, '')) === groupOf(parent.field, groupOf(ref, '')) &&
        (ref.at('sectionName').text ?? parent.field.at('sectionName').text) === parent.field.at('sectionName').text &&
        (port(ref) ?? port(parent.field)) === port(parent.field)
      );
    });
  if (answers.length === 0) return { tag: 'unanswered' };
  const accepted = answers.filter((answer) => condition(answer, 'Accepted')?.holds === true);
  if (accepted.length > 0) {
    const unresolved = accepted.map((answer) => condition(answer, 'ResolvedRefs')).find((resolved) => resolved?.holds === false);
    return { tag: 'accepted', unresolved: unresolved?.reason };
  }
  const refused = answers.map((answer) => condition(answer, 'Accepted')).find((answer) => answer?.holds === false);
  return refused === undefined ? { tag: 'unanswered' } : { tag: 'refused', reason: refused.reason };
}

/** A condition by its type: whether it is True or False, and why; undefined where it is neither. */
export function condition(holder: Field, type: string): { readonly holds: boolean; readonly reason: string } | undefined {
  const found = holder.at('conditions').items.find((each) => each.at('type').value === type);
  const { value } = found?.at('status') ?? {};
  if (found === undefined || (value !== 'True' && value !== 'False')) return undefined;
  return { holds: value === 'True', reason: reasonWord(found.at('reason').value) ?? 'no reason that can be repeated' };
}
