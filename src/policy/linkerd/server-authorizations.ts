import { named } from '../access/steps.ts';
import { LINKERD_POLICY } from '../analyze/references.ts';
import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { type LabelSelector, meets, readLabelSelector } from '../objects/label-selector.ts';
import { readTexts } from './authentications.ts';
import type { Authorization } from './authorization.ts';
import type { Ignored } from './authorization-policies.ts';
import { type Authentication, accountIdentity, IdentityMatches } from './identities.ts';
import { clusterNetworks, readNetworks } from './networks.ts';
import { textIn } from './references.ts';
import type { Server } from './servers.ts';
import { type LinkerdSettings, type LinkerdWorld, objectsOf } from './world.ts';

/** A ServerAuthorization. */
export interface ServerAuthorization {
  readonly object: KubeObject;
  readonly selects: (server: Server) => boolean;
  /** Or why the controller does not take it in. */
  readonly authorization: Authorization | Ignored;
}

/** Linkerd's older kind of authorization (linkerd2, policy-controller/k8s/index/src/inbound/server_authorization.rs). */
export function serverAuthorizations(world: LinkerdWorld, namespace: string): readonly ServerAuthorization[] {
  return objectsOf(world, LINKERD_POLICY, 'ServerAuthorization', namespace).map((object) => ({
    object,
    selects: readSelection(object),
    authorization: readAuthorization(object, world.settings),
  }));
}

/** By name, else by labels; without either all Servers. */
function readSelection({ spec }: KubeObject): (server: Server) => boolean {
  const name = spec.at('server', 'name');
  if (name.exists) return (server) => server.object.name === name.value;
  const selector: LabelSelector = readLabelSelector(spec.at('server', 'selector'));
  return ({ labels }) => meets(labels, selector);
}

function readAuthorization(object: KubeObject, settings: LinkerdSettings): Authorization | Ignored {
  const { spec } = object;
  const client = spec.at('client');
  const list = client.at('networks');
  const networks = list.exists ? readNetworks(list) : [];
  if (!spec.at('server').isObject) return { field: 'spec.server', because: 'it selects no Server' };
  if (networks === undefined) return { field: list.path, because: 'its networks cannot be read' };
  const clients = readClients(object, settings);
  if ('because' in clients) return clients;
  return {
    step: {
      object: object.reference,
      field: client.path,
      says: `${named(object)} admits ${clients.who} from ${networks.length === 0 ? "the cluster's networks" : 'its networks'}.`,
    },
    // Without networks it is for those of the cluster, unlike an AuthorizationPolicy (linkerd2, policy-controller/grpc/src/inbound.rs: `to_authz`).
    networks: networks.length === 0 ? clusterNetworks(settings) : { tag: 'listed', matches: networks },
    authentication: clients.authentication,
    audit: false,
  };
}

interface Clients {
  readonly authentication: Authentication;
  readonly who: string;
}

/** Who they are; a client that is told in several ways counts as the least demanding of them. */
function readClients({ spec, namespace }: KubeObject, settings: LinkerdSettings): Clients | Ignored {
  const client = spec.at('client');
  const tls = client.at('meshTLS');
  const unauthenticated = readFlag(client.at('unauthenticated'));
  const anyTls = readFlag(tls.at('unauthenticatedTLS'));
  const patterns = readTexts(tls.at('identities'));
  const accounts = readAccounts(tls.at('serviceAccounts'), namespace, settings);
  const readable = client.isObject && (!tls.exists || tls.isObject);
  if (!readable || unauthenticated === undefined || anyTls === undefined || patterns === undefined || accounts === undefined) {
    return { field: client.path, because: 'its client cannot be read' };
  }
  if (unauthenticated) return { authentication: { tag: 'none' }, who: 'any client' };
  if (!tls.exists) return { field: client.path, because: 'it says nothing of who the clients are' };
  if (anyTls) return { authentication: { tag: 'tls' }, who: 'any client with TLS of the mesh' };
  if (patterns.length + accounts.length === 0) return { field: tls.path, because: 'it admits no clients' };
  return { authentication: { tag: 'identities', matches: new IdentityMatches(patterns, accounts) }, who: 'the identities that it lists' };
}

/** Absent it is false; anything else than a boolean cannot be read. */
function readFlag({ value }: Field): boolean | undefined {
  if (value === undefined) return false;
  return typeof value === 'boolean' ? value : undefined;
}

/** The identities of `{name, namespace}`; the namespace is the object's own where it is left out. */
function readAccounts(list: Field, home: string, settings: LinkerdSettings): readonly string[] | undefined {
  if (!list.exists) return [];
  if (!Array.isArray(list.value)) return undefined;
  const identities: string[] = [];
  for (const item of list.items) {
    const name = textIn(item.at('name'));
    if (name === undefined) return undefined;
    identities.push(accountIdentity(settings, textIn(item.at('namespace')) ?? home, name));
  }
  return identities;
}
