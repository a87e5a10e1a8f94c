import { groupBy } from '../../lib/group.ts';
import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';

/** Whether a workload's pods take part in the mesh; `unknown` where the set does not hold what would decide it. */
export type Membership = 'sidecar' | 'ambient' | 'none' | 'unknown';

/** Pods that run or will run, by the labels that they bear. */
export interface Workload {
  readonly object: KubeObject;
  readonly namespace: string;
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly membership: Membership;
  /** Ports that its containers declare. */
  readonly ports: ReadonlySet<number>;
  /** Declared ports by name. */
  readonly portNames: ReadonlyMap<string, number>;
  readonly serviceAccount: string;
}

/** Finds workloads by label, each selector at the cost of the workloads under its rarest label. */
export class WorkloadIndex {
  readonly all: readonly Workload[];
  readonly #byNamespace: ReadonlyMap<string, readonly Workload[]>;
  readonly #byLabel = new Map<string, Workload[]>();
  readonly #selected = new Map<string, readonly Workload[]>();
  #accounts: ReadonlySet<string> | undefined;

  constructor(workloads: readonly Workload[]) {
    this.all = workloads;
    this.#byNamespace = groupBy(workloads, ({ namespace }) => namespace);
    for (const workload of workloads) {
      for (const [label, value] of workload.labels) {
        for (const key of [`/${label}=${value}`, `${workload.namespace}/${label}=${value}`]) {
          const found = this.#byLabel.get(key);
          if (found === undefined) this.#byLabel.set(key, [workload]);
          else found.push(workload);
        }
      }
    }
  }

  /** Whether some workload of a namespace runs as a ServiceAccount. */
  runsAs(namespace: string, account: string): boolean {
    this.#accounts ??= new Set(this.all.map((workload) => `${workload.namespace}/${workload.serviceAccount}`));
    return this.#accounts.has(`${namespace}/${account}`);
  }

  /** Those of a namespace. */
  in(namespace: string): readonly Workload[] {
    return this.#byNamespace.get(namespace) ?? [];
  }

  /** Those that bear all labels, in a namespace or, without one, anywhere. No labels select all of them. */
  select(labels: ReadonlyMap<string, string>, namespace?: string): readonly Workload[] {
    if (labels.size === 0) return namespace === undefined ? this.all : this.in(namespace);
    const keys = [...labels].map(([label, value]) => `${namespace ?? ''}/${label}=${value}`).sort();
    const memo = keys.join('\n');
    const known = this.#selected.get(memo);
    if (known !== undefined) return known;
    let rarest: readonly Workload[] | undefined;
    for (const key of keys) {
      const found = this.#byLabel.get(key) ?? [];
      if (rarest === undefined || found.length < rarest.length) rarest = found;
    }
    const selected = (rarest ?? []).filter((workload) => bears(workload.labels, labels));
    this.#selected.set(memo, selected);
    return selected;
  }
}

/** Whether labels satisfy a selector. */
export function bears(labels: ReadonlyMap<string, string>, selector: ReadonlyMap<string, string>): boolean {
  for (const [label, value] of selector) if (labels.get(label) !== value) return false;
  return true;
}

/** Where each kind keeps its pod template. */
const TEMPLATES: ReadonlyMap<string, (spec: Field) => Field> = new Map<string, (spec: Field) => Field>([
  ['Deployment', (spec) => spec.at('template')],
  ['StatefulSet', (spec) => spec.at('template')],
  ['DaemonSet', (spec) => spec.at('template')],
  ['ReplicaSet', (spec) => spec.at('template')],
  ['Rollout', (spec) => spec.at('template')],
  ['Job', (spec) => spec.at('template')],
  ['CronJob', (spec) => spec.at('jobTemplate', 'spec', 'template')],
]);

/** The template of an object's pods, or the pod itself: what has `metadata` and `spec`. Undefined for what runs none. */
export function podTemplateOf(object: KubeObject): Field | undefined {
  if (object.kind === 'Pod' && object.group === '') return object.root;
  return TEMPLATES.get(object.kind)?.(object.spec);
}

/** The workloads that an object stands for: itself, the gateways that an IstioOperator installs, or none. */
export function readWorkloads(object: KubeObject, namespaces: ReadonlyMap<string, KubeObject>): readonly Workload[] {
  const { kind, spec } = object;
  const template = TEMPLATES.get(kind);
  if (template !== undefined) {
    // A Deployment's ReplicaSet says the same again.
    if (object.root.at('metadata', 'ownerReferences').size > 0) return [];
    const pod = template(spec);
    return [podWorkload(object, pod.at('metadata', 'labels').labels, pod.at('metadata', 'annotations').labels, pod.at('spec'), namespaces)];
  }
  if (kind === 'Pod' && object.group === '') return [podWorkload(object, object.labels, object.annotations, spec, namespaces)];
  if (kind === 'WorkloadEntry') return [machine(object, new Map([...object.labels, ...spec.at('labels').labels]), spec)];
  if (kind === 'WorkloadGroup') return [machine(object, spec.at('metadata', 'labels').labels, spec.at('template'))];
  if (kind === 'Gateway' && object.group === 'gateway.networking.k8s.io') {
    // Istio deploys a proxy for it, with this label.
    return [
      { ...proxy(object, object.namespace, object.name), labels: new Map([['gateway.networking.k8s.io/gateway-name', object.name]]) },
    ];
  }
  return installedGateways(object).map(({ name, namespace, labels }) => ({ ...proxy(object, namespace, name), labels }));
}

