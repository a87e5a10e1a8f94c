import type { Json } from '../../lib/json.ts';
import { decodeUtf8, encodeUtf8 } from '../../lib/utf8.ts';
import type { DemoHandler, DemoRequest, DemoResponse } from '../http.ts';
import { type Element, ExecutionError, evaluate, select, type Value } from './evaluate.ts';
import { EXPOSITION_TYPE, exposition } from './exposition.ts';
import { BadExpression, type Selector } from './expression.ts';
import { formatValue } from './format.ts';
import { type DemoSeriesOptions, demoSeries } from './metrics.ts';
import { parseExpression } from './parse.ts';
import { POD_METRICS_PATH } from './scrape.ts';
import { keyOf, type SeriesSet } from './series.ts';

/** What a demo Prometheus can be told to do. */
export interface DemoPrometheusOptions extends DemoSeriesOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Points of a range query, as many as Prometheus gives (web/api/v1/api.go, `queryRange`). */
const MAX_POINTS = 11_000;

/** A request that is wrong; the message is Prometheus' own. */
class BadRequest extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BadRequest';
  }
}

/**
 * A Prometheus HTTP API over the synthetic counters of the sample cluster: instant and range queries in the part of PromQL that `expression.ts` says, names and values of labels, health, and
 * under `/demo/metrics` the same counters in the text that proxies expose. Anything beyond is refused as Prometheus refuses what it does not understand. Every answer
 * bears `x-mesh-mcp-demo: true`, so that no reader can take it for a cluster's.
 */
export function demoPrometheus({ now = Date.now, ...seriesOptions }: DemoPrometheusOptions = {}): DemoHandler<DemoResponse> {
  const series = demoSeries(seriesOptions);
  return (request) => {
    try {
      return route(request, series, now());
    } catch (error) {
      if (error instanceof BadRequest || error instanceof BadExpression) return failure(400, 'bad_data', error.message);
      if (error instanceof ExecutionError) return failure(422, 'execution', error.message);
      throw error;
    }
  };
}

function route(request: DemoRequest, series: SeriesSet, nowMs: number): DemoResponse {
  const { path } = request;
  if (path.startsWith('/api/v1/')) return api(request, path.slice('/api/v1/'.length), series, nowMs);
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'Method Not Allowed\n');
  if (path === '/-/ready') return text(200, 'Prometheus Server is Ready.\n');
  if (path === '/-/healthy') return text(200, 'Prometheus Server is Healthy.\n');
  if (path === POD_METRICS_PATH) return metrics(exposition(series, nowMs, { tag: 'all' }));
  const [namespace = '', pod = '', ...more] = path.startsWith(`${POD_METRICS_PATH}/`)
    ? path.slice(POD_METRICS_PATH.length + 1).split('/')
    : [];
  if (namespace !== '' && pod !== '' && more.length === 0) return metrics(exposition(series, nowMs, { tag: 'pod', namespace, pod }));
  return text(404, '404 page not found\n');
}

function api(request: DemoRequest, path: string, series: SeriesSet, nowMs: number): DemoResponse {
  if (request.method !== 'GET' && request.method !== 'POST') return text(405, 'Method Not Allowed\n');
  const parameters = parametersOf(request);
  switch (path) {
    case 'query':
      return success(...instant(parameters, series, nowMs));
    case 'query_range':
      return success(range(parameters, series));
    case 'labels':
      return success([...new Set(['__name__', ...series.all.flatMap(({ labels }) => Object.keys(labels))])].sort());
    case 'status/buildinfo':
      return success({ version: '0.0.0+demo', revision: 'demo', branch: 'demo', buildUser: 'demo', buildDate: '', goVersion: '' });
  }
  const [, label] = /^label\/([A-Za-z_]\w*)\/values$/.exec(path) ?? [];
  return label === undefined ? text(404, '404 page not found\n') : success(valuesOf(label, parameters.getAll('match[]'), series));
}

/** The query's parameters, and those of a form that was posted, which go first. */
function parametersOf({ method, query, body, headers }: DemoRequest): URLSearchParams {
  const type = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  const form = method === 'POST' && type.startsWith('application/x-www-form-urlencoded') ? `${decodeUtf8(body)}&` : '';
  return new URLSearchParams(`${form}${query}`);
}

function instant(parameters: URLSearchParams, series: SeriesSet, nowMs: number): readonly [Json, readonly string[]] {
  const ms = timeIn(parameters, 'time') ?? nowMs;
  durationIn(parameters, 'timeout');
  const limit = Number(parameters.get('limit') ?? '0');
  if (!Number.isSafeInteger(limit) || limit < 0) throw new BadRequest('invalid parameter "limit": limit must be non-negative');
  const value = evaluate(expressionIn(parameters), series, ms);
  if (value.tag === 'scalar') return [{ resultType: 'scalar', result: point(ms, value.value) }, []];
  const sorted = value.elements.toSorted((a, b) => (keyOf(a.labels) < keyOf(b.labels) ? -1 : 1));
  const cut = limit > 0 && sorted.length > limit;
  const result = (cut ? sorted.slice(0, limit) : sorted).map(({ labels, value: number }) => ({ metric: labels, value: point(ms, number) }));
  return [{ resultType: 'vector', result }, cut ? ['results truncated due to limit'] : []];
}

