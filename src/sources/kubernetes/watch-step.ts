import { EventFold } from './event-fold.ts';
import { KINDS } from './kinds.ts';
import type { Refusal } from './outcome.ts';
import { compareResourceVersions } from './resource-version.ts';
import { readWatchLine } from './watch-line.ts';
import { atOnceOrWait, FRESH, listing, readOn, refusedForGood, toWatch, wait, watching } from './watch-moves.ts';
import type { Environment, Step, Watching, WatchSpec } from './watch-state.ts';

/** After whole lines of a watch, in order. */
export function afterLines(state: Watching, lines: readonly string[], spec: WatchSpec, environment: Environment): Step {
  const events = new EventFold(spec.kind);
  let { resourceVersion, advanced } = state;
  const now = (): Watching => ({ ...state, resourceVersion, advanced, failures: advanced ? 0 : state.failures });
  const leave = (next: Step): Step => ({ ...next, changes: [...events.changes, ...next.changes], remarks: events.remarks });
  for (const text of lines) {
    if (text === '') continue;
    const line = readWatchLine(text, KINDS[spec.kind]);
    switch (line.tag) {
      case 'error':
        return leave(watchRefused(now(), line.refusal, spec, environment));
      case 'noise':
        // It may have been an event, so nothing after it can be believed either.
        return leave(watchRefused(now(), { tag: 'not-kubernetes', detail: 'a line of a watch is no event' }, spec, environment));
      case 'foreign':
        events.passOver();
        continue;
    }
    const later = line.resourceVersion === undefined ? undefined : compareResourceVersions(line.resourceVersion, resourceVersion);
    if (line.tag === 'bookmark' && later !== undefined && later < 0) {
      // This server is not as far as what we know: another cluster, or the same one restored from a backup.
      const restored = listing(undefined, { limit: spec.limits.pageSize }, now());
      return leave(atOnceOrWait(restored, { tag: 'expired' }, spec, environment));
    }
    if (later !== undefined && later <= 0) continue;
    if (line.tag === 'put') events.put(line.object);
    else if (line.tag === 'deleted') events.delete(line.object);
    if (line.resourceVersion === undefined) continue;
    resourceVersion = line.resourceVersion;
    advanced = true;
  }
  return leave(readOn(now()));
}

/** A watch that told something, or stood for a while, did what it should. */
export function afterEnd(state: Watching, spec: WatchSpec, environment: Environment): Step {
  const { openedMs, resourceVersion, advanced, live } = state;
  const stood = openedMs !== undefined && environment.nowMs - openedMs >= spec.limits.shortWatchMs;
  if (advanced || stood) return toWatch(resourceVersion, FRESH, live);
  return wait(watching(resourceVersion, state, live), { tag: 'unreachable', detail: 'a watch ended at once' }, spec, environment);
}

/** So often a watch may fail from the same point, before that point itself is doubted. */
const MAX_FAILURES_FROM_ONE_POINT = 3;

/** After a watch that was refused, broke off, or told of an error. */
export function watchRefused(state: Watching, refusal: Refusal, spec: WatchSpec, environment: Environment): Step {
  const { resourceVersion, openedMs, live } = state;
  const again = watching(resourceVersion, state, live);
  const { pageSize } = spec.limits;
  switch (refusal.tag) {
    case 'unreachable':
    case 'timeout':
      // Cut off, or a socket gone silent, after it was taken up: that is an end like any other.
      return openedMs === undefined ? wait(again, refusal, spec, environment) : afterEnd(state, spec, environment);
    case 'throttled':
      return wait(again, refusal, spec, environment);
    case 'expired':
      return atOnceOrWait(listing(resourceVersion, { limit: pageSize, notOlderThan: resourceVersion }, state), refusal, spec, environment);
    case 'failing':
    case 'not-http':
    case 'not-kubernetes': {
      const doubted = state.failures + 1 >= MAX_FAILURES_FROM_ONE_POINT;
      return wait(doubted ? listing(resourceVersion, { limit: pageSize }, FRESH) : again, refusal, spec, environment);
    }
    case 'redirected':
    case 'refused':
      // 400 is what a resourceVersion gets that is none.
      return wait(listing(resourceVersion, { limit: pageSize }, state), refusal, spec, environment);
    default:
      return refusedForGood(again, refusal, spec);
  }
}
