import type { Mesh } from '../../../graph/model.ts';
import type { JsonObject } from '../../../lib/json.ts';
import type { Labels } from '../../../mesh/membership.ts';
import { asText, at } from '../json.ts';
import type { SampleWorkload } from '../sample/model.ts';
import { suffixFor } from '../stored.ts';
import { CREATED, type Made, makeMetadata, ownedBy } from './metadata.ts';
import { podLabels, podSpec } from './workloads.ts';

/** The running pods, then the finished ones. The owner is what made them: a ReplicaSet for a Deployment. */
export function makePods(namespace: string, workload: SampleWorkload, owner: Made): Made[] {
  const { replicas, unready = [], unmeshedPods = 0, finishedPods = 0, replaced = [] } = workload;
  const ownerName = asText(at(owner.object, 'metadata', 'name')) ?? '';
  return Array.from({ length: replicas + finishedPods }, (_, ordinal) => {
    const times = replaced[ordinal] ?? 0;
    const text = `pod ${namespace}/${ownerName}/${ordinal}${times === 0 ? '' : ` ${times}`}`;
    const suffix = owner.resource === 'statefulsets' ? String(ordinal) : suffixFor(text, 5);
    const mesh = ordinal < replicas - unmeshedPods ? workload.mesh : undefined;
    const hash = at(owner.object, 'metadata', 'labels', 'pod-template-hash');
    const labels = { ...podLabels(workload), ...(hash === undefined ? {} : { 'pod-template-hash': hash }) };
    const template = { labels, annotations: workload.annotations ?? {}, spec: podSpec(workload) };
    const state = ordinal >= replicas ? 'evicted' : unready.includes(ordinal) ? 'unready' : 'ready';
    return makePod(namespace, `${ownerName}-${suffix}`, template, { mesh, owner, node: ordinal % 2, state });
  });
}

interface Template {
  readonly labels: JsonObject;
  readonly annotations: Labels;
  readonly spec: JsonObject;
}

interface PodState {
  readonly mesh: Mesh | undefined;
  readonly owner: Made;
  readonly node: number;
  readonly state: 'ready' | 'unready' | 'evicted';
}

/** A pod as its controller, the injector, the scheduler and the kubelet would have left it. */
export function makePod(namespace: string, name: string, template: Template, { mesh, owner, node, state }: PodState): Made {
  const marks = meshMarks(mesh);
  const labels = { ...template.labels, ...marks.labels };
  const annotations = { ...template.annotations, ...marks.annotations };
  const metadata = makeMetadata('pods', namespace, name, { labels, annotations, ...ownedBy(owner) });
  const spec = { nodeName: `node-${node + 1}`, ...template.spec };
  const condition = { type: 'Ready', status: state === 'ready' ? 'True' : 'False', lastTransitionTime: CREATED };
  const status = state === 'evicted' ? { phase: 'Failed', reason: 'Evicted' } : { phase: 'Running', conditions: [condition] };
  return { resource: 'pods', object: { metadata, spec, status } };
}

interface Marks {
  readonly labels: Labels;
  readonly annotations: Labels;
}

/** What each mesh's injector or node agent would have written on the pod. */
function meshMarks(mesh: Mesh | undefined): Marks {
  switch (mesh) {
    case 'linkerd':
      return { labels: { 'linkerd.io/control-plane-ns': 'linkerd' }, annotations: { 'linkerd.io/proxy-version': 'edge-26.8.1' } };
    case 'istio-sidecar':
      return {
        labels: { 'security.istio.io/tlsMode': 'istio' },
        annotations: {
          'sidecar.istio.io/status': '{"initContainers":["istio-init","istio-proxy"],"containers":null,"revision":"default"}',
        },
      };
    case 'istio-ambient':
      return { labels: {}, annotations: { 'ambient.istio.io/redirection': 'enabled' } };
    case undefined:
      return { labels: {}, annotations: {} };
  }
}
