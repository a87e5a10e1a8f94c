import type { Config } from '../config.ts';
import { header } from '../lib/headers.ts';
import { parseRetryAfter } from '../lib/retry-after.ts';
import { parseHttpUrl } from '../lib/url.ts';
import { HttpFailure, type HttpResponse } from '../ports/http.ts';
import type { Ports } from '../ports/ports.ts';
import { type Reading, readAnswer } from './answer.ts';
import { type FailureContext, mayPass, misfitError, noAnswerError, statusError } from './failure.ts';
import type { Operation } from './operation.ts';
import { type Arguments, buildRequest, type WireRequest } from './request.ts';

/** What a call needs of the world. */
export interface PetstoreContext {
  readonly ports: Pick<Ports, 'clock' | 'http' | 'log' | 'random'>;
  readonly config: Pick<Config, 'petstoreUrl' | 'petstoreApiKey' | 'petstoreToken' | 'upstreamTimeoutMs'>;
}

/** Longer answers are not read to their end: an instance has little memory, and a tool's answer is far shorter. */
export const MAX_ANSWER_BYTES = 1_048_576;

/** Redirects within the Petstore's own origin: enough for a moved base path and a trailing slash. */
const MAX_REDIRECTS = 3;

/** The pause before the second try: somewhere between the two, so that callers who failed together do not come back together. */
const RETRY_PAUSE_MS = { least: 100, most: 400 } as const;

/** A Retry-After up to this is waited for here; a longer one is the caller's to wait. */
const MAX_RETRY_PAUSE_MS = 2_000;

/** A second try with less time than this would only fail in another way. */
const LEAST_TIME_MS = 50;

type Outcome = HttpResponse | HttpFailure;

/**
 * Calls one operation with arguments that its `input` has passed. `upstreamTimeoutMs` holds for the whole call. A call that changes nothing more the
 * second time is tried again once where the failure may pass by itself. Redirects are followed for GET alone, within the origin of
 * `petstoreUrl`: nothing, and no credential, ever goes to another. Throws `MeshError` for every failure.
 */
export function callPetstore(operation: Operation, args: Arguments, { ports, config }: PetstoreContext): Reading {
  const connection = { baseUrl: config.petstoreUrl, apiKey: config.petstoreApiKey, token: config.petstoreToken };
  const request = buildRequest(operation, args, connection);
  const deadline = ports.clock.monotonic() + config.upstreamTimeoutMs;
  const first = send(request, deadline, ports);
  const pause = operation.effect.idempotent ? pauseBeforeRetry(first, ports) : undefined;
  const retried = pause !== undefined && ports.clock.monotonic() + pause + LEAST_TIME_MS <= deadline;
  if (retried) {
    ports.log.write('info', 'a call of the Petstore is tried again', { operation: operation.name, why: nameOf(first) });
    ports.clock.sleep(pause);
  }
  const outcome = retried ? send(request, deadline, ports) : first;
  const context: FailureContext = {
    operation,
    baseUrl: config.petstoreUrl,
    timeoutMs: config.upstreamTimeoutMs,
    nowMs: ports.clock.now(),
    retried,
  };
  if (outcome instanceof HttpFailure) throw noAnswerError(outcome, context);
  if (outcome.status < 200 || outcome.status > 299) throw statusError(outcome, context);
  const read = readAnswer(operation, outcome);
  if (read.tag === 'misfit') throw misfitError(read.words, context);
  return read;
}

/** One try, redirects included. */
function send(request: WireRequest, deadline: number, { clock, http }: PetstoreContext['ports']): Outcome {
  let url = request.url;
  for (let redirects = 0; ; redirects++) {
    const timeoutMs = Math.floor(deadline - clock.monotonic());
    if (timeoutMs <= 0) return new HttpFailure('timeout', 'the time ran out between two requests');
    let response: HttpResponse;
    try {
      response = http.send({ ...request, url, timeoutMs, maxBodyBytes: MAX_ANSWER_BYTES });
    } catch (thrown) {
      if (thrown instanceof HttpFailure) return thrown;
      throw thrown;
    }
    const next = request.method === 'GET' && redirects < MAX_REDIRECTS ? redirectTarget(url, response) : undefined;
    if (next === undefined) return response;
    url = next;
  }
}

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** Where to go on, if that is on the origin that answered; relative to its root or absolute, the two forms that servers send. */
function redirectTarget(from: string, response: HttpResponse): string | undefined {
  const location = header(response.headers, 'location')?.trim();
  const origin = parseHttpUrl(from)?.origin;
  if (!REDIRECTS.includes(response.status) || location === undefined || origin === undefined) return undefined;
  const target = parseHttpUrl(/^\/(?!\/)/.test(location) ? `${origin}${location}` : location);
  return target?.origin === origin ? `${origin}${target.target}` : undefined;
}

/** How long to wait before a second try, in milliseconds; undefined where there is no point in one. */
function pauseBeforeRetry(outcome: Outcome, { clock, random }: PetstoreContext['ports']): number | undefined {
  const jitter = RETRY_PAUSE_MS.least + random.fraction() * (RETRY_PAUSE_MS.most - RETRY_PAUSE_MS.least);
  if (outcome instanceof HttpFailure) return outcome.reason === 'unreachable' || outcome.reason === 'timeout' ? jitter : undefined;
  if (!mayPass(outcome.status)) return undefined;
  const asked = parseRetryAfter(header(outcome.headers, 'retry-after'), clock.now()) ?? 0;
  return asked > MAX_RETRY_PAUSE_MS ? undefined : asked + jitter;
}

function nameOf(outcome: Outcome): string {
  return outcome instanceof HttpFailure ? outcome.reason : String(outcome.status);
}
