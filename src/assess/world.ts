import type { Config } from '../config.ts';
import type { Mesh } from '../graph/model.ts';
import { calleeOf } from '../mesh/access/callee.ts';
import { type PodGroup, podGroups, selectedLabels } from '../mesh/access/pod-groups.ts';
import type { KeptKind, KeptObject } from '../mesh/kept.ts';
import { asKubeObject } from '../mesh/kube-object.ts';
import { NamespaceView } from '../mesh/namespace-view.ts';
import { type SharedContext, sharedContextOf } from '../mesh/shared.ts';
import type { WorkloadFacts } from '../mesh/workload-facts.ts';
import type { Callee, InboundPolicy } from '../policy/access/model.ts';
import { globalEgressNamespace } from '../policy/linkerd/egress-networks.ts';
import { linkerdOutbound, type OutboundPolicy } from '../policy/linkerd/outbound.ts';
import { referredNamespaces } from '../policy/linkerd/referred-namespaces.ts';
import type { KubeObject } from '../policy/objects/kube-object.ts';
import { type Family, KINDS } from '../sources/kubernetes/kinds.ts';
import { inboundPolicy, type PolicyObjects } from './evaluators.ts';
import { istioSettings, linkerdSettings, sharedOptions } from './settings.ts';

/** Reads what is kept of the objects of namespaces in one batch: `GraphReader.objects`, or the same with a change thought in. */
export type ReadObjects = (namespaces: readonly string[]) => ReadonlyMap<string, readonly KeptObject[]>;

/** Pods that are called. */
export interface CalledPods {
  readonly group: PodGroup;
  readonly callee: Callee;
}

/** Kinds of which a namespace has many, and that no evaluator looks at: what they say of a callee is in the callee. */
const NOT_POLICY: ReadonlySet<KeptKind> = new Set([
  'pods',
  'replicaSets',
  'deployments',
  'statefulSets',
  'daemonSets',
  'jobs',
  'cronJobs',
  'serviceAccounts',
]);

/** Whose kinds decide on calls, by the callee's mesh. */
const POLICY_FAMILIES: Readonly<Record<Mesh, readonly Family[]>> = {
  linkerd: ['linkerd', 'gateway-api'],
  'istio-sidecar': ['istio'],
  'istio-ambient': ['istio', 'gateway-api'],
};

/** One namespace, read for questions of access. */
class AccessNamespace {
  readonly view: NamespaceView;
  readonly #groups = new Map<WorkloadFacts, readonly PodGroup[]>();
  readonly #called = new Map<WorkloadFacts, readonly CalledPods[]>();
  #keys: readonly string[] | undefined;
  #policies: readonly KubeObject[] | undefined;
  readonly #kept: readonly KeptObject[];

  constructor(namespace: string, kept: readonly KeptObject[], shared: SharedContext) {
    this.#kept = kept;
    this.view = new NamespaceView(namespace, kept, shared);
  }

  /** Its objects that policy is made of. */
  get policies(): readonly KubeObject[] {
    this.#policies ??= this.#kept.filter(({ kind }) => !NOT_POLICY.has(kind)).map(asKubeObject);
    return this.#policies;
  }

