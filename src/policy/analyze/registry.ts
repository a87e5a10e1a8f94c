import { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { isVisible, readVisibility, type Visibility } from '../objects/visibility.ts';
import { type Protocol, parseProtocol, serviceProtocol } from './protocol.ts';
import { installedGateways } from './workloads.ts';

/** A port on which clients reach a host. */
export interface HostPort {
  readonly number: number;
  readonly name: string | undefined;
  readonly protocol: Protocol;
  /** Whether someone said what it carries, rather than left it to detection. */
  readonly declared: boolean;
  /** The workload's port, by number or name. */
  readonly target: number | string;
  readonly field: Field;
}

/** A host that proxies can route to: a Service, or one of a ServiceEntry's hosts. */
export interface Host {
  readonly object: KubeObject;
  /** Fully qualified; may begin with `*.`. */
  readonly host: string;
  readonly namespace: string;
  readonly visibility: Visibility;
  readonly ports: readonly HostPort[];
  /** Labels of the workloads behind it; undefined where there is no selector. */
  readonly selector: ReadonlyMap<string, string> | undefined;
  readonly source: 'service' | 'entry';
  /** A ServiceEntry for something outside the mesh, or an ExternalName Service. */
  readonly external: boolean;
  /** Someone else keeps the ports, so that a missing one proves nothing. */
  readonly portsUnknown: boolean;
}

/** What is known of a host, seen from a namespace. */
export type Lookup =
  | { readonly tag: 'found'; readonly hosts: readonly Host[] }
  /** It exists, and is not exported to that namespace. */
  | { readonly tag: 'hidden'; readonly hosts: readonly Host[] }
  | { readonly tag: 'missing' }
  /** It lies in a namespace of which the set holds no Service, so that nothing can be said. */
  | { readonly tag: 'unknown'; readonly namespace: string }
  /** It is no Service, and a namespace that the set does not hold may make it known. */
  | { readonly tag: 'elsewhere' };

/** Whether every Service of a namespace is among the hosts; without a namespace: whatever a ServiceEntry makes known. */
export type HoldsAll = (namespace: string | undefined) => boolean;

/** Nothing is known of namespaces that show no Service, and what a ServiceEntry does not make known is known to nobody. */
export const HOLDS_ENTRIES: HoldsAll = (namespace) => namespace === undefined;

/** Every host that proxies know. */
export class Registry {
  readonly hosts: readonly Host[];
  readonly #byHost = new Map<string, Host[]>();
  readonly #byShortName = new Map<string, Set<string>>();
  readonly #namespaces = new Set<string>();
  readonly #lookups = new Map<string, Lookup>();
  readonly #domain: string;
  readonly #holdsAll: HoldsAll;

  constructor(hosts: readonly Host[], clusterDomain: string, holdsAll: HoldsAll) {
    this.hosts = hosts;
    this.#domain = `.svc.${clusterDomain}`;
    this.#holdsAll = holdsAll;
    for (const host of hosts) {
      const found = this.#byHost.get(host.host);
      if (found === undefined) this.#byHost.set(host.host, [host]);
      else found.push(host);
      if (host.source !== 'service') continue;
      // What an installation implies proves nothing about the other Services of its namespace.
      if (host.object.kind === 'Service') this.#namespaces.add(host.namespace);
      const [name = ''] = host.host.split('.');
      const namespaces = this.#byShortName.get(name);
      if (namespaces === undefined) this.#byShortName.set(name, new Set([host.namespace]));
      else namespaces.add(host.namespace);
    }
  }

  /** The name that proxies use: a name without a dot is a Service of the namespace that says it (Istio, VirtualService `Destination.host`). */
  qualify(host: string, namespace: string): string {
    const lower = host.toLowerCase();
    return lower.includes('.') || lower.startsWith('*') ? lower : `${lower}.${namespace}${this.#domain}`;
  }

  /** The namespace of a Service's fully qualified name. */
  namespaceOf(qualified: string): string | undefined {
    if (!qualified.endsWith(this.#domain)) return undefined;
    const [, namespace, more] = qualified.slice(0, -this.#domain.length).split('.');
    return more === undefined ? namespace : undefined;
  }

  /** What is known of a host that an object in `namespace` names. */
  lookUp(host: string, namespace: string): Lookup {
    const qualified = this.qualify(host, namespace);
    const key = `${namespace} ${qualified}`;
    let lookup = this.#lookups.get(key);
    if (lookup === undefined) {
      lookup = this.#search(qualified, namespace);
      this.#lookups.set(key, lookup);
    }
    return lookup;
  }

  #search(qualified: string, namespace: string): Lookup {
    const all = namesCovering(qualified).flatMap((name) => this.#byHost.get(name) ?? []);
    const visible = all.filter(({ visibility }) => isVisible(visibility, namespace));
    if (visible.length > 0) return { tag: 'found', hosts: visible };
    if (all.length > 0) return { tag: 'hidden', hosts: all };
    const home = this.namespaceOf(qualified);
    if (home === undefined) return { tag: this.#holdsAll(undefined) ? 'missing' : 'elsewhere' };
    return this.#holdsAll(home) || this.#namespaces.has(home) ? { tag: 'missing' } : { tag: 'unknown', namespace: home };
  }

  /** Namespaces that have a Service of this short name. */
  namespacesWith(shortName: string): readonly string[] {
    return [...(this.#byShortName.get(shortName.toLowerCase()) ?? [])].sort();
  }
}

/** How many labels a DNS name can have; what is longer is no name. */
const MOST_LABELS = 127;

/** The name itself and every wildcard that covers it, the most specific first: `a.b.c` gives `a.b.c`, `*.b.c`, `*.c`, `*`. */
export function namesCovering(host: string): readonly string[] {
  const labels = host.split('.', MOST_LABELS);
  const wildcards = labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join('.')}`);
  return [...new Set([host, ...wildcards, '*'])];
}

/** Whether two host patterns have a name in common or one covers the other. */
export function hostsOverlap(a: string, b: string): boolean {
  return namesCovering(a).includes(b) || namesCovering(b).includes(a);
}

/** The ports of the gateway Services in Istio's own profiles. */
const PROFILE_PORTS = [
  { name: 'status-port', port: 15_021, targetPort: 15_021 },
  { name: 'http2', port: 80, targetPort: 8080 },
  { name: 'https', port: 443, targetPort: 8443 },
];

/** The hosts that an object makes known. */
export function readHosts(object: KubeObject, clusterDomain: string): readonly Host[] {
  const { kind, group, namespace, spec } = object;
  if (kind === 'Service' && group === '') return [serviceHost(object, clusterDomain)];
  if (kind === 'ServiceEntry') return entryHosts(object);
  const proxies = installedGateways(object).map(({ name, namespace: home, labels, ports }) => ({
    name,
    home,
    labels,
    ports: ports ?? new Field(PROFILE_PORTS, new Field(undefined), ['spec']),
  }));
  if (kind === 'Gateway' && group === 'gateway.networking.k8s.io') {
    // Istio makes a Service called after the Gateway and its class.
    const name = `${object.name}-${spec.at('gatewayClassName').text ?? 'istio'}`;
    const labels = new Map([['gateway.networking.k8s.io/gateway-name', object.name]]);
    proxies.push({ name, home: namespace, labels, ports: spec.at('listeners') });
  }
  return proxies.map(({ name, home, labels, ports }) => ({
    object,
    host: `${name}.${home}.svc.${clusterDomain}`.toLowerCase(),
    namespace: home,
    visibility: readVisibility([], home),
    ports: servicePorts(ports),
    selector: labels,
    source: 'service' as const,
    external: false,
    portsUnknown: false,
  }));
}

function serviceHost(object: KubeObject, clusterDomain: string): Host {
  const { namespace, name, spec } = object;
  const exportTo = object.annotations.get('networking.istio.io/exportTo');
  const external = spec.at('type').value === 'ExternalName';
  return {
    object,
    host: `${name}.${namespace}.svc.${clusterDomain}`.toLowerCase(),
    namespace,
    visibility: readVisibility(exportTo === undefined ? [] : exportTo.split(',').map((scope) => scope.trim()), namespace),
    ports: servicePorts(spec.at('ports')),
    selector: spec.at('selector').size > 0 && !external ? spec.at('selector').labels : undefined,
    source: 'service',
    external,
    portsUnknown: external && spec.at('ports').size === 0,
  };
}

function servicePorts(ports: Field): readonly HostPort[] {
  return ports.items.flatMap((field) => {
    const number = field.at('port').number;
    if (number === undefined) return [];
    const name = field.at('name').text;
    const target = field.at('targetPort');
    const protocol = serviceProtocol(number, name, field.at('protocol').text, field.at('appProtocol').text);
    return [{ number, name, protocol, declared: protocol !== 'detected', target: target.number ?? target.text ?? number, field }];
  });
}

function entryHosts(object: KubeObject): readonly Host[] {
  const { namespace, spec } = object;
  const ports = spec.at('ports').items.flatMap((field) => {
    const number = field.at('number').number;
    if (number === undefined) return [];
    const protocol = parseProtocol(field.at('protocol').text) ?? 'detected';
    const name = field.at('name').text;
    return [{ number, name, protocol, declared: protocol !== 'detected', target: field.at('targetPort').number ?? number, field }];
  });
  const selector = spec.at('workloadSelector', 'labels');
  return spec.at('hosts').texts.map((host) => ({
    object,
    host: host.toLowerCase(),
    namespace,
    visibility: readVisibility(spec.at('exportTo').texts, namespace),
    ports,
    selector: selector.size > 0 ? selector.labels : undefined,
    source: 'entry' as const,
    external: spec.at('location').value !== 'MESH_INTERNAL',
    portsUnknown: ports.length === 0,
  }));
}
