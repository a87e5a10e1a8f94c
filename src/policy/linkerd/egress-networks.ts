import type { Address, Network } from '../../lib/ip.ts';
import { compareText } from '../../lib/order.ts';
import { LINKERD_POLICY } from '../analyze/references.ts';
import { createdAt } from '../objects/age.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { lies, type NetworkMatch, plainNetworks, readNetworks } from './networks.ts';
import { type LinkerdSettings, type LinkerdWorld, objectsOf } from './world.ts';

/** The default of `egress.globalEgressNetworkNamespace` in Linkerd's chart. */
const GLOBAL_NAMESPACE = 'linkerd-egress';

/** The namespace whose EgressNetworks are for all clients that have none in their own. */
export function globalEgressNamespace({ globalEgressNamespace: given }: LinkerdSettings): string {
  return given ?? GLOBAL_NAMESPACE;
}

/** Destinations outside the cluster, and what becomes of traffic to them that no route takes. */
export interface EgressNetwork {
  readonly object: KubeObject;
  readonly networks: readonly NetworkMatch[];
  readonly allows: boolean;
}

/**
 * The EgressNetworks that are asked for clients of a namespace: its own, or if it has none those of the global namespace (linkerd2,
 * policy-controller/k8s/index/src/outbound/index/egress_network.rs: `resolve_egress_network`). What the controller cannot read is left out.
 */
export function egressNetworksFor(namespace: string, world: LinkerdWorld): readonly EgressNetwork[] {
  const read = (from: string) =>
    objectsOf(world, LINKERD_POLICY, 'EgressNetwork', from).flatMap((object) => readEgressNetwork(object, world.settings) ?? []);
  const own = read(namespace);
  return own.length > 0 ? own : read(globalEgressNamespace(world.settings));
}

function readEgressNetwork(object: KubeObject, settings: LinkerdSettings): EgressNetwork | undefined {
  const policy = object.spec.at('trafficPolicy').value;
  const list = object.spec.at('networks');
  const networks = list.exists ? readNetworks(list) : outsideOf(settings);
  if (networks === undefined || (policy !== 'Allow' && policy !== 'Deny')) return undefined;
  return { object, networks, allows: policy === 'Allow' };
}

/** Without networks it is for everything that is not in the cluster's (the same file: `EgressNetwork::from_resource`). */
function outsideOf({ clusterNetworks }: LinkerdSettings): readonly NetworkMatch[] {
  const inside = plainNetworks(clusterNetworks).map(({ network }) => network);
  return plainNetworks(['0.0.0.0/0', '::/0']).map(({ network }) => ({
    network,
    except: inside.filter(({ address }) => address.version === network.address.version),
  }));
}

/** The one whose network is the smallest, then the oldest, then the first by name (the same file: `compare_matched_egress_network`). */
export function resolveEgress(networks: readonly EgressNetwork[], address: Address): EgressNetwork | undefined {
  const matched = networks.flatMap((each) => {
    const sizes = each.networks.filter((match) => lies(match, address)).map(sizeOf);
    return sizes.length === 0 ? [] : [{ each, size: Math.min(...sizes) }];
  });
  matched.sort((a, b) => a.size - b.size || compareNumber(createdAt(a.each.object), createdAt(b.each.object)) || byName(a.each, b.each));
  return matched[0]?.each;
}

/** How many hosts a network has less those of what is taken out of it; beyond 2^53 about that many. */
function sizeOf({ network, except }: NetworkMatch): number {
  return hostsIn(network) - except.reduce((sum, each) => sum + hostsIn(each), 0);
}

/** Of IPv4 without the network's own address and the broadcast address, unless it has no others (the `ipnet` crate: `hosts`). */
function hostsIn({ address, length }: Network): number {
  const addresses = 2 ** ((address.version === 4 ? 32 : 128) - length);
  return address.version === 4 && addresses > 2 ? addresses - 2 : addresses;
}

function compareNumber(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function byName(a: EgressNetwork, b: EgressNetwork): number {
  return compareText(a.object.namespace, b.object.namespace) || compareText(a.object.name, b.object.name);
}
