import { groupBy } from '../../lib/group.ts';
import { DestinationRuleIndex, readDestinationRule } from './destination-rules.ts';
import { MtlsIndex } from './mtls.ts';
import type { KubeObject } from './objects.ts';
import { Registry, readHosts } from './registry.ts';
import { type Destination, readDestinations } from './routes.ts';
import { readWorkloads, WorkloadIndex } from './workloads.ts';

/** What the objects alone do not tell. */
export interface Surroundings {
  /** Where mesh-wide configuration lies; by default what an IstioOperator in the set says, else `istio-system`. */
  readonly rootNamespace?: string;
  /** The cluster's domain; by default `cluster.local`. */
  readonly clusterDomain?: string;
  /** Whether the set holds all that there is, so that what is not in it does not exist. Otherwise a namespace of which it holds nothing is not judged. */
  readonly complete?: boolean;
}

/** All objects, decoded and indexed once for every check. */
export class View {
  readonly rootNamespace: string;
  readonly clusterDomain: string;
  readonly complete: boolean;
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

  constructor(objects: readonly KubeObject[], surroundings: Surroundings = {}) {
    this.objects = objects;
    this.#byKind = groupBy(objects, ({ group, kind }) => `${group}/${kind}`);
    this.#byName = groupBy(objects, ({ group, kind, namespace, name }) => `${group}/${kind}/${namespace}/${name}`);
    const installed = this.of('IstioOperator', 'install.istio.io')[0]?.spec.at('meshConfig');
    this.rootNamespace = surroundings.rootNamespace ?? installed?.at('rootNamespace').text ?? 'istio-system';
    this.clusterDomain = surroundings.clusterDomain ?? 'cluster.local';
    this.complete = surroundings.complete ?? false;
    this.namespaces = new Map(this.of('Namespace', '').map((namespace) => [namespace.name, namespace]));
    this.registry = new Registry(
      objects.flatMap((object) => readHosts(object, this.clusterDomain)),
      this.clusterDomain,
      this.complete,
    );
    this.workloads = new WorkloadIndex(objects.flatMap((object) => readWorkloads(object, this.namespaces)));
    // What an installation implies proves nothing about the other workloads of its namespace.
    this.#peopled = new Set(this.workloads.all.filter(({ object }) => object.kind !== 'IstioOperator').map(({ namespace }) => namespace));
    this.rules = new DestinationRuleIndex(
      this.networking('DestinationRule').flatMap((object) => readDestinationRule(object, this.registry) ?? []),
    );
    this.destinations = this.networking('VirtualService').flatMap((object) => readDestinations(object, this.registry));
    this.mtls = new MtlsIndex(this.security('PeerAuthentication'), this.workloads, this.rootNamespace);
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

  /** Whether the set shows the workloads of a namespace, so that one that is not in it does not exist. Without a namespace: of any. */
  showsWorkloads(namespace: string | undefined): boolean {
    return this.complete || (namespace === undefined ? this.#peopled.size > 0 : this.#peopled.has(namespace));
  }
}
