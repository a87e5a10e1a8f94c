/** What a scale run measured, and what is made of it. */
import type { BenchMesh } from './cluster.ts';
import { HUB_CALLERS } from './hub.ts';
import type { StoreFigures } from './store.ts';
import type { Mark } from './worker.ts';

/** Questions that are put at every size; all but the last read one namespace, or two. */
export const QUESTIONS = [
  'get_mesh_graph, one namespace',
  'get_service',
  'list_services, one namespace',
  'check_access, one caller',
  'check_access, all callers',
  'get_mesh_graph, overview',
] as const;
export type Question = (typeof QUESTIONS)[number];
export const ONE_NAMESPACE: readonly Question[] = QUESTIONS.slice(0, -1);

/**
 * The first run must read all traffic, or the sizes have other graphs and cannot be compared; a reading has some seconds, which are enough where WebAssembly is
 * quick and the machine is one's own. So in this run the clock is slow.
 */
export const FIRST_SLOWNESS = 16;

/** One request to a fresh instance. */
export interface RunFigures {
  /** Processor time of the component's thread, in milliseconds. */
  readonly cpuMs: number;
  /** Linear memory of the instance at its end, where it is largest. */
  readonly memoryBytes: number;
  /** Requests to Kubernetes and Prometheus, and bytes that came back from Kubernetes. */
  readonly requests: number;
  readonly bytes: number;
  readonly store: Omit<StoreFigures, 'keys'>;
}

export interface QuestionFigures {
  readonly cpuMs: number;
  readonly answerBytes: number;
  readonly reads: number;
  readonly readBytes: number;
}

/** All of one size of cluster. */
export interface ScaleFigures {
  readonly namespaces: number;
  /** The first run up to the first question to Prometheus: everything listed, built and published. */
  readonly build: Pick<RunFigures, 'cpuMs' | 'memoryBytes'>;
  /** The whole first run, its reading of the traffic included. */
  readonly first: RunFigures;
  /** Whether the traffic was read whole in the time that a reading has. */
  readonly trafficWhole: boolean;
  readonly quiet: RunFigures;
  /** What a quiet run wrote besides the lease and the counters of /metrics. */
  readonly quietWrote: readonly string[];
  /** One namespace in a hundred changed (at least one), all of its pods and a Deployment. */
  readonly churn: RunFigures;
  /** The same number of pods, each in another namespace as far as there are. */
  readonly spread: RunFigures;
  readonly questions: Readonly<Record<Question, QuestionFigures>>;
  readonly stored: { readonly keys: number; readonly bytes: number };
}

/** What a table of all callers takes, by the mesh of a Service that very many call. */
export type MatrixFigures = Readonly<Record<BenchMesh, QuestionFigures>>;

/** Processor time between two marks; of the whole run where they are not given. */
export function cpuBetween(marks: readonly Mark[], to?: Mark): number {
  const [first] = marks;
  const last = to ?? marks.at(-1);
  return first === undefined || last === undefined ? 0 : last.cpuMs - first.cpuMs;
}

/** The largest memory of a run. */
export function peakMemory(marks: readonly Mark[]): number {
  return marks.reduce((peak, { memoryBytes }) => Math.max(peak, memoryBytes), 0);
}

/** Of an odd number of values the one in the middle; of an even number the larger of the two. */
export function median(values: readonly number[]): number {
  const middle = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  if (middle === undefined) throw new Error('there is no median of nothing');
  return middle;
}

/** Whether a write is one that every run does: the lease, and the counters of /metrics. */
export function isUpkeep(key: string): boolean {
  return key === 'mcp/leader' || key.startsWith('metrics/');
}

export interface ScaleAim {
  readonly text: string;
  readonly found: string | undefined;
  readonly verdict: 'met' | 'missed' | 'not measured';
}

const MAX_GROWTH = 1.3;
const MAX_CHURN = 0.05;
const MAX_MATRIX_MS = 100;
const MAX_MEMORY_BYTES = 512 * 2 ** 20;
export const SMALLEST = 10;
export const LARGEST = 1000;

/** Holds the figures against the aims. */
export function judgeScale(sizes: readonly ScaleFigures[], matrix: MatrixFigures | undefined): readonly ScaleAim[] {
  const smallest = sizes.find(({ namespaces }) => namespaces === SMALLEST);
  const largest = sizes.find(({ namespaces }) => namespaces === LARGEST);
  const growth = ONE_NAMESPACE.map((question) => {
    const times = smallest && largest && largest.questions[question].cpuMs / smallest.questions[question].cpuMs;
    return aim(
      `${question}: at ${LARGEST} namespaces at most ${MAX_GROWTH} times what it costs at ${SMALLEST}`,
      times === undefined ? undefined : `${times.toFixed(2)} times`,
      times !== undefined && times <= MAX_GROWTH,
    );
  });
  const wrote = sizes.length === 0 ? undefined : [...new Set(sizes.flatMap(({ quietWrote }) => quietWrote))];
  const churn = largest && largest.churn.cpuMs / largest.build.cpuMs;
  const memory = largest && Math.max(...runsOf(largest).map(({ memoryBytes }) => memoryBytes));
  const tables = (['linkerd', 'istio'] as const).map((mesh) => {
    const cpuMs = matrix?.[mesh].cpuMs;
    return aim(
      `check_access, ${HUB_CALLERS} callers in ${mesh === 'linkerd' ? 'Linkerd' : 'Istio'}: under ${MAX_MATRIX_MS} ms`,
      cpuMs === undefined ? undefined : `${cpuMs.toFixed(1)} ms`,
      cpuMs !== undefined && cpuMs < MAX_MATRIX_MS,
    );
  });
  return [
    ...growth,
    aim('a quiet run writes nothing but the lease', wrote && (wrote.length === 0 ? 'nothing else' : wrote.join(', ')), wrote?.length === 0),
    aim(
      `1 % churn at ${LARGEST} namespaces: under ${MAX_CHURN * 100} % of a full build`,
      churn === undefined ? undefined : `${(churn * 100).toFixed(1)} %`,
      churn !== undefined && churn < MAX_CHURN,
    ),
    aim(
      `memory at ${LARGEST} namespaces: under ${MAX_MEMORY_BYTES / 2 ** 20} MiB`,
      memory === undefined ? undefined : `${Math.round(memory / 2 ** 20)} MiB`,
      memory !== undefined && memory < MAX_MEMORY_BYTES,
    ),
    ...tables,
  ];
}

function runsOf({ first, quiet, churn, spread }: ScaleFigures): readonly RunFigures[] {
  return [first, quiet, churn, spread];
}

function aim(text: string, found: string | undefined, met: boolean): ScaleAim {
  return { text, found, verdict: found === undefined ? 'not measured' : met ? 'met' : 'missed' };
}
