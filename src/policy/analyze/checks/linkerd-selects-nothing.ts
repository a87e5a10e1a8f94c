import { labelText, quote } from '../../objects/field.ts';
import { type LabelSelector, readLabelSelector } from '../../objects/label-selector.ts';
import type { Check } from '../check.ts';
import { find, LINKERD_POLICY } from '../references.ts';

/** A Server selects some pod, and a ServerAuthorization some Server. */
export const linkerdSelectsNothing: Check = {
  name: 'linkerd-selects-nothing',
  codes: ['MESH0704'],
  run(view, report) {
    for (const { object, pods } of view.linkerd.servers) {
      if (pods === undefined || pods.length > 0 || !view.showsWorkloads(object.namespace)) continue;
      const field = object.spec.at('podSelector');
      const message = `No pod in namespace ${quote(object.namespace)} meets ${selectorText(readLabelSelector(field))}.`;
      report({ object, field, message, fix: 'Select labels of the pod template, in the Server’s own namespace.' });
    }
    for (const object of view.of('ServerAuthorization', LINKERD_POLICY)) {
      const { namespace, spec } = object;
      const name = spec.at('server', 'name');
      if (name.text !== undefined) {
        if (find(view, { group: LINKERD_POLICY, kind: 'Server', namespace, name: name.text }).tag !== 'missing') continue;
        const message = `There is no Server ${quote(name.text)} in namespace ${quote(namespace)}.`;
        report({ object, field: name, message, fix: 'Correct the name.', severity: 'error' });
        continue;
      }
      const field = spec.at('server', 'selector');
      if (!view.knows('Server', LINKERD_POLICY) || !(view.holdsAll(namespace) || view.shows('Server', LINKERD_POLICY, namespace))) continue;
      const selector = readLabelSelector(field);
      if (view.linkerd.selectServers(selector, namespace).length > 0) continue;
      const message = `No Server in namespace ${quote(namespace)} meets ${selectorText(selector)}.`;
      report({ object, field, message, fix: 'Select labels of the Server itself, not of pods.' });
    }
  },
};

function selectorText({ labels, expressions }: LabelSelector): string {
  if (expressions.length > 0) return 'the selector';
  return labels.length === 0 ? 'the empty selector' : labelText(new Map(labels));
}
