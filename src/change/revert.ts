import { type Principal, permits } from '../access/principal.ts';
import { MeshError } from '../lib/errors.ts';
import type { Ports } from '../ports/ports.ts';
import type { ObjectApi } from '../sources/kubernetes/object-api.ts';
import { newBackends } from './apply.ts';
import type { Decision } from './change.ts';
import { type ChangeRecord, findRecord, type Previous } from './change-log.ts';
import { stateFingerprint } from './diff.ts';
import type { Found } from './find.ts';
import type { Sees } from './impact.ts';
import { targetText } from './manifest.ts';
import { restoringConfig } from './ownership.ts';

/** A change that can be taken back. */
export interface Revertible {
  readonly record: ChangeRecord;
  readonly previous: Exclude<Previous, { readonly tag: 'too-large' }>;
}

/**
 * Looks a change up. Throws `MeshError('invalid')` where it is not known, was not made, or cannot be taken back; one of a namespace that the caller may not view is not
 * known.
 */
export function revertible(ports: Pick<Ports, 'keyvalue'>, change: number, principal: Principal): Revertible {
  const found = findRecord(ports, change);
  if (found === undefined || !permits(principal, 'viewer', found.record.target.namespace))
    throw new MeshError('invalid', `Change ${change} is not, or no longer, in the change log; get_change_log says which are.`);
  const { record, previous } = found;
  if (record.outcome === 'refused') throw new MeshError('invalid', `Change ${change} was refused: there is nothing to take back.`);
  if (previous.tag === 'too-large') {
    throw new MeshError(
      'invalid',
      `Change ${change} cannot be taken back: what ${targetText(record.target)} was before was too large to be kept.`,
    );
  }
  return { record, previous };
}

/** What makes an object again what it was before a change. */
export function decideRevert({ record, previous }: Revertible, { target, object }: Found, api: ObjectApi, sees: Sees): Decision {
  const notes = [`It takes back change ${record.id} (${record.operation} by ${record.tool}).`, ...movedSince(record, object)];
  if (previous.tag === 'absent') {
    if (object === undefined)
      throw new MeshError('invalid', `There is no ${targetText(target)} any more: change ${record.id} has been taken back already.`);
    return { tag: 'delete', notes };
  }
  const backends = newBackends(target, object, previous.object, api, sees);
  return {
    tag: 'apply',
    config: object === undefined ? previous.object : restoringConfig(previous.object, previous.applied, object),
    notes: [...notes, ...backends.notes],
    impacts: backends.impacts,
  };
}

/** Whoever takes a change back should see that the object has changed since. */
function movedSince({ state, outcome }: ChangeRecord, object: Found['object']): readonly string[] {
  if (outcome === 'begun' || outcome === 'unknown')
    return ['What became of that change is not known; the diff says what this one would do.'];
  if (object === undefined || state === undefined || stateFingerprint(object) === state) return [];
  return ['The object has changed since, so the diff may also undo what came after.'];
}
