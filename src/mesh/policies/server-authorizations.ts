import type { PolicyNode } from '../../graph/model.ts';
import { listed } from '../../lib/wording.ts';
import type { Field } from '../../policy/objects/field.ts';
import type { KubeObject } from '../../policy/objects/kube-object.ts';
import type { NamespaceView } from '../namespace-view.ts';
import { meets, readLabelSelector } from '../selector.ts';
import { Problems } from '../wording.ts';
import { nameWord } from '../words.ts';
import { readAccount, readIdentities, readNetworks } from './clients.ts';
import { policyNode } from './policy-node.ts';
import type { ServerFacts, Servers } from './servers.ts';

/** A ServerAuthorization with the Servers that it holds for. */
export interface ServerAuthorization {
  readonly node: PolicyNode;
  /** None where Linkerd ignores it. */
  readonly holdsFor: readonly ServerFacts[];
}

/** Linkerd's older kind of authorization (linkerd2, policy-controller/k8s/index/src/inbound/server_authorization.rs). */
export function serverAuthorizations(view: NamespaceView, servers: Servers): readonly ServerAuthorization[] {
  return view.of('linkerdServerAuthorizations').map((object) => {
    const problems = new Problems();
    const selected = selectServers(view, servers, object, problems);
    const clients = readClients(view, object.spec.at('client'), problems);
    const networks = readNetworks(object.spec.at('client', 'networks'), problems);
    if (clients === undefined) problems.add('Linkerd ignores it: it says nothing of who the clients are.');
    const node = policyNode(object, {
      selects: selected.map(({ id }) => id),
      summary: [
        `admits ${clients === undefined ? 'nobody' : listed(clients)}`,
        // An absent list means the cluster's networks, unlike in an AuthorizationPolicy (linkerd2, policy-controller/grpc/src/inbound.rs: `to_authz`).
        `from ${networks.length === 0 ? "the cluster's networks" : listed(networks)}`,
      ],
      problems,
    });
    return { node, holdsFor: clients === undefined ? [] : selected };
  });
}

function selectServers(view: NamespaceView, { byName }: Servers, { spec }: KubeObject, problems: Problems): readonly ServerFacts[] {
  const field = spec.at('server', 'name');
  if (field.exists) {
    const name = nameWord(field.value);
    const server = name === undefined ? undefined : byName.get(name);
    if (server !== undefined) return [server];
    if (name === undefined) problems.add(`${field.path} is no name.`);
    else if (view.knows('linkerdServers')) problems.add(`There is no Server ${name}.`);
    return [];
  }
  const selector = readLabelSelector(spec.at('server', 'selector'));
  const selected = [...byName.values()].filter(({ object }) => meets(Object.fromEntries(object.labels), selector));
  if (selected.length === 0 && view.knows('linkerdServers')) problems.add('No Server of this namespace matches its selector.');
  return selected;
}

/** Undefined where it admits nobody, so that Linkerd ignores the policy. */
function readClients(view: NamespaceView, client: Field, problems: Problems): readonly string[] | undefined {
  if (client.at('unauthenticated').value === true) return ['any client'];
  const tls = client.at('meshTLS');
  if (!tls.isObject) return undefined;
  if (tls.at('unauthenticatedTLS').value === true) return ['any client with TLS'];
  const accounts = tls.at('serviceAccounts').items.flatMap((field) => readAccount(view, field, problems) ?? []);
  const words = [...readIdentities(view, tls.at('identities'), problems), ...accounts];
  return words.length === 0 ? undefined : words;
}
