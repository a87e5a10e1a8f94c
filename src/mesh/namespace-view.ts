import { groupBy } from '../lib/group.ts';
import { compareText } from '../lib/order.ts';
import type { KubeObject } from '../policy/objects/kube-object.ts';
import { IstioView } from './istio-view.ts';
import type { KeptKind, KeptObject } from './kept.ts';
import { asKubeObject } from './kube-object.ts';
import { indexByLabels, type LabelSelector, meets } from './selector.ts';
import { findServices, type ServiceFacts } from './service-facts.ts';
import type { SharedContext } from './shared.ts';
import { findWorkloads, type Member, membersOf, type WorkloadFacts } from './workload-facts.ts';

/** The objects of one namespace, indexed once for everything that is made of them. */
export class NamespaceView {
  readonly namespace: string;
  readonly shared: SharedContext;
  /** The Namespace object, where it was read. */
  readonly self: KeptObject | undefined;
  readonly workloads: readonly WorkloadFacts[];
  /** By name. */
  readonly services: ReadonlyMap<string, ServiceFacts>;
  readonly members: readonly Member[];
  readonly #objects: ReadonlyMap<KeptKind, readonly KeptObject[]>;
  readonly #read = new Map<KeptKind, ReadonlyMap<string, KubeObject>>();
  readonly #byLabels: (selector: LabelSelector['labels']) => readonly Member[];
  #istio: IstioView | undefined;
  #workloadsById: ReadonlyMap<string, readonly WorkloadFacts[]> | undefined;
  #servicesById: ReadonlyMap<string, ServiceFacts> | undefined;
  #pods: ReadonlyMap<string, KeptObject> | undefined;

  /** Objects of other namespaces do not count. Of two with the same kind and name, the order decides which: a source gives each once. */
  constructor(namespace: string, objects: readonly KeptObject[], shared: SharedContext) {
    this.namespace = namespace;
    this.shared = shared;
    const own = objects.filter((object) => object.namespace === namespace);
    const byKind = new Map<KeptKind, KeptObject[]>();
    for (const object of own) {
      const same = byKind.get(object.kind);
      if (same === undefined) byKind.set(object.kind, [object]);
      else same.push(object);
    }
    for (const same of byKind.values()) same.sort((a, b) => compareText(a.name, b.name));
    this.#objects = byKind;
    this.self = byKind.get('namespaces')?.[0];
    this.workloads = findWorkloads(namespace, own);
    this.members = this.workloads.flatMap(membersOf);
    this.#byLabels = indexByLabels(this.members, ({ labels }) => labels);
    this.services = findServices(namespace, byKind.get('services') ?? [], this.workloads);
  }

  /** The objects of a kind, by name. */
  of(kind: KeptKind): readonly KubeObject[] {
    return [...this.#kind(kind).values()];
  }

  kept(kind: KeptKind): readonly KeptObject[] {
    return this.#objects.get(kind) ?? [];
  }

  /** What is kept of a pod. */
  pod(name: string): KeptObject | undefined {
    this.#pods ??= new Map(this.kept('pods').map((pod) => [pod.name, pod]));
    return this.#pods.get(name);
  }

  workloadsOf(id: string): readonly WorkloadFacts[] {
    this.#workloadsById ??= groupBy(this.workloads, (workload) => workload.id);
    return this.#workloadsById.get(id) ?? [];
  }

  serviceOf(id: string): ServiceFacts | undefined {
    this.#servicesById ??= new Map([...this.services.values()].map((service) => [service.id, service]));
    return this.#servicesById.get(id);
  }

  find(kind: KeptKind, name: string): KubeObject | undefined {
    return this.#kind(kind).get(name);
  }

  /** Whether there certainly is no such object. */
  lacks(kind: KeptKind, name: string): boolean {
    return this.knows(kind) && this.find(kind, name) === undefined;
  }

  /** Whether all objects of a kind were read. */
  knows(kind: KeptKind): boolean {
    return !this.shared.options.unread.includes(kind);
  }

  /** Whether there certainly is no such ServiceAccount: no object, and no workload that runs as it. */
  lacksServiceAccount(name: string): boolean {
    if (name === 'default' || !this.lacks('serviceAccounts', name)) return false;
    return !this.workloads.some(({ template: { containers } }) => containers === undefined || containers.serviceAccount === name);
  }

  /** The pods, or templates of workloads without pods, that a selector selects, by workload, then name. */
  select(selector: LabelSelector): readonly Member[] {
    const candidates = selector.labels.length === 0 ? this.members : this.#byLabels(selector.labels);
    return candidates.filter(({ labels }) => meets(labels, selector));
  }

  /** The same, as the checks of Istio's configuration see it. */
  get istio(): IstioView {
    this.#istio ??= new IstioView(this);
    return this.#istio;
  }

  #kind(kind: KeptKind): ReadonlyMap<string, KubeObject> {
    let read = this.#read.get(kind);
    if (read === undefined) {
      read = new Map(this.kept(kind).map((object) => [object.name, asKubeObject(object)]));
      this.#read.set(kind, read);
    }
    return read;
  }
}

/** The ids of the workloads of members, each once, in their order. */
export function workloadIds(members: readonly Member[]): readonly string[] {
  return [...new Set(members.map(({ workload }) => workload.id))];
}
