import { quoteAll } from '../../objects/field.ts';
import type { Check } from '../check.ts';
import { injects } from '../workloads.ts';

const INJECTION = 'istio-injection';
const MODES = ['istio.io/rev', 'istio.io/dataplane-mode'];

/** A namespace asks for the mesh in one way, and one with Istio configuration and workloads does ask. */
export const namespaceInjection: Check = {
  name: 'namespace-injection',
  codes: ['IST0123', 'IST0102'],
  run(view, report) {
    const configured = new Set(
      view.objects
        .filter(({ group }) => group === 'networking.istio.io' || group === 'security.istio.io')
        .map(({ namespace }) => namespace),
    );
    for (const object of view.namespaces.values()) {
      const { labels, name } = object;
      const injection = labels.get(INJECTION);
      const modes = MODES.filter((label) => labels.has(label) && (injection === undefined || injection === 'enabled'));
      const asked = [...(injection === undefined ? [] : [INJECTION]), ...modes];
      if (asked.length > 1) {
        const message = `The labels ${quoteAll(asked)} contradict each other; istio-injection wins over istio.io/rev.`;
        report({ object, field: 'metadata.labels', message, fix: 'Keep one of them.' });
        continue;
      }
      if (injects(object) || injection !== undefined || labels.get('istio.io/dataplane-mode') === 'ambient') continue;
      if (name === view.rootNamespace || !configured.has(name)) continue;
      if (!view.workloads.in(name).some(({ membership }) => membership === 'none')) continue;
      const message = 'The namespace has Istio configuration, and its workloads get no proxy.';
      const fix = 'Label it istio-injection=enabled (or istio.io/rev), or disabled where that is meant.';
      report({ object, field: 'metadata.labels', message, fix, code: 'IST0102' });
    }
  },
};
