import { objectId } from '../../graph/ids.ts';
import type { PolicyNode } from '../../graph/model.ts';
import { listed } from '../../lib/wording.ts';
import type { Field } from '../../policy/objects/field.ts';
import type { KubeObject } from '../../policy/objects/kube-object.ts';
import type { KeptKind } from '../kept.ts';
import { API_KINDS } from '../kept-kinds.ts';
import type { NamespaceView } from '../namespace-view.ts';
import { groupOf, readParent } from '../routes/parent-refs.ts';
import { Problems } from '../wording.ts';
import { namespaceWord, nameWord } from '../words.ts';
import { type Clients, meshTlsClients, networkClients, readAccount } from './clients.ts';
import { policyNode } from './policy-node.ts';
import type { ServerFacts, Servers } from './servers.ts';

/** Linkerd's AuthorizationPolicy with the Servers that it holds for as a whole. */
export interface LinkerdAuthorization {
  readonly node: PolicyNode;
  /** None where it is for a route, and where Linkerd ignores it. */
  readonly holdsFor: readonly ServerFacts[];
  /** The Servers of the route that it is for; none where Linkerd ignores it. */
  readonly holdsForRoutesOf: readonly ServerFacts[];
}

/**
 * An AuthorizationPolicy lets clients in to a Server, to all Servers of its namespace, or to a route of a Server; a client has to meet all of its authentications.
 * Linkerd ignores the whole policy where one of them is missing or does not fit (linkerd2, policy-controller/k8s/index/src/inbound/authorization_policy.rs,
 * index.rs: `policy_client_authz`).
 */
export function linkerdAuthorizations(view: NamespaceView, servers: Servers): readonly LinkerdAuthorization[] {
  return view.of('linkerdAuthorizationPolicies').map((object) => {
    const problems = new Problems();
    const target = readTarget(view, servers, object, problems);
    const clients = readAuthentications(view, object.spec.at('requiredAuthenticationRefs'), problems);
    const ignored = target === undefined || clients.ignored;
    const node = policyNode(object, {
      selects: target?.selects ?? [],
      summary: [
        `admits ${ignored ? 'nobody' : clients.who}`,
        clients.from === undefined ? undefined : `from ${clients.from}`,
        target === undefined ? undefined : `to ${target.words}`,
      ],
      problems,
    });
    return { node, holdsFor: ignored ? [] : target.servers, holdsForRoutesOf: ignored ? [] : target.routeServers };
  });
}

interface Target {
  readonly selects: readonly string[];
  readonly servers: readonly ServerFacts[];
  readonly routeServers: readonly ServerFacts[];
  readonly words: string;
}

const ROUTES = ['linkerdHttpRoutes', 'httpRoutes', 'grpcRoutes'] as const satisfies readonly KeptKind[];

/** Undefined where Linkerd does not take the policy in. */
function readTarget(view: NamespaceView, servers: Servers, { spec }: KubeObject, problems: Problems): Target | undefined {
  const field = spec.at('targetRef');
  const group = groupOf(field, '');
  const kind = (field.at('kind').text ?? '').toLowerCase();
  const name = nameWord(field.at('name').value);
  if (group === '' && kind === 'namespace') return namespaceTarget(view, servers, name, problems);
  const route = ROUTES.find((each) => API_KINDS[each].group === group && API_KINDS[each].kind.toLowerCase() === kind);
  const isServer = group === API_KINDS.linkerdServers.group && kind === 'server';
  if (name === undefined || (route === undefined && !isServer)) {
    const missing = group === '' && /^(?:server|httproute|grpcroute)$/.test(kind) ? ': its group is missing' : '';
    problems.add(`Linkerd ignores it: its targetRef is no Server, no Namespace and no HTTP or gRPC route${missing}.`);
    return undefined;
  }
  if (route !== undefined) return routeTarget(view, servers, route, name, problems);
  const server = servers.byName.get(name);
  if (server === undefined && view.knows('linkerdServers')) problems.add(`There is no Server ${name}, which its targetRef names.`);
  return {
    selects: server === undefined ? [] : [server.id],
    servers: server === undefined ? [] : [server],
    routeServers: [],
    words: `Server ${name}`,
  };
}

