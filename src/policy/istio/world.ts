import type { KubeObject } from '../objects/kube-object.ts';

/** What Istio's mesh configuration says, as far as access depends on it. */
export interface IstioSettings {
  /** The namespace whose policies hold for the whole mesh: `istio-system`. */
  readonly rootNamespace: string;
  /** `cluster.local`, unless `meshConfig.trustDomain` says otherwise. */
  readonly trustDomain: string;
  /** `meshConfig.trustDomainAliases`. */
  readonly trustDomainAliases: readonly string[];
}

/** What an answer rests on. */
export interface IstioWorld {
  /** Those of the callee's namespace and of the root namespace: Istio's security policies, Services, Gateways. Others are passed over. */
  readonly objects: readonly KubeObject[];
  readonly settings: IstioSettings;
}
