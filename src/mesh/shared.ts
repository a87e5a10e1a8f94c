import { hashText } from '../lib/hash.ts';
import type { JsonObject } from '../lib/json.ts';
import { compareText } from '../lib/order.ts';
import { canonical, Field } from '../policy/objects/field.ts';
import type { KubeObject } from '../policy/objects/kube-object.ts';
import { type KeptKind, type KeptObject, objectKey } from './kept.ts';
import { asKubeObject } from './kube-object.ts';

/** What configuration tells about the meshes of a cluster. */
export interface SharedOptions {
  /** Where Linkerd's control plane runs, unless a pod says otherwise: usually `linkerd`. */
  readonly linkerdNamespace: string;
  /** Linkerd's trust domain (`identityTrustDomain`): usually `cluster.local`. */
  readonly linkerdTrustDomain: string;
  /** Where Istio's mesh-wide policies lie (`meshConfig.rootNamespace`): usually `istio-system`. */
  readonly istioRootNamespace: string;
  /** Istio's trust domain (`meshConfig.trustDomain`): usually `cluster.local`. */
  readonly istioTrustDomain: string;
  /** The domain of Services' names; `cluster.local` where it is absent. */
  readonly clusterDomain?: string;
  /** Kinds that exist and could not be read, so that it proves nothing when there is no object of them. */
  readonly unread?: readonly KeptKind[];
}

/**
 * What a namespace needs to know from elsewhere: configuration, and of Istio's root namespace the policies that hold everywhere, the names of its Gateways and
 * the subsets that its DestinationRules define. It is small, because a change of it means that every namespace has to be built anew: compare with
 * `sameShared`.
 *
 * Nothing else crosses namespaces. What an object says of another namespace (a backend, a gateway, an authentication there) is shown, and not judged.
 */
export interface SharedContext {
  readonly options: Required<SharedOptions>;
  /** Objects of the root namespace, by kind, then name. */
  readonly root: readonly KubeObject[];
  /** Equal for equal contexts. */
  readonly fingerprint: string;
}

/** What is taken over of an object of the root namespace; nothing of a kind that is not here. */
const TAKEN: { readonly [Kind in KeptKind]?: (object: KeptObject) => KeptObject } = {
  istioPeerAuthentications: policy,
  istioAuthorizationPolicies: policy,
  istioRequestAuthentications: policy,
  istioTelemetries: policy,
  istioGateways: nameOnly,
  gateways: nameOnly,
  istioDestinationRules: subsetsOnly,
};

/** `rootNamespaceObjects` may hold any objects of the root namespace, in any order; what is of no use to others is left out. */
export function sharedContextOf(options: SharedOptions, rootNamespaceObjects: readonly KeptObject[]): SharedContext {
  const complete: Required<SharedOptions> = {
    linkerdNamespace: options.linkerdNamespace,
    linkerdTrustDomain: options.linkerdTrustDomain,
    istioRootNamespace: options.istioRootNamespace,
    istioTrustDomain: options.istioTrustDomain,
    clusterDomain: options.clusterDomain ?? 'cluster.local',
    unread: [...new Set(options.unread)].sort(),
  };
  const taken = rootNamespaceObjects
    .filter(({ namespace }) => namespace === complete.istioRootNamespace)
    .flatMap((object) => TAKEN[object.kind]?.(object) ?? [])
    .sort((a, b) => compareText(objectKey(a), objectKey(b)));
  return { options: complete, root: taken.map(asKubeObject), fingerprint: hashText(canonical([complete, taken])) };
}

/** Whether namespaces that were built with one need not be built again with the other. */
export function sameShared(a: SharedContext, b: SharedContext): boolean {
  return a.fingerprint === b.fingerprint;
}

function policy({ kind, namespace, name, created, annotations, spec }: KeptObject): KeptObject {
  return {
    kind,
    namespace,
    name,
    labels: {},
    annotations,
    ...(created === undefined ? {} : { created }),
    ...(spec === undefined ? {} : { spec }),
  };
}

function nameOnly({ kind, namespace, name }: KeptObject): KeptObject {
  return { kind, namespace, name, labels: {}, annotations: {} };
}

function subsetsOnly(object: KeptObject): KeptObject {
  const spec = new Field(object.spec);
  const own: JsonObject = {
    host: spec.at('host').text ?? '',
    exportTo: spec.at('exportTo').texts,
    subsets: spec.at('subsets').items.map((subset) => ({ name: subset.at('name').text ?? '' })),
  };
  return { ...nameOnly(object), spec: own };
}