function podWorkload(
  object: KubeObject,
  labels: ReadonlyMap<string, string>,
  annotations: ReadonlyMap<string, string>,
  pod: Field,
  namespaces: ReadonlyMap<string, KubeObject>,
): Workload {
  const declared = [...pod.at('containers').items, ...pod.at('initContainers').items].flatMap((container) => container.at('ports').items);
  const ports = declared.flatMap((port) => {
    const number = port.at('containerPort').number;
    return number === undefined ? [] : [{ number, name: port.at('name').text }];
  });
  return {
    object,
    namespace: object.namespace,
    name: object.name,
    labels,
    membership: membershipOf(labels, annotations, pod, namespaces.get(object.namespace)),
    ports: new Set(ports.map(({ number }) => number)),
    portNames: new Map(ports.flatMap(({ name, number }) => (name === undefined ? [] : [[name, number] as const]))),
    serviceAccount: pod.at('serviceAccountName').text ?? 'default',
  };
}

/**
 * Whether Istio's injector will give these pods a sidecar. The pod's own label wins, then its annotation, then the namespace's labels; a pod on the
 * host's network gets none (istio, manifests: the injector's webhook selectors, and pkg/kube/inject: `injectRequired`).
 */
function membershipOf(
  labels: ReadonlyMap<string, string>,
  annotations: ReadonlyMap<string, string>,
  pod: Field,
  namespace: KubeObject | undefined,
): Membership {
  if (pod.at('hostNetwork').value === true) return 'none';
  const proxies = [...pod.at('containers').items, ...pod.at('initContainers').items];
  if (proxies.some((container) => container.at('name').value === 'istio-proxy')) return 'sidecar';
  // The injector leaves it behind, so this pod has its proxy.
  if (annotations.has('sidecar.istio.io/status') || labels.get('security.istio.io/tlsMode') === 'istio') return 'sidecar';
  const asked = labels.get('sidecar.istio.io/inject') ?? annotations.get('sidecar.istio.io/inject');
  if (asked === 'true') return 'sidecar';
  const mode = labels.get('istio.io/dataplane-mode') ?? namespace?.labels.get('istio.io/dataplane-mode');
  if (asked === 'false') return mode === 'ambient' ? 'ambient' : 'none';
  if (namespace === undefined) return labels.has('istio.io/rev') ? 'sidecar' : 'unknown';
  if (injects(namespace) || labels.has('istio.io/rev')) return 'sidecar';
  return mode === 'ambient' ? 'ambient' : 'none';
}

/** Whether a namespace asks for sidecars. */
export function injects(namespace: KubeObject): boolean {
  const injection = namespace.labels.get('istio-injection');
  if (injection !== undefined) return injection === 'enabled';
  return (namespace.labels.get('istio.io/rev') ?? '') !== '';
}

function machine(object: KubeObject, labels: ReadonlyMap<string, string>, entry: Field): Workload {
  return {
    object,
    namespace: object.namespace,
    name: object.name,
    labels,
    membership: 'sidecar',
    ports: new Set(entry.at('ports').entries.flatMap(([, port]) => port.number ?? [])),
    portNames: new Map(entry.at('ports').entries.flatMap(([name, { number }]) => (number === undefined ? [] : [[name, number] as const]))),
    serviceAccount: entry.at('serviceAccount').text ?? 'default',
  };
}

function proxy(object: KubeObject, namespace: string, name: string): Omit<Workload, 'labels'> {
  return {
    object,
    namespace,
    name,
    membership: 'sidecar',
    ports: new Set(),
    portNames: new Map(),
    serviceAccount: `${name}-service-account`,
  };
}

/** A gateway proxy that an IstioOperator installs. */
export interface InstalledGateway {
  readonly name: string;
  readonly namespace: string;
  readonly labels: ReadonlyMap<string, string>;
  /** Its Service's ports; undefined where the installation does not say, so that the profile's hold. */
  readonly ports: Field | undefined;
}

/** The gateways that an IstioOperator names. Labels that it does not set are those of Istio's own profiles. */
export function installedGateways(object: KubeObject): readonly InstalledGateway[] {
  if (object.kind !== 'IstioOperator') return [];
  const home = object.spec.at('namespace').text ?? object.namespace;
  return (['ingress', 'egress'] as const).flatMap((direction) =>
    object.spec.at('components', `${direction}Gateways`).items.flatMap((gateway) => {
      const name = gateway.at('name').text;
      if (name === undefined || gateway.at('enabled').value === false) return [];
      const ports = gateway.at('k8s', 'service', 'ports');
      return [
        {
          name,
          namespace: gateway.at('namespace').text ?? home,
          labels: new Map([['app', name], ['istio', `${direction}gateway`], ...gateway.at('label').labels]),
          ports: ports.size > 0 ? ports : undefined,
        },
      ];
    }),
  );
}
