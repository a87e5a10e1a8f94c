import { MeshError } from '../../lib/errors.ts';
import type { ClusterObjects } from '../../mesh/objects.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Http } from '../../ports/http.ts';
import type { Log } from '../../ports/log.ts';
import type { Random } from '../../ports/random.ts';
import { DECODERS, type DecodedKinds, type Decoder } from './decode/kinds.ts';
import { KIND_NAMES, KINDS, type KindName } from './kinds.ts';
import { type Outcome, type Refusal, readOutcome } from './outcome.ts';
import { beginList, collect, type ListResult, type ListState, type PagingLimits, type StopReason, step, stop } from './paging.ts';
import { isFatal, type KindRefusal, refusalError } from './refusals.ts';
import { type Connection, listRequest, type PageRequest, type Scope } from './requests.ts';

/** How much one reading of a cluster may cost. */
export interface ListingLimits extends PagingLimits {
  /** Time for all of it: well inside the minute after which MCP clients give a call up. */
  readonly totalMs: number;
  /** Time for one request, at most. */
  readonly requestMs: number;
  readonly maxPageBytes: number;
  /** Bytes of all answers together: what an instance parses in about ten seconds. */
  readonly maxBytes: number;
}

export const LISTING_LIMITS: Omit<ListingLimits, 'requestMs'> = {
  totalMs: 30_000,
  pageSize: 500,
  smallPageSize: 50,
  maxPages: 200,
  maxObjects: 50_000,
  maxRetries: 2,
  maxWaitMs: 2_000,
  maxPageBytes: 16 * 1024 * 1024,
  maxBytes: 128 * 1024 * 1024,
};

/** What a reading of a cluster, or of one namespace, gave. */
export interface Listing {
  readonly objects: ClusterObjects;
  /** The API calls itself a demo. */
  readonly demo: boolean;
  /** Kinds that we may not read or that are not served; the rest is as good as without them. */
  readonly unreadable: readonly KindRefusal[];
  /** Objects that were left out because they are not what their kind promises. */
  readonly malformed: readonly string[];
  /** Set when a limit ended the reading early: `objects` then holds the namespaces that were read to their end, and no others. */
  readonly stopped: StopReason | undefined;
}

interface Needs {
  readonly clock: Clock;
  readonly http: Http;
  readonly log: Log;
  readonly random: Random;
}

/**
 * Reads every kind of the table, all kinds at the same time, each page by page. Throws `MeshError` when a required kind cannot be read,
 * or when the API fails for any kind: half a list never passes for a whole one.
 */
export function listObjects(needs: Needs, connection: Connection, scope: Scope, limits: ListingLimits): Listing {
  const { clock, http, log, random } = needs;
  const begun = clock.monotonic();
  const deadline = begun + limits.totalMs;
  const readers = makeReaders(limits);
  const all: readonly Reader<unknown>[] = KIND_NAMES.map((name) => readers[name]);
  let bytes = 0;
  let requests = 0;
  for (;;) {
    const due = all.filter((reader) => reader.waitMs() !== undefined);
    if (due.length === 0) break;
    const wait = Math.max(...due.map((reader) => reader.waitMs() ?? 0));
    const remaining = deadline - clock.monotonic() - wait;
    if (remaining < 1 || bytes >= limits.maxBytes) {
      for (const reader of due) reader.stop(remaining < 1 ? 'time' : 'bytes');
      break;
    }
    if (wait > 0) clock.sleep(wait);
    const bounds = { timeoutMs: Math.min(limits.requestMs, Math.floor(remaining)), maxBodyBytes: limits.maxPageBytes };
    const answers = http.sendAll(due.map((reader) => ({ method: 'GET', ...reader.request(connection, scope), ...bounds })));
    requests += due.length;
    const late = clock.monotonic() >= deadline;
    for (const [place, answer] of answers.entries()) {
      const outcome = readOutcome(answer, clock.now());
      if (outcome.tag === 'page') bytes += outcome.bytes;
      due[place]?.take(outcome, late, random.fraction());
    }
    failIfFatal(all, connection, scope);
  }
  log.write('debug', 'kubernetes read', { requests, bytes, ms: Math.round(clock.monotonic() - begun) });
  return finish(readers, all, scope);
}

/** One kind's list and where it has got to: the only state while a cluster is read. */
interface Reader<Value> {
  readonly kind: KindName;
  /** How long to wait before the next request; undefined once the list has ended. */
  waitMs(): number | undefined;
  /** The request that is due. */
  request(connection: Connection, scope: Scope): PageRequest;
  take(outcome: Outcome, late: boolean, jitter: number): void;
  stop(reason: StopReason): void;
  refusal(): Refusal | undefined;
  stopped(): StopReason | undefined;
  demo(): boolean;
  result(): ListResult<Value>;
}

