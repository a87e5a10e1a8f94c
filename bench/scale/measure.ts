/** Measures the built component over a generated cluster of one size. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { componentPath } from '../../scripts/build.ts';
import { ROOT } from '../../scripts/wit.ts';
import { type CompiledComponent, loadComponent } from '../../src/adapters/node/component.ts';
import { serveDemo } from '../../src/adapters/node/demo-server.ts';
import { messageText } from '../verify.ts';
import {
  Cluster,
  EDGES_PER_SERVICE,
  namespaceName,
  numbers,
  type Place,
  PODS,
  PODS_PER_SERVICE,
  SERVICES,
  serviceName,
} from './cluster.ts';
import { HUB_CALLERS, HUBS, HubCluster } from './hub.ts';
import { type Measured, MeasuredInstances } from './instance.ts';
import { KubernetesApi } from './kubernetes-api.ts';
import { prometheusApi } from './prometheus-api.ts';
import {
  cpuBetween,
  FIRST_SLOWNESS,
  isUpkeep,
  type MatrixFigures,
  median,
  peakMemory,
  QUESTIONS,
  type Question,
  type QuestionFigures,
  type RunFigures,
  type ScaleFigures,
} from './results.ts';
import { type CountedStore, countedStore } from './store.ts';

/** How often what is small is measured; the median counts. A first list is measured once. */
export interface ScalePace {
  readonly sizes: readonly number[];
  readonly runs: number;
  readonly questions: number;
}

export const FULL_SCALE: ScalePace = { sizes: [10, 100, 1000], runs: 3, questions: 15 };
export const QUICK_SCALE: ScalePace = { sizes: [10, 100], runs: 1, questions: 3 };

const BUCKET = 'default';
const TOKEN = 'bench';
/** A window in which the watches are opened, hear what there is, and are ended by the server. */
const WINDOW_MS = 2_000;
/** Namespace that is asked about, of either mesh, so that no question meets one that was changed. */
const ASKED = { linkerd: 4, istio: 5 } as const;

/** What every size is measured with. */
export async function loadBuilt(say: (line: string) => void): Promise<CompiledComponent> {
  const [component, toolchain] = await Promise.all([
    readFile(componentPath('quickjs')),
    readFile(path.join(ROOT, 'package-lock.json'), 'utf8'),
  ]);
  return loadComponent(component, path.join(ROOT, 'dist/host'), toolchain, say);
}

/** A cluster of one size. Throws where an answer is wrong: what is not right is not timed. */
export function measureSize(
  component: CompiledComponent,
  namespaces: number,
  pace: ScalePace,
  say: (line: string) => void,
): Promise<ScaleFigures> {
  return measured(component, new Cluster(namespaces), pace, say, (measurement) => measurement.all());
}

/** The table of a hundred callers, in each mesh: whole calls of the tool, the best of several. Throws where an answer is wrong. */
export function measureMatrix(component: CompiledComponent, pace: ScalePace, say: (line: string) => void): Promise<MatrixFigures> {
  return measured(component, new HubCluster(), pace, say, (measurement) => measurement.matrix());
}

async function measured<Figures>(
  component: CompiledComponent,
  cluster: Cluster,
  pace: ScalePace,
  say: (line: string) => void,
  measure: (measurement: Measurement) => Promise<Figures>,
): Promise<Figures> {
  const api = new KubernetesApi(cluster);
  const [kubernetes, prometheus] = await Promise.all([serveDemo(api.handler), serveDemo(prometheusApi(cluster))]);
  const store = countedStore(BUCKET);
  const options = new Map([
    ['KUBERNETES_URL', kubernetes.url],
    ['PROMETHEUS_URL', prometheus.url],
    ['COLLECT_TOKEN', TOKEN],
    ['ANONYMOUS_ROLE', 'viewer'],
    ['COLLECT_SYNC_MS', '600000'],
    ['UPSTREAM_TIMEOUT_MS', '120000'],
    // Traffic is read once, by the first run.
    ['TRAFFIC_INTERVAL_MS', '600000'],
  ]);
  const instances = await MeasuredInstances.start({ ...component, options, prometheus: new URL(prometheus.url).host }, store);
  try {
    return await measure(new Measurement({ cluster, api, store, instances, options, pace, say }));
  } finally {
    await instances.close();
    await Promise.all([kubernetes.close(), prometheus.close()]);
  }
}

interface Parts {
  readonly cluster: Cluster;
  readonly api: KubernetesApi;
  readonly store: CountedStore;
  readonly instances: MeasuredInstances;
  readonly options: ReadonlyMap<string, string>;
  readonly pace: ScalePace;
  readonly say: (line: string) => void;
}

interface CollectRun extends RunFigures {
  readonly measured: Measured;
  readonly keys: readonly string[];
}

