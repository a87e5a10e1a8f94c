import type { ErrorCode } from '../lib/errors.ts';
import { MeshError } from '../lib/errors.ts';
import { header } from '../lib/headers.ts';
import { parseRetryAfter } from '../lib/retry-after.ts';
import { parseHttpUrl } from '../lib/url.ts';
import type { HttpFailure, HttpResponse } from '../ports/http.ts';
import type { Operation } from './operation.ts';

/** What the message of a failure depends on besides the answer. */
export interface FailureContext {
  readonly operation: Operation;
  readonly baseUrl: string;
  readonly timeoutMs: number;
  /** Wall time, for Retry-After. */
  readonly nowMs: number;
  /** Whether this was the second try. */
  readonly retried: boolean;
}

/** What to wait where the Petstore does not say it. */
const RETRY_AFTER_MS = 5_000;

/** Statuses below 500 that mean "later": request time-out, too early, too many requests. */
const LATER: readonly number[] = [408, 425, 429];

/** Reasons that hold for every operation; an operation's own come first. */
const REASONS: Readonly<Record<number, string>> = {
  400: 'The Petstore does not take this input',
  404: 'The Petstore does not know this path; check PETSTORE_URL',
  405: 'The Petstore does not offer this operation; check PETSTORE_URL',
  408: 'The Petstore got tired of waiting',
  409: 'The Petstore says that this conflicts with what it has',
  413: 'The Petstore finds this too large',
  415: 'The Petstore does not take this content type',
  422: 'The Petstore finds this input invalid',
  429: 'The Petstore asks for fewer calls',
  503: 'The Petstore is out of service for the moment',
  504: 'The Petstore did not answer the gateway before it in time',
};

/** Whether an error status may pass by itself. */
export function mayPass(status: number): boolean {
  return (status >= 500 && status !== 501 && status !== 505) || LATER.includes(status);
}

/** The error for an answer with any status but 2xx; nothing of its body is in it. */
export function statusError(response: HttpResponse, context: FailureContext): MeshError {
  const { status } = response;
  if (status >= 300 && status < 400) {
    const follow = context.operation.method === 'GET' ? 'to another origin, or too often' : 'a call that is no GET';
    return new MeshError(
      'unavailable',
      `The Petstore redirects (${status}) ${follow}, which is not followed. Set PETSTORE_URL to where it really is.`,
    );
  }
  const code = codeOf(status);
  const reason =
    context.operation.reasons[status] ?? REASONS[status] ?? (status >= 500 ? 'The Petstore failed' : 'The Petstore refuses this');
  const parts = [`${code === 'denied' ? denial(context.operation) : reason} (${status}).`];
  if (code === 'unavailable') parts.push(perhapsDone(context));
  else if (context.retried && context.operation.method !== 'GET')
    parts.push('This was a second try: the first may have done its work before it failed.');
  return new MeshError(
    code,
    sentence(parts),
    code === 'unavailable' && mayPass(status) ? { retryAfterMs: retryAfter(response, context) } : {},
  );
}

function codeOf(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'denied';
  if (status === 409) return 'conflict';
  if (status >= 400 && status < 500 && !LATER.includes(status)) return 'invalid';
  return 'unavailable';
}

function denial({ credentials }: Operation): string {
  const options = credentials.map((credential) => (credential === 'api_key' ? 'PETSTORE_API_KEY' : 'PETSTORE_TOKEN'));
  return options.length === 0
    ? 'The Petstore does not let this server do that'
    : `The Petstore does not let this server do that; whoever runs it can set ${options.join(' or ')}`;
}

function retryAfter(response: HttpResponse, { nowMs }: FailureContext): number {
  return parseRetryAfter(header(response.headers, 'retry-after'), nowMs) ?? RETRY_AFTER_MS;
}

/** The error where no answer came. The host's words for it go to the log alone. */
export function noAnswerError(failure: HttpFailure, context: FailureContext): MeshError {
  const later = { cause: failure, retryAfterMs: RETRY_AFTER_MS };
  switch (failure.reason) {
    case 'timeout':
      return new MeshError(
        'unavailable',
        sentence([`The Petstore did not answer within ${context.timeoutMs} ms.`, perhapsDone(context)]),
        later,
      );
    case 'unreachable':
      return new MeshError(
        'unavailable',
        sentence([
          'The Petstore cannot be reached, or the connection broke. Check PETSTORE_URL and that the Petstore runs.',
          perhapsDone(context),
        ]),
        later,
      );
    case 'forbidden': {
      const destination = parseHttpUrl(context.baseUrl)?.authority ?? 'the host of PETSTORE_URL';
      return new MeshError(
        'denied',
        `The host that runs this server does not let it call the Petstore: add ${destination} to the workload's allowedHosts (wasmCloud: localResources.allowedHosts).`,
        { cause: failure },
      );
    }
    case 'protocol':
      return new MeshError(
        'unavailable',
        sentence(['What answers at PETSTORE_URL does not speak HTTP as expected. Check the scheme and the port.', perhapsDone(context)]),
        { cause: failure },
      );
  }
}

/** The error for a good status with a body that cannot be read. It is the upstream's fault, not a defect of ours: `unavailable`. */
export function misfitError(words: string, context: FailureContext): MeshError {
  return new MeshError(
    'unavailable',
    sentence([
      `The Petstore's answer is ${words}.`,
      'Check that PETSTORE_URL is the base URL of a Petstore API v3.',
      context.operation.method === 'GET' ? '' : 'It did say that the call was carried out.',
    ]),
  );
}

/** A call that changes something may have done so although no good answer came: whoever repeats it should know. */
function perhapsDone({ operation }: FailureContext): string {
  return operation.effect.idempotent ? '' : 'It may have been carried out all the same: look before you repeat it.';
}

function sentence(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}
