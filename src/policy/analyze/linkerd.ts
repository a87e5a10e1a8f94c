import { groupBy, listAt } from '../../lib/group.ts';
import { compareAge } from '../objects/age.ts';
import { canonical, type Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { type LabelSelector, readLabelSelector, selects } from '../objects/label-selector.ts';
import { INJECT } from '../objects/linkerd-words.ts';
import { ROUTE_OBJECTS, type RouteParent, routeParents } from './gateway-routes.ts';
import { LINKERD_POLICY } from './references.ts';
import { podTemplateOf, type Workload, type WorkloadIndex } from './workloads.ts';

/** What the index is made of: `View` has it. */
interface Objects {
  readonly workloads: WorkloadIndex;
  readonly namespaces: ReadonlyMap<string, KubeObject>;
  of(kind: string, group: string): readonly KubeObject[];
}

/** A port that a container declares. */
export interface ContainerPort {
  readonly number: number;
  readonly name: string | undefined;
}

/** A workload as Linkerd's injector and policy controller see its pods. */
export interface LinkerdPods {
  readonly workload: Workload;
  /** The pods' own annotations, and those of Linkerd's that they take over from their namespace. */
  readonly annotations: ReadonlyMap<string, string>;
  /**
   * Whether Linkerd's injector gives them a proxy: the pod's word, else the namespace's; never in the host's network (linkerd2, pkg/inject/report.go:
   * `disabledByAnnotation`, `Injectable`). Undefined where the namespace is not in the set and the pod does not say.
   */
  readonly injected: boolean | undefined;
  /** TCP ports that they declare, those of init containers too, which may be sidecars. */
  readonly ports: readonly ContainerPort[];
}

/** A Server, and the pods that it selects. */
export interface LinkerdServer {
  readonly object: KubeObject;
  /** A number, or the name of a container's port. */
  readonly port: number | string | undefined;
  /** `unknown` where it does not say: the proxy looks at the first bytes. */
  readonly protocol: string;
  /** `deny` where it does not say. */
  readonly accessPolicy: string;
  /** Undefined for one that selects machines outside of the cluster. */
  readonly pods: readonly LinkerdPods[] | undefined;
}

const OWN_PREFIX = 'config.linkerd.io/';

/** What Linkerd's control plane makes of the objects, put together when a check first asks. */
export class LinkerdIndex {
  readonly pods: readonly LinkerdPods[];
  /** The oldest first: that is the order in which they claim ports. */
  readonly servers: readonly LinkerdServer[];
  readonly #used: ReadonlySet<string>;
  readonly #podsOf: ReadonlyMap<Workload, LinkerdPods>;
  readonly #serversIn: ReadonlyMap<string, readonly LinkerdServer[]>;
  readonly #byLabel = new Map<string, LinkerdServer[]>();
  readonly #selected = new Map<string, readonly LinkerdServer[]>();
  readonly #routes: ReadonlyMap<string, readonly RouteParent[]>;

  constructor(view: Objects) {
    this.pods = view.workloads.all.flatMap((workload) => readPods(workload, view) ?? []);
    this.#used = new Set([
      ...this.pods.flatMap(({ injected, workload }) => (injected === true ? [workload.namespace] : [])),
      ...[...view.namespaces.values()].flatMap(({ name, annotations }) => (asksForProxy(annotations.get(INJECT)) ? [name] : [])),
    ]);
    this.#podsOf = new Map(this.pods.map((pods) => [pods.workload, pods]));
    this.servers = [...view.of('Server', LINKERD_POLICY)].sort(compareAge).map((object) => this.#readServer(object, view));
    this.#serversIn = groupBy(this.servers, ({ object }) => object.namespace);
    for (const server of this.servers) {
      for (const [label, value] of server.object.labels) listAt(this.#byLabel, `${server.object.namespace}/${label}=${value}`).push(server);
    }
    const parents = ROUTE_OBJECTS.flatMap(({ kind, group }) => view.of(kind, group)).flatMap(routeParents);
    this.#routes = groupBy(
      parents.filter(({ reference: { group, kind } }) => group === LINKERD_POLICY && kind === 'Server'),
      ({ reference: { namespace, name } }) => `${namespace}/${name}`,
    );
  }

  /** Whether a namespace, or some workload of it, asks for Linkerd's proxies. */
  isUsedIn(namespace: string): boolean {
    return this.#used.has(namespace);
  }

  /** The pods of workloads. */
  selected(workloads: readonly Workload[]): readonly LinkerdPods[] {
    return workloads.flatMap((workload) => this.#podsOf.get(workload) ?? []);
  }

  /** The Servers of a namespace, the oldest first. */
  serversIn(namespace: string): readonly LinkerdServer[] {
    return this.#serversIn.get(namespace) ?? [];
  }

  /** The Servers of a namespace that bear the labels of a selector. */
  selectServers(selector: LabelSelector, namespace: string): readonly LinkerdServer[] {
    const memo = `${namespace} ${canonical(selector)}`;
    const known = this.#selected.get(memo);
    if (known !== undefined) return known;
    let rarest: readonly LinkerdServer[] | undefined;
    for (const [label, value] of selector.labels) {
      const found = this.#byLabel.get(`${namespace}/${label}=${value}`) ?? [];
      if (rarest === undefined || found.length < rarest.length) rarest = found;
    }
    const selected = (rarest ?? this.serversIn(namespace)).filter(({ object }) => selects(selector, (label) => object.labels.get(label)));
    this.#selected.set(memo, selected);
    return selected;
  }

  /** The routes that attach to a Server, each with its reference. */
  routesOn({ object: { namespace, name } }: LinkerdServer): readonly RouteParent[] {
    return this.#routes.get(`${namespace}/${name}`) ?? [];
  }

  #readServer(object: KubeObject, view: Objects): LinkerdServer {
    const { spec, namespace } = object;
    const selector = spec.at('podSelector');
    const port = spec.at('port');
    return {
      object,
      port: port.number ?? port.text,
      protocol: spec.at('proxyProtocol').text ?? 'unknown',
      accessPolicy: spec.at('accessPolicy').text ?? 'deny',
      pods: spec.at('externalWorkloadSelector').exists ? undefined : this.#select(readLabelSelector(selector), namespace, view),
    };
  }

  #select(selector: LabelSelector, namespace: string, view: Objects): readonly LinkerdPods[] {
    return this.selected(selectWorkloads(view, selector, namespace));
  }
}

