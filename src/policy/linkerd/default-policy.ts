import { DEFAULT_POLICIES } from '../objects/linkerd-words.ts';
import type { Authorization } from './authorization.ts';
import { IdentityMatches } from './identities.ts';
import { clusterNetworks, EVERYWHERE } from './networks.ts';
import type { LinkerdSettings } from './world.ts';

/** Whom a port lets in that no authorization admits. */
export type DefaultPolicy = (typeof DEFAULT_POLICIES)[number];

/** Undefined for a word that is none. */
export function parseDefaultPolicy(word: unknown): DefaultPolicy | undefined {
  return DEFAULT_POLICIES.find((name) => name === word);
}

/** The policy when clients have to prove themselves; `deny` and `audit` stay as they are (linkerd2, …/inbound/index.rs: `default_inbound_server`). */
export function withIdentity(policy: DefaultPolicy): DefaultPolicy {
  if (policy === 'all-unauthenticated') return 'all-authenticated';
  return policy === 'cluster-unauthenticated' ? 'cluster-authenticated' : policy;
}

const ANY_IDENTITY = new IdentityMatches(['*']);

/** What a default policy adds to a port's authorizations; `deny` adds none (linkerd2, policy-controller/k8s/index/src/defaults.rs: `default_authzs`). */
export function defaultAuthorizations(policy: DefaultPolicy, settings: LinkerdSettings): readonly Authorization[] {
  if (policy === 'deny') return [];
  const clusterOnly = policy === 'cluster-unauthenticated' || policy === 'cluster-authenticated';
  const authenticatedOnly = policy === 'all-authenticated' || policy === 'cluster-authenticated';
  const who = authenticatedOnly ? 'any client with an identity' : 'any client';
  const authorization: Authorization = {
    step: { says: `The policy ${policy} admits ${who}${clusterOnly ? " from the cluster's networks" : ''}.` },
    networks: clusterOnly ? clusterNetworks(settings) : EVERYWHERE,
    authentication: authenticatedOnly ? { tag: 'identities', matches: ANY_IDENTITY } : { tag: 'none' },
    audit: policy === 'audit',
  };
  return [authorization];
}
