import { groupBy } from '../../lib/group.ts';
import { canonical } from '../objects/field.ts';
import { type KubeObject, nameOf } from '../objects/kube-object.ts';
import { selectionOf, targetsOf } from '../objects/selection.ts';
import type { View } from './view.ts';

/** An object that claims what others of its namespace claim too. */
export interface Overlap {
  readonly object: KubeObject;
  readonly group: readonly KubeObject[];
  /** A workload that all of them select; undefined where they are for the whole namespace. */
  readonly workload: string | undefined;
}

/** Objects of one kind of which a workload can only have one: those without a selector in one namespace, and those that select the same workload. */
export function findOverlaps(view: View, objects: readonly KubeObject[]): readonly Overlap[] {
  const wide: KubeObject[] = [];
  const claims = new Map<string, { readonly workload: string; readonly objects: Set<KubeObject> }>();
  for (const object of objects) {
    if (targetsOf(object).length > 0) continue;
    const labels = selectionOf(object)?.labels;
    if (labels === undefined || labels.size === 0) {
      wide.push(object);
      continue;
    }
    const workloads = view.workloads.select(labels, object.namespace).map((workload) => `${workload.object.kind} ${nameOf(workload)}`);
    // Equal selectors overlap whatever they select.
    for (const workload of [`selector ${object.namespace} ${canonical(Object.fromEntries(labels))}`, ...workloads]) {
      const claim = claims.get(workload);
      if (claim === undefined) claims.set(workload, { workload, objects: new Set([object]) });
      else claim.objects.add(object);
    }
  }
  const overlaps = new Map<KubeObject, Overlap>();
  for (const group of groupBy(wide, ({ namespace }) => namespace).values()) {
    if (group.length > 1) for (const object of group) overlaps.set(object, { object, group, workload: undefined });
  }
  for (const { workload, objects: claimants } of claims.values()) {
    if (claimants.size < 2) continue;
    const group = [...claimants];
    const shown = workload.startsWith('selector ') ? 'equal selectors' : workload;
    for (const object of group) if (!overlaps.has(object)) overlaps.set(object, { object, group, workload: shown });
  }
  return [...overlaps.values()];
}
