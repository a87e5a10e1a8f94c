import { type Address, contains, type Network, parseAddress, parseNetwork } from '../../lib/ip.ts';
import type { Peer } from '../access/model.ts';
import { NO, type Truth, truthOf, unknown, YES } from '../access/truth.ts';
import { CLIENT_ADDRESS } from '../access/unknowns.ts';
import type { Field } from '../objects/field.ts';
import { textIn } from './references.ts';
import type { LinkerdSettings } from './world.ts';

export const PODS_IN_CLUSTER = "The addresses of the cluster's pods lie in its networks (`clusterNetworks` of Linkerd's chart).";

/** A network less those that are taken out of it. */
export interface NetworkMatch {
  readonly network: Network;
  readonly except: readonly Network[];
}

/** Where an authorization admits clients from. */
export type Networks =
  | { readonly tag: 'everywhere' }
  /** The networks of the cluster, in which its pods are. */
  | { readonly tag: 'cluster'; readonly matches: readonly NetworkMatch[] }
  | { readonly tag: 'listed'; readonly matches: readonly NetworkMatch[] };

export const EVERYWHERE: Networks = { tag: 'everywhere' };

export function clusterNetworks({ clusterNetworks: texts }: LinkerdSettings): Networks {
  return { tag: 'cluster', matches: plainNetworks(texts) };
}

/** Networks of a setting; what is none is left out. */
export function plainNetworks(texts: readonly string[]): readonly NetworkMatch[] {
  return texts.flatMap((text) => {
    const network = readNetwork(text);
    return network === undefined ? [] : [{ network, except: [] }];
  });
}

/**
 * Reads a list of `{cidr, except}`, where an address alone is a network too. Undefined where a part is none, for then the controller cannot read the object at
 * all (linkerd2, policy-controller/k8s/api/src/policy/network.rs).
 */
export function readNetworks(list: Field): readonly NetworkMatch[] | undefined {
  if (!Array.isArray(list.value)) return undefined;
  const matches: NetworkMatch[] = [];
  for (const item of list.items) {
    const network = readNetwork(textIn(item.at('cidr')) ?? '');
    const except = item.at('except');
    if (network === undefined || (except.exists && !Array.isArray(except.value))) return undefined;
    const exceptions: Network[] = [];
    for (const each of except.items) {
      const exception = readNetwork(textIn(each) ?? '');
      if (exception === undefined) return undefined;
      exceptions.push(exception);
    }
    matches.push({ network, except: exceptions });
  }
  return matches;
}

/**
 * A network of IPv4 that IPv6 maps stays one of IPv6, and so holds no client: the proxy takes clients' addresses out of the mapping and leaves networks as they
 * are (linkerd2-proxy, linkerd/proxy/transport/src/listen.rs: `ipv4_mapped`).
 */
function readNetwork(text: string): Network | undefined {
  const network = parseNetwork(text);
  if (network === undefined || network.address.version === 6 || !text.includes(':')) return network;
  const { address, length } = network;
  return { address: { version: 6, words: [0, 0, 0xffff, ...address.words] }, length: length + 96 };
}

/** A caller as far as networks are concerned. */
export interface Source {
  /** Undefined: not known. */
  readonly address: Address | undefined;
  /** A workload of the cluster. */
  readonly pod: boolean;
  /** From within the callee's own pod; whoever is not comes from no loopback address, even where none is known. */
  readonly loopback: boolean;
}

const LOCALHOST: Address = { version: 4, words: [0x7f000001] };

/** Where the proxy sees the peer. An address that is none counts as not known. */
export function sourceOf({ address, loopback, workload }: Peer): Source {
  const parsed = address === undefined ? undefined : parseAddress(address);
  return { address: parsed ?? (loopback ? LOCALHOST : undefined), pod: workload !== undefined, loopback };
}

/** Whether clients from there are admitted (linkerd2-proxy, linkerd/proxy/server-policy/src/authz/network.rs). */
export function admitsFrom(networks: Networks, source: Source): Truth {
  if (networks.tag === 'everywhere') return YES;
  const { address } = source;
  if (address !== undefined) return truthOf(networks.matches.some((match) => lies(match, address)));
  if (networks.matches.length === 0) return NO;
  if ((networks.tag === 'cluster' && source.pod) || coversAll(networks.matches)) return YES;
  if (!source.loopback && networks.matches.every(({ network }) => LOOPBACKS.some((loopback) => isWithin(network, loopback)))) return NO;
  return unknown(CLIENT_ADDRESS);
}

/** RFC 1122, 3.2.1.3; RFC 4291, 2.5.3. */
const LOOPBACKS: readonly Network[] = ['127.0.0.0/8', '::1/128'].flatMap((text) => parseNetwork(text) ?? []);

function isWithin(network: Network, other: Network): boolean {
  return network.length >= other.length && contains(other, network.address);
}

/** Whether an address lies in a network and in none that is taken out of it. */
export function lies({ network, except }: NetworkMatch, address: Address): boolean {
  return contains(network, address) && !except.some((exception) => contains(exception, address));
}

/** Whether every address of either version lies in the networks, as far as single ones tell. */
function coversAll(matches: readonly NetworkMatch[]): boolean {
  return ([4, 6] as const).every((version) =>
    matches.some(
      ({ network, except }) =>
        network.length === 0 && network.address.version === version && !except.some(({ address }) => address.version === version),
    ),
  );
}
