import { groupBy } from '../../../lib/group.ts';
import { quote } from '../../objects/field.ts';
import { type KubeObject, nameOf } from '../../objects/kube-object.ts';
import type { Check } from '../check.ts';

/** Whether a pod has the proxy of a mesh; the injectors leave these marks (linkerd2, pkg/k8s/labels.go: `ControllerNSLabel`; istio, pkg/kube/inject). */
const HAS_PROXY: Readonly<Record<'Linkerd' | 'Istio', (pod: KubeObject) => boolean>> = {
  Linkerd: ({ labels }) => labels.has('linkerd.io/control-plane-ns'),
  Istio: ({ labels, annotations }) => labels.get('security.istio.io/tlsMode') === 'istio' || annotations.has('sidecar.istio.io/status'),
};

/** Pods have the proxy that their workload asks for. Injection is for new pods only, so those from before have none. */
export const restartNeeded: Check = {
  name: 'restart-needed',
  codes: ['MESH0907'],
  run(view, report) {
    const owned = view.of('Pod', '').flatMap((pod) => {
      const workload = view.workloadOf(pod);
      return workload === undefined ? [] : [{ pod, workload }];
    });
    const podsOf = groupBy(owned, ({ workload }) => workload);
    const asking = new Map([
      ...view.workloads.all.flatMap(({ object, membership }) => (membership === 'sidecar' ? [[object, 'Istio'] as const] : [])),
      ...view.linkerd.pods.flatMap(({ workload, injected }) => (injected === true ? [[workload.object, 'Linkerd'] as const] : [])),
    ]);
    for (const [object, pods] of podsOf) {
      const mesh = asking.get(object);
      if (mesh === undefined) continue;
      const without = pods.filter(({ pod }) => !HAS_PROXY[mesh](pod));
      const [first] = without;
      if (first === undefined) continue;
      const message = `${without.length} of ${pods.length} pods (${quote(nameOf(first.pod))}${without.length > 1 ? ' and others' : ''}) have no proxy, though ${mesh} is asked for one: they are older than that, or the injector was away.`;
      report({ object, field: 'spec', message, fix: 'Restart them: kubectl rollout restart.' });
    }
  },
};
