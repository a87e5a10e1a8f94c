import { type Field, quote, wordOrQuote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check, Report } from '../check.ts';

/** Conditions that a working object has as True. */
const WANTED = new Set(['Accepted', 'Programmed', 'ResolvedRefs']);

/** The controllers of routes and policies have taken them: what they refuse they say in the status (gateway-api, `RouteParentStatus`). */
export const notAccepted: Check = {
  name: 'not-accepted',
  codes: ['MESH0006'],
  run(view, report) {
    for (const object of view.objects) {
      const status = object.root.at('status');
      if (!status.exists || !/(?:istio|linkerd)\.io$|^gateway\.networking\.k8s\.io$/.test(object.group)) continue;
      reportRefusals(object, status.at('conditions'), '', report);
      for (const parent of status.at('parents').items) {
        const name = parent.at('parentRef', 'name').text;
        const place = name === undefined ? '' : ` for ${wordOrQuote(parent.at('parentRef', 'kind').text ?? 'Gateway')} ${quote(name)}`;
        reportRefusals(object, parent.at('conditions'), place, report);
      }
    }
  },
};

function reportRefusals(object: KubeObject, conditions: Field, place: string, report: Report): void {
  for (const condition of conditions.items) {
    const type = condition.at('type').text ?? '';
    if (condition.at('status').value !== 'False' || !WANTED.has(type)) continue;
    const reason = condition.at('reason').text;
    const message = `Its controller says that it is not ${type}${place}${reason === undefined ? '' : `: ${quote(reason)}`}.`;
    report({ object, field: condition, message, fix: 'Mend what the reason names; until then it has no effect there.' });
  }
}
