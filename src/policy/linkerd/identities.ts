import type { PeerIdentity } from '../access/model.ts';
import { type Certainty, NO, unsure, when, YES } from './certainty.ts';
import type { LinkerdSettings } from './world.ts';

export const CLIENT_IDENTITY = "the client's identity";

/** The identity of a workload (linkerd2, policy-controller/k8s/index/src/cluster_info.rs: `service_account_identity`). */
export function accountIdentity(settings: LinkerdSettings, namespace: string, account: string): string {
  return `${account}.${namespace}.serviceaccount.identity.${settings.controlNamespace}.${settings.trustDomain}`;
}

/** What matches all workloads of a namespace (the same file: `namespace_identity`). */
export function namespaceIdentity(settings: LinkerdSettings, namespace: string): string {
  return `*.${namespace}.serviceaccount.identity.${settings.controlNamespace}.${settings.trustDomain}`;
}

/** Which identities an authorization admits. */
export class IdentityMatches {
  readonly #exact = new Set<string>();
  readonly #suffixes = new Set<string>();

  /**
   * Of the patterns only `*` and those that begin with `*.` stand for more than themselves (linkerd2, policy-controller/core/src/identity_match.rs;
   * linkerd2-proxy, linkerd/proxy/server-policy/src/authz.rs: `Suffix`).
   */
  constructor(patterns: readonly string[], exact: readonly string[] = []) {
    for (const identity of exact) this.#exact.add(identity);
    for (const pattern of patterns) {
      if (pattern === '*') this.#suffixes.add('');
      else if (pattern.startsWith('*.')) this.#suffixes.add(pattern.slice(1));
      else this.#exact.add(pattern);
    }
  }

  /** A URI, such as a SPIFFE id, is admitted by its own name alone, not even by `*` (linkerd2-proxy, linkerd/app/inbound/src/policy.rs: `is_tls_authorized`). */
  admit(identity: PeerIdentity): Certainty {
    if (identity.tag === 'plain-text') return NO;
    if (identity.tag === 'unknown') return unsure(CLIENT_IDENTITY);
    const { name } = identity;
    if (this.#exact.has(name)) return YES;
    if (isUri(name)) return NO;
    for (const suffix of this.#suffixes) if (name.endsWith(suffix)) return YES;
    return NO;
  }
}

/** Every name of a certificate is a DNS-like name or else a URI (linkerd2-proxy, linkerd/identity/src/lib.rs: `Id`). */
function isUri(name: string): boolean {
  return name.includes(':');
}

/** Whether the client has to prove itself, and as whom. */
export type Authentication =
  | { readonly tag: 'none' }
  /** Any certificate of the mesh. */
  | { readonly tag: 'tls' }
  | { readonly tag: 'identities'; readonly matches: IdentityMatches };

/** Whether the client has the authentication (linkerd2-proxy, linkerd/app/inbound/src/policy.rs: `is_tls_authorized`). */
export function authenticates(authentication: Authentication, identity: PeerIdentity): Certainty {
  switch (authentication.tag) {
    case 'none':
      return YES;
    case 'tls':
      return identity.tag === 'unknown' ? unsure(CLIENT_IDENTITY) : when(identity.tag === 'mutual-tls');
    case 'identities':
      return authentication.matches.admit(identity);
  }
}
