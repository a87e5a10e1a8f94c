import type { Observation } from '../../graph/observed.ts';
import type { MeshError } from '../../lib/errors.ts';
import { compareText } from '../../lib/order.ts';
import type { Ports } from '../../ports/ports.ts';
import { type Answers, askQueries } from './answers.ts';
import { type Client, type ClientLimits, openClient } from './client.ts';
import type { Connection } from './connection.ts';
import { type IstioReading, observeIstio } from './istio.ts';
import { type LinkerdReading, observeLinkerd, type Rows } from './linkerd.ts';
import { isWindow, PRESENCE, QUERY_NAMES, queryOf } from './queries.ts';
import { missingNotes, refusalError } from './refusals.ts';

/** What a reading is about, and what it may cost. */
export interface TrafficOptions {
  /** The window of rates, as Prometheus writes it; below a minute it may hold too few scrapes. */
  readonly windowText: string;
  readonly meshes: { readonly linkerd: boolean; readonly istio: boolean };
  /** Only traffic that begins or ends in these; undefined: all. */
  readonly namespaces?: readonly string[];
  readonly limits: TrafficLimits;
}

/** How much one reading may cost. */
export interface TrafficLimits extends ClientLimits {
  /** How many namespaces one query is about, where a reading is limited to some, or where an answer about all is too large. */
  readonly namespacesPerQuery: number;
}

/** Limits that fit into an instance's memory and into the time that a collector has before its lease is over: it renews none while it reads. */
export const TRAFFIC_LIMITS: TrafficLimits = {
  totalMs: 18_000,
  requestMs: 5_000,
  concurrency: 4,
  maxRequests: 500,
  maxBodyBytes: 8 * 1024 * 1024,
  maxSamples: 20_000,
  namespacesPerQuery: 50,
};

/**
 * What a reading gave. `notes` are sentences for whoever reads the graph: what is missing and what to do about it, and what Prometheus itself remarked, in quotation marks.
 * `partial`: something is missing that a later reading may have.
 */
export type TrafficReading =
  | {
      readonly tag: 'read';
      readonly observation: Observation;
      readonly notes: readonly string[];
      readonly demo: boolean;
      readonly partial: boolean;
    }
  | { readonly tag: 'failed'; readonly error: MeshError };

/** More notes than this are counted instead. */
const MAX_NOTES = 20;

/**
 * Reads all traffic of the meshes from Prometheus, as rates over the window. A reading makes 20 queries for Linkerd and 9 for Istio (`QUERIES`), twice as
 * many where it is limited to namespaces (into and out of each group of `namespacesPerQuery`), one more for a mesh of which nothing at all was found, and as many
 * more as it takes to split answers that are too large; never more than `limits.maxRequests`. A query that fails costs its own part, not the rest. Never throws, except for a
 * window that is none, which is a defect.
 */
export function readTraffic(
  ports: Pick<Ports, 'clock' | 'http' | 'log' | 'random'>,
  connection: Connection,
  options: TrafficOptions,
): TrafficReading {
  if (!isWindow(options.windowText)) throw new Error('the window is not a duration');
  const { meshes, limits } = options;
  const names = QUERY_NAMES.filter((name) => meshes[queryOf(name).mesh]);
  const empty: Observation = { traffic: [], decisions: [], routes: [] };
  if (names.length === 0 || options.namespaces?.length === 0)
    return { tag: 'read', observation: empty, notes: [], demo: false, partial: false };
  const client = openClient(ports, connection, limits);
  const answers = askQueries(client, names, {
    window: options.windowText,
    namespaces: options.namespaces,
    namespacesPerQuery: limits.namespacesPerQuery,
  });
  const [first, ...others] = answers.missing;
  if (answers.samples.size === 0 && first !== undefined) return { tag: 'failed', error: refusalError([first, ...others], connection) };

  // Each query's rows are read once, and in a large cluster they are too many to be kept beside what is made of them.
  const rows: Rows = (name) => {
    const samples = answers.samples.get(name) ?? [];
    answers.samples.delete(name);
    return samples;
  };
  const linkerd = observeLinkerd(rows);
  const istio = observeIstio(rows);
  const notes = [
    ...missingNotes(answers.missing),
    ...(meshes.linkerd ? linkerdNotes(linkerd, answers, client) : []),
    ...(meshes.istio ? istioNotes(istio, answers, client) : []),
    ...malformedNotes(linkerd.malformed + istio.malformed),
    ...answers.warnings.map((words) => `Prometheus warns: “${words}”`),
    ...answers.infos.map((words) => `Prometheus remarks: “${words}”`),
  ];
  return {
    tag: 'read',
    observation: {
      traffic: sorted([...linkerd.traffic, ...istio.traffic]),
      decisions: sorted([...linkerd.decisions, ...istio.decisions]),
      routes: sorted(linkerd.routes),
    },
    notes: notes.length <= MAX_NOTES ? notes : [...notes.slice(0, MAX_NOTES), `And ${notes.length - MAX_NOTES} more remarks.`],
    demo: answers.demo,
    partial: answers.missing.length > 0 || answers.warnings.some(isAboutData),
  };
}

