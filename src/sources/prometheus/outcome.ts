import { header } from '../../lib/headers.ts';
import { isObject } from '../../lib/json.ts';
import { parseBounded } from '../../lib/json-text.ts';
import { parseRetryAfter } from '../../lib/retry-after.ts';
import { decodeUtf8 } from '../../lib/utf8.ts';
import { HttpFailure, type HttpResponse } from '../../ports/http.ts';
import { DEMO_HEADER } from '../kubernetes/outcome.ts';
import { quotable } from './words.ts';

/** One row of an answer. The labels are Prometheus' own text: nothing of it may be shown before it matched an alphabet. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  /** Finite: rows without a number (`NaN`, `+Inf`) are no rows. */
  readonly value: number;
}

/**
 * Why a query has no answer. `detail` is for the log alone; `words` are what Prometheus said, made fit to be quoted, and may be empty.
 *  - `unreachable`, `timeout`, `host-forbids`, `not-http`: no answer came, see `HttpFailureReason`.
 *  - `unauthorized` (401), `forbidden` (403), `missing` (404), `redirected` (3xx).
 *  - `throttled` (429), `failing` (5xx): later.
 *  - `too-large`: the answer does not fit, or Prometheus says that the query is more than it does at once. A smaller one may do.
 *  - `rejected`: any other 4xx: it takes the query for wrong.
 *  - `not-prometheus`: a good status, with a body that is no answer of the API.
 *  - `budget`: it was not asked, since this reading has asked enough.
 */
export type Refusal =
  | { readonly tag: 'unreachable' | 'timeout' | 'host-forbids' | 'not-http'; readonly detail: string }
  | { readonly tag: 'unauthorized' | 'forbidden' | 'missing' | 'budget' }
  | { readonly tag: 'redirected'; readonly status: number }
  | { readonly tag: 'throttled' | 'failing'; readonly status: number; readonly retryAfterMs: number | undefined; readonly words: string }
  | { readonly tag: 'too-large'; readonly words: string }
  | { readonly tag: 'rejected'; readonly status: number; readonly words: string }
  | { readonly tag: 'not-prometheus'; readonly detail: string };

export interface Refused {
  readonly tag: 'refused';
  readonly refusal: Refusal;
}

/** What came of one query. `warnings` and `infos` are Prometheus' words, made fit to be quoted. */
export type Outcome =
  | {
      readonly tag: 'vector';
      readonly samples: readonly Sample[];
      readonly warnings: readonly string[];
      readonly infos: readonly string[];
      readonly demo: boolean;
    }
  | Refused;

/** What came of asking for the values of a label, which are Prometheus' own text. */
export type ValuesOutcome = { readonly tag: 'values'; readonly values: readonly string[] } | Refused;

/** What reading an answer depends on besides it. */
export interface OutcomeContext {
  /** Milliseconds since 1970, for Retry-After. */
  readonly nowMs: number;
  readonly secrets: readonly string[];
  /** More rows than this are too many. */
  readonly maxSamples: number;
}

const FAILURE_TAGS = { unreachable: 'unreachable', timeout: 'timeout', forbidden: 'host-forbids', protocol: 'not-http' } as const;

/**
 * Reads the answer to one instant query (Prometheus, web/api/v1/api.go: `Response`, `respondError`, `getDefaultErrorCode`). Takes any bytes; never throws.
 */
export function readOutcome(answer: HttpResponse | HttpFailure, context: OutcomeContext): Outcome {
  const envelope = envelopeOf(answer, context);
  if (envelope.tag === 'refused') return envelope;
  const { data, warnings, infos } = envelope.members;
  if (!isObject(data)) return notPrometheus('the body is no answer of the query API');
  const { resultType, result } = data;
  if (resultType !== 'vector' || !Array.isArray(result)) return notPrometheus('the result is no vector');
  if (result.length > context.maxSamples) return refused({ tag: 'too-large', words: '' });
  const samples: Sample[] = [];
  // The parser makes a text of its own of each label of each row; of the few that differ one each is kept.
  const texts = new Map<string, string>();
  for (const row of result) {
    const sample = sampleOf(row, texts);
    if (sample === 'malformed') return notPrometheus('a row is no sample');
    if (sample !== 'no-number') samples.push(sample);
  }
  return {
    tag: 'vector',
    samples,
    warnings: quotations(warnings, context),
    infos: quotations(infos, context),
    demo: !(answer instanceof HttpFailure) && header(answer.headers, DEMO_HEADER) === 'true',
  };
}

/** Reads the answer to a question for the values of a label. Takes any bytes; never throws. */
export function readValues(answer: HttpResponse | HttpFailure, context: OutcomeContext): ValuesOutcome {
  const envelope = envelopeOf(answer, context);
  if (envelope.tag === 'refused') return envelope;
  const { data } = envelope.members;
  if (!Array.isArray(data)) return notPrometheus('the values of a label are no list');
  return { tag: 'values', values: data.filter((value: unknown) => typeof value === 'string') };
}

