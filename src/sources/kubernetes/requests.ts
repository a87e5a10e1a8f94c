import type { HeaderList } from '../../lib/headers.ts';
import type { Kind } from './kinds.ts';

/** Where the API is and who we are to it. */
export interface Connection {
  /** Without a trailing slash; may have a path, as behind a proxy. */
  readonly baseUrl: string;
  /** Bearer token; empty for none. */
  readonly token: string;
}

/** What to list: the whole cluster or one namespace. */
export type Scope = { readonly tag: 'cluster' } | { readonly tag: 'namespace'; readonly namespace: string };

/** One page of a list. */
export interface PageQuery {
  /** Most objects in the page. */
  readonly limit: number;
  /** The token that the page before ended with; absent for the first page. */
  readonly continueToken?: string;
}

/** What goes over the wire for one page; time and size limits are the sender's affair. */
export interface PageRequest {
  readonly url: string;
  readonly headers: HeaderList;
}

/**
 * The GET request for one page of a list. `resourceVersion` stays unset: that asks for the newest state, and with `limit` for pages that all
 * show the state of the first one (Kubernetes API Concepts, "Retrieving large results sets in chunks").
 */
export function listRequest(connection: Connection, kind: Kind, scope: Scope, page: PageQuery): PageRequest {
  const query = [`limit=${page.limit}`];
  const fields = fieldSelector(kind, scope);
  if (fields !== '') query.push(`fieldSelector=${encodeURIComponent(fields)}`);
  if (page.continueToken !== undefined) query.push(`continue=${encodeURIComponent(page.continueToken)}`);
  const headers: (readonly [string, string])[] = [['accept', accept(kind)]];
  if (connection.token !== '') headers.push(['authorization', `Bearer ${connection.token}`]);
  return { url: `${connection.baseUrl}${listPath(kind, scope)}?${query.join('&')}`, headers };
}

/** A cluster-scoped kind in a namespace's scope is the one object of that name. */
function fieldSelector(kind: Kind, scope: Scope): string {
  if (!kind.namespaced && scope.tag === 'namespace') return `metadata.name=${scope.namespace}`;
  return kind.fieldSelector ?? '';
}

function listPath(kind: Kind, scope: Scope): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const inside = kind.namespaced && scope.tag === 'namespace' ? `/namespaces/${encodeURIComponent(scope.namespace)}` : '';
  return `${root}${inside}/${kind.resource}`;
}

/** Plain JSON stands second, for servers that cannot cut an object down to its metadata: our decoders read either. */
function accept(kind: Kind): string {
  return kind.form === 'metadata'
    ? 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json'
    : 'application/json';
}
