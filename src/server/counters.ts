import type { CollectFigures } from '../collector/run.ts';
import { decodeCounter } from '../lib/counter.ts';
import type { KeyValue } from '../ports/keyvalue.ts';
import { type EndedRun, RUN_OUTCOMES } from './collect.ts';

/** What one request adds. */
export interface Served {
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
  readonly tool?: string;
  /** How the tool call ended: `ok`, an error code, or `abandoned` by its client. */
  readonly outcome?: string;
}

const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;
const OUTCOMES = ['ok', 'invalid', 'denied', 'unavailable', 'conflict', 'internal', 'abandoned'] as const;

/** NATS answers an increment that met another with an error; a few tries are enough, and a lost count harms nobody. */
const TRIES = 3;

const requestsKey = (route: string, statusClass: string) => `metrics/requests/${route}/${statusClass}`;
const durationKey = (route: string) => `metrics/request_us/${route}`;
const toolKey = (tool: string, outcome: string) => `metrics/tools/${tool}/${outcome}`;

/**
 * Adds one request to the counters in the store. Called when the answer is out; a store that does not answer loses the counts and nothing else.
 * Returns false then, so that the caller may log it.
 */
export function record(store: KeyValue, served: Served): boolean {
  try {
    increment(store, requestsKey(served.route, `${Math.floor(served.status / 100)}xx`), 1);
    increment(store, durationKey(served.route), Math.round(served.durationMs * 1000));
    if (served.tool !== undefined && served.outcome !== undefined) increment(store, toolKey(served.tool, served.outcome), 1);
    return true;
  } catch {
    return false;
  }
}

/** What the collector's runs add up, with the name of the counter and its help text. */
const RUN_FIGURES = {
  publications: ['mesh_mcp_collector_publications_total', 'Generations of the graph that were published.'],
  written: ['mesh_mcp_collector_written_bytes_total', 'Bytes written to the store for the graph.'],
  requests: ['mesh_mcp_collector_kubernetes_requests_total', 'Requests to the Kubernetes API.'],
  events: ['mesh_mcp_collector_kubernetes_events_total', 'Events that watches told.'],
  bytes: ['mesh_mcp_collector_kubernetes_bytes_total', 'Bytes of answers of the Kubernetes API.'],
  errors: ['mesh_mcp_collector_kubernetes_errors_total', 'Failed requests to the Kubernetes API, and objects that could not be read.'],
  trafficReadings: ['mesh_mcp_collector_prometheus_readings_total', 'Readings of Prometheus.'],
  trafficErrors: ['mesh_mcp_collector_prometheus_errors_total', 'Readings of Prometheus that failed.'],
} as const satisfies Partial<Record<keyof CollectFigures, readonly [string, string]>>;

const FIGURES = Object.keys(RUN_FIGURES) as readonly (keyof typeof RUN_FIGURES)[]; // Object.keys forgets the literal key type.

const runsKey = (outcome: string) => `metrics/collector/runs/${outcome}`;
const figureKey = (figure: string) => `metrics/collector/${figure}`;

/** Adds one run of the collector, as `record` adds a request. */
export function recordRun(store: KeyValue, { outcome, figures }: EndedRun): boolean {
  try {
    increment(store, runsKey(outcome), 1);
    for (const figure of FIGURES) {
      const value = figures?.[figure] ?? 0;
      if (value > 0) increment(store, figureKey(figure), value);
    }
    return true;
  } catch {
    return false;
  }
}

function increment(store: KeyValue, key: string, delta: number): void {
  for (let attempt = 1; ; attempt++) {
    try {
      store.increment(key, delta);
      return;
    } catch (error) {
      if (attempt === TRIES) throw error;
    }
  }
}

/** A counter as the exposition format names it, and where it is kept. */
interface Sample {
  readonly key: string;
  readonly labels: string;
}

/**
 * All counters in Prometheus' text exposition format 0.0.4. The keys are made from the known routes and tools rather than listed, so that the cost
 * follows the number of counters and not the size of the store. Throws what the store throws.
 */
export function expose(store: KeyValue, routes: readonly string[], tools: readonly string[]): string {
  const requests = routes.flatMap((route) =>
    STATUS_CLASSES.map((status): Sample => ({ key: requestsKey(route, status), labels: `route="${route}",status="${status}"` })),
  );
  const durations = routes.map((route): Sample => ({ key: durationKey(route), labels: `route="${route}"` }));
  const calls = tools.flatMap((tool) =>
    OUTCOMES.map((outcome): Sample => ({ key: toolKey(tool, outcome), labels: `tool="${tool}",outcome="${outcome}"` })),
  );
  const runs = RUN_OUTCOMES.map((outcome): Sample => ({ key: runsKey(outcome), labels: `outcome="${outcome}"` }));
  const figures = FIGURES.map((figure): Sample => ({ key: figureKey(figure), labels: '' }));
  const values = store
    .getMany([...requests, ...durations, ...calls, ...runs, ...figures].map((sample) => sample.key))
    .map((value) => value && decodeCounter(value));
  let at = 0;
  const family = (name: string, help: string, samples: readonly Sample[], scale: number) => {
    const lines = samples.map((sample) => ({ labels: sample.labels, value: values[at++] })).filter(({ value }) => value !== undefined);
    return [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} counter`,
      ...lines.map(({ labels, value = 0 }) => `${name}${labels === '' ? '' : `{${labels}}`} ${value * scale}`),
    ];
  };
  return [
    ...family('mesh_mcp_requests_total', 'HTTP requests answered.', requests, 1),
    ...family('mesh_mcp_request_seconds_total', 'Time spent on HTTP requests until their answer was out.', durations, 1e-6),
    ...family('mesh_mcp_tool_calls_total', 'Tool calls by outcome.', calls, 1),
    ...family('mesh_mcp_collector_runs_total', 'Runs of the collector by outcome.', runs, 1),
    ...FIGURES.flatMap((figure, place) => {
      const [name, help] = RUN_FIGURES[figure];
      return family(name, help, figures.slice(place, place + 1), 1);
    }),
    '',
  ].join('\n');
}
