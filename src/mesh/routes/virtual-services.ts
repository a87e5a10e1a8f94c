import { gatewayId } from '../../graph/ids.ts';
import type { RouteBackend, RouteNode } from '../../graph/model.ts';
import { listed } from '../../lib/wording.ts';
import { MESH, ROUTE_KINDS } from '../../policy/analyze/routes.ts';
import { compareAge } from '../../policy/objects/age.ts';
import type { Field } from '../../policy/objects/field.ts';
import type { KubeObject } from '../../policy/objects/kube-object.ts';
import { isVisible } from '../../policy/objects/visibility.ts';
import { gatewayKey } from '../../policy/routing/gateway-name.ts';
import { type FoundHost, nodeOf } from '../istio-view.ts';
import type { NamespaceView } from '../namespace-view.ts';
import { lacksPort } from '../service-facts.ts';
import { Problems } from '../wording.ts';
import { countWord, hostWord, namespaceWord, nameWord, portWord } from '../words.ts';
import { routeNode } from './route-node.ts';

/** Istio's VirtualServices. */
export function virtualServices(view: NamespaceView): readonly RouteNode[] {
  const holders = findHolders(view);
  return view.of('istioVirtualServices').map((object) => {
    const problems = new Problems();
    const gateways = gatewaysOf(object);
    const hosts = readHosts(object, problems);
    const attachedTo = gateways.flatMap((gateway) => attach(view, gateway, problems));
    if (gateways.includes(MESH)) attachedTo.push(...checkMeshHosts(view, object, hosts, holders, problems));
    const rules = ROUTE_KINDS.flatMap((kind) => object.spec.at(kind).items);
    const backends = rules.flatMap((rule) => readRule(view, rule, problems));
    if (rules.length === 0) problems.add('It has no rules, so it routes nothing.');
    return routeNode(object, { attachedTo, hosts, backends, problems });
  });
}

/** `mesh`, or `namespace/name`; a delegate, which has no hosts, is bound to nothing. */
function gatewaysOf({ spec, namespace }: KubeObject): readonly string[] {
  const named = spec.at('gateways').texts.map((name) => gatewayKey(name, namespace));
  return named.length > 0 ? named : spec.at('hosts').size === 0 ? [] : [MESH];
}

function readHosts({ spec }: KubeObject, problems: Problems): readonly string[] {
  return spec.at('hosts').items.flatMap((field) => {
    const host = hostWord(field.value);
    if (host === undefined) problems.add(`${field.path} is no host name.`);
    return host ?? [];
  });
}

function attach(view: NamespaceView, gateway: string, problems: Problems): readonly string[] {
  if (gateway === MESH) return [MESH];
  const [namespace, name] = gateway.split('/');
  if (namespaceWord(namespace) === undefined || nameWord(name) === undefined || namespace === undefined || name === undefined) {
    problems.add('One of its gateways has no name that can be read.');
    return [];
  }
  if (isMissing(view, namespace, name)) problems.add(`There is no Gateway ${namespace === view.namespace ? name : gateway}.`);
  // A Gateway of the Gateway API can be named too (istio, pilot/pkg/config/kube/gateway).
  const isKubernetes =
    namespace === view.namespace && view.find('istioGateways', name) === undefined && view.find('gateways', name) !== undefined;
  return [gatewayId(namespace, name, isKubernetes ? undefined : 'networking.istio.io')];
}

/** Gateways of the root namespace are known everywhere; of others nothing is known here. */
function isMissing(view: NamespaceView, namespace: string, name: string): boolean {
  if (namespace === view.namespace) return view.lacks('istioGateways', name) && view.lacks('gateways', name);
  const { root, options } = view.shared;
  if (namespace !== options.istioRootNamespace || !view.knows('istioGateways') || !view.knows('gateways')) return false;
  const gateways = root.filter(({ kind }) => kind === 'Gateway');
  // Without any, the root namespace may simply not have been read.
  return gateways.length > 0 && !gateways.some((gateway) => gateway.name === name);
}

/** Which VirtualService holds for each host in the mesh. */
type Holders = ReadonlyMap<string, KubeObject>;

/** In the mesh a host has one VirtualService, the oldest (istio, pilot/pkg/model: `sortMergedVirtualServicesByCreationTime`); gateways merge them. */
function findHolders(view: NamespaceView): Holders {
  const holders = new Map<string, KubeObject>();
  for (const object of [...view.of('istioVirtualServices')].sort(compareAge)) {
    if (!gatewaysOf(object).includes(MESH) || !isForItself(object)) continue;
    for (const host of object.spec.at('hosts').texts) {
      const qualified = view.istio.registry.qualify(host, view.namespace);
      if (!holders.has(qualified)) holders.set(qualified, object);
    }
  }
  return holders;
}

/** Whether clients of its own namespace see it. */
function isForItself({ spec, namespace }: KubeObject): boolean {
  const exports = spec.at('exportTo').texts;
  return exports.length === 0 || exports.some((scope) => scope === '*' || scope === '.' || scope === namespace);
}

