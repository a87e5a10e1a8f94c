import { quote } from '../../objects/field.ts';
import { nameOthers } from '../../objects/kube-object.ts';
import type { Check } from '../check.ts';
import type { Code } from '../codes.ts';
import { findOverlaps } from '../overlaps.ts';

/** A workload has one Sidecar and one Telemetry of its namespace. */
export const overlappingSelectors: Check = {
  name: 'overlapping-selectors',
  codes: ['IST0110', 'IST0111', 'IST0159', 'IST0160'],
  run(view, report) {
    const kinds: readonly (readonly [objects: ReturnType<typeof view.telemetry>, selecting: Code, wide: Code])[] = [
      [view.networking('Sidecar'), 'IST0110', 'IST0111'],
      [view.telemetry(), 'IST0159', 'IST0160'],
    ];
    for (const [objects, selecting, wide] of kinds) {
      for (const { object, group, workload } of findOverlaps(view, objects)) {
        const others = `${object.kind} ${nameOthers(group, object)}`;
        if (workload === undefined) {
          const message = `${others} is for the whole namespace ${quote(object.namespace)} too; which one holds is left to chance.`;
          report({ object, field: 'spec', message, fix: 'Merge them, or give all but one a selector.', code: wide });
        } else {
          const message = `${others} selects the same (${quote(workload)}); which one holds is left to chance.`;
          const field = object.kind === 'Sidecar' ? 'spec.workloadSelector' : 'spec.selector';
          report({ object, field, message, fix: 'Merge them, or select different workloads.', code: selecting });
        }
      }
    }
  },
};