function namespaceTarget(view: NamespaceView, servers: Servers, name: string | undefined, problems: Problems): Target {
  // The admission webhook refuses another namespace; without it, Linkerd takes the policy's own all the same.
  if (name !== view.namespace) problems.add('Its targetRef names another namespace; Linkerd takes its own.');
  if (servers.byName.size === 0 && view.knows('linkerdServers')) {
    problems.add('This namespace has no Server, and a policy holds for ports that a Server describes only.');
  }
  return { selects: [view.namespace], servers: [...servers.byName.values()], routeServers: [], words: 'every Server of the namespace' };
}

function routeTarget(view: NamespaceView, servers: Servers, kind: (typeof ROUTES)[number], name: string, problems: Problems): Target {
  const api = API_KINDS[kind];
  const words = `${api.kind} ${name}`;
  const route = view.find(kind, name);
  if (route === undefined) {
    if (view.knows(kind)) problems.add(`There is no ${words} of group ${api.group}, which its targetRef names.`);
    return { selects: [], servers: [], routeServers: [], words };
  }
  const parents = route.spec.at('parentRefs').items.flatMap((field) => readParent(field, route) ?? []);
  const onServers = parents.filter(({ tag }) => tag === 'server');
  if (onServers.length === 0) problems.add(`${words} hangs on no Server, and authorization decides on incoming requests only.`);
  return {
    selects: [objectId(view.namespace, { ...api, name })],
    servers: [],
    routeServers: onServers.flatMap((parent) => servers.byName.get(parent.name) ?? []),
    words,
  };
}

/** What a client has to show. */
interface Authentications {
  readonly who: string;
  /** Undefined: from anywhere. */
  readonly from: string | undefined;
  readonly ignored: boolean;
}

function readAuthentications(view: NamespaceView, refs: Field, problems: Problems): Authentications {
  const identities: string[] = [];
  const networks: string[] = [];
  let ignored = false;
  const ignore = (why: string) => {
    ignored = true;
    problems.add(`Linkerd ignores it: ${why}.`);
  };
  let [named, netted] = [0, 0];
  for (const field of refs.items) {
    const kind = (field.at('kind').text ?? '').toLowerCase();
    const group = groupOf(field, '');
    if (group === '' && kind === 'serviceaccount') {
      named++;
      const account = readAccount(view, field, problems);
      if (account !== undefined) identities.push(account);
    } else if (group === 'policy.linkerd.io' && kind === 'meshtlsauthentication') {
      named++;
      identities.push(...refer(view, 'linkerdMeshTlsAuthentications', field, ignore));
    } else if (group === 'policy.linkerd.io' && kind === 'networkauthentication') {
      netted++;
      networks.push(...refer(view, 'linkerdNetworkAuthentications', field, ignore));
    } else {
      const missing = group === '' && /^(?:meshtls|network)authentication$/.test(kind) ? ', because its group is missing' : '';
      ignore(`${field.path} is no authentication${missing}`);
    }
  }
  if (named > 1) ignore('it names several MeshTLSAuthentications or ServiceAccounts, and one is the most');
  if (netted > 1) ignore('it names several NetworkAuthentications, and one is the most');
  return {
    who: named === 0 ? 'any client' : listed(identities) || 'nobody',
    from: netted === 0 ? undefined : listed(networks) || 'nowhere',
    ignored,
  };
}

/** The clients of an authentication that a policy refers to. */
function refer(
  view: NamespaceView,
  kind: 'linkerdMeshTlsAuthentications' | 'linkerdNetworkAuthentications',
  field: Field,
  ignore: (why: string) => void,
): readonly string[] {
  const name = nameWord(field.at('name').value);
  const namespace = namespaceWord(field.at('namespace').text ?? view.namespace);
  const what = API_KINDS[kind].kind;
  if (name === undefined || namespace === undefined) {
    ignore(`${field.path} has no name that can be read`);
    return [];
  }
  // What another namespace admits is not known here.
  if (namespace !== view.namespace) return [`${what} ${namespace}/${name}`];
  const object = view.find(kind, name);
  if (object === undefined) {
    if (view.knows(kind)) ignore(`there is no ${what} ${name}`);
    return [`${what} ${name}`];
  }
  // What is wrong with it stands with the authentication itself.
  const unheard = new Problems();
  const clients: Clients =
    kind === 'linkerdMeshTlsAuthentications' ? meshTlsClients(view, object.spec, unheard) : networkClients(object.spec, unheard);
  if (clients.refused !== undefined)
    ignore(`${what} ${name} is not valid: ${clients.refused.replace(/^spec\.\S+/, 'one of its references')}`);
  return clients.words;
}
