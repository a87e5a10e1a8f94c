import type { KeptKind, KeptObject } from '../../mesh/kept.ts';
import type { ListEnvelope } from './decode/envelope.ts';
import type { Refusal } from './outcome.ts';
import type { PageQuery } from './requests.ts';

/** What happened to the objects of a kind. */
export type Change =
  | { readonly tag: 'put'; readonly object: KeptObject }
  | { readonly tag: 'delete'; readonly kind: KeptKind; readonly namespace: string; readonly name: string }
  /** A whole fresh list: whatever it lacks is gone. `namespace`: it is about the objects of that namespace alone. */
  | { readonly tag: 'replace'; readonly kind: KeptKind; readonly namespace?: string; readonly objects: readonly KeptObject[] };

/** Something about an object that a reader should know. */
export type Remark =
  /** It is left out. `name` is `namespace/name`, the name alone outside namespaces, or where it stood. */
  | { readonly tag: 'malformed'; readonly name: string; readonly problem: string }
  /** An event that is none of ours was passed over. */
  | { readonly tag: 'foreign' };

/** How a list is read, and how patient we are. */
export interface WatchLimits {
  /** Objects asked for in a page: kubectl's own choice, about a megabyte. */
  readonly pageSize: number;
  /** A list is given up beyond this. */
  readonly maxObjects: number;
  /** The first wait after a failure; each further one is twice as long. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** A watch that the server ends sooner without having told anything counts as failed. */
  readonly shortWatchMs: number;
}

export const WATCH_LIMITS: WatchLimits = {
  pageSize: 500,
  maxObjects: 250_000,
  backoffMs: 500,
  maxBackoffMs: 30_000,
  shortWatchMs: 500,
};

/** What a step needs to know of what is watched. */
export interface WatchSpec {
  readonly kind: KeptKind;
  /** The one namespace that is watched; absent for the whole cluster. */
  readonly namespace?: string;
  readonly limits: WatchLimits;
}

/** The world at the moment of a step. */
export interface Environment {
  /** A time that never goes back, in milliseconds. */
  readonly nowMs: number;
  /** At least 0, less than 1: spreads retries. */
  readonly jitter: number;
}

/** How things have gone lately. */
export interface Luck {
  /** Failures since something last went well. */
  readonly failures: number;
  /** The token was read again, since something last went well. */
  readonly renewed: boolean;
}

/** A list is on its way: the request for `page` is due or out. */
export interface Listing extends Luck {
  readonly tag: 'listing';
  readonly page: PageQuery;
  readonly pages: readonly (readonly KeptObject[])[];
  readonly objects: number;
  /** What the first page showed; every other page must show the same. */
  readonly resourceVersion: string | undefined;
  /** What was told before is complete up to here. */
  readonly known: string | undefined;
}

/** What was told is complete up to `resourceVersion`, and a watch from there is due, out, or open. */
export interface Watching extends Luck {
  readonly tag: 'watching';
  readonly resourceVersion: string;
  /** When the server began to answer; undefined while it has not. */
  readonly openedMs: number | undefined;
  /** The open watch has told something new. */
  readonly advanced: boolean;
  /** A server has confirmed it: by a list, or by taking up the watch. */
  readonly live: boolean;
}

/** Where the reflection of one kind, or of one kind in one namespace, has got to. */
export type WatchState =
  | Listing
  | Watching
  | { readonly tag: 'waiting'; readonly untilMs: number; readonly why: Refusal; readonly next: Listing | Watching }
  /** We may not; `known` as in `Listing`. */
  | { readonly tag: 'forbidden'; readonly known: string | undefined }
  /** The cluster does not serve the kind. */
  | { readonly tag: 'absent' }
  /** Nothing that time alone would mend. */
  | { readonly tag: 'failed'; readonly why: Refusal; readonly known: string | undefined };

/** What came of the last command. */
export type WatchEvent =
  /** A page of the list came. */
  | { readonly tag: 'page'; readonly list: ListEnvelope }
  /** The server took up the watch. */
  | { readonly tag: 'opened' }
  /** Whole lines of the watch, in order. */
  | { readonly tag: 'lines'; readonly lines: readonly string[] }
  /** The watch is over. What came after its last whole line counts for nothing. */
  | { readonly tag: 'ended' }
  /** The request was refused, got no answer, or its answer broke off. */
  | { readonly tag: 'refused'; readonly refusal: Refusal }
  /** The time of `wait` has come. */
  | { readonly tag: 'due' };

/** What to do next. Whatever is not `read` means that the stream before is of no more use. */
export type Command =
  | { readonly tag: 'list'; readonly page: PageQuery; readonly renewToken: boolean }
  | { readonly tag: 'watch'; readonly resourceVersion: string; readonly renewToken: boolean }
  /** Go on with the stream that is open. */
  | { readonly tag: 'read' }
  | { readonly tag: 'wait'; readonly untilMs: number }
  | { readonly tag: 'stop' };

export interface Step {
  readonly state: WatchState;
  readonly changes: readonly Change[];
  readonly command: Command;
  readonly remarks: readonly Remark[];
}

/** Up to where what was told is complete; undefined where nothing is. */
export function resumePoint(state: WatchState): string | undefined {
  switch (state.tag) {
    case 'watching':
      return state.resourceVersion;
    case 'waiting':
      return resumePoint(state.next);
    case 'absent':
      return undefined;
    default:
      return state.known;
  }
}
