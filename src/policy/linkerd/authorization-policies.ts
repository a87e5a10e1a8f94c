import { named, nameText } from '../access/steps.ts';
import { GATEWAY_API, LINKERD_POLICY } from '../analyze/references.ts';
import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { type Authentications, readReferences } from './authentications.ts';
import type { Authorization } from './authorization.ts';
import { accountIdentity, IdentityMatches } from './identities.ts';
import { EVERYWHERE, type Networks } from './networks.ts';
import { type Reference, readReference, refersTo } from './references.ts';
import { type LinkerdWorld, objectsOf } from './world.ts';

/** What an AuthorizationPolicy is for. */
export type AuthorizationTarget =
  | { readonly tag: 'server'; readonly name: string }
  /** Every Server of the policy's own namespace, whatever namespace it names. */
  | { readonly tag: 'namespace' }
  /** In lower case. */
  | { readonly tag: 'route'; readonly group: string; readonly kind: string; readonly name: string };

/** An AuthorizationPolicy that the controller takes in. */
export interface AuthorizationPolicy {
  readonly object: KubeObject;
  readonly target: AuthorizationTarget;
  /** Undefined: it is ignored, for the reason in `ignored`. */
  readonly authorization: Authorization | undefined;
  readonly ignored: Ignored | undefined;
}

/** Why Linkerd ignores an object. */
export interface Ignored {
  readonly field: string;
  readonly because: string;
}

/** A policy that Linkerd cannot read, and that is meant for what its `targetRef` names, as far as that can be told. */
export interface UnreadPolicy {
  readonly object: KubeObject;
  readonly meantFor: string | undefined;
  readonly ignored: Ignored;
}

export interface AuthorizationPolicies {
  readonly read: readonly AuthorizationPolicy[];
  readonly unread: readonly UnreadPolicy[];
}

/**
 * The AuthorizationPolicies of a namespace (linkerd2, policy-controller/k8s/index/src/inbound/authorization_policy.rs: what is read; index.rs:
 * `policy_client_authz`: whom they admit). All of its authentications have to hold; with none, everybody is admitted.
 */
export function authorizationPolicies(world: LinkerdWorld, namespace: string, authentications: Authentications): AuthorizationPolicies {
  const read: AuthorizationPolicy[] = [];
  const unread: UnreadPolicy[] = [];
  for (const object of objectsOf(world, LINKERD_POLICY, 'AuthorizationPolicy', namespace)) {
    const targetRef = readReference(object.spec.at('targetRef'));
    const target = targetRef && readTarget(targetRef);
    const refs = object.spec.at('requiredAuthenticationRefs');
    const references = readRequired(refs);
    if (target === undefined) {
      unread.push({ object, meantFor: targetRef?.name, ignored: { field: 'spec.targetRef', because: NO_TARGET } });
    } else if ('because' in references) {
      unread.push({ object, meantFor: targetRef?.name, ignored: references });
    } else {
      const clients = readClients(world, object, refs, references.required, authentications);
      const isIgnored = 'because' in clients;
      read.push({ object, target, authorization: isIgnored ? undefined : clients, ignored: isIgnored ? clients : undefined });
    }
  }
  return { read, unread };
}

const NO_TARGET = 'its targetRef is no Server, no Namespace and no HTTP or gRPC route (is its group right?)';
const NO_AUTHENTICATION = 'one of its requiredAuthenticationRefs is no authentication (is its group right?)';

/** An authentication that is required, with its kind. */
interface Required {
  readonly kind: 'identities' | 'networks' | 'account';
  readonly reference: Reference;
}

function readRequired(refs: Field): { readonly required: readonly Required[] } | Ignored {
  const references = refs.exists ? readReferences(refs) : undefined;
  if (references === undefined) return { field: refs.path, because: 'its requiredAuthenticationRefs cannot be read' };
  const required: Required[] = [];
  for (const [index, reference] of references.entries()) {
    const kind = authenticationKind(reference);
    if (kind === undefined) return { field: `${refs.path}[${index}]`, because: NO_AUTHENTICATION };
    required.push({ kind, reference });
  }
  return { required };
}

function readTarget(reference: Reference): AuthorizationTarget | undefined {
  const { group, kind, name } = reference;
  if (refersTo(reference, LINKERD_POLICY, 'server')) return { tag: 'server', name };
  if (refersTo(reference, 'core', 'namespace')) return { tag: 'namespace' };
  const isRoute =
    (kind === 'httproute' && (group === LINKERD_POLICY || group === GATEWAY_API)) || (kind === 'grpcroute' && group === GATEWAY_API);
  return isRoute ? { tag: 'route', group, kind, name: name.toLowerCase() } : undefined;
}

/** Which kind of authentication a reference names. */
function authenticationKind(reference: Reference): Required['kind'] | undefined {
  if (refersTo(reference, LINKERD_POLICY, 'meshtlsauthentication')) return 'identities';
  if (refersTo(reference, LINKERD_POLICY, 'networkauthentication')) return 'networks';
  return refersTo(reference, 'core', 'serviceaccount') ? 'account' : undefined;
}

function readClients(
  { settings }: LinkerdWorld,
  object: KubeObject,
  refs: Field,
  required: readonly Required[],
  authentications: Authentications,
): Authorization | Ignored {
  let matches: IdentityMatches | undefined;
  let networks: Networks | undefined;
  let [who, from] = ['any client', ''];
  for (const [index, { kind, reference }] of required.entries()) {
    const field = `${refs.path}[${index}]`;
    const namespace = reference.namespace ?? object.namespace;
    const name = `${nameText(namespace)}/${nameText(reference.name)}`;
    if (kind === 'networks') {
      const listed = authentications.networks(namespace, reference.name);
      if (listed === undefined) return { field, because: `there is no valid NetworkAuthentication ${name}` };
      if (networks !== undefined) return { field, because: 'it names several NetworkAuthentications, and one is the most' };
      networks = { tag: 'listed', matches: listed };
      from = ` from the networks of NetworkAuthentication ${name}`;
      continue;
    }
    const admitted =
      kind === 'account'
        ? new IdentityMatches([], [accountIdentity(settings, namespace, reference.name)])
        : authentications.identities(namespace, reference.name);
    if (admitted === undefined) return { field, because: `there is no valid MeshTLSAuthentication ${name}` };
    if (matches !== undefined) return { field, because: 'it names several MeshTLSAuthentications or ServiceAccounts, and one is the most' };
    matches = admitted;
    who = kind === 'account' ? `ServiceAccount ${name}` : `the clients of MeshTLSAuthentication ${name}`;
  }
  return {
    step: { object: object.reference, field: refs.path, says: `${named(object)} admits ${who}${from}.` },
    networks: networks ?? EVERYWHERE,
    authentication: matches === undefined ? { tag: 'none' } : { tag: 'identities', matches },
    audit: false,
  };
}
