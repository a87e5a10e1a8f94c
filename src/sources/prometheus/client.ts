import { queryString } from '../../lib/url.ts';
import { encodeUtf8 } from '../../lib/utf8.ts';
import { HttpFailure, type HttpRequest, type HttpResponse } from '../../ports/http.ts';
import type { Ports } from '../../ports/ports.ts';
import { type Connection, headersOf, secretsOf } from './connection.ts';
import { type Outcome, type OutcomeContext, type Refusal, type Refused, readOutcome, readValues, type ValuesOutcome } from './outcome.ts';

/** How much one reading may ask for. */
export interface ClientLimits {
  /** Time for all of it, in milliseconds. */
  readonly totalMs: number;
  /** Time for one query, at most; Prometheus is told as well. */
  readonly requestMs: number;
  /** Queries under way at the same time. */
  readonly concurrency: number;
  /** Queries in all, second tries included. */
  readonly maxRequests: number;
  readonly maxBodyBytes: number;
  /** Rows in one answer. */
  readonly maxSamples: number;
}

type Needs = Pick<Ports, 'clock' | 'http' | 'log' | 'random'>;

/** The values of a label, of the series that a selector means. */
export interface ValuesQuery {
  readonly label: string;
  readonly selector: string;
}

/** A client for one reading: it remembers how much was asked, and how. */
export interface Client {
  /** Asks some queries; each outcome stands where its query stood. Never throws. */
  ask(queries: readonly string[]): readonly Outcome[];
  /** Asks for the values of labels, which costs Prometheus no samples; each outcome stands where its query stood. Never throws. */
  values(queries: readonly ValuesQuery[]): readonly ValuesOutcome[];
  /** How many requests were sent. */
  readonly requests: number;
}

/** The pause before a second try: somewhere between the two, so that those who failed together do not come back together. */
const RETRY_PAUSE_MS = { least: 200, most: 800 } as const;

/** A request with less time than this would only fail in another way. */
const LEAST_TIME_MS = 50;

/** Prometheus gives up this much before we do, so that its words reach us. */
const MARGIN_MS = 250;

/**
 * Opens a client whose time begins now. Queries go out a few at a time. One that is throttled or fails (429, 5xx) is tried once more, after the wait that was asked
 * for if it ends in time. When all of a group fail in a way that holds for every query (nobody there, no rights, no Prometheus), the rest are not
 * sent. Queries are POSTed, since a list of namespaces makes them long; where POST is not allowed (405) they go out by GET.
 */
export function openClient(needs: Needs, connection: Connection, limits: ClientLimits): Client {
  const { clock, http, log, random } = needs;
  const deadline = clock.monotonic() + limits.totalMs;
  const secrets = secretsOf(connection);
  let method: 'POST' | 'GET' = 'POST';
  let requests = 0;

  const timeLeft = () => Math.floor(deadline - clock.monotonic());

  const send = (questions: readonly Question[]): readonly (HttpResponse | HttpFailure)[] => {
    requests += questions.length;
    const timeoutMs = Math.min(limits.requestMs, timeLeft());
    return http.sendAll(questions.map((question) => requestOf(connection, question, method, timeoutMs, limits)));
  };

  const group = <Result>(questions: readonly Question[], read: Reader<Result>): readonly (Result | Refused)[] => {
    if (timeLeft() < LEAST_TIME_MS) return questions.map(() => NO_TIME);
    let answers = send(questions.slice(0, limits.maxRequests - requests));
    if (method === 'POST' && answers.some(isMethodRefusal)) {
      log.write('info', 'Prometheus takes no POST here, so queries go by GET', {});
      method = 'GET';
      answers = send(questions.slice(0, limits.maxRequests - requests));
    }
    const context = { nowMs: clock.now(), secrets, maxSamples: limits.maxSamples };
    return questions.map((_, place) => {
      const answer = answers[place];
      return answer === undefined ? OVER_BUDGET : read(answer, context);
    });
  };

  const all = <Result extends Tagged>(questions: readonly Question[], read: Reader<Result>): readonly (Result | Refused)[] => {
    const results: (Result | Refused)[] = [];
    while (results.length < questions.length) {
      const got = group(questions.slice(results.length, results.length + limits.concurrency), read);
      results.push(...got);
      const [first] = got;
      if (first !== undefined && isRefused(first) && got.every(isHopeless)) return questions.map((_, place) => results[place] ?? first);
    }
    return results;
  };

  const twice = <Result extends Tagged>(questions: readonly Question[], read: Reader<Result>): readonly (Result | Refused)[] => {
    const first = all(questions, read);
    const waits = first.map((result) => waitOf(result, random.fraction()));
    const due = first.flatMap((_, place) => {
      const wait = waits[place];
      return wait === undefined || wait + LEAST_TIME_MS > timeLeft() ? [] : [place];
    });
    if (due.length === 0) return first;
    log.write('info', 'queries of Prometheus are tried again', { queries: due.length });
    clock.sleep(Math.max(...due.map((place) => waits[place] ?? 0)));
    const again = all(
      due.flatMap((place) => questions[place] ?? []),
      read,
    );
    const second = new Map(due.map((place, turn) => [place, again[turn]]));
    return first.map((result, place) => second.get(place) ?? result);
  };

  return {
    get requests() {
      return requests;
    },
    ask: (queries) =>
      twice(
        queries.map((query): Question => ({ tag: 'query', query })),
        readOutcome,
      ),
    values: (queries) =>
      twice(
        queries.map((query): Question => ({ tag: 'values', ...query })),
        readValues,
      ),
  };
}

