import type { Config } from '../config.ts';
import { defined } from '../graph/defined.ts';
import { activityOf, edgeKey } from '../graph/edges.ts';
import { namespaceOf, UNKNOWN, UNMESHED } from '../graph/ids.ts';
import type { Edge } from '../graph/model.ts';
import { edgesIn } from '../graph/query/view.ts';
import { compareText } from '../lib/order.ts';
import type { AccessAnswer, AccessCall } from '../policy/access/model.ts';
import type { GraphReader } from '../store/graph/graph-reader.ts';
import { judgeEdge, namespacesOfEdges } from './edges.ts';
import type { Effect, ObjectChange } from './effect.ts';
import { isRefused, type Judgement, type Part } from './judgement.ts';
import { reachOf } from './reach.ts';
import { callText, isElsewhere, sampleCalls } from './sample-calls.ts';
import { withChanges } from './with-changes.ts';
import { AccessWorld } from './world.ts';

/**
 * What changes would do to the traffic that was observed, without touching the cluster. Judges the traffic of the namespaces that the changes reach, as the
 * policies are and as they would be. Throws what the reader throws.
 */
export function effectOf(reader: GraphReader, config: Config, changes: readonly ObjectChange[]): Effect {
  const { unread } = reader.status;
  const before = new AccessWorld((names) => reader.objects(names), config, unread);
  const after = new AccessWorld(
    withChanges((names) => reader.objects(names), changes),
    config,
    unread,
  );
  const reach = reachOf(reader, config, before, changes);
  const traffic = reader.traffic([...new Set([...reach.into, ...reach.outOf])].sort());
  const [into, outOf] = [new Set(reach.into), new Set(reach.outOf)];
  const edges = edgesIn(traffic)
    .filter(({ source, destination }) => into.has(namespaceOf(destination) ?? '') || outOf.has(namespaceOf(source) ?? ''))
    .sort((a, b) => activityOf(b) - activityOf(a) || compareText(edgeKey(a), edgeKey(b)));
  const most = mostEdges(after, reach.into);
  const judged = edges.slice(0, most);
  const names = namespacesOfEdges(judged);
  for (const world of [before, after]) world.load(names);
  const samples = sampler(Math.min(most, MAX_SAMPLES), before, after);
  let open = 0;
  const changed: Changed[] = [];
  for (const edge of judged) {
    const change = compare(before, after, edge, samples);
    if (change === 'open') open += 1;
    else if (change !== undefined) changed.push({ ...change, edge });
  }
  changed.sort((a, b) => rankOf(a) - rankOf(b) || activityOf(b.edge) - activityOf(a.edge) || compareText(edgeKey(a.edge), edgeKey(b.edge)));
  const omitted = [...traffic.values()].reduce((sum, { omittedEdges = 0 }) => sum + omittedEdges, 0);
  return {
    edges: changed.map(({ before: was, after: is, example, cut, edge: { source, destination, port, rps } }) => ({
      source,
      destination,
      ...defined({ port, rps, example }),
      before: was,
      after: is,
      ...(cut ? { cut } : {}),
    })),
    judged: judged.length,
    ...(edges.length === judged.length ? {} : { unjudged: edges.length - judged.length }),
    cutRps: total(changed.filter(({ cut }) => cut)),
    openedRps: total(changed.filter(({ opened }) => opened)),
    notes: [
      ...reach.notes,
      ...notesOf(reader, config, judged, open),
      ...(samples.spent() ? ['Not every edge was tried with several methods and paths: there are too many.'] : []),
      ...(edges.length === judged.length ? [] : [`${edges.length - judged.length} edges with less traffic were not judged.`]),
      ...(omitted === 0 ? [] : [`${omitted} edges with the least traffic are not in the graph.`]),
    ],
  };
}

/** More edges than these are not judged for one question, those with the least traffic. */
const MAX_EDGES = 4_000;
/** Each edge is held against the rules of its destination: more comparisons than these are not made for one question. */
const MAX_COMPARISONS = 500_000;
/** So many edges are judged in any case. */
const MIN_EDGES = 100;

/** How many edges may be judged by the policies of these namespaces. */
function mostEdges(world: AccessWorld, namespaces: readonly string[]): number {
  world.load(namespaces);
  const rules = namespaces.reduce((sum, name) => sum + world.policies(name).reduce((own, { spec }) => own + spec.at('rules').size, 0), 0);
  return Math.min(MAX_EDGES, Math.max(MIN_EDGES, Math.floor(MAX_COMPARISONS / Math.max(1, rules))));
}

/** More sample calls than these are not tried. */
const MAX_SAMPLES = 4_000;