function range(parameters: URLSearchParams, series: SeriesSet): Json {
  const [start, end] = [required(parameters, 'start'), required(parameters, 'end')];
  const step = durationIn(parameters, 'step');
  if (step === undefined) throw new BadRequest('invalid parameter "step": cannot parse "" to a valid duration');
  if (end < start) throw new BadRequest('invalid parameter "end": end timestamp must not be before start time');
  if ((end - start) / step > MAX_POINTS) {
    throw new BadRequest('exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)');
  }
  const expression = expressionIn(parameters);
  const rows = new Map<string, { readonly metric: Element['labels']; readonly values: Json[] }>();
  for (let ms = start; ms <= end; ms += step) {
    for (const { labels, value } of elementsOf(evaluate(expression, series, ms))) {
      const key = keyOf(labels);
      const row = rows.get(key) ?? { metric: labels, values: [] };
      row.values.push(point(ms, value));
      rows.set(key, row);
    }
  }
  return {
    resultType: 'matrix',
    result: [...rows.keys()]
      .sort()
      .flatMap((key) => rows.get(key) ?? [])
      .map(({ metric, values }) => ({ metric, values })),
  };
}

function elementsOf(value: Value): readonly Element[] {
  return value.tag === 'vector' ? value.elements : [{ labels: {}, value: value.value }];
}

function point(ms: number, value: number): Json {
  return [ms / 1000, formatValue(value)];
}

function expressionIn(parameters: URLSearchParams): ReturnType<typeof parseExpression> {
  try {
    return parseExpression(parameters.get('query') ?? '');
  } catch (error) {
    if (error instanceof BadExpression) throw new BadRequest(`invalid parameter "query": ${error.message}`);
    throw error;
  }
}

/** A time as seconds since 1970 or as RFC 3339, in milliseconds. */
function timeIn(parameters: URLSearchParams, name: string): number | undefined {
  const given = parameters.get(name) ?? '';
  if (given === '') return undefined;
  const ms = /^\d{1,12}(?:\.\d+)?$/.test(given) ? Number(given) * 1000 : Date.parse(given);
  if (Number.isNaN(ms)) throw new BadRequest(`invalid parameter "${name}": cannot parse "${given}" to a valid timestamp`);
  return Math.round(ms);
}

function required(parameters: URLSearchParams, name: string): number {
  const ms = timeIn(parameters, name);
  if (ms === undefined) throw new BadRequest(`invalid parameter "${name}": cannot parse "" to a valid timestamp`);
  return ms;
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration as seconds or with one unit, in milliseconds. */
function durationIn(parameters: URLSearchParams, name: string): number | undefined {
  const given = parameters.get(name) ?? '';
  if (given === '') return undefined;
  const [, number = '', unit = 's'] = /^(\d{1,10}(?:\.\d+)?)(ms|[smhd])?$/.exec(given) ?? [];
  const ms = Number(number) * (UNITS_MS[unit] ?? Number.NaN);
  if (!(ms > 0)) throw new BadRequest(`invalid parameter "${name}": cannot parse "${given}" to a valid duration`);
  return ms;
}

/** The values of a label, of all series or of those that one of the selectors means. */
function valuesOf(label: string, selectors: readonly string[], series: SeriesSet): readonly string[] {
  const meant = selectors.length === 0 ? series.all : selectors.flatMap((text) => select(selectorIn(text), series));
  if (label === '__name__') return [...new Set(meant.map(({ name }) => name))].sort();
  return [...new Set(meant.flatMap(({ labels }) => labels[label] ?? []))].sort();
}

function selectorIn(text: string): Selector {
  const expression = parseExpression(text);
  if (expression.tag !== 'selector') throw new BadRequest('invalid parameter "match[]": expected a series selector');
  return expression.selector;
}

function success(data: Json, warnings: readonly string[] = []): DemoResponse {
  return json(200, { status: 'success', data, ...(warnings.length === 0 ? {} : { warnings }) });
}

function failure(status: number, errorType: string, error: string): DemoResponse {
  return json(status, { status: 'error', errorType, error });
}

function json(status: number, body: Json): DemoResponse {
  return answer(status, 'application/json', JSON.stringify(body));
}

function text(status: number, body: string): DemoResponse {
  return answer(status, 'text/plain; charset=utf-8', body);
}

function metrics(body: string): DemoResponse {
  return answer(200, EXPOSITION_TYPE, body);
}

function answer(status: number, type: string, body: string): DemoResponse {
  return {
    status,
    headers: [
      ['content-type', type],
      ['x-mesh-mcp-demo', 'true'],
    ],
    body: encodeUtf8(body),
  };
}
