import type { JsonObject } from '../../lib/json.ts';
import type { Form } from './accept.ts';
import { continueToken, readContinueToken } from './continue.ts';
import { representation } from './representation.ts';
import { apiVersionOf } from './resources.ts';
import { fieldTest, labelTest, type Test } from './selectors.ts';
import { badRequest, expired, forbiddenValue, notAList, notSupported, optionsInvalid, tooLargeResourceVersion } from './status.ts';
import type { Storage } from './storage.ts';
import { keyOf } from './stored.ts';
import type { Target } from './target.ts';

/** In place of a state: go on in whatever is there now. */
const ANY_STATE = '-1';

/** One page of a collection. Throws 400, 410, 422 or 504, as the API server does for what a list may be asked. */
export function listCollection(storage: Storage, target: Target, query: URLSearchParams, form: Form): JsonObject {
  const { resource, key, version } = target;
  if (form.as === 'PartialObjectMetadata') throw notAList(form.as);
  const test = selectorTest(target, query);
  const limit = integer(query, 'limit') ?? 0;
  const from = beginning(storage, query);
  const all = storage.list(key, from.revision).filter(test);
  const rest = from.after === undefined ? all : all.filter((object) => keyOf(object) > (from.after ?? ''));
  const page = limit <= 0 || from.unpaged ? rest : rest.slice(0, limit);
  const last = page.at(-1);
  const remaining = rest.length - page.length;
  const resourceVersion = String(from.revision);
  const selects = ['fieldSelector', 'labelSelector'].some((name) => (query.get(name) ?? '') !== '');
  const metadata: JsonObject = {
    resourceVersion,
    ...(remaining === 0 || last === undefined ? {} : { continue: continueToken({ resourceVersion, after: keyOf(last) }) }),
    // The API server does not count what a selector would leave.
    ...(remaining === 0 || selects ? {} : { remainingItemCount: remaining }),
  };
  const items = page.map((object) => representation(object, target, form, 'item'));
  if (form.as === 'PartialObjectMetadataList') return { kind: form.as, apiVersion: 'meta.k8s.io/v1', metadata, items };
  return { kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource.group, version), metadata, items };
}

/** What the path and the selectors of a request leave of a collection. Throws 400. */
export function selectorTest({ resource, namespace }: Target, query: URLSearchParams): Test {
  const labels = labelTest(query.get('labelSelector') ?? '');
  const fields = fieldTest(query.get('fieldSelector') ?? '', resource);
  return (object) => (namespace === undefined || object.namespace === namespace) && labels(object) && fields(object);
}

interface From {
  /** The state that is shown. */
  readonly revision: number;
  /** The key that the page before ended with. */
  readonly after?: string;
  /** Answered from the watch cache, which knows no pages. */
  readonly unpaged?: boolean;
}

/**
 * The state to show (Kubernetes API Concepts, "Semantics for get and list"; apimachinery, pkg/apis/meta/internalversion/validation:
 * `ValidateListOptions`; apiserver, pkg/storage/cacher/delegator: `ShouldDelegateList`).
 */
function beginning(storage: Storage, query: URLSearchParams): From {
  const { revision, oldest } = storage;
  const [token, asked, match] = ['continue', 'resourceVersion', 'resourceVersionMatch'].map((name) => query.get(name) ?? '');
  checkMatch(token, asked, match);
  if (token !== undefined && token !== '') {
    const point = readContinueToken(token);
    if (point === undefined) throw badRequest('invalid continue token: continue key is not valid');
    if (asked !== '' && asked !== '0') throw badRequest('specifying resource version is not allowed when using continue');
    if (point.resourceVersion === ANY_STATE) return { revision, after: point.after };
    const then = Number(point.resourceVersion);
    if (!(then >= oldest && then <= revision)) throw expired(TOO_OLD_TOKEN, continueToken({ ...point, resourceVersion: ANY_STATE }));
    return { revision: then, after: point.after };
  }
  if (asked === undefined || asked === '') return { revision };
  const wanted = parseRevision(asked, (text) => badRequest(`invalid resource version: ${text}`));
  if (wanted > revision) throw tooLargeResourceVersion(asked, revision);
  if (wanted === 0) return { revision, unpaged: true };
  const exact = match === 'Exact' || (match === '' && (integer(query, 'limit') ?? 0) > 0);
  if (exact && wanted < oldest) throw expired('The resourceVersion for the provided list is too old.');
  return { revision: exact ? wanted : revision };
}

const TOO_OLD_TOKEN = [
  'The provided continue parameter is too old to display a consistent list result.',
  'You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results.',
  'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
].join(' ');

function checkMatch(token: string | undefined, asked: string | undefined, match: string | undefined): void {
  const field = 'resourceVersionMatch';
  if (match === undefined || match === '') return;
  if (token !== '')
    throw optionsInvalid('ListOptions', forbiddenValue(field, 'resourceVersionMatch is forbidden when continue is provided'));
  if (asked === '')
    throw optionsInvalid('ListOptions', forbiddenValue(field, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    throw optionsInvalid('ListOptions', notSupported(field, JSON.stringify(match), ['Exact', 'NotOlderThan', '']));
  }
  if (match === 'Exact' && asked === '0') {
    throw optionsInvalid('ListOptions', forbiddenValue(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
}

/** A resourceVersion as a number. Throws what `refuse` makes of the words for it. */
export function parseRevision(text: string, refuse: (words: string) => Error): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw refuse(
      `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  return Number(text);
}

/** A whole number of the query, or undefined where it has none. Throws 400. */
export function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? '';
  if (text === '') return undefined;
  if (!/^-?\d{1,15}$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

/** Whether a query asks for something: anything but `false` and `0` counts as yes (apimachinery, pkg/runtime/conversion.go). */
export function flag(query: URLSearchParams, name: string): boolean {
  const text = query.get(name);
  return text !== null && text !== 'false' && text !== '0';
}