interface Difference {
  readonly before: AccessAnswer;
  readonly after: AccessAnswer;
  readonly example?: string;
  /** Some of its calls are let in now, for all that is known, and will not be. */
  readonly cut: boolean;
  /** All of its calls are turned away now and will be let in. */
  readonly opened: boolean;
}

interface Changed extends Difference {
  readonly edge: Edge;
}

/** What becomes of an edge; `open`: that depends, before and after, and nothing that could be tried makes a difference. */
function compare(before: AccessWorld, after: AccessWorld, edge: Edge, samples: Sampler): Difference | 'open' | undefined {
  const whole = differenceOf(judgeEdge(before, edge), judgeEdge(after, edge));
  const isKnown = whole.before.verdict !== 'unknown' && whole.after.verdict !== 'unknown';
  if (isKnown) return whole.before.verdict === whole.after.verdict ? undefined : whole;
  // Some calls may be cut and others not: what tells them apart is tried.
  const differences = samples.of(edge).flatMap((call): (Difference & { readonly plainness: number })[] => {
    const difference = differenceOf(judgeEdge(before, edge, call), judgeEdge(after, edge, call));
    const same = difference.before.verdict === difference.after.verdict && !difference.cut;
    if (same) return [];
    // Of equals, a reader sees best what is denied, and then whatever holds for the most calls.
    const plainness = (difference.after.verdict === 'not-found' ? 2 : 0) + (isElsewhere(call) ? 0 : 1);
    return [{ ...difference, opened: false, example: callText(call), plainness }];
  });
  const [worst] = differences.sort((a, b) => rankOf(a) - rankOf(b) || a.plainness - b.plainness);
  if (worst !== undefined && !(whole.cut && !worst.cut)) return worst;
  return whole.before.verdict !== whole.after.verdict || whole.cut ? whole : 'open';
}

function differenceOf(before: Judgement, after: Judgement): Difference {
  const afterwards = new Map(after.parts.map((part) => [partKey(part), part.answer]));
  const cut = before.parts.some((part) => {
    const is = afterwards.get(partKey(part));
    return !isRefused(part.answer.verdict) && is !== undefined && isRefused(is.verdict);
  });
  const opened = isRefused(before.answer.verdict) && after.answer.verdict === 'allowed';
  return { before: before.answer, after: after.answer, cut, opened };
}

function partKey({ caller, callee, port }: Part): string {
  return JSON.stringify([caller ?? null, callee, port]);
}

/** Those that are cut first, then those of which nothing can be said any more, then the rest. */
function rankOf({ cut, after }: Difference): number {
  return cut ? 0 : after.verdict === 'unknown' ? 1 : 2;
}

interface Sampler {
  /** Calls that the policies of an edge's destination tell apart, before the change or after it. */
  of(edge: Edge): readonly AccessCall[];
  /** Whether there were more of them than may be tried. */
  spent(): boolean;
}

function sampler(most: number, ...worlds: readonly AccessWorld[]): Sampler {
  const known = new Map<string, readonly AccessCall[]>();
  let left = most;
  return {
    of: ({ destination, protocol }) => {
      const home = namespaceOf(destination);
      if (protocol === 'tcp' || home === undefined || left <= 0) return [];
      const key = `${protocol} ${home}`;
      const calls =
        known.get(key) ??
        sampleCalls(
          worlds.flatMap((world) => world.policies(home)),
          protocol,
        );
      known.set(key, calls);
      left -= calls.length;
      return calls;
    },
    spent: () => left <= 0,
  };
}

/** What the sum of quantised rates carries that is noise. */
const DIGITS = 1_000;

function total(changed: readonly Changed[]): number {
  return Math.round(changed.reduce((sum, { edge: { rps = 0 } }) => sum + rps, 0) * DIGITS) / DIGITS;
}

function notesOf({ status }: GraphReader, config: Config, edges: readonly Edge[], open: number): readonly string[] {
  const nameless = edges.filter(({ source }) => source === UNMESHED || source === UNKNOWN).length;
  return [
    status.trafficAt === undefined
      ? 'No traffic was read, so nothing can be said of whom this would cut off.'
      : `Only traffic of the last ${config.trafficWindow} was judged: whoever called before that, or will, was not.`,
    ...(status.stale === undefined ? [] : [`The graph is stale: ${status.stale.why}`]),
    ...(nameless === 0
      ? []
      : [
          `${nameless} of the edges judged have callers whom no metric names: those outside of the mesh are taken for plain text, of the others nothing is known.`,
        ]),
    ...(open === 0 ? [] : [`${open} of the edges judged depend on what metrics do not tell, such as methods and paths, before and after.`]),
  ];
}
