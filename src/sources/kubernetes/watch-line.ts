import { isObject } from '../../lib/json.ts';
import { parseBounded } from '../../lib/json-text.ts';
import type { Kind } from './kinds.ts';
import { type Refusal, refusalOf } from './outcome.ts';
import { isResourceVersion } from './resource-version.ts';

type Members = Record<string, unknown>;

/**
 * One line of a watch (Kubernetes API Concepts, "Efficient detection of changes"; apimachinery pkg/watch: `EventType`).
 *  - `put`, `deleted`: an object of the kind, and the state of the cluster after it. A deleted object carries the resourceVersion of its deletion.
 *  - `bookmark`: nothing happened up to here.
 *  - `error`: the watch is over.
 *  - `foreign`: a type of event that we do not know, or an object of another kind.
 *  - `noise`: no event at all.
 */
export type WatchLine =
  | { readonly tag: 'put' | 'deleted'; readonly object: Members; readonly resourceVersion: string | undefined }
  | { readonly tag: 'bookmark'; readonly resourceVersion: string | undefined }
  | { readonly tag: 'error'; readonly refusal: Refusal }
  | { readonly tag: 'foreign' | 'noise' };

/** Reads one line. Takes any text; never throws. A line of a few hundred characters, as a bookmark is, costs its parsing and nothing else. */
export function readWatchLine(line: string, kind: Kind): WatchLine {
  const parsed = parseBounded(line);
  if (parsed.kind !== 'value' || !isObject(parsed.value)) return { tag: 'noise' };
  const { type, object } = parsed.value;
  if (typeof type !== 'string' || !isObject(object)) return { tag: 'noise' };
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return isOf(kind, object) ? { tag: 'put', object, resourceVersion: versionOf(object) } : { tag: 'foreign' };
    case 'DELETED':
      return isOf(kind, object) ? { tag: 'deleted', object, resourceVersion: versionOf(object) } : { tag: 'foreign' };
    case 'BOOKMARK':
      return isOf(kind, object) ? { tag: 'bookmark', resourceVersion: versionOf(object) } : { tag: 'foreign' };
    case 'ERROR':
      return { tag: 'error', refusal: refusalOfStatus(object) };
    default:
      return { tag: 'foreign' };
  }
}

/** Each object of a watch names its kind; a server that cannot cut objects down to their metadata sends the whole one. */
function isOf({ kind }: Kind, object: Members): boolean {
  return object.kind === kind || object.kind === 'PartialObjectMetadata';
}

function versionOf({ metadata }: Members): string | undefined {
  const resourceVersion = isObject(metadata) ? metadata.resourceVersion : undefined;
  return isResourceVersion(resourceVersion) ? resourceVersion : undefined;
}

/**
 * An error comes as a `Status` whose code is that of the answer it would have been: 410 where the state that the watch was to begin from is forgotten
 * (apiserver pkg/storage/cacher/cacher.go: `newErrWatcher`). One without a code counts as a failure of the server, like those that it words itself.
 */
function refusalOfStatus({ code, details }: Members): Refusal {
  const seconds = isObject(details) ? details.retryAfterSeconds : undefined;
  const retryAfterMs = typeof seconds === 'number' && seconds > 0 && seconds <= 3_600 ? seconds * 1000 : undefined;
  const isCode = typeof code === 'number' && Number.isInteger(code) && code >= 400 && code <= 599;
  return refusalOf(isCode ? code : 500, retryAfterMs);
}
