import type { Host } from '../analyze/registry.ts';
import type { View } from '../analyze/view.ts';
import type { Field } from '../objects/field.ts';
import { quote } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import type { Destination, DestinationProblem, HeaderChanges, WorkloadReference } from './answer.ts';
import { type Client, findRule, type MergedRule } from './destination-rules.ts';
import type { Fraction } from './fraction.ts';
import { plainTexts } from './plain.ts';
import { effectivePolicy } from './traffic-policy.ts';

/** Where a rule, or the lack of one, sends a share of the requests. */
export interface Target {
  /** Fully qualified. */
  readonly host: string;
  readonly port: number;
  readonly subset: string | undefined;
}

/** More are counted, not listed. */
const MOST_WORKLOADS = 1000;

/**
 * The target of a `destination`. Without a port it is the one that the sender called; a gateway, and every proxy for TLS and TCP, takes a Service's only port
 * instead. Sidecars do not, because for HTTP they know nothing but the called port of each Service (istio, pilot/pkg/networking/core:
 * `BuildSidecarOutboundVirtualHosts`, and its route package: `GetDestinationCluster`).
 */
export function readTarget(
  field: Field,
  object: KubeObject,
  called: number,
  takesOnlyPort: boolean,
  client: Client,
  view: View,
): Target | undefined {
  const name = field.at('host').text;
  if (name === undefined) return undefined;
  const qualified = view.registry.qualify(name, object.namespace);
  const service = findHost(qualified, client.namespace, view);
  // Traffic to a Service that is only another name for a host goes to that host.
  const host =
    (service?.object.spec.at('type').value === 'ExternalName' ? service.object.spec.at('externalName').text : undefined) ?? qualified;
  const [only, ...others] = service?.ports ?? [];
  const inferred = takesOnlyPort && only !== undefined && others.length === 0 ? only.number : called;
  return { host: host.toLowerCase(), port: field.at('port', 'number').number ?? inferred, subset: field.at('subset').text };
}

/** A destination with all that is known of it, seen by a client. */
export function describeDestination(
  target: Target,
  share: Fraction,
  headers: HeaderChanges | undefined,
  client: Client,
  view: View,
): Destination {
  const { host, port, subset } = target;
  const service = findHost(host, client.namespace, view, port);
  const home = service?.namespace ?? view.registry.namespaceOf(host);
  const rule = findRule(view.rules, host, home, client, view.rootNamespace);
  const named = subset === undefined ? undefined : rule?.subsets.find(({ name }) => name === subset);
  return {
    share,
    host,
    port,
    subset,
    subsetLabels: plainTexts(named?.labels ?? new Map()),
    workloads: service === undefined ? [] : workloadsOf(service, named?.labels ?? new Map(), view),
    external: service?.external ?? false,
    policy: effectivePolicy(rule, named?.field, port),
    headers,
    problem: problemOf(target, service, rule, client, view),
  };
}

/** A host by its exact name as clients in a namespace see it: a Service before an entry, one of their own namespace before others. */
export function findHost(host: string, from: string, view: View, port?: number): Host | undefined {
  const known = view.registry.lookUp(host, from);
  if (known.tag !== 'found') return undefined;
  const rank = (each: Host) => (each.source === 'service' ? 0 : 2) + (each.namespace === from ? 0 : 1);
  const hosts = known.hosts.filter((each) => each.host === host).sort((a, b) => rank(a) - rank(b));
  return hosts.find((each) => port === undefined || hasPort(each, port)) ?? hosts[0];
}

export function hasPort(host: Host, port: number): boolean {
  return host.portsUnknown || host.ports.some(({ number }) => number === port);
}

function problemOf(
  { host, port, subset }: Target,
  service: Host | undefined,
  rule: MergedRule | undefined,
  client: Client,
  view: View,
): DestinationProblem | undefined {
  if (service === undefined) {
    const known = view.registry.lookUp(host, client.namespace);
    if (known.tag === 'unknown')
      return { tag: 'unknown', because: `no Service of namespace ${quote(known.namespace)} is here to judge by` };
    if (known.tag === 'hidden') return { tag: 'not exported', because: `${quote(host)} is not exported to ${quote(client.namespace)}` };
    return { tag: 'no service', because: `no Service or ServiceEntry makes ${quote(host)} known` };
  }
  if (!hasPort(service, port)) return { tag: 'no port', because: `${quote(host)} has no port ${port}` };
  if (subset !== undefined && !rule?.subsets.some(({ name }) => name === subset)) {
    const where =
      rule === undefined
        ? 'no DestinationRule is there for the host and client'
        : `DestinationRule ${rule.object.namespace}/${rule.object.name} has none`;
    return { tag: 'no subset', because: `subset ${quote(subset)} does not exist: ${where}` };
  }
  return undefined;
}

function workloadsOf(service: Host, labels: ReadonlyMap<string, string>, view: View): readonly WorkloadReference[] {
  if (service.selector === undefined) return [];
  // A subset that asks for another value than the Service's own selector selects nothing.
  for (const [label, value] of labels) if ((service.selector.get(label) ?? value) !== value) return [];
  return view.workloads
    .select(new Map([...service.selector, ...labels]), service.namespace)
    .slice(0, MOST_WORKLOADS)
    .map(({ object, namespace, name }) => ({ kind: object.kind, namespace, name }));
}
