import type { Check } from '../check.ts';
import { podTemplateOf } from '../workloads.ts';

/** Annotations that the injectors read from pods and Namespaces alone. */
const OF_PODS = /^(?:linkerd\.io\/inject|config\.(?:alpha\.|beta\.)?linkerd\.io\/.+|sidecar\.istio\.io\/inject)$/;

/** Annotations for the injector are on the pod template: on the workload itself nobody reads them (linkerd2, controller/proxy-injector/webhook.go; istio, pkg/kube/inject). */
export const annotationPlace: Check = {
  name: 'annotation-place',
  codes: ['MESH0909'],
  run(view, report) {
    for (const { object } of view.workloads.all) {
      const template = podTemplateOf(object);
      if (template === undefined) continue;
      const below = template.at('metadata', 'annotations');
      for (const name of object.annotations.keys()) {
        if (!OF_PODS.test(name) || below.at(name).exists) continue;
        const message = `${name} is on the ${object.kind}, and the injector reads it from the pods.`;
        report({
          object,
          field: object.root.at('metadata', 'annotations', name),
          message,
          fix: 'Move it to the annotations of the pod template.',
        });
      }
    }
  },
};
