import type { AccessStep, Peer } from '../access/model.ts';
import { all, type Truth } from '../access/truth.ts';
import { type Authentication, authenticates } from './identities.ts';
import { admitsFrom, type Networks, PODS_IN_CLUSTER, plainNetworks, type Source, sourceOf } from './networks.ts';

/** What lets clients in. */
export interface Authorization {
  /** Where it comes from: an object, or what a default is called; its sentence tells whom it admits. */
  readonly step: AccessStep;
  readonly networks: Networks;
  readonly authentication: Authentication;
  /** It only logs. */
  readonly audit: boolean;
}

/** Clients of the same pod are always let in (linkerd2-proxy, linkerd/proxy/server-policy/src/lib.rs: `ServerPolicy::try_from`). */
export const LOCALHOST: Authorization = {
  step: { says: 'Clients on localhost are always let in.' },
  networks: { tag: 'listed', matches: plainNetworks(['127.0.0.1', '::1']) },
  authentication: { tag: 'none' },
  audit: false,
};

/** A peer with what of it is read once. */
export interface Client {
  readonly peer: Peer;
  readonly source: Source;
}

export function clientOf(peer: Peer): Client {
  return { peer, source: sourceOf(peer) };
}

/** What a list of authorizations says to a client. */
export interface Authorized {
  readonly holds: Truth;
  /** The authorization that lets the client in; where that is unsure, the first that may. */
  readonly by: Authorization | undefined;
  readonly assumed: readonly string[];
  /** Those that do not let it in, and why. */
  readonly passedOver: readonly AccessStep[];
}

/** One that holds is enough, whichever (linkerd2-proxy, linkerd/app/inbound/src/policy/http.rs: `authorize`; tcp.rs: `check_authorized`). */
export function authorize(authorizations: readonly Authorization[], client: Client): Authorized {
  const passedOver: AccessStep[] = [];
  const doubts: Authorization[] = [];
  const on = new Set<string>();
  for (const authorization of authorizations) {
    const from = admitsFrom(authorization.networks, client.source);
    const as = authenticates(authorization.authentication, client.peer.identity);
    const both = all(from, as);
    if (both.tag === 'yes') {
      return { holds: both, by: authorization, assumed: assumptions(authorization, client), passedOver };
    }
    if (both.tag === 'unknown') {
      doubts.push(authorization);
      for (const phrase of both.on) on.add(phrase);
    } else if (authorization !== LOCALHOST) {
      const { says, ...where } = authorization.step;
      passedOver.push({ ...where, says: `${says} ${from.tag === 'no' ? ELSEWHERE : SOMEBODY_ELSE}` });
    }
  }
  const [first] = doubts;
  if (first === undefined) return { holds: { tag: 'no' }, by: undefined, assumed: [], passedOver };
  const assumed = [...new Set(doubts.flatMap((doubt) => assumptions(doubt, client)))];
  return { holds: { tag: 'unknown', on: [...on] }, by: first, assumed, passedOver };
}

const ELSEWHERE = 'The client comes from elsewhere.';
const SOMEBODY_ELSE = 'The client is none of them.';

function assumptions({ networks }: Authorization, { source }: Client): readonly string[] {
  return networks.tag === 'cluster' && source.address === undefined && source.pod ? [PODS_IN_CLUSTER] : [];
}
