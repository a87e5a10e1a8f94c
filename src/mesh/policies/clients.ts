import { accountIn } from '../../policy/linkerd/identities.ts';
import type { Field } from '../../policy/objects/field.ts';
import type { NamespaceView } from '../namespace-view.ts';
import { groupOf } from '../routes/parent-refs.ts';
import type { Problems } from '../wording.ts';
import { identityWord, namespaceWord, nameWord, networkWord } from '../words.ts';

/** The clients that a part of a Linkerd policy names, in words, and what is wrong with it. */
export interface Clients {
  readonly words: readonly string[];
  /** Linkerd does not take the object in, as if it were not there. */
  readonly refused: string | undefined;
}

/** `shop/web` for a workload's identity, `shop/*` for all of a namespace; other identities as they are. */
function identityText(identity: string): string {
  if (identity === '*') return 'any meshed client';
  const account = accountIn(identity);
  return account === undefined ? identity : `${account.namespace}/${account.serviceAccount}`;
}

/** A list of identities: DNS-like names, of which only a leading `*.` stands for more than itself, or SPIFFE ids. */
export function readIdentities(view: NamespaceView, list: Field, problems: Problems): readonly string[] {
  return list.items.flatMap((field) => {
    const identity = identityWord(field.value);
    if (identity === undefined) {
      problems.add(`${field.path} is no identity.`);
      return [];
    }
    // linkerd2, policy-controller/core/src/identity_match.rs
    if (identity.lastIndexOf('*') > 0) problems.add(`${field.path} has a * that is not at its beginning, where it stands for itself only.`);
    else if (/^\*[^.]/.test(identity)) problems.add(`${field.path} begins with a * and no dot after it, where it stands for itself only.`);
    const account = accountIn(identity);
    if (account?.namespace === view.namespace) checkAccount(view, account.serviceAccount, field, problems);
    return [identityText(identity)];
  });
}

/** Reports a ServiceAccount of this namespace that does not exist; `*` is any of them. */
export function checkAccount(view: NamespaceView, name: string, field: Field, problems: Problems): void {
  if (nameWord(name) !== undefined && view.lacksServiceAccount(name))
    problems.add(`There is no ServiceAccount ${name}, which ${field.path} names.`);
}

/** `{name, namespace}` of a ServiceAccount, the namespace being the policy's own where it is left out. */
export function readAccount(view: NamespaceView, field: Field, problems: Problems): string | undefined {
  const name = nameWord(field.at('name').value);
  const namespace = namespaceWord(field.at('namespace').text ?? view.namespace);
  if (name === undefined || namespace === undefined) {
    problems.add(`${field.path} is no reference that can be read.`);
    return undefined;
  }
  if (namespace === view.namespace) checkAccount(view, name, field, problems);
  return `${namespace}/${name}`;
}

/** `10.0.0.0/8 except 10.1.0.0/16`, of each `{cidr, except}`. */
export function readNetworks(list: Field, problems: Problems): readonly string[] {
  return list.items.flatMap((field) => {
    const cidr = networkWord(field.at('cidr').value);
    if (cidr === undefined) problems.add(`${field.path} is no network.`);
    const except = field.at('except').items.flatMap((each) => {
      const network = networkWord(each.value);
      if (network === undefined) problems.add(`${each.path} is no network.`);
      return network ?? [];
    });
    if (cidr === undefined) return [];
    return [except.length === 0 ? cidr : `${cidr} except ${except.join(', ')}`];
  });
}

/**
 * What a MeshTLSAuthentication admits. One that names nobody, or an identity that is neither a ServiceAccount nor a Namespace, is not taken in (linkerd2,
 * policy-controller/k8s/index/src/inbound/meshtls_authentication.rs: `try_from_resource`).
 */
export function meshTlsClients(view: NamespaceView, spec: Field, problems: Problems): Clients {
  let refused: string | undefined;
  const refs = spec.at('identityRefs').items.flatMap((field) => {
    const kind = (field.at('kind').text ?? '').toLowerCase();
    if (groupOf(field, '') === '' && kind === 'serviceaccount') return readAccount(view, field, problems) ?? [];
    const namespace = namespaceWord(field.at('name').value);
    if (groupOf(field, '') === '' && kind === 'namespace' && namespace !== undefined) return [`${namespace}/*`];
    refused = `${field.path} is neither a ServiceAccount nor a Namespace`;
    return [];
  });
  const words = [...readIdentities(view, spec.at('identities'), problems), ...refs];
  if (spec.at('identities').size + spec.at('identityRefs').size === 0) refused = 'it names no identity';
  return { words, refused };
}

/** What a NetworkAuthentication admits. One without networks is not taken in. */
export function networkClients(spec: Field, problems: Problems): Clients {
  const words = readNetworks(spec.at('networks'), problems);
  return { words, refused: spec.at('networks').size === 0 ? 'it names no network' : undefined };
}
