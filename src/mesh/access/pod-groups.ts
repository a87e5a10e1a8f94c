import type { Mesh } from '../../graph/model.ts';
import { groupBy } from '../../lib/group.ts';
import { compareText } from '../../lib/order.ts';
import { Field } from '../../policy/objects/field.ts';
import { INJECT } from '../../policy/objects/linkerd-words.ts';
import { asksFor } from '../asks-for.ts';
import { isIstioProxy } from '../istio-view.ts';
import type { KeptKind } from '../kept.ts';
import type { Labels } from '../membership.ts';
import type { NamespaceView } from '../namespace-view.ts';
import { readLabelSelector } from '../selector.ts';
import { membersOf, type WorkloadFacts } from '../workload-facts.ts';

/** Pods of one workload that are alike to every selector and every mesh; or, of a workload without pods, what its template promises. */
export interface PodGroup {
  readonly workload: WorkloadFacts;
  /** Those of its first pod, by name. */
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly mesh: Mesh | undefined;
  /** How many; 0 for a template. */
  readonly pods: number;
  /** What was taken for granted; a sentence each. */
  readonly assumed: readonly string[];
}

/** Annotations that change what a proxy lets in or out; the others tell of the injector and its version. */
const DECIDING = /^(?:config\.(?:alpha\.|beta\.)?linkerd\.io|(?:traffic\.sidecar|ambient)\.istio\.io)\//;

/** Where each kind that is read here keeps its selector. */
const SELECTORS: { readonly [Kind in KeptKind]?: (spec: Field) => Field } = {
  linkerdServers: (spec) => spec.at('podSelector'),
  istioPeerAuthentications: (spec) => spec.at('selector'),
  istioAuthorizationPolicies: (spec) => spec.at('selector'),
  istioRequestAuthentications: (spec) => spec.at('selector'),
};

/** The labels that a selector of the namespace, or one of Istio's root namespace, asks for. */
export function selectedLabels(view: NamespaceView): readonly string[] {
  const keys = new Set(['security.istio.io/tlsMode', 'networking.istio.io/tunnel']);
  const add = (selector: Field) => {
    const { labels, expressions } = readLabelSelector(selector);
    for (const [label] of labels) keys.add(label);
    for (const { label } of expressions) keys.add(label);
  };
  for (const [kind, selectorOf] of Object.entries(SELECTORS)) {
    // The table has kinds alone.
    for (const { spec } of view.kept(kind as KeptKind)) add(selectorOf(new Field(spec)));
  }
  for (const { spec } of view.shared.root) add(spec.at('selector'));
  for (const { selector } of view.services.values()) for (const [label] of selector) keys.add(label);
  return [...keys].sort(compareText);
}

/** The groups of a workload's pods, the largest first. `keys`: what `selectedLabels` gives for its namespace. */
export function podGroups(view: NamespaceView, workload: WorkloadFacts, keys: readonly string[]): readonly PodGroup[] {
  if (workload.pods.length === 0) return [templateGroup(view, workload)];
  const members = membersOf(workload).map((member) => ({
    labels: member.labels,
    annotations: (member.pod === undefined ? undefined : view.pod(member.pod)?.annotations) ?? {},
    // A gateway's proxy bears no mark of injection where the installer wrote its template.
    mesh: member.mesh ?? (isIstioProxy(member) ? 'istio-sidecar' : undefined),
  }));
  const groups = groupBy(members, ({ labels, annotations, mesh }) =>
    JSON.stringify([
      mesh ?? null,
      keys.map((key) => (Object.hasOwn(labels, key) ? labels[key] : null)),
      Object.entries(annotations)
        .filter(([name]) => DECIDING.test(name))
        .sort(([a], [b]) => compareText(a, b)),
    ]),
  );
  return [...groups.values()]
    .flatMap((pods) => pods.slice(0, 1).map((first): PodGroup => ({ ...first, workload, pods: pods.length, assumed: [] })))
    .sort((a, b) => b.pods - a.pods);
}

const LINKERD_CONFIG = /^config\.(?:alpha\.|beta\.)?linkerd\.io\//;

/**
 * What pods of a workload that has none would be: in the mesh that the template asks for, else the namespace (linkerd2, pkg/inject: `linkerd.io/inject`; istio,
 * pkg/kube/inject: `sidecar.istio.io/inject`), with the annotations that Linkerd's injector takes over of the namespace (linkerd2, pkg/inject:
 * `AppendNamespaceAnnotations`).
 */
function templateGroup(view: NamespaceView, workload: WorkloadFacts): PodGroup {
  const { labels, annotations } = workload.template;
  if (workload.object?.kind === 'istioWorkloadEntries') {
    const assumed = [`${workload.kind} ${workload.name} is a machine, which is taken to run Istio's proxy.`];
    return { workload, labels, annotations, mesh: 'istio-sidecar', pods: 0, assumed };
  }
  const mesh = expectedMesh(view, labels, annotations);
  const inherited = Object.entries(view.self?.annotations ?? {}).filter(([name]) => LINKERD_CONFIG.test(name));
  return {
    workload,
    labels,
    annotations: mesh === 'linkerd' ? { ...Object.fromEntries(inherited), ...annotations } : annotations,
    mesh,
    pods: 0,
    assumed: [
      `${workload.kind} ${workload.name} has no pods; they are taken to be ${mesh === undefined ? 'in no mesh' : `in ${mesh}`}, as its template or namespace asks.`,
    ],
  };
}

function expectedMesh(view: NamespaceView, labels: Labels, annotations: Labels): Mesh | undefined {
  const linkerd = annotations[INJECT];
  if (linkerd === 'enabled' || linkerd === 'ingress') return 'linkerd';
  const istio = labels['sidecar.istio.io/inject'] ?? annotations['sidecar.istio.io/inject'];
  if (istio === 'true') return 'istio-sidecar';
  const asked = asksFor(view.self);
  if (asked === 'linkerd') return linkerd === 'disabled' ? undefined : asked;
  if (asked === 'istio-sidecar') return istio === 'false' ? undefined : asked;
  return labels['istio.io/dataplane-mode'] === 'none' ? undefined : asked;
}
