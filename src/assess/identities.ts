import { accountIn } from '../policy/linkerd/identities.ts';

const SCHEME = 'spiffe://';

/** The SPIFFE id of a principal, which Istio's policies write without its scheme. */
export function spiffeId(principal: string): string {
  return principal.startsWith(SCHEME) ? principal : `${SCHEME}${principal}`;
}

/** A SPIFFE id as Istio's policies write it. */
export function principalOf(identity: string): string {
  return identity.startsWith(SCHEME) ? identity.slice(SCHEME.length) : identity;
}

/** The identity of an account of the same namespace that nobody has; undefined where it is of no account. */
export function strangerTo(identity: string): string | undefined {
  const account = accountOf(identity)?.serviceAccount;
  if (account === undefined) return undefined;
  const place = identity.startsWith(SCHEME) ? identity.lastIndexOf('/') + 1 : 0;
  return `${identity.slice(0, place)}nobody-in-particular${identity.slice(place + account.length)}`;
}

const ISTIO_ACCOUNT = /^spiffe:\/\/[^/]+\/ns\/([^/]+)\/sa\/([^/]+)$/;

/** The ServiceAccount that an identity is of; undefined where it is of none. */
export function accountOf(identity: string): { readonly namespace: string; readonly serviceAccount: string } | undefined {
  const [, namespace, serviceAccount] = ISTIO_ACCOUNT.exec(identity) ?? [];
  return namespace === undefined || serviceAccount === undefined ? accountIn(identity) : { namespace, serviceAccount };
}
