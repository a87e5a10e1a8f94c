import { groupBy } from '../../lib/group.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { INJECT } from '../objects/linkerd-words.ts';
import { DestinationRuleIndex, readDestinationRule } from './destination-rules.ts';
import type { Extent } from './extent.ts';
import { LinkerdIndex } from './linkerd.ts';
import { MtlsIndex } from './mtls.ts';
import { Registry, readHosts } from './registry.ts';
import { type Destination, readDestinations } from './routes.ts';
import { injects, readWorkloads, WorkloadIndex } from './workloads.ts';

/** What the objects alone do not tell. */
export interface Surroundings {
  /** Where mesh-wide configuration lies; by default what an IstioOperator in the set says, else `istio-system`. */
  readonly rootNamespace?: string;
  /** The cluster's domain; by default `cluster.local`. */
  readonly clusterDomain?: string;
  /** Whether the set holds all that there is, so that what is not in it does not exist. Otherwise a namespace of which it holds nothing is not judged. */
  readonly complete?: boolean;
  /** For a set out of a cluster: how much of it the set holds. Without it the set is manifests, of which nobody has checked any. */
  readonly extent?: Extent;
}

/** The kinds that run pods. */
const WORKLOAD_KINDS = ['apps/Deployment', 'apps/StatefulSet', 'apps/DaemonSet', 'batch/Job', 'batch/CronJob', '/Pod'];

/** All objects, decoded and indexed once for every check. */
export class View {
  readonly rootNamespace: string;
  readonly clusterDomain: string;
  readonly complete: boolean;
  readonly extent: Extent | undefined;
  readonly objects: readonly KubeObject[];
  /** Namespace objects by name. */
  readonly namespaces: ReadonlyMap<string, KubeObject>;
  readonly registry: Registry;
  readonly workloads: WorkloadIndex;
  readonly rules: DestinationRuleIndex;
  readonly destinations: readonly Destination[];
  readonly mtls: MtlsIndex;
  readonly #byKind: ReadonlyMap<string, readonly KubeObject[]>;
  readonly #byName: ReadonlyMap<string, readonly KubeObject[]>;
  readonly #peopled: ReadonlySet<string>;
  #shown: ReadonlySet<string> | undefined;
  #linkerd: LinkerdIndex | undefined;

  constructor(objects: readonly KubeObject[], surroundings: Surroundings = {}) {
    this.objects = objects;
    this.#byKind = groupBy(objects, ({ group, kind }) => `${group}/${kind}`);
    this.#byName = groupBy(objects, ({ group, kind, namespace, name }) => `${group}/${kind}/${namespace}/${name}`);
    const installed = this.of('IstioOperator', 'install.istio.io')[0]?.spec.at('meshConfig');
    this.rootNamespace = surroundings.rootNamespace ?? installed?.at('rootNamespace').text ?? 'istio-system';
    this.clusterDomain = surroundings.clusterDomain ?? 'cluster.local';
    this.complete = surroundings.complete ?? false;
    this.extent = surroundings.extent;
    this.namespaces = new Map(this.of('Namespace', '').map((namespace) => [namespace.name, namespace]));
    this.registry = new Registry(
      objects.flatMap((object) => readHosts(object, this.clusterDomain)),
      this.clusterDomain,
      (namespace) => (namespace === undefined ? this.#holdsEntries() : this.holdsAll(namespace)),
    );
    this.workloads = new WorkloadIndex(
      objects.flatMap((object) => (this.workloadOf(object) === undefined ? readWorkloads(object, this.namespaces) : [])),
    );
    // What an installation implies proves nothing about the other workloads of its namespace.
    this.#peopled = new Set(this.workloads.all.filter(({ object }) => object.kind !== 'IstioOperator').map(({ namespace }) => namespace));
    this.rules = new DestinationRuleIndex(
      this.networking('DestinationRule').flatMap((object) => readDestinationRule(object, this.registry) ?? []),
    );
    this.destinations = this.networking('VirtualService').flatMap((object) => readDestinations(object, this.registry));
    this.mtls = new MtlsIndex(this.security('PeerAuthentication'), this.workloads, this.rootNamespace);
  }

  /** Whether every ServiceEntry is here: one of any namespace can make a host known. */
  #holdsEntries(): boolean {
    return this.extent === undefined || (this.complete && this.knows('ServiceEntry', 'networking.istio.io'));
  }

