import type { Peer } from '../access/model.ts';
import { quote } from '../objects/field.ts';
import type { Identity } from './facts.ts';
import { completeSpiffe, SPIFFE } from './spiffe.ts';

/** Who the client may be, as far as it is known, and what is to be said of that. */
export interface Candidates {
  readonly identities: readonly Identity[];
  readonly steps: readonly { readonly says: string }[];
  readonly assumed: readonly string[];
}

const NONE: Identity = { tag: 'none' };

const OF_THE_MESH = ['An identity that the client may prove is of the mesh’s own trust domain.'];

/** What it depends on where there are several. */
export const ON_IDENTITY = 'whether the client proves its identity by mutual TLS';

/** A sentence for the case that it is this one. */
export function sayCase(identity: Identity): string {
  switch (identity.tag) {
    case 'none':
      return 'In case the client proves no identity.';
    case 'some':
      return 'In case the client proves an identity.';
    case 'named':
      return `In case the client is ${quote(identity.name)}.`;
  }
}

export function candidatesOf({ identity, workload }: Peer, trustDomain: string): Candidates {
  switch (identity.tag) {
    case 'plain-text':
      return { identities: [NONE], steps: [], assumed: [] };
    case 'unknown': {
      if (workload === undefined) return { identities: [NONE, { tag: 'some' }], steps: [], assumed: OF_THE_MESH };
      const name = `${SPIFFE}${trustDomain}/ns/${workload.namespace}/sa/${workload.serviceAccount}`;
      return { identities: [NONE, { tag: 'named', name }], steps: [], assumed: [] };
    }
    case 'mutual-tls': {
      const name = completeSpiffe(identity.name);
      if (name !== undefined) return { identities: [{ tag: 'named', name }], steps: [], assumed: [] };
      const says = `${quote(identity.name)} is no identity of an Istio mesh, so to its proxies the client has none.`;
      return { identities: [NONE], steps: [{ says }], assumed: [] };
    }
  }
}
