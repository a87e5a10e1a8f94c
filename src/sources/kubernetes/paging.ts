import type { Decoder } from './decode/kinds.ts';
import { type DecodedItem, decodeItem } from './decode/list.ts';
import type { Outcome, Refusal } from './outcome.ts';
import type { PageQuery } from './requests.ts';

/** How far one list may go. */
export interface PagingLimits {
  /** Objects asked for in a page: kubectl's own choice, about a megabyte. */
  readonly pageSize: number;
  /** The page size after a page did not fit: objects may carry hundreds of kilobytes of annotations each. */
  readonly smallPageSize: number;
  readonly maxPages: number;
  readonly maxObjects: number;
  /** How often a request is sent again after a passing failure, over the whole list. */
  readonly maxRetries: number;
  /** A server that wants a longer wait is not waited for. */
  readonly maxWaitMs: number;
}

/** Why a list ended before its end. */
export type StopReason = 'pages' | 'objects' | 'bytes' | 'time';

/** What has been read of a list: pages of keys with their values, and what was wrong with objects. */
interface Progress<Value> {
  readonly pages: readonly (readonly DecodedItem<Value>[])[];
  readonly objects: number;
  readonly demo: boolean;
}

/** One list on its way. */
export type ListState<Value> =
  | {
      readonly tag: 'reading';
      readonly progress: Progress<Value>;
      /** The request that is due. */
      readonly next: PageQuery;
      /** How long to wait before it is sent, in milliseconds. */
      readonly waitMs: number;
      /** What the first page showed; every other page must show the same. */
      readonly resourceVersion: string | undefined;
      readonly restarts: number;
      readonly retries: number;
    }
  | { readonly tag: 'done'; readonly progress: Progress<Value> }
  | { readonly tag: 'stopped'; readonly progress: Progress<Value>; readonly reason: StopReason }
  | { readonly tag: 'refused'; readonly refusal: Refusal };

type Reading<Value> = Extract<ListState<Value>, { tag: 'reading' }>;

/** What a step needs to know of its list. */
export interface ListSpec<Value> {
  readonly namespaced: boolean;
  readonly decode: Decoder<Value>;
  readonly limits: PagingLimits;
}

/** A list that has read nothing. */
export function beginList<Value>(limits: PagingLimits): ListState<Value> {
  return begin(limits.pageSize, 0, 0);
}

function begin<Value>(pageSize: number, restarts: number, retries: number): Reading<Value> {
  const progress: Progress<Value> = { pages: [], objects: 0, demo: false };
  return { tag: 'reading', progress, next: { limit: pageSize }, waitMs: 0, resourceVersion: undefined, restarts, retries };
}

/**
 * The state after an answer to `state.next`. `jitter` (0 to 1) spreads retries. Pages belong together by their resourceVersion: on 410 Gone, or when a
 * page shows another state of the cluster, the list begins again, once; nothing of the first attempt is kept (Kubernetes API
 * Concepts, "Retrieving large results sets in chunks" and "410 Gone responses").
 */
export function step<Value>(state: Reading<Value>, outcome: Outcome, spec: ListSpec<Value>, jitter: number): ListState<Value> {
  return outcome.tag === 'refused' ? afterRefusal(state, outcome.refusal, spec.limits, jitter) : afterPage(state, outcome, spec);
}

/** Ends a list where it is, from outside: the whole reading ran out of time or bytes. */
export function stop<Value>(state: Reading<Value>, reason: StopReason): ListState<Value> {
  return { tag: 'stopped', progress: state.progress, reason };
}

const RETRY_BASE_MS = 200;

function afterRefusal<Value>(state: Reading<Value>, refusal: Refusal, limits: PagingLimits, jitter: number): ListState<Value> {
  const refused: ListState<Value> = { tag: 'refused', refusal };
  switch (refusal.tag) {
    case 'unreachable':
    case 'throttled':
    case 'failing': {
      const asked = 'retryAfterMs' in refusal ? refusal.retryAfterMs : undefined;
      const waitMs = asked ?? Math.round(RETRY_BASE_MS * 2 ** state.retries * (0.5 + jitter));
      if (state.retries >= limits.maxRetries || waitMs > limits.maxWaitMs) return refused;
      return { ...state, waitMs, retries: state.retries + 1 };
    }
    case 'expired':
      return state.next.continueToken === undefined ? refused : restart(state, refusal);
    case 'too-large':
      // A token is only good for the query that it came from, so a smaller page means a new list.
      return state.next.limit === limits.smallPageSize ? refused : begin(limits.smallPageSize, state.restarts, state.retries);
    default:
      return refused;
  }
}

const MAX_RESTARTS = 1;

function restart<Value>(state: Reading<Value>, otherwise: Refusal): ListState<Value> {
  if (state.restarts >= MAX_RESTARTS) return { tag: 'refused', refusal: otherwise };
  return begin(state.next.limit, state.restarts + 1, state.retries);
}

function afterPage<Value>(state: Reading<Value>, page: Extract<Outcome, { tag: 'page' }>, spec: ListSpec<Value>): ListState<Value> {
  const { list } = page;
  if (state.resourceVersion !== undefined && list.resourceVersion !== state.resourceVersion) return restart(state, { tag: 'expired' });
  if (list.continueToken !== undefined && list.continueToken === state.next.continueToken) {
    return { tag: 'refused', refusal: { tag: 'not-kubernetes', detail: 'a continue token leads to itself' } };
  }
  const items = list.items.map((item, place) => decodeItem(item, place, spec.namespaced, spec.decode));
  const progress: Progress<Value> = {
    pages: [...state.progress.pages, items],
    objects: state.progress.objects + items.length,
    demo: state.progress.demo || page.demo,
  };
  if (list.continueToken === undefined) return { tag: 'done', progress };
  if (progress.objects >= spec.limits.maxObjects) return { tag: 'stopped', progress, reason: 'objects' };
  if (progress.pages.length >= spec.limits.maxPages) return { tag: 'stopped', progress, reason: 'pages' };
  const next = { limit: state.next.limit, continueToken: list.continueToken };
  return { ...state, progress, next, waitMs: 0, resourceVersion: list.resourceVersion };
}

/** What a list gave: each object once, and the objects that could not be decoded, by name. */
export interface ListResult<Value> {
  readonly values: readonly Value[];
  readonly malformed: readonly { readonly name: string; readonly problem: string }[];
  /** The key of the last object that was read, if it has one: lists come in the order of keys. */
  readonly lastKey: string | undefined;
}

/** Puts the pages together. An object that a server sends twice counts once. */
export function collect<Value>(pages: readonly (readonly DecodedItem<Value>[])[]): ListResult<Value> {
  const byKey = new Map<string, Value>();
  const malformed: { name: string; problem: string }[] = [];
  let lastKey: string | undefined;
  for (const page of pages) {
    for (const item of page) {
      if (item.tag === 'malformed') {
        malformed.push({ name: item.name, problem: item.problem });
        continue;
      }
      lastKey = item.key;
      if (item.tag === 'decoded') byKey.set(item.key, item.value);
    }
  }
  return { values: [...byKey.values()], malformed, lastKey };
}
