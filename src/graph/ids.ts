import { percentEncode } from '../lib/url.ts';
import type { NodeId } from './model.ts';

/**
 * What a node id names. `server` is a Linkerd Server and `gateway` a Gateway, where nobody can doubt the group; `object` is any object by its kind and group: a
 * route or a policy, or one of these two by its full name.
 */
export type NodeRef =
  | { readonly tag: 'workload'; readonly namespace: string; readonly kind: string; readonly name: string }
  | { readonly tag: 'service'; readonly namespace: string; readonly name: string }
  | { readonly tag: 'server'; readonly namespace: string; readonly name: string }
  | { readonly tag: 'gateway'; readonly namespace: string; readonly name: string }
  | { readonly tag: 'object'; readonly namespace: string; readonly group: string; readonly kind: string; readonly name: string }
  | { readonly tag: 'external'; readonly authority: string }
  | { readonly tag: 'unmeshed' }
  | { readonly tag: 'unknown' };

/** Callers outside every mesh, whom no metric names. */
export const UNMESHED: NodeId = 'unmeshed';
/** An end of traffic of which nothing is known. */
export const UNKNOWN: NodeId = 'unknown';

/** The kind of a workload of which metrics give the name alone, and which the topology does not have. */
export const UNKNOWN_WORKLOAD_KIND = 'Workload';

const EXTERNAL = 'external';
const SERVICE = 'Service';
const SERVER = 'Server';
const GATEWAY = 'Gateway';

/** The kinds that mean something of their own here. */
const RESERVED: ReadonlySet<string> = new Set([SERVICE, SERVER, GATEWAY]);

/** `shop/Deployment/web` */
export function workloadId(namespace: string, kind: string, name: string): NodeId {
  const plain = `${namespace}/${kind}/${name}`;
  return PLAIN_ID.test(plain) && !RESERVED.has(kind) ? plain : `${escapeName(namespace)}/${workloadKeyOf(kind, name)}`;
}

/** `Deployment/web`: a workload of a namespace that is named elsewhere. */
export function workloadKeyOf(kind: string, name: string): string {
  return `${escapeKind(kind)}/${escapeName(name)}`;
}

/** `shop/Service/web` */
export function serviceId(namespace: string, name: string): NodeId {
  const plain = `${namespace}/${SERVICE}/${name}`;
  return PLAIN_ID.test(plain) ? plain : `${escapeName(namespace)}/${SERVICE}/${escapeName(name)}`;
}

/** `shop/Server/web-http` */
export function serverId(namespace: string, name: string): NodeId {
  return `${escapeName(namespace)}/${SERVER}/${escapeName(name)}`;
}

/** `shop/Gateway/public` for the Gateway API's; by its full name with a group, `shop/Gateway.networking.istio.io/public`. */
export function gatewayId(namespace: string, name: string, group?: string): NodeId {
  return group === undefined
    ? `${escapeName(namespace)}/${GATEWAY}/${escapeName(name)}`
    : objectId(namespace, { group, kind: GATEWAY, name });
}

/** `shop/HTTPRoute.gateway.networking.k8s.io/web`: a route or a policy, its kind with its group as kubectl writes them. */
export function objectId(
  namespace: string,
  { group, kind, name }: Pick<Extract<NodeRef, { tag: 'object' }>, 'group' | 'kind' | 'name'>,
): NodeId {
  return `${escapeName(namespace)}/${objectKeyOf({ group, kind, name })}`;
}

/** `HTTPRoute.gateway.networking.k8s.io/web`: an object of a namespace that is named elsewhere. */
export function objectKeyOf({ group, kind, name }: { readonly group: string; readonly kind: string; readonly name: string }): string {
  return `${escapeDots(kind)}.${escapeName(group)}/${escapeName(name)}`;
}

/** `external/api.example.com:443` */
export function externalId(authority: string): NodeId {
  return `${EXTERNAL}/${escapeName(authority)}`;
}

/** The id of whatever it is. */
export function nodeId(ref: NodeRef): NodeId {
  switch (ref.tag) {
    case 'workload':
      return workloadId(ref.namespace, ref.kind, ref.name);
    case 'service':
      return serviceId(ref.namespace, ref.name);
    case 'server':
      return serverId(ref.namespace, ref.name);
    case 'gateway':
      return gatewayId(ref.namespace, ref.name);
    case 'object':
      return objectId(ref.namespace, ref);
    case 'external':
      return externalId(ref.authority);
    case 'unmeshed':
      return UNMESHED;
    case 'unknown':
      return UNKNOWN;
  }
}

