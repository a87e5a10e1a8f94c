import { externalId, objectId, serviceId } from '../graph/ids.ts';
import type { NodeId } from '../graph/model.ts';
import { DestinationRuleIndex, readDestinationRule } from '../policy/analyze/destination-rules.ts';
import { MtlsIndex } from '../policy/analyze/mtls.ts';
import { HOLDS_ENTRIES, Registry, readHosts } from '../policy/analyze/registry.ts';
import { type Workload, WorkloadIndex } from '../policy/analyze/workloads.ts';
import { isGatewayPod } from '../policy/istio/gateway-pods.ts';
import type { KubeObject } from '../policy/objects/kube-object.ts';
import type { KeptKind } from './kept.ts';
import { asKubeObject } from './kube-object.ts';
import type { ServiceFacts } from './service-facts.ts';
import type { SharedContext } from './shared.ts';
import { hostWord, namespaceWord, nameWord, portWord } from './words.ts';
import type { Member, WorkloadFacts } from './workload-facts.ts';

/** What a host is that an object of the namespace names. */
export type FoundHost =
  /** A Service of the namespace. */
  | { readonly tag: 'service'; readonly service: ServiceFacts; readonly to: NodeId }
  /** What a ServiceEntry of the namespace makes known. */
  | { readonly tag: 'entry'; readonly object: KubeObject; readonly ports: readonly number[]; readonly to: string }
  /** A Service of another namespace, which may exist. */
  | { readonly tag: 'elsewhere'; readonly to: NodeId }
  /** It would be a Service of this namespace, and there is none. */
  | { readonly tag: 'missing'; readonly to: string; readonly hint: string | undefined }
  /** Someone else's host, of which nothing is known. */
  | { readonly tag: 'unknown'; readonly to: string };

/** What is needed of a namespace: `NamespaceView` has it. */
interface Subject {
  readonly namespace: string;
  readonly shared: SharedContext;
  readonly workloads: readonly WorkloadFacts[];
  readonly services: ReadonlyMap<string, ServiceFacts>;
  of(kind: KeptKind): readonly KubeObject[];
  knows(kind: KeptKind): boolean;
}

/** One namespace for the parts of `policy/analyze` that know Istio's rules. */
export class IstioView {
  readonly #view: Subject;
  readonly #workloads = new Map<WorkloadFacts, Workload>();
  #registry: Registry | undefined;
  #rules: DestinationRuleIndex | undefined;
  #mtls: MtlsIndex | undefined;

  constructor(view: Subject) {
    this.#view = view;
  }