function makeReader<Value>(kind: KindName, decode: Decoder<Value>, limits: ListingLimits): Reader<Value> {
  const spec = { namespaced: KINDS[kind].namespaced, decode, limits };
  let state: ListState<Value> = beginList(limits);
  return {
    kind,
    waitMs: () => (state.tag === 'reading' ? state.waitMs : undefined),
    request: (connection, scope) =>
      listRequest(connection, KINDS[kind], scope, state.tag === 'reading' ? state.next : { limit: limits.pageSize }),
    take: (outcome, late, jitter) => {
      if (state.tag !== 'reading') return;
      // What ran out is the time for the whole reading, not the server's patience: what has been read so far counts.
      const ranOut = late && outcome.tag === 'refused' && outcome.refusal.tag === 'timeout' && state.progress.pages.length > 0;
      state = ranOut ? stop(state, 'time') : step(state, outcome, spec, jitter);
    },
    stop: (reason) => {
      if (state.tag === 'reading') state = stop(state, reason);
    },
    refusal: () => (state.tag === 'refused' ? state.refusal : undefined),
    stopped: () => (state.tag === 'stopped' ? state.reason : undefined),
    demo: () => state.tag !== 'refused' && state.progress.demo,
    result: () => collect(state.tag === 'refused' ? [] : state.progress.pages),
  };
}

type Readers = { readonly [Name in KindName]: Reader<DecodedKinds[Name]> };

function makeReaders(limits: ListingLimits): Readers {
  return {
    namespaces: makeReader('namespaces', DECODERS.namespaces, limits),
    services: makeReader('services', DECODERS.services, limits),
    pods: makeReader('pods', DECODERS.pods, limits),
    replicaSets: makeReader('replicaSets', DECODERS.replicaSets, limits),
    deployments: makeReader('deployments', DECODERS.deployments, limits),
    statefulSets: makeReader('statefulSets', DECODERS.statefulSets, limits),
    daemonSets: makeReader('daemonSets', DECODERS.daemonSets, limits),
  };
}

function refusalsOf(readers: readonly Reader<unknown>[]): KindRefusal[] {
  return readers.flatMap((reader) => {
    const refusal = reader.refusal();
    return refusal === undefined ? [] : [{ kind: reader.kind, refusal }];
  });
}

function failIfFatal(readers: readonly Reader<unknown>[], connection: Connection, scope: Scope): void {
  const refusals = refusalsOf(readers);
  const fatal = refusals.filter(isFatal);
  const [first] = fatal;
  if (first !== undefined) throw refusalError([first, ...fatal.slice(1)], refusals, connection, scope);
}

function finish(readers: Readers, all: readonly Reader<unknown>[], scope: Scope): Listing {
  const stopped = all.map((reader) => reader.stopped()).find((reason) => reason !== undefined);
  const results = {
    namespaces: readers.namespaces.result(),
    services: readers.services.result(),
    pods: readers.pods.result(),
    replicaSets: readers.replicaSets.result(),
    deployments: readers.deployments.result(),
    statefulSets: readers.statefulSets.result(),
    daemonSets: readers.daemonSets.result(),
  };
  const objects: ClusterObjects = {
    namespaces: results.namespaces.values,
    services: results.services.values,
    pods: results.pods.values,
    replicaSets: results.replicaSets.values,
    workloads: [...results.deployments.values, ...results.statefulSets.values, ...results.daemonSets.values],
  };
  const ends = all
    .filter((reader) => reader.stopped() !== undefined && KINDS[reader.kind].namespaced)
    .map((reader) => results[reader.kind].lastKey);
  return {
    objects: stopped === undefined ? objects : readToTheirEnd(objects, ends, scope),
    demo: all.some((reader) => reader.demo()),
    unreadable: refusalsOf(all),
    malformed: KIND_NAMES.flatMap((name) => results[name].malformed.map((bad) => `${KINDS[name].kind} ${bad.name}: ${bad.problem}`)),
    stopped,
  };
}

/**
 * The namespaces that every list has passed. Lists come in the order of the keys that etcd holds, `<namespace>/<name>`, so a list that
 * ended early has all of every namespace before its last one, and nothing can be said of the others.
 */
function readToTheirEnd(objects: ClusterObjects, ends: readonly (string | undefined)[], scope: Scope): ClusterObjects {
  // With the slash, because `a-b/` sorts before `a/`.
  const whole = (namespace: string) => ends.every((end) => end !== undefined && `${namespace}/` < end.slice(0, end.indexOf('/') + 1));
  const inWhole = ({ namespace }: { readonly namespace: string }) => whole(namespace);
  const services = objects.services.filter(inWhole);
  if (scope.tag === 'namespace' || services.length === 0) {
    const advice = scope.tag === 'cluster' ? 'Ask for one namespace.' : 'Ask for another namespace.';
    throw new MeshError(
      'unavailable',
      `There is more in ${scope.tag === 'cluster' ? 'the cluster' : scope.namespace} than one call can read. ${advice}`,
    );
  }
  return {
    namespaces: objects.namespaces.filter(whole),
    services,
    pods: objects.pods.filter(inWhole),
    replicaSets: objects.replicaSets.filter(inWhole),
    workloads: objects.workloads.filter(inWhole),
  };
}
