import type { KeptObject } from '../../mesh/kept.ts';
import { KINDS } from './kinds.ts';
import type { Refusal } from './outcome.ts';
import type { PageQuery } from './requests.ts';
import {
  type Change,
  type Command,
  type Environment,
  type Listing,
  type Luck,
  resumePoint,
  type Step,
  type Watching,
  type WatchSpec,
  type WatchState,
} from './watch-state.ts';

/** Nothing has gone wrong. */
export const FRESH: Luck = { failures: 0, renewed: false };

/** Nothing to do but to hear more. */
export function readOn(state: WatchState): Step {
  return { state, changes: [], command: { tag: 'read' }, remarks: [] };
}

/** Sends the request of a state. */
export function go(state: Listing | Watching, renewToken: boolean): Step {
  const command: Command =
    state.tag === 'listing'
      ? { tag: 'list', page: state.page, renewToken }
      : { tag: 'watch', resourceVersion: state.resourceVersion, renewToken };
  return { state, changes: [], command, remarks: [] };
}

/** A list that has read nothing. */
export function listing(known: string | undefined, page: PageQuery, { failures, renewed }: Luck): Listing {
  return { tag: 'listing', page, pages: [], objects: 0, resourceVersion: undefined, known, failures, renewed };
}

/** A watch that has not been taken up. */
export function watching(resourceVersion: string, { failures, renewed }: Luck, live: boolean): Watching {
  return { tag: 'watching', resourceVersion, openedMs: undefined, advanced: false, live, failures, renewed };
}

/** Watches from a point. */
export function toWatch(resourceVersion: string, luck: Luck, live: boolean): Step {
  return go(watching(resourceVersion, luck, live), false);
}

/** One failure more; the server's own wish for a pause goes before our rule, and jitter keeps thirty kinds from coming back at the same moment. */
export function wait(next: Listing | Watching, why: Refusal, { limits }: WatchSpec, { nowMs, jitter }: Environment): Step {
  const asked = 'retryAfterMs' in why ? why.retryAfterMs : undefined;
  const doubled = Math.min(limits.maxBackoffMs, limits.backoffMs * 2 ** next.failures) * (0.5 + jitter);
  const untilMs = nowMs + Math.round(asked === undefined ? doubled : asked + jitter * limits.backoffMs);
  const state: WatchState = { tag: 'waiting', untilMs, why, next: { ...next, failures: next.failures + 1 } };
  return { state, changes: [], command: { tag: 'wait', untilMs }, remarks: [] };
}

/** At once the first time, after a pause when it keeps happening. */
export function atOnceOrWait(next: Listing | Watching, why: Refusal, spec: WatchSpec, environment: Environment): Step {
  return next.failures === 0 ? go({ ...next, failures: 1 }, false) : wait(next, why, spec, environment);
}

/** Nothing more is to be done. */
export function end(state: WatchState, changes: readonly Change[] = []): Step {
  return { state, changes, command: { tag: 'stop' }, remarks: [] };
}

/** Puts the pages together. An object that a server sends twice counts once. */
export function replaceBy(pages: readonly (readonly KeptObject[])[], { kind, namespace }: WatchSpec): Change {
  const byName = new Map<string, KeptObject>();
  for (const page of pages) for (const object of page) byName.set(`${object.namespace}/${object.name}`, object);
  return { tag: 'replace', kind, ...(namespace === undefined ? {} : { namespace }), objects: [...byName.values()] };
}

/** What is the same for lists and watches. */
export function refusedForGood(state: Listing | Watching, refusal: Refusal, spec: WatchSpec): Step {
  const known = resumePoint(state);
  switch (refusal.tag) {
    case 'unauthorized':
      return state.renewed ? end({ tag: 'failed', why: refusal, known }) : go({ ...state, renewed: true }, true);
    case 'forbidden':
      return end({ tag: 'forbidden', known });
    case 'missing':
      // Kubernetes' own kinds are always there: whatever answers 404 for them, nothing is known of their objects.
      if (KINDS[spec.kind].mesh === 'kubernetes') return end({ tag: 'failed', why: refusal, known });
      return end({ tag: 'absent' }, [replaceBy([], spec)]);
    default:
      return end({ tag: 'failed', why: refusal, known });
  }
}
