import type { HeaderList } from '../../lib/headers.ts';
import type { Kind } from './kinds.ts';

/** Where the API is and who we are to it. */
export interface Connection {
  /** Without a trailing slash; may have a path, as behind a proxy. */
  readonly baseUrl: string;
  /** Bearer token; empty for none. */
  readonly token: string;
}

/** What to read: the whole cluster or one namespace. */
export type Scope = { readonly tag: 'cluster' } | { readonly tag: 'namespace'; readonly namespace: string };

/** The objects of a kind, in a scope, in one of the kind's versions. */
export interface Collection {
  readonly kind: Kind;
  readonly version: string;
  readonly scope: Scope;
}

/** `namespace` undefined: in the whole cluster. */
export function collectionOf(kind: Kind, version: string, namespace: string | undefined): Collection {
  return { kind, version, scope: namespace === undefined ? { tag: 'cluster' } : { tag: 'namespace', namespace } };
}

/** One page of a list. */
export interface PageQuery {
  /** Most objects in the page. */
  readonly limit: number;
  /** The token that the page before ended with; absent for the first page. */
  readonly continueToken?: string;
  /**
   * For a first page: a resourceVersion that was seen before. The list shows that state of the cluster or a newer one, which the API server can answer from
   * memory. Absent: the newest state.
   */
  readonly notOlderThan?: string;
}

/** A stretch of a watch. */
export interface WatchQuery {
  /** What happened after this is told. */
  readonly resourceVersion: string;
  /** After this time the server ends the watch, in seconds, at least 1: 0 would leave it open for half an hour or more. */
  readonly timeoutSeconds: number;
}

/** What goes over the wire as a GET; time and size limits are the sender's affair. */
export interface ApiRequest {
  readonly url: string;
  readonly headers: HeaderList;
}

/**
 * The request for one page of a list. With `resourceVersion` unset it shows the newest state, and the pages after it the same one, since a continue token
 * carries its own (Kubernetes API Concepts, "Retrieving large results sets in chunks"). A resourceVersion beside a `limit` would mean exactly that
 * state unless `resourceVersionMatch=NotOlderThan` says otherwise; both are refused beside `continue` (kubernetes, apimachinery
 * pkg/apis/meta/internalversion/validation: `ValidateListOptions`; apiserver pkg/storage/cacher/delegator: `ShouldDelegateList`).
 */
export function pageRequest(connection: Connection, collection: Collection, page: PageQuery): ApiRequest {
  const query = [`limit=${page.limit}`, ...fieldSelector(collection)];
  if (page.continueToken !== undefined) query.push(`continue=${encodeURIComponent(page.continueToken)}`);
  else if (page.notOlderThan !== undefined) {
    query.push(`resourceVersion=${encodeURIComponent(page.notOlderThan)}`, 'resourceVersionMatch=NotOlderThan');
  }
  return collectionRequest(connection, collection, query, 'PartialObjectMetadataList');
}

/**
 * The request for a stretch of a watch. Bookmarks move the resourceVersion of a quiet kind; the API server sends one about two seconds before the time is over
 * (kubernetes, apiserver pkg/storage/cacher/cache_watcher.go: `nextBookmarkTime`).
 */
export function watchRequest(connection: Connection, collection: Collection, watch: WatchQuery): ApiRequest {
  const query = [
    'watch=true',
    'allowWatchBookmarks=true',
    `timeoutSeconds=${watch.timeoutSeconds}`,
    `resourceVersion=${encodeURIComponent(watch.resourceVersion)}`,
    ...fieldSelector(collection),
  ];
  return collectionRequest(connection, collection, query, 'PartialObjectMetadata');
}

function collectionRequest(connection: Connection, collection: Collection, query: readonly string[], partial: string): ApiRequest {
  // Plain JSON stands second, for servers that cannot cut an object down to its metadata: we read either.
  const accept =
    collection.kind.form === 'metadata' ? `application/json;as=${partial};g=meta.k8s.io;v=v1,application/json` : 'application/json';
  return apiRequest(connection, `${collectionPath(collection)}?${query.join('&')}`, accept);
}

/** A GET for a path of the API, as who we are. */
export function apiRequest(connection: Connection, target: string, accept: string): ApiRequest {
  const headers: (readonly [string, string])[] = [['accept', accept]];
  if (connection.token !== '') headers.push(['authorization', `Bearer ${connection.token}`]);
  return { url: `${connection.baseUrl}${target}`, headers };
}

/** A cluster-scoped kind in a namespace's scope is the one object of that name. */
function fieldSelector({ kind, scope }: Collection): readonly string[] {
  const selector = !kind.namespaced && scope.tag === 'namespace' ? `metadata.name=${scope.namespace}` : (kind.fieldSelector ?? '');
  return selector === '' ? [] : [`fieldSelector=${encodeURIComponent(selector)}`];
}

/** The path of a collection, from the API's root. */
export function collectionPath({ kind, version, scope }: Collection): string {
  const root = kind.group === '' ? `/api/${version}` : `/apis/${kind.group}/${version}`;
  const inside = kind.namespaced && scope.tag === 'namespace' ? `/namespaces/${encodeURIComponent(scope.namespace)}` : '';
  return `${root}${inside}/${kind.resource}`;
}
