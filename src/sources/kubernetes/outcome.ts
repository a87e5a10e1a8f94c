import { header } from '../../lib/headers.ts';
import { parseBounded } from '../../lib/json-text.ts';
import { parseRetryAfter } from '../../lib/retry-after.ts';
import { decodeUtf8 } from '../../lib/utf8.ts';
import { HttpFailure, type HttpResponse } from '../../ports/http.ts';
import { decodeList, type ListEnvelope } from './decode/list.ts';

/**
 * Why the API gave no page. `detail` is for the log alone: what the host or the parser said, never an upstream's body.
 *  - `unreachable`, `timeout`, `host-forbids`, `not-http`: no answer came, see `HttpFailureReason`.
 *  - `unauthorized` (401): it does not know us. `forbidden` (403): it does, and we may not.
 *  - `missing` (404): the resource is not served here.
 *  - `expired` (410): the continue token is too old, the list must begin again.
 *  - `throttled` (429), `failing` (5xx): later.
 *  - `redirected` (3xx), `refused` (any other 4xx), `not-kubernetes`: this is no Kubernetes API, or something stands before it.
 *  - `too-large`: the page did not fit.
 */
export type Refusal =
  | { readonly tag: 'unreachable' | 'timeout' | 'host-forbids' | 'not-http'; readonly detail: string }
  | { readonly tag: 'unauthorized' | 'forbidden' | 'missing' | 'expired' | 'too-large' }
  | { readonly tag: 'throttled' | 'failing'; readonly status: number; readonly retryAfterMs: number | undefined }
  | { readonly tag: 'redirected' | 'refused'; readonly status: number }
  | { readonly tag: 'not-kubernetes'; readonly detail: string };

/** What came of one request. */
export type Outcome =
  | { readonly tag: 'page'; readonly list: ListEnvelope; readonly bytes: number; readonly demo: boolean }
  | { readonly tag: 'refused'; readonly refusal: Refusal };

/** A demo API marks its answers with this header, so that nobody takes them for a cluster's. */
export const DEMO_HEADER = 'x-mesh-mcp-demo';

/** Reads one answer that came at `nowMs` (milliseconds since 1970). Takes any bytes; never throws. */
export function readOutcome(answer: HttpResponse | HttpFailure, nowMs: number): Outcome {
  if (answer instanceof HttpFailure) return refused({ tag: FAILURE_TAGS[answer.reason], detail: answer.message });
  const { status } = answer;
  if (status !== 200) return refused(refusalOf(status, parseRetryAfter(header(answer.headers, 'retry-after'), nowMs)));
  if (answer.truncated) return refused({ tag: 'too-large' });
  const parsed = parseBounded(decodeUtf8(answer.body));
  if (parsed.kind === 'too-deep') return refused({ tag: 'not-kubernetes', detail: 'the body nests deeper than any list' });
  if (parsed.kind === 'syntax') return refused({ tag: 'not-kubernetes', detail: 'the body is not JSON' });
  const list = decodeList(parsed.value);
  if (list === undefined) return refused({ tag: 'not-kubernetes', detail: 'the body is JSON but no list' });
  return { tag: 'page', list, bytes: answer.body.length, demo: header(answer.headers, DEMO_HEADER) === 'true' };
}

const FAILURE_TAGS = { unreachable: 'unreachable', timeout: 'timeout', forbidden: 'host-forbids', protocol: 'not-http' } as const;

function refused(refusal: Refusal): Outcome {
  return { tag: 'refused', refusal };
}

function refusalOf(status: number, retryAfterMs: number | undefined): Refusal {
  if (status === 401) return { tag: 'unauthorized' };
  if (status === 403) return { tag: 'forbidden' };
  if (status === 404) return { tag: 'missing' };
  if (status === 410) return { tag: 'expired' };
  if (status === 429) return { tag: 'throttled', status, retryAfterMs };
  if (status >= 500) return { tag: 'failing', status, retryAfterMs };
  if (status >= 300 && status < 400) return { tag: 'redirected', status };
  return { tag: 'refused', status };
}