/** The Services that its hosts are, for clients in the mesh. */
function checkMeshHosts(
  view: NamespaceView,
  object: KubeObject,
  hosts: readonly string[],
  holders: Holders,
  problems: Problems,
): readonly string[] {
  const ids: string[] = [];
  const claimed = new Map<string, string[]>();
  for (const host of hosts) {
    const holder = holders.get(view.istio.registry.qualify(host, view.namespace));
    if (holder !== undefined && holder !== object && isForItself(object))
      claimed.set(holder.name, [...(claimed.get(holder.name) ?? []), host]);
    if (host.startsWith('*')) continue;
    const found = view.istio.find(host);
    ids.push(...nodeOf(found));
    // A gateway serves any host; in the mesh it has to be known.
    if (found.tag === 'missing') problems.add(`Host ${host} is no Service of this namespace. ${found.hint ?? ''}`.trim());
  }
  for (const [name, taken] of claimed) {
    problems.add(`VirtualService ${name} is older and holds in the mesh for ${listed(taken)}; only one does.`);
  }
  return ids;
}

function readRule(view: NamespaceView, rule: Field, problems: Problems): readonly RouteBackend[] {
  const fields = rule.at('route').items;
  const mirrors = [rule.at('mirror'), ...rule.at('mirrors').items.map((mirror) => mirror.at('destination'))];
  for (const mirror of mirrors) if (mirror.exists) readDestination(view, mirror, problems);
  checkDelegate(view, rule.at('delegate'), problems);
  const backends = fields.flatMap((field): RouteBackend[] => {
    const to = readDestination(view, field.at('destination'), problems);
    // A single destination takes everything, whatever its weight (istio, pilot/pkg/networking/core/route).
    const weight = fields.length === 1 ? 100 : readWeight(field.at('weight'), problems);
    return to === undefined ? [] : [{ ...to, weight }];
  });
  // istio, pkg/config/validation: `validateHTTPRouteDestinations`
  if (fields.length > 1 && backends.length === fields.length && backends.every(({ weight }) => weight === 0)) {
    problems.add(`All weights of ${rule.path} are 0 or absent, so it sends nowhere.`);
  }
  return backends;
}

function readWeight(field: Field, problems: Problems): number {
  const weight = field.exists ? countWord(field.value) : 0;
  if (weight === undefined) problems.add(`${field.path} is no whole number from 0.`);
  return weight ?? 0;
}

function checkDelegate(view: NamespaceView, field: Field, problems: Problems): void {
  if (!field.exists) return;
  const name = nameWord(field.at('name').value);
  if (name === undefined) problems.add(`${field.path} has no name that can be read.`);
  else if ((field.at('namespace').text ?? view.namespace) === view.namespace && view.lacks('istioVirtualServices', name)) {
    problems.add(`There is no VirtualService ${name}, to which ${field.path} delegates.`);
  }
}

function readDestination(view: NamespaceView, field: Field, problems: Problems): Omit<RouteBackend, 'weight'> | undefined {
  const host = hostWord(field.at('host').value);
  if (host === undefined) {
    problems.add(`${field.path} names no host.`);
    return undefined;
  }
  const found = view.istio.find(host);
  const where = `to which ${field.path} sends`;
  if (found.tag === 'missing') {
    problems.add(found.hint === undefined ? `There is no Service ${host}, ${where}.` : `There is no host ${host}, ${where}. ${found.hint}`);
  }
  const port = field.at('port', 'number');
  if (port.exists && hostLacksPort(found, port.value)) {
    problems.add(`${host} has no port ${portWord(port.value) ?? 'such as is named'}, ${where}.`);
  }
  const subset = field.at('subset');
  if (!subset.exists) return { to: found.to };
  const name = nameWord(subset.value);
  if (name === undefined) problems.add(`${subset.path} is no name.`);
  else if (found.tag === 'service' || found.tag === 'entry') checkSubset(view, host, name, where, problems);
  return { to: found.to, ...(name === undefined ? {} : { subset: name }) };
}

function hostLacksPort(found: FoundHost, port: unknown): boolean {
  if (found.tag === 'service') return lacksPort(found.service, port);
  return found.tag === 'entry' && found.ports.length > 0 && !found.ports.some((known) => known === port);
}

/**
 * A subset is defined by a DestinationRule of the client's namespace, of the Service's or of the root namespace: for a host of this namespace there are no others
 * (istio, pilot/pkg/model: `PushContext.destinationRule`).
 */
function checkSubset(view: NamespaceView, host: string, subset: string, where: string, problems: Problems): void {
  if (!view.knows('istioDestinationRules')) return;
  const rules = view.istio.rules.for(view.istio.registry.qualify(host, view.namespace));
  const defined = rules.some(
    ({ subsets, visibility }) => isVisible(visibility, view.namespace) && subsets.some(({ name }) => name === subset),
  );
  if (!defined) problems.add(`No DestinationRule defines subset ${subset} of ${host}, ${where}.`);
}
