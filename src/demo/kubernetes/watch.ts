import type { Json, JsonObject } from '../../lib/json.ts';
import { encodeUtf8 } from '../../lib/utf8.ts';
import type { Form } from './accept.ts';
import { objectAt, withMember } from './json.ts';
import { flag, integer, parseRevision, selectorTest } from './list.ts';
import { representation } from './representation.ts';
import { expired, forbiddenValue, optionsInvalid, Refusal } from './status.ts';
import type { Change, Storage } from './storage.ts';
import { type DemoObject, stored } from './stored.ts';
import type { Target } from './target.ts';

/** How often a watch says how far it has got, when it may (apiserver, pkg/storage/cacher: `defaultBookmarkFrequency`). */
const BOOKMARK_MS = 60_000;
/** And how long before its end (`nextBookmarkTime`). */
const LAST_BOOKMARK_MS = 2_000;
/** Without `timeoutSeconds` the API server takes between this and twice as long. */
const DEFAULT_TIMEOUT_SECONDS = 1_800;

/** A watch that is going on. */
export interface Watch {
  /** Begins: `write` gets lines, `end` is called when the time is over. */
  begin(write: (bytes: Uint8Array) => void, end: () => void): void;
  /** Looks at the clock: bookmarks and the end. */
  tick(): void;
  stop(): void;
}

/** Where a watch begins. */
type Start =
  /** With an ADDED for everything that is there, then `marked` by a bookmark. */
  { readonly tag: 'everything' } | { readonly tag: 'after'; readonly revision: number };

/**
 * A watch of a collection (Kubernetes API Concepts, "Efficient detection of changes"). What comes into the selection is ADDED and what leaves it is
 * DELETED, as it was before, whatever happened to the object. Throws 400, 422 or 500 for what a watch may not be asked; that a state is forgotten is
 * told in the stream.
 */
export function openWatch(storage: Storage, target: Target, query: URLSearchParams, form: Form, now: () => number): Watch {
  const test = selectorTest(target, query);
  const start = startOf(query);
  const bookmarks = flag(query, 'allowWatchBookmarks');
  const seconds = integer(query, 'timeoutSeconds') ?? 0;
  const opened = now();
  const deadline = opened + (seconds > 0 ? seconds : DEFAULT_TIMEOUT_SECONDS) * 1_000;
  const nextBookmark = (from: number): number => {
    const last = deadline - LAST_BOOKMARK_MS;
    return last > from && last < from + BOOKMARK_MS ? last : from + BOOKMARK_MS;
  };
  let bookmarkAt = nextBookmark(opened);
  let sink: { readonly write: (bytes: Uint8Array) => void; readonly end: () => void } | undefined;
  let unsubscribe = (): void => {};

  const finish = (): void => {
    unsubscribe();
    sink?.end();
    sink = undefined;
  };
  const send = (type: string, object: Json): void => sink?.write(encodeUtf8(`${JSON.stringify({ type, object })}\n`));
  const sendObject = (type: string, object: DemoObject): void => {
    // The API server cannot make a list of an object, and ends the watch.
    if (form.as === 'PartialObjectMetadataList') finish();
    else send(type, representation(object, target, form, 'alone'));
  };
  const sendBookmark = (more: JsonObject = {}): void => {
    sendObject('BOOKMARK', stored({ metadata: { ...more, resourceVersion: String(storage.revision) } }));
  };
  const tell = (change: Change): void => {
    if (change.resource !== target.key) return;
    const event = eventOf(change, test);
    if (event !== undefined) sendObject(event.type, event.object);
  };

  return {
    begin: (write, end) => {
      sink = { write, end };
      if (start.tag === 'everything') {
        for (const object of storage.list(target.key).filter(test)) sendObject('ADDED', object);
        if (bookmarks) sendBookmark({ annotations: { 'k8s.io/initial-events-end': 'true' } });
      } else if (start.revision < storage.oldest) {
        send('ERROR', expired(`too old resource version: ${start.revision} (${storage.oldest})`).status);
        finish();
      } else {
        for (const change of storage.since(start.revision)) tell(change);
      }
      // A revision that is yet to come is waited for.
      const from = start.tag === 'after' ? start.revision : 0;
      if (sink !== undefined) unsubscribe = storage.onChange((change) => (change.revision > from ? tell(change) : undefined));
    },
    tick: () => {
      const time = now();
      if (time >= deadline) finish();
      else if (bookmarks && time >= bookmarkAt) {
        sendBookmark();
        bookmarkAt = nextBookmark(time);
      }
    },
    stop: () => {
      sink = undefined;
      finish();
    },
  };
}

/** What a change is for who sees a selection only. */
function eventOf(
  change: Change,
  test: (object: DemoObject) => boolean,
): { readonly type: Change['type']; readonly object: DemoObject } | undefined {
  const { type, object, previous, revision } = change;
  const isIn = type !== 'DELETED' && test(object);
  const wasIn = previous !== undefined && test(previous);
  if (isIn) return { type: wasIn ? 'MODIFIED' : 'ADDED', object };
  if (!wasIn) return undefined;
  // As it was when it was last in the selection, at the time it left.
  const metadata = withMember(objectAt(previous.object, 'metadata'), 'resourceVersion', String(revision));
  return { type: 'DELETED', object: stored(withMember(previous.object, 'metadata', metadata)) };
}

/** As apimachinery, pkg/apis/meta/internalversion: `SetListOptionsDefaults`, and its validation: `ValidateListOptions`. */
function startOf(query: URLSearchParams): Start {
  const asked = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  const initial = query.get('sendInitialEvents');
  const field = 'resourceVersionMatch';
  if (initial === null && match !== '') {
    throw optionsInvalid(
      'ListOptions',
      forbiddenValue(field, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
    );
  }
  if (initial !== null && match !== 'NotOlderThan') {
    throw optionsInvalid('ListOptions', forbiddenValue(field, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  }
  if ((query.get('continue') ?? '') !== '') {
    throw optionsInvalid('ListOptions', forbiddenValue(field, 'resourceVersionMatch is forbidden when continue is provided'));
  }
  const revision = asked === '' ? 0 : parseRevision(asked, (words) => new Refusal(500, undefined, words));
  return revision === 0 || flag(query, 'sendInitialEvents') ? { tag: 'everything' } : { tag: 'after', revision };
}
