import type { HeaderList } from '../../lib/headers.ts';
import { header } from '../../lib/headers.ts';
import { isObject, type JsonObject } from '../../lib/json.ts';
import { parseBounded } from '../../lib/json-text.ts';
import { parseRetryAfter } from '../../lib/retry-after.ts';
import { decodeUtf8, encodeUtf8 } from '../../lib/utf8.ts';
import type { KeptKind } from '../../mesh/kept.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Http, HttpFailure, type HttpResponse } from '../../ports/http.ts';
import { KINDS } from './kinds.ts';
import { DEMO_HEADER, failureRefusal, type Refusal, refusalOf } from './outcome.ts';
import { apiRequest, type Connection, collectionOf, collectionPath } from './requests.ts';
import { type FieldProblem, type ManagerConflict, readStatus } from './status-answer.ts';

/** Who all changes are made as, for the fields that they own (Kubernetes, "Server-Side Apply", managers). */
export const FIELD_MANAGER = 'mesh-mcp';

/** Larger than any object that etcd takes (1.5 MiB by default), with its managedFields. */
const MAX_OBJECT_BYTES = 3_145_728;

/** The API as somebody's single objects are read and written there. */
export interface ObjectApi {
  readonly http: Http;
  readonly clock: Clock;
  readonly connection: Connection;
  /** Sent with each request beside the credentials: whom this server acts for. */
  readonly headers: HeaderList;
  /** For each request, in milliseconds. */
  readonly timeoutMs: number;
}

/** One object, in one version of its kind. */
export interface ObjectPlace {
  readonly kind: KeptKind;
  readonly version: string;
  readonly namespace: string;
  readonly name: string;
}

/** Which state of an object a write is meant for. */
export interface Precondition {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** What became of one request. Nothing in it is a text of the API's own: names and paths have matched an alphabet. */
export type ObjectAnswer =
  | { readonly tag: 'object'; readonly object: JsonObject; readonly created: boolean; readonly demo: boolean }
  /** A DELETE was carried out. */
  | { readonly tag: 'deleted' }
  /** The object is not there, though its kind is. */
  | { readonly tag: 'absent'; readonly demo: boolean }
  /** The kind is not served in this version. */
  | { readonly tag: 'not-served' }
  /** The namespace of an object that was to be made is not there. */
  | { readonly tag: 'no-namespace' }
  /** The object is not, or no longer, in the state that the request was meant for. */
  | { readonly tag: 'moved' }
  /** Fields that other managers own would have to be taken from them. */
  | { readonly tag: 'owned'; readonly conflicts: readonly ManagerConflict[]; readonly omitted: number }
  /** The API does not take the object. */
  | { readonly tag: 'invalid'; readonly problems: readonly FieldProblem[]; readonly omitted: number; readonly status: number }
  | { readonly tag: 'refused'; readonly refusal: Refusal };

/** GET of an object. Never throws. */
export function readObject(api: ObjectApi, place: ObjectPlace): ObjectAnswer {
  return send(api, place, 'GET', [], undefined);
}

/** How an object is applied. */
export interface ApplyOptions {
  /** Everything but the keeping (Kubernetes API Concepts, "Dry-run"). */
  readonly dryRun: boolean;
  /** Takes fields from other managers. */
  readonly force: boolean;
  /** `absent`: only where there is no such object. */
  readonly only: Precondition | 'absent';
}

/**
 * Server-side apply. With the state's `uid` an object that was deleted meanwhile is not made again: the API server refuses a patch that names a uid where nothing is
 * (kubernetes, apiserver pkg/endpoints/handlers/patch.go: `applyPatch`, "uid mismatch"), and with its `resourceVersion` it is the state that was seen or none. An
 * object that must not be there yet is given the resourceVersion `0`: custom resources take no update without a version, and 0 counts as none (apiserver,
 * pkg/registry/generic/registry/store.go: `Update`; apiextensions-apiserver, pkg/registry/customresource/strategy.go: `AllowUnconditionalUpdate`), while making one does
 * not look at it. Never throws.
 */
export function applyObject(api: ObjectApi, place: ObjectPlace, config: JsonObject, { dryRun, force, only }: ApplyOptions): ObjectAnswer {
  const { kind, group } = KINDS[place.kind];
  const { metadata, ...rest } = config;
  const state = only === 'absent' ? { resourceVersion: '0' } : { uid: only.uid, resourceVersion: only.resourceVersion };
  const body: JsonObject = {
    ...rest,
    apiVersion: `${group}/${place.version}`,
    kind,
    metadata: { ...(isObject(metadata) ? metadata : {}), namespace: place.namespace, name: place.name, ...state },
  };
  const query = [`fieldManager=${FIELD_MANAGER}`, 'fieldValidation=Strict', `force=${force}`];
  return send(api, place, 'PATCH', dryRun ? [...query, 'dryRun=All'] : query, { type: 'application/apply-patch+yaml', value: body });
}

/**
 * DELETE of an object in that state alone. All options stand in the body: where there is one, the API server does not look at the query (kubernetes, apiserver
 * pkg/endpoints/handlers/delete.go: `DeleteResource`), and a dry run asked for there would be none. Never throws.
 */
export function deleteObject(api: ObjectApi, place: ObjectPlace, preconditions: Precondition, dryRun: boolean): ObjectAnswer {
  const { uid, resourceVersion } = preconditions;
  const value: JsonObject = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    preconditions: { uid, resourceVersion },
    ...(dryRun ? { dryRun: ['All'] } : {}),
  };
  const answer = send(api, place, 'DELETE', [], { type: 'application/json', value });
  // Some kinds answer with the object as it was, others with a Status.
  return answer.tag === 'object' ? { tag: 'deleted' } : answer;
}

