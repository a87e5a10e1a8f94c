import { type Config, OPTIONS } from '../config.ts';
import type { KeptKind } from '../mesh/kept.ts';
import type { SharedOptions } from '../mesh/shared.ts';
import type { IstioSettings } from '../policy/istio/world.ts';
import type { LinkerdSettings } from '../policy/linkerd/world.ts';

/** The domain of Services' names. */
export const CLUSTER_DOMAIN = 'cluster.local';

/** What the options say of the meshes, for whatever is read of a namespace. */
export function sharedOptions(config: Config, unread: readonly KeptKind[]): SharedOptions {
  const { linkerdNamespace, linkerdTrustDomain, istioRootNamespace, istioTrustDomain } = config;
  return { linkerdNamespace, linkerdTrustDomain, istioRootNamespace, istioTrustDomain, clusterDomain: CLUSTER_DOMAIN, unread };
}

/** What the options say of Linkerd. An option that has the default of Linkerd's chart is taken for granted: nothing in the cluster's objects says it. */
export function linkerdSettings(config: Config): LinkerdSettings {
  const { linkerdNamespace, linkerdTrustDomain, linkerdDefaultInboundPolicy, linkerdClusterNetworks, linkerdProbeNetworks } = config;
  const { name, default: fallback } = OPTIONS.linkerdDefaultInboundPolicy;
  const assumed =
    linkerdDefaultInboundPolicy === fallback
      ? [`Linkerd's default inbound policy is its chart's, ${fallback}; if the installation has another, set ${name}.`]
      : [];
  return {
    controlNamespace: linkerdNamespace,
    trustDomain: linkerdTrustDomain,
    clusterDomain: CLUSTER_DOMAIN,
    defaultInboundPolicy: linkerdDefaultInboundPolicy,
    clusterNetworks: linkerdClusterNetworks,
    probeNetworks: linkerdProbeNetworks,
    assumed,
  };
}

/** What the options say of Istio. */
export function istioSettings(config: Config): IstioSettings {
  const { istioRootNamespace, istioTrustDomain, istioTrustDomainAliases } = config;
  return { rootNamespace: istioRootNamespace, trustDomain: istioTrustDomain, trustDomainAliases: istioTrustDomainAliases };
}
