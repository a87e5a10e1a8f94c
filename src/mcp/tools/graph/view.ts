import { type Principal, permits, permitsAll } from '../../../access/principal.ts';
import { MeshError } from '../../../lib/errors.ts';
import { counted } from '../../../lib/wording.ts';

/** Throws `MeshError('denied')` where somebody may not view a namespace, or without one, not the whole mesh. */
export function requireViewOf(principal: Principal, namespace: string | undefined): void {
  if (namespace === undefined ? permitsAll(principal, 'viewer') : permits(principal, 'viewer', namespace)) return;
  throw new MeshError(
    'denied',
    namespace === undefined
      ? 'You may not view the whole mesh. Pass one of your namespaces as "namespace".'
      : `You may not view namespace "${namespace}". Ask for the role viewer there.`,
  );
}

/** The note on namespaces that were left out because somebody may not view them; none where none were. */
export function notViewed(namespaces: number): readonly string[] {
  return namespaces === 0
    ? []
    : [`${counted(namespaces, 'namespace')} that you may not view ${namespaces === 1 ? 'was' : 'were'} left out.`];
}