class Measurement {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async all(): Promise<ScaleFigures> {
    const { cluster, api, store, say } = this.#parts;
    const { namespaces } = cluster;
    say(`${namespaces} namespaces: first list`);
    const first = await this.#collect(0, FIRST_SLOWNESS);
    const { marks } = first.measured;
    const asked = marks.find(({ doing }) => doing === 'prometheus');
    check(asked !== undefined, 'the first run asked Prometheus');
    const stored = await store.size();
    const trafficWhole = await this.#checkGraph();

    say(`${namespaces} namespaces: quiet runs and churn`);
    const quiet = await this.#several(() => {}, false);
    const changed = Math.max(1, Math.round(namespaces / 100));
    const churn = await this.#several((turn) => {
      for (const place of numbers(changed)) api.changeNamespace((10 + turn * changed + place) % namespaces);
    }, true);
    const pods = Math.max(1, Math.round((namespaces * PODS) / 100));
    const spread = await this.#several((turn) => {
      for (const pod of numbers(pods))
        api.changePod(pod % namespaces, (turn + Math.floor(pod / namespaces)) % SERVICES, turn % PODS_PER_SERVICE);
    }, true);

    say(`${namespaces} namespaces: tools`);
    const questions = await this.#questions();
    return {
      ...{
        namespaces,
        first: figuresOf(first),
        trafficWhole,
        quiet: quiet.figures,
        churn: churn.figures,
        spread: spread.figures,
        questions,
        stored,
      },
      build: { cpuMs: cpuBetween(marks, asked), memoryBytes: asked.memoryBytes },
      quietWrote: quiet.keys.filter((key) => !isUpkeep(key)),
    };
  }

  /** All callers are seen, and what the policies say of each is known. */
  async matrix(): Promise<MatrixFigures> {
    const { pace, say } = this.#parts;
    say(`${HUB_CALLERS} callers`);
    await this.#collect(0, FIRST_SLOWNESS);
    const ask = async (hub: Place) => {
      const { measured: answer, figures } = await this.#ask('check_access', { to: nameOf(hub) });
      const { callers, omitted } = dataOf(answer);
      check(Array.isArray(callers) && callers.length === HUB_CALLERS && omitted === undefined, `${HUB_CALLERS} call ${nameOf(hub)}`);
      check(!JSON.stringify(callers).includes('"verdict":"unknown"'), `what the policies of ${nameOf(hub)} say is known`);
      return figures;
    };
    const best = async (hub: Place): Promise<QuestionFigures> => {
      let least = await ask(hub);
      for (const _ of numbers(pace.questions)) {
        const figures = await ask(hub);
        if (figures.cpuMs < least.cpuMs) least = figures;
      }
      return least;
    };
    return { linkerd: await best(HUBS.linkerd), istio: await best(HUBS.istio) };
  }

  /** Runs of the collector after a change each, the one with the median of processor time. `publishes`: whether each must. */
  async #several(
    change: (turn: number) => void,
    publishes: boolean,
  ): Promise<{ readonly figures: RunFigures; readonly keys: readonly string[] }> {
    const runs: CollectRun[] = [];
    for (const turn of numbers(this.#parts.pace.runs)) {
      change(turn);
      const run = await this.#collect(WINDOW_MS);
      const made = numberOf(reportOf(run.measured).publications);
      check(publishes ? made > 0 : made === 0, `a run after ${publishes ? 'a' : 'no'} change made ${made} publications`);
      runs.push(run);
    }
    const middle = median(runs.map(({ cpuMs }) => cpuMs));
    const chosen = runs.find(({ cpuMs }) => cpuMs === middle);
    check(chosen !== undefined, 'one of the runs is in the middle');
    return { figures: figuresOf(chosen), keys: runs.flatMap(({ keys }) => keys) };
  }

  async #collect(windowMs: number, slowness = 1): Promise<CollectRun> {
    const { instances, store, options, cluster } = this.#parts;
    store.take();
    const headers = [
      ['authorization', `Bearer ${TOKEN}`],
      ['content-type', 'application/json'],
    ] as const;
    const measured = await instances.ask({
      path: '/v1/collect',
      headers,
      body: JSON.stringify({ holder: 'bench', windowMs }),
      options,
      slowness,
    });
    const { keys, ...figures } = store.take();
    const report = reportOf(measured);
    check(
      report.leader === true && report.synced === true && report.errors === 0,
      `a run led, and was synced without errors: ${measured.text}`,
    );
    check(report.namespaces === cluster.namespaces, `the graph has ${cluster.namespaces} namespaces`);
    return {
      ...{ measured, keys, store: figures, cpuMs: cpuBetween(measured.marks), memoryBytes: peakMemory(measured.marks) },
      requests: numberOf(report.requests),
      bytes: numberOf(report.bytes),
    };
  }

  /** Asks for what must be there; answers whether all traffic is. */
  async #checkGraph(): Promise<boolean> {
    const { cluster } = this.#parts;
    const overview = dataOf((await this.#ask('get_mesh_graph', {})).measured);
    const whole = overview.stale === undefined;
    for (const namespace of Object.values(ASKED)) {
      const name = namespaceName(namespace);
      const list = dataOf((await this.#ask('list_services', { namespace: name })).measured);
      check(list.total === SERVICES, `${name} has ${SERVICES} services`);
      check(JSON.stringify(list.summary).includes(`"pods":${PODS},"meshedPods":${PODS}`), `${name} has ${PODS} pods, all of them meshed`);
      const page = dataOf((await this.#ask('get_service', { namespace: name, service: serviceName(0) })).measured);
      if (whole) {
        for (const side of [page.callers, page.callees])
          check(Array.isArray(side) && side.length === EDGES_PER_SERVICE, `${name} calls and is called ${EDGES_PER_SERVICE} times`);
        await this.#checkAccess(namespace);
      }
    }
    const everything = dataOf((await this.#ask('list_services', {})).measured);
    check(everything.total === cluster.namespaces * SERVICES, `the cluster has ${cluster.namespaces * SERVICES} services`);
    return whole;
  }

  /** Services let in all of their namespace and of the one before it, so all that were seen. */
  async #checkAccess(namespace: number): Promise<void> {
    const { callers } = dataOf((await this.#ask('check_access', { to: calleeOf(namespace) })).measured);
    check(Array.isArray(callers) && callers.length === EDGES_PER_SERVICE, `${calleeOf(namespace)} has ${EDGES_PER_SERVICE} callers`);
    check(!JSON.stringify(callers).includes('"verdict":"unknown"'), `what the policies of ${calleeOf(namespace)} say is known`);
  }

  async #questions(): Promise<Readonly<Record<Question, QuestionFigures>>> {
    const { linkerd, istio } = ASKED;
    const calls: Readonly<Record<Question, readonly [tool: string, args: object]>> = {
      'get_mesh_graph, one namespace': ['get_mesh_graph', { namespace: namespaceName(istio) }],
      get_service: ['get_service', { namespace: namespaceName(linkerd), service: serviceName(0) }],
      'list_services, one namespace': ['list_services', { namespace: namespaceName(linkerd) }],
      'check_access, one caller': ['check_access', { to: calleeOf(linkerd), from: `${namespaceName(linkerd)}/${serviceName(1)}` }],
      'check_access, all callers': ['check_access', { to: calleeOf(linkerd) }],
      'get_mesh_graph, overview': ['get_mesh_graph', {}],
    };
    const runs = new Map<Question, QuestionFigures[]>(QUESTIONS.map((question) => [question, []]));
    // Round by round, so that whatever disturbs the machine for a while disturbs each of them alike.
    for (const _ of numbers(this.#parts.pace.questions)) {
      for (const [question, figures] of runs) figures.push((await this.#ask(...calls[question])).figures);
    }
    const middle = [...runs].map(([question, figures]): [Question, QuestionFigures] => {
      const [any] = figures;
      check(any !== undefined, 'something was asked');
      return [question, { ...any, cpuMs: median(figures.map(({ cpuMs }) => cpuMs)) }];
    });
    // One entry for each question.
    return Object.fromEntries(middle) as Record<Question, QuestionFigures>;
  }

  async #ask(tool: string, args: object): Promise<{ readonly measured: Measured; readonly figures: QuestionFigures }> {
    const { instances, store, options } = this.#parts;
    store.take();
    const headers = [
      ['content-type', 'application/json'],
      ['accept', 'application/json, text/event-stream'],
      ['mcp-protocol-version', '2025-06-18'],
    ] as const;
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: args } });
    const measured = await instances.ask({ path: '/v1/mcp', headers, body, options });
    const { reads, readBytes } = store.take();
    return { measured, figures: { cpuMs: cpuBetween(measured.marks), answerBytes: measured.bytes, reads, readBytes } };
  }
}

/** The Service that is asked about, as tools name it. */
function calleeOf(namespace: number): string {
  return nameOf({ namespace, service: 0 });
}

function nameOf({ namespace, service }: Place): string {
  return `${namespaceName(namespace)}/${serviceName(service)}`;
}

function figuresOf({ cpuMs, memoryBytes, requests, bytes, store }: CollectRun): RunFigures {
  return { cpuMs, memoryBytes, requests, bytes, store };
}

function reportOf({ status, text }: Measured): Readonly<Record<string, unknown>> {
  check(status === 200, `the collector answered ${status}: ${text}`);
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
}

/** The structured content of a tool's answer. */
function dataOf({ status, text }: Measured): Readonly<Record<string, unknown>> {
  check(status === 200, `a tool was answered with ${status}`);
  const { result } = JSON.parse(messageText(text)) as {
    readonly result?: { readonly isError?: boolean; readonly structuredContent?: Readonly<Record<string, unknown>> };
  };
  check(result?.structuredContent !== undefined && result.isError !== true, `a tool answered: ${text.slice(0, 300)}`);
  return result.structuredContent;
}

function numberOf(value: unknown): number {
  check(typeof value === 'number', 'a figure is a number');
  return value;
}

function check(right: boolean, what: string): asserts right {
  if (!right) throw new Error(`scale: not so: ${what}`);
}