  groups(workload: WorkloadFacts): readonly PodGroup[] {
    this.#keys ??= selectedLabels(this.view);
    return remembered(this.#groups, workload, () => podGroups(this.view, workload, this.#keys ?? []));
  }

  called(workload: WorkloadFacts): readonly CalledPods[] {
    return remembered(this.#called, workload, () => this.groups(workload).map((group) => ({ group, callee: calleeOf(this.view, group) })));
  }
}

export type { AccessNamespace };

/**
 * The part of a cluster that questions of access are about. It reads only the namespaces that it is asked for, each once, and Istio's root namespace; so what a
 * question costs does not depend on the mesh.
 */
export class AccessWorld {
  readonly config: Config;
  readonly #read: ReadObjects;
  readonly #unread: readonly KeptKind[];
  readonly #kept = new Map<string, readonly KeptObject[] | undefined>();
  readonly #namespaces = new Map<string, AccessNamespace | undefined>();
  readonly #objects = new Map<string, PolicyObjects>();
  readonly #outbound = new Map<string, OutboundPolicy>();
  readonly #policies = new Map<Callee, Map<number, InboundPolicy>>();
  #shared: SharedContext | undefined;

  /** `unread`: kinds that could not be read (`GraphStatus.unread`). */
  constructor(read: ReadObjects, config: Config, unread: readonly KeptKind[]) {
    this.#read = read;
    this.config = config;
    this.#unread = unread;
  }

  /** Reads namespaces that will be asked for, in one batch. Throws what the reader throws. */
  load(namespaces: readonly string[]): void {
    const missing = [...new Set([...namespaces, this.config.istioRootNamespace])].filter((name) => !this.#kept.has(name)).sort();
    if (missing.length === 0) return;
    const found = this.#read(missing);
    for (const name of missing) this.#kept.set(name, found.get(name));
  }

  /** Undefined where the graph has no such namespace. */
  namespace(name: string): AccessNamespace | undefined {
    return remembered(this.#namespaces, name, () => {
      this.load([name]);
      const kept = this.#kept.get(name);
      if (kept === undefined) return undefined;
      const { istioRootNamespace } = this.config;
      this.#shared ??= sharedContextOf(sharedOptions(this.config, this.#unread), this.#kept.get(istioRootNamespace) ?? []);
      return new AccessNamespace(name, kept, this.#shared);
    });
  }

  /** What an answer about a callee takes for granted because it could not be read; a sentence, or none. */
  unreadOf({ mesh }: Callee): readonly string[] {
    const kinds = mesh === undefined ? [] : this.#unread.filter((kind) => POLICY_FAMILIES[mesh].includes(KINDS[kind].mesh));
    if (kinds.length === 0) return [];
    const names = kinds.map((kind) => `${KINDS[kind].kind}.${KINDS[kind].group}`);
    return [`There are none of the kinds that could not be read: ${names.join(', ')}.`];
  }

  /** The objects that decide on what is called in a namespace. */
  policies(namespace: string): readonly KubeObject[] {
    return this.#policyObjects(namespace).objects;
  }

  /** What holds for a port of the callee; prepared once. */
  policy(callee: Callee, port: number): InboundPolicy {
    const ports = remembered(this.#policies, callee, () => new Map<number, InboundPolicy>());
    return remembered(ports, port, () => inboundPolicy(callee, port, this.#policyObjects(callee.namespace)));
  }

  /** What the proxies of a namespace's pods in Linkerd let out; prepared once. */
  outbound(namespace: string): OutboundPolicy {
    return remembered(this.#outbound, namespace, () => {
      const settings = linkerdSettings(this.config);
      const names = [...new Set([namespace, globalEgressNamespace(settings)])];
      this.load(names);
      return linkerdOutbound(namespace, { objects: names.flatMap((name) => this.namespace(name)?.policies ?? []), settings });
    });
  }

  #policyObjects(namespace: string): PolicyObjects {
    return remembered(this.#objects, namespace, () => {
      const own = this.namespace(namespace)?.policies ?? [];
      const others = [...referredNamespaces(own), this.config.istioRootNamespace].filter((name) => name !== namespace);
      this.load(others);
      const objects = [...own, ...[...new Set(others)].flatMap((name) => this.namespace(name)?.policies ?? [])];
      return { objects, linkerd: linkerdSettings(this.config), istio: istioSettings(this.config) };
    });
  }
}

function remembered<Key, Value>(known: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = known.get(key);
  if (found !== undefined || known.has(key)) return found as Value; // What is there under a key is a Value, undefined among them.
  const made = make();
  known.set(key, made);
  return made;
}
