import type { Config } from '../config.ts';

/** The identity of a ServiceAccount in Linkerd (linkerd2, policy-controller/k8s/index: `ClusterInfo::service_account_identity`). */
export function linkerdIdentity({ linkerdNamespace, linkerdTrustDomain }: Config, namespace: string, account: string): string {
  return `${account}.${namespace}.serviceaccount.identity.${linkerdNamespace}.${linkerdTrustDomain}`;
}

const SCHEME = 'spiffe://';

/** The SPIFFE id of a principal, which Istio's policies write without its scheme. */
export function spiffeId(principal: string): string {
  return principal.startsWith(SCHEME) ? principal : `${SCHEME}${principal}`;
}

/** A SPIFFE id as Istio's policies write it. */
export function principalOf(identity: string): string {
  return identity.startsWith(SCHEME) ? identity.slice(SCHEME.length) : identity;
}

const ACCOUNTS = [/^([^.]+)\.([^.]+)\.serviceaccount\.identity\./, /^spiffe:\/\/[^/]+\/ns\/([^/]+)\/sa\/([^/]+)$/] as const;

/** The ServiceAccount that an identity is of; undefined where it is of none. */
export function accountOf(identity: string): { readonly namespace: string; readonly serviceAccount: string } | undefined {
  const [linkerd, istio] = [ACCOUNTS[0].exec(identity), ACCOUNTS[1].exec(identity)];
  const [serviceAccount, namespace] = linkerd === null ? [istio?.[2], istio?.[1]] : [linkerd[1], linkerd[2]];
  return namespace === undefined || serviceAccount === undefined ? undefined : { namespace, serviceAccount };
}