/** Remarks on the query itself begin so (Prometheus, util/annotations); others are about what could not be read, as Thanos' partial responses. */
function isAboutData(warning: string): boolean {
  return !warning.startsWith('PromQL ');
}

/** In an order of its own, so that the same traffic is the same observation whatever order Prometheus answers in. */
function sorted<Value extends object>(values: readonly Value[]): readonly Value[] {
  return values
    .map((value) => ({ value, key: JSON.stringify(value) }))
    .sort((a, b) => compareText(a.key, b.key))
    .map(({ value }) => value);
}

function linkerdNotes({ rows, unattributed }: LinkerdReading, answers: Answers, client: Client): readonly string[] {
  if (rows === 0) {
    return isAbsent('linkerd', answers, client)
      ? [
          'Prometheus has no series of Linkerd proxies. Let it scrape them (container `linkerd-proxy`, port `linkerd-admin`, 4191), or set PROMETHEUS_URL to the Prometheus of linkerd-viz.',
        ]
      : [];
  }
  if (unattributed === 0) return [];
  return [
    `${unattributed} of ${rows} Linkerd series do not say which workload they belong to, so their traffic comes from or goes to \`unknown\`. This Prometheus scrapes the proxies without the relabelling of linkerd-viz: take over the job \`linkerd-proxy\` of its scrape configuration, which sets \`namespace\` and \`pod\` and copies the pod labels \`linkerd.io/proxy-*\` to \`deployment\`, \`statefulset\` and so on.`,
  ];
}

function istioNotes({ rows, unlabelled, traffic }: IstioReading, answers: Answers, client: Client): readonly string[] {
  if (rows === 0) {
    return isAbsent('istio', answers, client)
      ? [
          'Prometheus has no series of Istio proxies: either there was no traffic yet, or it does not scrape them (annotation `prometheus.io/scrape` on the pods, or a PodMonitor for port `http-envoy-prom`; ztunnel on port 15020).',
        ]
      : [];
  }
  if (unlabelled > 0) {
    return [
      `${unlabelled} of ${rows} Istio series lack the labels that name their ends (\`reporter\`, \`source_workload\`, \`destination_workload\`), so their traffic is missing. A Telemetry resource with tagOverrides, or a relabelling rule of Prometheus, takes them away: let them be.`,
    ];
  }
  const nameless = traffic.filter(({ source, destination }) => source.tag === 'unknown' && destination.tag === 'unknown').length;
  if (nameless === 0) return [];
  return [
    `${nameless} of ${traffic.length} Istio edges have \`unknown\` at both ends: the proxies could not exchange metadata, for example because they have just started or have lost istiod.`,
  ];
}

function malformedNotes(malformed: number): readonly string[] {
  if (malformed === 0) return [];
  return [
    `${malformed} series carry names that no Kubernetes object can have; they were left out. A relabelling rule of Prometheus may have changed them.`,
  ];
}

/** Whether a mesh of which nothing was found has no series at all, rather than no traffic. What could not be asked is not known to be absent. */
function isAbsent(mesh: keyof typeof PRESENCE, { missing }: Answers, client: Client): boolean {
  if (missing.some(({ name }) => queryOf(name).mesh === mesh)) return false;
  const [outcome] = client.ask([PRESENCE[mesh]]);
  return outcome?.tag === 'vector' && outcome.samples.every(({ value }) => value === 0);
}
