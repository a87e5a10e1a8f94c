import type { KeptObject } from '../../mesh/kept.ts';
import type { ListEnvelope } from './decode/envelope.ts';
import { keepItem, shownName } from './keep.ts';
import { KINDS } from './kinds.ts';
import type { Refusal } from './outcome.ts';
import { isResourceVersion } from './resource-version.ts';
import { atOnceOrWait, end, go, listing, refusedForGood, replaceBy, toWatch, wait } from './watch-moves.ts';
import type { Environment, Listing, Remark, Step, WatchSpec } from './watch-state.ts';

/** After a page of a list. The last one makes the list count. */
export function afterPage(state: Listing, list: ListEnvelope, spec: WatchSpec, environment: Environment): Step {
  const wrong = whatIsWrong(state, list, spec);
  if (wrong !== undefined) return listRefused(state, wrong, spec, environment);
  if (state.resourceVersion !== undefined && list.resourceVersion !== state.resourceVersion) {
    return listRefused(state, { tag: 'expired' }, spec, environment);
  }
  const { objects, remarks } = keepPage(list.items, spec);
  const pages = [...state.pages, objects];
  const read = state.objects + list.items.length;
  if (list.continueToken === undefined) {
    // A failure stays in mind until the watch has gone well: else a list could follow on a list for ever, without a pause.
    const next = toWatch(list.resourceVersion, { failures: Math.min(1, state.failures), renewed: false }, true);
    return { ...next, changes: [replaceBy(pages, spec)], remarks };
  }
  if (read > spec.limits.maxObjects) return { ...end({ tag: 'failed', why: { tag: 'too-large' }, known: state.known }), remarks };
  const page = { limit: state.page.limit, continueToken: list.continueToken };
  // Failures count over the whole list: each of its beginnings goes well, and must not have it begin for ever.
  return { ...go({ ...state, page, pages, objects: read, resourceVersion: list.resourceVersion, renewed: false }, false), remarks };
}

function whatIsWrong(state: Listing, list: ListEnvelope, spec: WatchSpec): Refusal | undefined {
  const nonsense = (detail: string): Refusal => ({ tag: 'not-kubernetes', detail });
  if (list.kind !== `${KINDS[spec.kind].kind}List` && list.kind !== 'PartialObjectMetadataList') return nonsense('a list of another kind');
  if (!isResourceVersion(list.resourceVersion)) return nonsense('a list without a resourceVersion');
  if (list.continueToken !== undefined && list.continueToken === state.page.continueToken)
    return nonsense('a continue token leads to itself');
  return undefined;
}

function keepPage(items: readonly unknown[], { kind }: WatchSpec): { objects: readonly KeptObject[]; remarks: readonly Remark[] } {
  const objects: KeptObject[] = [];
  const remarks: Remark[] = [];
  for (const [place, item] of items.entries()) {
    const kept = keepItem(kind, item);
    if (kept.tag === 'kept') objects.push(kept.object);
    else if (kept.tag === 'malformed') {
      const name = kept.identity === undefined ? `number ${place + 1} of its page` : shownName(kind, kept.identity);
      remarks.push({ tag: 'malformed', name, problem: kept.problem });
    }
  }
  return { objects, remarks };
}

/** The newest list, from its beginning. */
function newest(state: Listing, { limits }: WatchSpec): Listing {
  return listing(state.known, { limit: Math.min(state.page.limit, limits.pageSize) }, state);
}

/** The list in smaller pages. A continue token is only good for the query that it came from, so that is a new list. */
function smaller(state: Listing): Listing {
  return listing(state.known, { limit: Math.max(1, Math.floor(state.page.limit / 4)) }, state);
}

/** Nonsense may be a proxy's bad moment; more of it is not. */
const MAX_NONSENSE = 2;

/** After a page that did not come. */
export function listRefused(state: Listing, refusal: Refusal, spec: WatchSpec, environment: Environment): Step {
  const failed = () => end({ tag: 'failed', why: refusal, known: state.known });
  switch (refusal.tag) {
    case 'failing':
      // 504 also means that a state as new as we ask for is not known to the server (apiserver pkg/storage: `NewTooLargeResourceVersionError`).
      return wait(state.page.notOlderThan === undefined ? state : newest(state, spec), refusal, spec, environment);
    case 'unreachable':
    case 'throttled':
      return wait(state, refusal, spec, environment);
    case 'timeout':
      return wait(state.page.continueToken === undefined ? smaller(state) : state, refusal, spec, environment);
    case 'expired':
      return atOnceOrWait(newest(state, spec), refusal, spec, environment);
    case 'too-large':
      return state.page.limit === 1 ? failed() : go(smaller(state), false);
    case 'not-http':
    case 'not-kubernetes':
      return state.failures >= MAX_NONSENSE ? failed() : wait(newest(state, spec), refusal, spec, environment);
    case 'redirected':
    case 'refused':
      return state.page.notOlderThan === undefined ? failed() : wait(newest(state, spec), refusal, spec, environment);
    default:
      return refusedForGood(state, refusal, spec);
  }
}