type Question = { readonly tag: 'query'; readonly query: string } | ({ readonly tag: 'values' } & ValuesQuery);

/** Whatever an answer is read into says by its tag what it is. */
interface Tagged {
  readonly tag: string;
}

type Reader<Result> = (answer: HttpResponse | HttpFailure, context: OutcomeContext) => Result | Refused;

const NO_TIME: Refused = { tag: 'refused', refusal: { tag: 'timeout', detail: 'no time was left to ask' } };
const OVER_BUDGET: Refused = { tag: 'refused', refusal: { tag: 'budget' } };

/** How long to wait before a second try, in milliseconds; undefined where there is no point in one. */
function waitOf(result: Tagged | Refused, jitter: number): number | undefined {
  if (!isRefused(result)) return undefined;
  const { refusal } = result;
  if (refusal.tag !== 'throttled' && refusal.tag !== 'failing') return undefined;
  return Math.round((refusal.retryAfterMs ?? 0) + RETRY_PAUSE_MS.least + jitter * (RETRY_PAUSE_MS.most - RETRY_PAUSE_MS.least));
}

const HOPELESS: readonly Refusal['tag'][] = [
  'unreachable',
  'timeout',
  'host-forbids',
  'not-http',
  'unauthorized',
  'forbidden',
  'missing',
  'redirected',
  'not-prometheus',
  'budget',
];

function isRefused(result: Tagged | Refused): result is Refused {
  return result.tag === 'refused';
}

function isHopeless(result: Tagged | Refused): boolean {
  return isRefused(result) && HOPELESS.includes(result.refusal.tag);
}

function isMethodRefusal(answer: HttpResponse | HttpFailure): boolean {
  return !(answer instanceof HttpFailure) && answer.status === 405;
}

/** An instant query, or a question for the values of a label, which is never POSTed (Prometheus, web/api/v1/api.go, `Register`). */
function requestOf(
  connection: Connection,
  question: Question,
  method: 'POST' | 'GET',
  timeoutMs: number,
  limits: ClientLimits,
): HttpRequest {
  const headers = headersOf(connection);
  const common = { timeoutMs, maxBodyBytes: limits.maxBodyBytes };
  if (question.tag === 'values') {
    const url = `${connection.baseUrl}/api/v1/label/${question.label}/values?${queryString([['match[]', question.selector]])}`;
    return { method: 'GET', url, headers, ...common };
  }
  const url = `${connection.baseUrl}/api/v1/query`;
  const form = queryString([
    ['query', question.query],
    ['timeout', `${Math.max(LEAST_TIME_MS, timeoutMs - MARGIN_MS)}ms`],
    // One more than we take, so that too many can be told from just enough. Servers that do not know it pass over it.
    ['limit', String(limits.maxSamples + 1)],
  ]);
  if (method === 'GET') return { method, url: `${url}?${form}`, headers, ...common };
  return { method, url, headers: [...headers, ['content-type', 'application/x-www-form-urlencoded']], body: encodeUtf8(form), ...common };
}
