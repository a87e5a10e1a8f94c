import type { Caller } from '../../../assess/ends.ts';
import type { AccessWorld } from '../../../assess/world.ts';
import { UNKNOWN, UNMESHED } from '../../../graph/ids.ts';
import { MeshError } from '../../../lib/errors.ts';
import { parseAddress } from '../../../lib/ip.ts';
import { identityWord } from '../../../mesh/words.ts';
import { accountIn } from '../../../policy/linkerd/identities.ts';
import type { GraphReader } from '../../../store/graph/reader.ts';
import { findNode, type NamedNode, parseNode } from './nodes.ts';

/** Who calls, as somebody said it. */
export type NamedCaller = { readonly tag: 'named'; readonly node: NamedNode } | { readonly tag: 'other'; readonly caller: Caller };

const UNAUTHENTICATED = 'unauthenticated';

/** Reads `from` and `address`; callers without a name may be called as the graph calls them. Throws `MeshError('invalid')` that says what is taken. */
export function parseCaller(from: string, address: string | undefined): NamedCaller {
  if (address !== undefined && parseAddress(address) === undefined) {
    throw new MeshError('invalid', 'address: must be an IP address, such as 10.1.2.3');
  }
  const at = address === undefined ? {} : { address };
  if (from === UNAUTHENTICATED || from === UNMESHED)
    return { tag: 'other', caller: { tag: 'peer', identity: { tag: 'plain-text' }, ...at } };
  if (from === UNKNOWN) return { tag: 'other', caller: { tag: 'peer', identity: { tag: 'unknown' }, ...at } };
  if (parseAddress(from) !== undefined) {
    if (address !== undefined) throw new MeshError('invalid', 'from: is an address already; leave address out.');
    return { tag: 'other', caller: { tag: 'peer', identity: { tag: 'unknown' }, address: from } };
  }
  const isIdentity = from.startsWith('spiffe://') || accountIn(from) !== undefined;
  if (isIdentity && identityWord(from) !== undefined && !from.includes('*')) {
    return { tag: 'other', caller: { tag: 'peer', identity: { tag: 'mutual-tls', name: from }, ...at } };
  }
  const node = parseNode(from);
  if (node !== undefined) return { tag: 'named', node };
  throw new MeshError(
    'invalid',
    'from: must be a workload or Service (namespace/name or namespace/Kind/name), a SPIFFE id, a Linkerd identity, an IP address, or "unauthenticated".',
  );
}

/** The caller in the graph. Throws `MeshError('invalid')` where there is no such workload. */
export function findCaller(reader: GraphReader, world: AccessWorld, named: NamedCaller, address: string | undefined): Caller {
  if (named.tag === 'other') return named.caller;
  return { tag: 'node', id: findNode(reader, world, named.node, 'workload'), ...(address === undefined ? {} : { address }) };
}