/** The items of a list, or why there are none. */
export type ListAnswer =
  | { readonly tag: 'items'; readonly items: readonly unknown[] }
  | { readonly tag: 'refused'; readonly refusal: Refusal };

/** A GET of a list, one page of it. Never throws. */
export function readList(api: ObjectApi, path: string, accept = 'application/json'): ListAnswer {
  const refused = (refusal: Refusal): ListAnswer => ({ tag: 'refused', refusal });
  const answered = exchange(api, { ...apiRequest(api.connection, path, accept), method: 'GET' });
  if (answered instanceof HttpFailure) return refused(failureRefusal(answered));
  if (answered.status !== 200) return refused(refusalOf(answered.status, retryAfter(api, answered)));
  if (answered.truncated) return refused({ tag: 'too-large' });
  const body = jsonOf(answered);
  if (!isObject(body)) return refused({ tag: 'not-kubernetes', detail: 'the body is no list' });
  return { tag: 'items', items: Array.isArray(body.items) ? body.items : [] };
}

interface Body {
  readonly type: string;
  readonly value: JsonObject;
}

function send(api: ObjectApi, place: ObjectPlace, method: string, query: readonly string[], body: Body | undefined): ObjectAnswer {
  const collection = collectionPath(collectionOf(KINDS[place.kind], place.version, place.namespace));
  const target = `${collection}/${encodeURIComponent(place.name)}${query.length === 0 ? '' : `?${query.join('&')}`}`;
  const { url, headers } = apiRequest(api.connection, target, 'application/json');
  const answered = exchange(api, {
    method,
    url,
    headers: body === undefined ? headers : [...headers, ['content-type', body.type]],
    ...(body === undefined ? {} : { body: encodeUtf8(JSON.stringify(body.value)) }),
  });
  return answered instanceof HttpFailure ? { tag: 'refused', refusal: failureRefusal(answered) } : understand(api, place, answered);
}

function exchange(
  { http, headers, timeoutMs }: ObjectApi,
  request: { readonly method: string; readonly url: string; readonly headers: HeaderList; readonly body?: Uint8Array },
): HttpResponse | HttpFailure {
  try {
    return http.send({ ...request, headers: [...request.headers, ...headers], timeoutMs, maxBodyBytes: MAX_OBJECT_BYTES });
  } catch (thrown) {
    if (thrown instanceof HttpFailure) return thrown;
    throw thrown;
  }
}

function understand(api: ObjectApi, place: ObjectPlace, response: HttpResponse): ObjectAnswer {
  const { status } = response;
  const body = jsonOf(response);
  const demo = header(response.headers, DEMO_HEADER) === 'true';
  const refused = (refusal: Refusal): ObjectAnswer => ({ tag: 'refused', refusal });
  if (status === 200 || status === 201) {
    if (response.truncated) return refused({ tag: 'too-large' });
    if (!isObject(body)) return refused({ tag: 'not-kubernetes', detail: 'the body is no object' });
    if (body.kind === 'Status') return { tag: 'deleted' };
    if (!isAt(place, body)) return refused({ tag: 'not-kubernetes', detail: 'the body is another object than was asked for' });
    // What was parsed from JSON is JSON.
    return { tag: 'object', object: body as JsonObject, created: status === 201, demo };
  }
  const said = readStatus(body);
  switch (status) {
    case 404:
      if (said.about?.kind === 'namespaces') return { tag: 'no-namespace' };
      return said.about?.name === place.name ? { tag: 'absent', demo } : { tag: 'not-served' };
    case 409:
      return said.conflicts.length > 0 ? { tag: 'owned', conflicts: said.conflicts, omitted: said.omitted } : { tag: 'moved' };
    case 400:
    case 422:
      if (said.problems.some(({ field }) => field === 'metadata.uid' || field === 'metadata.resourceVersion')) return { tag: 'moved' };
      return { tag: 'invalid', problems: said.problems, omitted: said.omitted, status };
    case 500:
      // Server-side apply of what the schema does not know is an internal error without a reason.
      if (said.problems.length > 0) return { tag: 'invalid', problems: said.problems, omitted: said.omitted, status };
      break;
  }
  return refused(refusalOf(status, retryAfter(api, response)));
}

/** Whether an object is the one that was asked for. What says nothing of its state could not be held to it: the API server takes an empty precondition for none. */
function isAt({ kind, namespace, name }: ObjectPlace, object: Record<string, unknown>): boolean {
  const { name: named, namespace: within, uid } = isObject(object.metadata) ? object.metadata : {};
  return object.kind === KINDS[kind].kind && named === name && within === namespace && typeof uid === 'string' && uid !== '';
}

function retryAfter({ clock }: ObjectApi, { headers }: HttpResponse): number | undefined {
  return parseRetryAfter(header(headers, 'retry-after'), clock.now());
}

function jsonOf({ body }: HttpResponse): unknown {
  const parsed = parseBounded(decodeUtf8(body));
  return parsed.kind === 'value' ? parsed.value : undefined;
}
