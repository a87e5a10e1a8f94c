import { afterPage, listRefused } from './list-step.ts';
import { FRESH, go, listing, readOn, toWatch } from './watch-moves.ts';
import type { Environment, Step, WatchEvent, WatchSpec, WatchState } from './watch-state.ts';
import { afterEnd, afterLines, watchRefused } from './watch-step.ts';

/** Begins where an earlier reflection ended, or, without a point to resume from, with a list. */
export function begin(resume: string | undefined, { limits }: WatchSpec): Step {
  return resume === undefined ? go(listing(undefined, { limit: limits.pageSize }, FRESH), false) : toWatch(resume, FRESH, false);
}

/**
 * The state after an event, what changed by it, and what to do next. Never throws. After whatever history of failures, what `changes` add up to is a fresh
 * list, as soon as the server lets one be read:
 *  - Half a list never counts. Its pages belong together by their resourceVersion; on 410 Gone, or when one shows another state of the cluster, the list begins
 *    again (Kubernetes API Concepts, "Retrieving large results sets in chunks").
 *  - A watch goes on from the last event or bookmark that was read whole. Events that are no newer than that are replays and change nothing.
 *  - 410 for a watch, as an answer or as an event: a new list, no older than what is known, so that nothing goes back in time (as client-go's Reflector does,
 *    tools/cache/reflector.go). Where the server does not know a state so new (it was restored from a backup), and when a watch fails again and
 *    again from the same point: the newest list.
 *  - 401: the token is read again, once.
 */
export function step(state: WatchState, event: WatchEvent, spec: WatchSpec, environment: Environment): Step {
  switch (event.tag) {
    case 'page':
      return state.tag === 'listing' ? afterPage(state, event.list, spec, environment) : readOn(state);
    case 'opened':
      return state.tag === 'watching' ? readOn({ ...state, openedMs: environment.nowMs, live: true, renewed: false }) : readOn(state);
    case 'lines':
      return state.tag === 'watching' ? afterLines(state, event.lines, spec, environment) : readOn(state);
    case 'ended':
      return state.tag === 'watching' ? afterEnd(state, spec, environment) : readOn(state);
    case 'refused':
      if (state.tag === 'listing') return listRefused(state, event.refusal, spec, environment);
      return state.tag === 'watching' ? watchRefused(state, event.refusal, spec, environment) : readOn(state);
    case 'due':
      return state.tag === 'waiting' ? go(state.next, false) : readOn(state);
  }
}
