import { quote } from '../../objects/field.ts';
import type { Check } from '../check.ts';
import { KINDS } from '../shapes.ts';

/** Groups of Istio that are gone. */
const REMOVED = new Set(['config.istio.io', 'rbac.istio.io', 'authentication.istio.io']);

/** An Istio object’s group and version are served by Istio’s CRDs. */
export const apiVersion: Check = {
  name: 'api-version',
  codes: ['MESH0002'],
  run(view, report) {
    if (view.extent !== undefined) return;
    const groups = new Set([...KINDS.values()].map(({ group }) => group));
    for (const object of view.objects) {
      const { group, kind, version } = object;
      const known = KINDS.get(kind);
      if (REMOVED.has(group)) {
        report({
          object,
          field: 'apiVersion',
          message: `Istio has removed ${quote(group)}.`,
          fix: 'Use security.istio.io and telemetry.istio.io.',
        });
      } else if (groups.has(group) && known?.group !== group) {
        const message = `${quote(group)} has no kind ${quote(kind)}.`;
        const fix = known === undefined ? 'Correct the kind.' : `Write ${known.group}/${known.versions[0] ?? ''}.`;
        report({ object, field: known === undefined ? 'kind' : 'apiVersion', message, fix });
      } else if (known?.group === group && !known.versions.includes(version)) {
        const message = `${kind} has no version ${quote(version)}.`;
        report({ object, field: 'apiVersion', message, fix: `Write ${group}/${known.versions[0] ?? ''}.` });
      }
    }
  },
};