/** The workloads of a namespace that meet a LabelSelector. */
function selectWorkloads(view: Objects, selector: LabelSelector, namespace: string): readonly Workload[] {
  const candidates = view.workloads.select(new Map(selector.labels), namespace);
  if (selector.expressions.length === 0 && !selector.malformed) return candidates;
  return candidates.filter(({ labels }) => selects(selector, (label) => labels.get(label)));
}

function readPods(workload: Workload, view: Objects): LinkerdPods | undefined {
  const template = podTemplateOf(workload.object);
  if (template === undefined) return undefined;
  const own = template.at('metadata', 'annotations').labels;
  const namespace = view.namespaces.get(workload.namespace);
  const taken = [...(namespace?.annotations ?? [])].filter(([key]) => key === INJECT || key.startsWith(OWN_PREFIX));
  const annotations = new Map([...taken, ...own]);
  return { workload, annotations, injected: isInjected(template, annotations, namespace), ports: portsOf(template) };
}

function isInjected(template: Field, annotations: ReadonlyMap<string, string>, namespace: KubeObject | undefined): boolean | undefined {
  if (template.at('spec', 'hostNetwork').value === true) return false;
  const asked = annotations.get(INJECT);
  if (asked === undefined) return namespace === undefined ? undefined : false;
  return asksForProxy(asked);
}

function asksForProxy(asked: string | undefined): boolean {
  return asked === 'enabled' || asked === 'ingress';
}

function portsOf(template: Field): readonly ContainerPort[] {
  const containers = [...template.at('spec', 'containers').items, ...template.at('spec', 'initContainers').items];
  return containers
    .flatMap((container) => container.at('ports').items)
    .flatMap((port): ContainerPort[] => {
      const number = port.at('containerPort').number;
      const protocol = port.at('protocol').text ?? 'TCP';
      return number === undefined || protocol !== 'TCP' ? [] : [{ number, name: port.at('name').text }];
    });
}

/** The ports of pods that a Server means: a number whether it is declared or not, a name wherever it is declared. */
export function serverPorts({ port }: LinkerdServer, { ports }: LinkerdPods): readonly number[] {
  if (typeof port === 'number') return [port];
  return ports.filter(({ name }) => name !== undefined && name === port).map(({ number }) => number);
}
