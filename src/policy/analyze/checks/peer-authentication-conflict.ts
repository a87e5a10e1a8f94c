import { quote } from '../../objects/field.ts';
import { nameOthers } from '../../objects/kube-object.ts';
import type { Check } from '../check.ts';
import { findOverlaps } from '../overlaps.ts';

/** For each level, a workload has one PeerAuthentication; of several the oldest holds. */
export const peerAuthenticationConflict: Check = {
  name: 'peer-authentication-conflict',
  codes: ['MESH0507'],
  run(view, report) {
    for (const { object, group, workload } of findOverlaps(view, view.security('PeerAuthentication'))) {
      const what = workload === undefined ? `the whole namespace ${quote(object.namespace)}` : quote(workload);
      const message = `PeerAuthentication ${nameOthers(group, object)} is for ${what} too; only the oldest holds.`;
      report({ object, field: 'spec', message, fix: 'Merge them, or select different workloads.' });
    }
  },
};
