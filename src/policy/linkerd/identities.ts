import type { PeerIdentity } from '../access/model.ts';
import { NO, type Truth, truthOf, unknown, YES } from '../access/truth.ts';
import { CLIENT_IDENTITY } from '../access/unknowns.ts';
import type { LinkerdSettings } from './world.ts';

/** What makes an identity one of this mesh. */
type OfMesh = Pick<LinkerdSettings, 'controlNamespace' | 'trustDomain'>;

/** The identity of a workload (linkerd2, policy-controller/k8s/index/src/cluster_info.rs: `service_account_identity`). */
export function accountIdentity({ controlNamespace, trustDomain }: OfMesh, namespace: string, account: string): string {
  return `${account}.${namespace}.serviceaccount.identity.${controlNamespace}.${trustDomain}`;
}

/** What matches all workloads of a namespace (the same file: `namespace_identity`). */
export function namespaceIdentity(settings: OfMesh, namespace: string): string {
  return accountIdentity(settings, namespace, '*');
}

// A ServiceAccount's name may have dots in it, a namespace's has none.
const ACCOUNT = /^(.+)\.([^.]+)\.serviceaccount\.identity\./;

/** Whose identity it is, of whichever mesh of Linkerd's; the account is `*` for those of a whole namespace. Undefined for another sort of name. */
export function accountIn(identity: string): { readonly namespace: string; readonly serviceAccount: string } | undefined {
  const [, serviceAccount, namespace] = ACCOUNT.exec(identity) ?? [];
  return namespace === undefined || serviceAccount === undefined ? undefined : { namespace, serviceAccount };
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
  admit(identity: PeerIdentity): Truth {
    if (identity.tag === 'plain-text') return NO;
    if (identity.tag === 'unknown') return unknown(CLIENT_IDENTITY);
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
export function authenticates(authentication: Authentication, identity: PeerIdentity): Truth {
  switch (authentication.tag) {
    case 'none':
      return YES;
    case 'tls':
      return identity.tag === 'unknown' ? unknown(CLIENT_IDENTITY) : truthOf(identity.tag === 'mutual-tls');
    case 'identities':
      return authentication.matches.admit(identity);
  }
}
