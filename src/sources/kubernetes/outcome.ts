import { parseBounded } from '../../lib/json-text.ts';
import { decodeUtf8 } from '../../lib/utf8.ts';
import type { HttpFailure } from '../../ports/http.ts';
import { decodeList, type ListEnvelope } from './decode/envelope.ts';

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

/** A demo API marks its answers with this header, so that nobody takes them for a cluster's. */
export const DEMO_HEADER = 'x-mesh-mcp-demo';

/** A page of a list, or why the body of an answer with status 200 is none. */
export type Page = { readonly tag: 'page'; readonly list: ListEnvelope } | { readonly tag: 'refused'; readonly refusal: Refusal };

/** Reads such a body; `truncated`: it went on. Takes any bytes; never throws. */
export function readPage(body: Uint8Array, truncated: boolean): Page {
  if (truncated) return refused({ tag: 'too-large' });
  const parsed = parseBounded(decodeUtf8(body));
  if (parsed.kind === 'too-deep') return refused({ tag: 'not-kubernetes', detail: 'the body nests deeper than any list' });
  if (parsed.kind === 'syntax') return refused({ tag: 'not-kubernetes', detail: 'the body is not JSON' });
  const list = decodeList(parsed.value);
  return list === undefined ? refused({ tag: 'not-kubernetes', detail: 'the body is JSON but no list' }) : { tag: 'page', list };
}

function refused(refusal: Refusal): Page {
  return { tag: 'refused', refusal };
}

/** What it says that no answer came. */
export function failureRefusal(failure: HttpFailure): Refusal {
  return { tag: FAILURE_TAGS[failure.reason], detail: failure.message };
}

const FAILURE_TAGS = { unreachable: 'unreachable', timeout: 'timeout', forbidden: 'host-forbids', protocol: 'not-http' } as const;

/** What a status other than 200 says. */
export function refusalOf(status: number, retryAfterMs: number | undefined): Refusal {
  if (status === 401) return { tag: 'unauthorized' };
  if (status === 403) return { tag: 'forbidden' };
  if (status === 404) return { tag: 'missing' };
  if (status === 410) return { tag: 'expired' };
  if (status === 429) return { tag: 'throttled', status, retryAfterMs };
  if (status >= 500) return { tag: 'failing', status, retryAfterMs };
  if (status >= 300 && status < 400) return { tag: 'redirected', status };
  return { tag: 'refused', status };
}