  /** The objects of a kind. */
  of(kind: string, group: string): readonly KubeObject[] {
    return this.#byKind.get(`${group}/${kind}`) ?? [];
  }

  networking(kind: string): readonly KubeObject[] {
    return this.of(kind, 'networking.istio.io');
  }

  security(kind: string): readonly KubeObject[] {
    return this.of(kind, 'security.istio.io');
  }

  telemetry(): readonly KubeObject[] {
    return this.of('Telemetry', 'telemetry.istio.io');
  }

  find(kind: string, group: string, namespace: string, name: string): KubeObject | undefined {
    return this.#byName.get(`${group}/${kind}/${namespace}/${name}`)?.[0];
  }

  /** The workload that made a pod, where both are in the set: then its template stands for the pod. */
  workloadOf(object: KubeObject): KubeObject | undefined {
    if (object.kind !== 'Pod') return undefined;
    const found = this.#ownerOf(object, 'apps') ?? this.#ownerOf(object, 'batch');
    return found?.kind === 'ReplicaSet' ? (this.#ownerOf(found, 'apps') ?? found) : found;
  }

  #ownerOf({ root, namespace }: KubeObject, group: string): KubeObject | undefined {
    for (const owner of root.at('metadata', 'ownerReferences').items) {
      const found = this.find(owner.at('kind').text ?? '', group, namespace, owner.at('name').text ?? '');
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Whether the set shows the workloads of a namespace, so that one that is not in it does not exist. Without a namespace: of any. */
  showsWorkloads(namespace: string | undefined): boolean {
    if (this.extent === undefined) {
      return this.complete || (namespace === undefined ? this.#peopled.size > 0 : this.#peopled.has(namespace));
    }
    const { kinds } = this.extent;
    return (namespace === undefined ? this.complete : this.holdsAll(namespace)) && WORKLOAD_KINDS.every((kind) => kinds.has(kind));
  }

  /**
   * Whether advice about Istio is of use in a namespace. Manifests are taken to be for Istio unless their namespace asks for Linkerd; in a cluster the namespace
   * must ask for Istio, or one of its workloads.
   */
  usesIstio(namespace: string): boolean {
    const object = this.namespaces.get(namespace);
    if (object !== undefined && (injects(object) || object.labels.get('istio.io/dataplane-mode') === 'ambient')) return true;
    if (this.extent === undefined) return object?.annotations.get(INJECT) === undefined;
    return this.workloads
      .in(namespace)
      .some(({ object: { kind }, membership }) => kind !== 'Gateway' && (membership === 'sidecar' || membership === 'ambient'));
  }

  /** Whether everything in a namespace is in the set, so that what is not in it does not exist. */
  holdsAll(namespace: string): boolean {
    if (this.complete || this.extent === undefined) return this.complete;
    const { whole, namespaces } = this.extent;
    return whole.has(namespace) || (namespaces !== undefined && !namespaces.has(namespace));
  }

  /** Whether the set holds an object of a kind in a namespace. */
  shows(kind: string, group: string, namespace: string): boolean {
    this.#shown ??= new Set(this.objects.map((object) => `${object.group}/${object.kind}/${object.namespace}`));
    return this.#shown.has(`${group}/${kind}/${kind === 'Namespace' ? '' : namespace}`);
  }

  /** What Linkerd makes of the objects. */
  get linkerd(): LinkerdIndex {
    this.#linkerd ??= new LinkerdIndex(this);
    return this.#linkerd;
  }

  /** Whether the set would hold an object of this kind if there were one. */
  knows(kind: string, group: string): boolean {
    return this.extent === undefined || this.extent.kinds.has(`${group}/${kind}`);
  }
}
