import { labelText, quote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import { reachOf, selectionOf, targetsOf } from '../../objects/selection.ts';
import type { Check, Report } from '../check.ts';
import type { View } from '../view.ts';

/** What a policy may attach to: group and kind. */
const TARGET_GROUPS: Readonly<Record<string, string>> = {
  Service: '',
  Gateway: 'gateway.networking.k8s.io',
  GatewayClass: 'gateway.networking.k8s.io',
  ServiceEntry: 'networking.istio.io',
};

/** Whatever selects workloads selects at least one, and what attaches to an object finds it. */
export const policySelectsNothing: Check = {
  name: 'policy-selects-nothing',
  codes: ['IST0127', 'IST0101'],
  run(view, report) {
    const present = new Set(view.objects.map(({ kind, namespace }) => `${kind}/${namespace}`));
    for (const object of view.objects) {
      const selection = selectionOf(object);
      if (selection === undefined) {
        if (object.group === 'security.istio.io') reportTargets(view, present, object, report);
        continue;
      }
      const { field, labels } = selection;
      if (field.size > 0 && labels.size === 0 && object.kind !== 'Sidecar') {
        const message = 'The selector has no labels, so it selects every workload.';
        report({ object, field, message, fix: 'Add the labels that are meant, or leave the selector out.' });
        continue;
      }
      const reach = reachOf(object, view.rootNamespace);
      if (labels.size === 0 || !view.showsWorkloads(reach) || view.workloads.select(labels, reach).length > 0) continue;
      const place = reach === undefined ? 'in any namespace' : `in namespace ${quote(reach)}`;
      const message = `No workload ${place} bears ${labelText(labels)}.`;
      report({ object, field, message, fix: 'Select labels of the pod template, not of the Deployment or the Service.' });
    }
  },
};

function reportTargets(view: View, present: ReadonlySet<string>, object: KubeObject, report: Report): void {
  for (const target of targetsOf(object)) {
    const kind = target.at('kind').text ?? '';
    const name = target.at('name').text;
    const group = Object.hasOwn(TARGET_GROUPS, kind) ? TARGET_GROUPS[kind] : undefined;
    if (name === undefined || group === undefined || kind === 'GatewayClass') continue;
    if (view.find(kind, group, object.namespace, name) !== undefined) continue;
    // Waypoints and Services may be kept apart from the policies.
    if (!view.knows(kind, group) || (!view.holdsAll(object.namespace) && !present.has(`${kind}/${object.namespace}`))) continue;
    const message = `There is no ${quote(kind)} ${quote(name)} in namespace ${quote(object.namespace)}.`;
    report({
      object,
      field: target.at('name'),
      message,
      fix: 'Correct the name; a policy attaches in its own namespace only.',
      code: 'IST0101',
    });
  }
}
