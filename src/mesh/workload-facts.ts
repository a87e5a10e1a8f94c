import { workloadId } from '../graph/ids.ts';
import { MESHES, type Mesh, type NodeId, type PodCounts } from '../graph/model.ts';
import { compareText } from '../lib/order.ts';
import { Field } from '../policy/objects/field.ts';
import { isComplete } from './health.ts';
import type { KeptObject } from './kept.ts';
import { API_KINDS } from './kept-kinds.ts';
import { type Labels, meshOf } from './membership.ts';
import type { Owner, Pod } from './objects.ts';
import { ownerChains } from './owners.ts';
import { type PodTemplate, templateOf } from './pod-template.ts';
import { kindWord, nameWord } from './words.ts';

/** A workload as everything else needs to know it. */
export interface WorkloadFacts {
  readonly id: NodeId;
  readonly kind: string;
  readonly name: string;
  /** By name. */
  readonly pods: readonly Pod[];
  /** The object that makes the pods; undefined where none was read. */
  readonly object: KeptObject | undefined;
  /** What its pods are made of. Where the object is not known, what one of the pods bears. */
  readonly template: PodTemplate;
  /** What its newest pod bears, which is the template's and what the injectors made of the namespace's; empty without pods. */
  readonly podAnnotations: Labels;
  /** The control plane's namespace that Linkerd's injector wrote on a pod. */
  readonly linkerdNamespace: string | undefined;
}

/**
 * Pods of one workload with the same meaning for a selector: a pod, or, where there are none, what its template promises. A workload that is scaled to zero is
 * selected like any other.
 */
export interface Member {
  readonly workload: WorkloadFacts;
  readonly labels: Labels;
  /** Undefined for a pod in no mesh, and for a template. */
  readonly mesh: Mesh | undefined;
  readonly pod: string | undefined;
}

const MAKERS = new Set<KeptObject['kind']>(['deployments', 'statefulSets', 'daemonSets', 'jobs', 'cronJobs', 'istioWorkloadEntries']);

/** The workloads of a namespace, by kind, then name: whatever makes pods, and pods that nothing made. */
export function findWorkloads(namespace: string, objects: readonly KeptObject[]): readonly WorkloadFacts[] {
  const of = (kind: KeptObject['kind']) => objects.filter((object) => object.kind === kind);
  const intermediate = ({ name, owner }: KeptObject) => ({ namespace, name, owner });
  const workloadOf = ownerChains(of('replicaSets').map(intermediate), of('jobs').map(intermediate));
  const found = new Map<string, { owner: Owner; pods: { pod: Pod; object: KeptObject }[]; object: KeptObject | undefined }>();
  const entry = (owner: Owner) => {
    const key = `${owner.kind}/${owner.name}`;
    const known = found.get(key);
    if (known !== undefined) return known;
    const made = { owner, pods: [], object: undefined };
    found.set(key, made);
    return made;
  };
  for (const object of of('pods')) {
    const pod = readPod(object);
    const owner = workloadOf(pod);
    if (kindWord(owner.kind) !== undefined && nameWord(owner.name) !== undefined) entry(owner).pods.push({ pod, object });
  }
  for (const object of objects) {
    if (!MAKERS.has(object.kind) || (object.kind === 'jobs' && object.owner !== undefined)) continue;
    const owner = { kind: API_KINDS[object.kind].kind, name: object.name };
    if (object.kind === 'jobs' && isComplete(object) && !found.has(`${owner.kind}/${owner.name}`)) continue;
    entry(owner).object = object;
  }
  return [...found.values()]
    .sort((a, b) => compareText(a.owner.kind, b.owner.kind) || compareText(a.owner.name, b.owner.name))
    .map(({ owner: { kind, name }, pods, object }): WorkloadFacts => {
      const sorted = pods.sort((a, b) => compareText(a.pod.name, b.pod.name));
      return {
        id: workloadId(namespace, kind, name),
        kind,
        name,
        pods: sorted.map(({ pod }) => pod),
        object,
        template: templateFor(object, sorted[0]?.object),
        podAnnotations: newest(sorted.map((each) => each.object))?.annotations ?? {},
        linkerdNamespace: sorted.flatMap(({ object }) => object.labels['linkerd.io/control-plane-ns'] || []).sort(compareText)[0],
      };
    });
}

function newest(pods: readonly KeptObject[]): KeptObject | undefined {
  return pods.reduce<KeptObject | undefined>(
    (best, pod) => (best === undefined || (pod.created ?? 0) > (best.created ?? 0) ? pod : best),
    undefined,
  );
}

function readPod({ namespace, name, labels, annotations, owner }: KeptObject): Pod {
  return { namespace, name, labels, owner, mesh: meshOf(labels, annotations) };
}

/** What the workload says of its pods; where its object is not known, what one of them bears. */
function templateFor(object: KeptObject | undefined, pod: KeptObject | undefined): PodTemplate {
  const own = object?.kind === 'istioWorkloadEntries' ? machineTemplate(object) : object && templateOf(object);
  return own ?? (pod && templateOf(pod)) ?? { labels: {}, annotations: {}, containers: undefined };
}

/** A machine bears the labels of its spec, and those of the object (istio, pilot/pkg/serviceregistry/serviceentry: `convertWorkloadEntry`). */
function machineTemplate(object: KeptObject): PodTemplate {
  const spec = new Field(object.spec);
  return {
    labels: { ...object.labels, ...Object.fromEntries(spec.at('labels').labels) },
    annotations: object.annotations,
    containers: { ports: [], probes: [], serviceAccount: nameWord(spec.at('serviceAccount').text) ?? 'default' },
  };
}

/** Its pods for selectors, or its template where it has none. */
export function membersOf(workload: WorkloadFacts): readonly Member[] {
  if (workload.pods.length === 0) return [{ workload, labels: workload.template.labels, mesh: undefined, pod: undefined }];
  return workload.pods.map(({ labels, mesh, name }) => ({ workload, labels, mesh, pod: name }));
}

export function countPods(pods: readonly Pick<Pod, 'mesh'>[]): PodCounts {
  return {
    pods: pods.length,
    meshedPods: pods.filter(({ mesh }) => mesh !== undefined).length,
    meshes: MESHES.filter((mesh) => pods.some((pod) => pod.mesh === mesh)),
  };
}