type Envelope = { readonly tag: 'success'; readonly members: Record<string, unknown> } | Refused;

/** What all answers of the API have in common: `{"status": "success", "data": …}`. */
function envelopeOf(answer: HttpResponse | HttpFailure, context: OutcomeContext): Envelope {
  if (answer instanceof HttpFailure) return refused({ tag: FAILURE_TAGS[answer.reason], detail: answer.message });
  const { status } = answer;
  if (status !== 200) return refused(refusalOf(answer, context));
  if (answer.truncated) return refused({ tag: 'too-large', words: '' });
  const parsed = parseBounded(decodeUtf8(answer.body));
  if (parsed.kind !== 'value') return notPrometheus(parsed.kind === 'syntax' ? 'the body is not JSON' : 'the body nests too deep');
  const members = parsed.value;
  if (!isObject(members)) return notPrometheus('the body is no object');
  const { status: said } = members;
  if (said === 'error') return refused({ tag: 'rejected', status, words: wordsOf(members, context) });
  return said === 'success' ? { tag: 'success', members } : notPrometheus('the body has no status of the API');
}

function refused(refusal: Refusal): Refused {
  return { tag: 'refused', refusal };
}

function notPrometheus(detail: string): Refused {
  return refused({ tag: 'not-prometheus', detail });
}

/** `{"metric": {label: value}, "value": [time, "number"]}`; a native histogram has no `value`, and is no number. */
function sampleOf(row: unknown, texts: Map<string, string>): Sample | 'malformed' | 'no-number' {
  if (!isObject(row)) return 'malformed';
  const { metric, value, histogram } = row;
  if (!isObject(metric)) return 'malformed';
  if (value === undefined && histogram !== undefined) return 'no-number';
  if (!Array.isArray(value)) return 'malformed';
  const text: unknown = value[1];
  if (typeof text !== 'string') return 'malformed';
  for (const name in metric) {
    const label = metric[name];
    if (typeof label !== 'string') return 'malformed';
    const known = texts.get(label);
    if (known === undefined) texts.set(label, label);
    else metric[name] = known;
  }
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  // The loop has seen every label.
  return Number.isFinite(number) ? { labels: metric as Record<string, string>, value: number } : 'no-number';
}

/** As Go formats a float (`strconv.FormatFloat(v, 'f', -1, 64)`); other servers of the same API may use an exponent. */
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][-+]?\d{1,3})?$/;

/** At most so many of each: a warning can be had for every series. */
const MAX_QUOTATIONS = 10;

function quotations(list: unknown, { secrets }: OutcomeContext): readonly string[] {
  if (!Array.isArray(list)) return [];
  const texts = list.slice(0, MAX_QUOTATIONS).map((item: unknown) => (typeof item === 'string' ? quotable(item, secrets) : ''));
  return texts.filter((text) => text !== '');
}

/** Statuses that say that a request is longer than a server reads, or its answer larger than it gives. */
const TOO_LARGE: readonly number[] = [413, 414, 431];

/** The words of Prometheus, Thanos and Mimir for a query that is more than they do at once. Matched, never shown for it. */
const LIMIT_WORDS = /too many (?:samples|series)|exceed|limit/i;

function refusalOf(answer: HttpResponse, context: OutcomeContext): Refusal {
  const { status } = answer;
  if (status >= 300 && status < 400) return { tag: 'redirected', status };
  if (status === 401) return { tag: 'unauthorized' };
  if (status === 403) return { tag: 'forbidden' };
  if (TOO_LARGE.includes(status)) return { tag: 'too-large', words: '' };
  const parsed = answer.truncated ? undefined : parseBounded(decodeUtf8(answer.body));
  const envelope = parsed?.kind === 'value' && isObject(parsed.value) ? parsed.value : {};
  const { errorType } = envelope;
  const words = wordsOf(envelope, context);
  // A 404 in the API's own shape has words; without them, the path is not the API's.
  if (status === 404 && words === '') return { tag: 'missing' };
  if ((status === 422 && LIMIT_WORDS.test(words)) || (status === 503 && errorType === 'timeout')) return { tag: 'too-large', words };
  const later = { status, retryAfterMs: parseRetryAfter(header(answer.headers, 'retry-after'), context.nowMs), words };
  if (status === 429) return { tag: 'throttled', ...later };
  if (status >= 500) return { tag: 'failing', ...later };
  return { tag: 'rejected', status, words };
}

/** The `error` of an answer in the API's own shape; any other body is not Prometheus speaking, and is not repeated. */
function wordsOf(envelope: Record<string, unknown>, { secrets }: OutcomeContext): string {
  const { status, error } = envelope;
  return status === 'error' && typeof error === 'string' ? quotable(error, secrets) : '';
}