/** What an id names, or undefined where it is none that this file makes. */
export function parseNodeId(id: NodeId): NodeRef | undefined {
  const [first = '', second, third, ...more] = id.split('/');
  if (second === undefined) return id === UNMESHED ? { tag: 'unmeshed' } : id === UNKNOWN ? { tag: 'unknown' } : undefined;
  if (more.length > 0) return undefined;
  if (third === undefined) {
    const authority = unescapeName(second);
    return first === EXTERNAL && authority !== undefined ? { tag: 'external', authority } : undefined;
  }
  const namespace = unescapeName(first);
  const name = unescapeName(third);
  return namespace === undefined || name === undefined ? undefined : parseKind(namespace, second, name);
}

/** The text of a kind is looked at as it is: a kind that would read like one of these was escaped. */
function parseKind(namespace: string, text: string, name: string): NodeRef | undefined {
  if (text === SERVICE) return { tag: 'service', namespace, name };
  if (text === SERVER) return { tag: 'server', namespace, name };
  if (text === GATEWAY) return { tag: 'gateway', namespace, name };
  const dot = text.indexOf('.');
  const kind = unescapeName(dot === -1 ? text : text.slice(0, dot));
  if (kind === undefined) return undefined;
  if (dot === -1) return { tag: 'workload', namespace, kind, name };
  const group = unescapeName(text.slice(dot + 1));
  if (group === undefined) return undefined;
  return { tag: 'object', namespace, group, kind, name };
}

/** The namespace that a node stands in; undefined for what stands in none, and for a text that is no id. */
export function namespaceOf(id: NodeId): string | undefined {
  const slash = id.indexOf('/');
  // Two slashes: only what is outside of every namespace has one or none.
  return slash === -1 || id.indexOf('/', slash + 1) === -1 ? undefined : unescapeName(id.slice(0, slash));
}

/** How a model reads it best: `web`, `shop/web` (with its namespace, unless that is `within`), `service cart`, `api.example.com:443`, `unmeshed`. */
export function shortName(id: NodeId, within?: string): string {
  const ref = parseNodeId(id);
  if (ref === undefined) return id;
  switch (ref.tag) {
    case 'unmeshed':
    case 'unknown':
      return ref.tag;
    case 'external':
      return ref.authority;
    default: {
      const name = ref.namespace === within ? ref.name : `${ref.namespace}/${ref.name}`;
      if (ref.tag === 'workload') return name;
      return `${ref.tag === 'object' ? ref.kind : ref.tag} ${name}`;
    }
  }
}

// What ids and keys are made of, so that `/` and `>` part them. A first `_` is escaped too: no id or key can be `__proto__`, which as the key of an object is
// a trap in every library.
const PLAIN = /^(?!_)[\w.:[\]~-]*$/;
const NOT_PLAIN = /^_|[^\w.:[\]~-]+/g;
/** An id of which no part needs an escape, looked at in one go: ids are made by the ten thousand. */
const PLAIN_ID = /^(?!_)[\w.:[\]~-]*\/(?!_)[\w:[\]~-]*\/(?!_)[\w.:[\]~-]*$/;

/** A name as a part of an id or of a key: names of Kubernetes, host names and addresses stay as they are, anything else is percent-encoded. */
export function escapeName(name: string): string {
  return PLAIN.test(name) ? name : name.replace(NOT_PLAIN, (run) => (run === '_' ? '%5F' : percentEncode(run)));
}

/** The name that `escapeName` made the text of; undefined where it cannot have. */
export function unescapeName(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** The kind of a workload. One that means something of its own here is told apart by its first letter. */
function escapeKind(kind: string): string {
  const escaped = escapeDots(kind);
  if (!RESERVED.has(escaped)) return escaped;
  return `%${escaped.charCodeAt(0).toString(16)}${escaped.slice(1)}`;
}

/** A dot begins the group. */
function escapeDots(kind: string): string {
  return escapeName(kind).replaceAll('.', '%2E');
}