  /** The hosts of the namespace's Services and ServiceEntries. */
  get registry(): Registry {
    if (this.#registry === undefined) {
      const { clusterDomain } = this.#view.shared.options;
      const objects = [...this.#view.of('services'), ...this.#view.of('istioServiceEntries')];
      const hosts = objects.flatMap((object) => readHosts(object, clusterDomain));
      this.#registry = new Registry(hosts, clusterDomain, HOLDS_ENTRIES);
    }
    return this.#registry;
  }

  /** The DestinationRules of the namespace and of the root namespace. */
  get rules(): DestinationRuleIndex {
    if (this.#rules === undefined) {
      const objects = [...this.#view.of('istioDestinationRules'), ...this.fromRoot('DestinationRule')];
      this.#rules = new DestinationRuleIndex(objects.flatMap((object) => readDestinationRule(object, this.registry) ?? []));
    }
    return this.#rules;
  }

  get mtls(): MtlsIndex {
    if (this.#mtls === undefined) {
      const policies = [...this.#view.of('istioPeerAuthentications'), ...this.fromRoot('PeerAuthentication')];
      const index = new WorkloadIndex(this.#view.workloads.map((workload) => this.workload(workload)));
      this.#mtls = new MtlsIndex(policies, index, this.#view.shared.options.istioRootNamespace);
    }
    return this.#mtls;
  }

  /** The objects of a kind that the root namespace gives to this one; none for the root namespace itself. */
  fromRoot(kind: string): readonly KubeObject[] {
    const { root, options } = this.#view.shared;
    return this.#view.namespace === options.istioRootNamespace ? [] : root.filter((object) => object.kind === kind);
  }

  /** The workload as the checks of Istio's configuration know it, with the labels of its first pod. */
  workload(facts: WorkloadFacts): Workload {
    let workload = this.#workloads.get(facts);
    if (workload === undefined) {
      workload = toWorkload(this.#view.namespace, facts);
      this.#workloads.set(facts, workload);
    }
    return workload;
  }

  /** What a host is. Names without a dot are Services of this namespace (istio, VirtualService `Destination.host`). */
  find(text: string): FoundHost {
    const { namespace, services } = this.#view;
    const qualified = this.registry.qualify(text, namespace);
    const [name = ''] = qualified.split('.');
    const shown = hostWord(text) ?? '';
    const home = this.registry.namespaceOf(qualified);
    const lookup = this.registry.lookUp(text, namespace);
    if (lookup.tag === 'found' || lookup.tag === 'hidden') {
      const own = lookup.hosts.find(({ source }) => source === 'service');
      const service = own === undefined ? undefined : services.get(own.object.name);
      if (service !== undefined) return { tag: 'service', service, to: service.id };
      const entries = lookup.hosts.filter(({ source }) => source === 'entry');
      const [entry] = entries;
      if (entry !== undefined) {
        const ports = entries.flatMap((host) => host.ports.flatMap(({ number }) => portWord(number) ?? []));
        return { tag: 'entry', object: entry.object, ports, to: externalOf(text, ports) };
      }
    }
    if (home === namespace && this.#view.knows('services')) return { tag: 'missing', to: shown, hint: undefined };
    if (home !== undefined && namespaceWord(home) !== undefined && nameWord(name) !== undefined)
      return { tag: 'elsewhere', to: serviceId(home, name) };
    const [short, second, ...more] = text.split('.');
    if (second === namespace && (more.length === 0 || more.join('.') === 'svc') && services.has(short ?? '')) {
      return {
        tag: 'missing',
        to: shown,
        hint: `Istio does not complete it: write ${short}.${namespace}.svc.${this.#view.shared.options.clusterDomain}.`,
      };
    }
    return { tag: 'unknown', to: shown };
  }
}

/** The node that a host is, for what hangs on it: a Service or a ServiceEntry; none where nothing is known. */
export function nodeOf(found: FoundHost): readonly NodeId[] {
  if (found.tag === 'service' || found.tag === 'elsewhere') return [found.to];
  return found.tag === 'entry' ? [objectId(found.object.namespace, found.object)] : [];
}

/** `external/api.example.com:443`, where there is one port. */
function externalOf(host: string, ports: readonly number[]): string {
  const [port, ...more] = [...new Set(ports)];
  return externalId(port === undefined || more.length > 0 ? host : `${host}:${port}`);
}

function toWorkload(namespace: string, { name, pods, template, kind }: WorkloadFacts): Workload {
  const declared = template.containers?.ports ?? [];
  return {
    // What is used here of the checks looks neither at the object nor at its membership.
    object: asKubeObject({ kind: 'pods', namespace, name: `${kind}/${name}`, labels: {}, annotations: {} }),
    namespace,
    name,
    labels: new Map(Object.entries(pods[0]?.labels ?? template.labels)),
    membership: 'unknown',
    ports: new Set(declared.map(({ port }) => port)),
    portNames: new Map(declared.flatMap((port) => (port.name === undefined ? [] : [[port.name, port.port] as const]))),
    serviceAccount: template.containers?.serviceAccount ?? 'default',
  };
}

/**
 * Whether Istio's policies can hold for a pod: it is in Istio's mesh, or it is a gateway's proxy, which bears no mark of injection when the installer
 * wrote its template.
 */
export function isIstioProxy({ mesh, labels }: Member): boolean {
  return mesh === 'istio-sidecar' || mesh === 'istio-ambient' || isGatewayPod(labels);
}
