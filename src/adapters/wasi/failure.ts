import { describe } from '../../lib/errors.ts';
import { HttpFailure } from '../../ports/http.ts';
import { witError, witTag } from './resource.ts';

const TIMEOUTS: readonly string[] = [
  'dns-timeout',
  'connection-timeout',
  'connection-read-timeout',
  'connection-write-timeout',
  'http-response-timeout',
];
const UNREACHABLE = /^(?:dns-|destination-|connection-|tls-)/;

/** A wasi:http error code as our reason; its words go into the detail, for the log. */
export function failure(thrown: unknown): HttpFailure {
  if (thrown instanceof HttpFailure) return thrown;
  const tag = codeOf(thrown);
  const detail = describe(witError(thrown));
  if (TIMEOUTS.includes(tag)) return new HttpFailure('timeout', detail);
  if (tag === 'http-request-denied' || tag === 'destination-ip-prohibited') return new HttpFailure('forbidden', detail);
  return new HttpFailure(UNREACHABLE.test(tag) ? 'unreachable' : 'protocol', detail);
}

/**
 * The same for a request whose body is or was on its way. A server may answer early and close with our bytes unread; the reset can overtake its answer. wasmtime has
 * one code, `HTTP-protocol-error`, for that and for an answer that is no HTTP (`p2_error_from_hyper` in src/ctx.rs of wasmtime-wasi-http 48); with a body on its
 * way the former is what happened. Measured with a server that answers and closes at once: half of the calls and more.
 */
export function failureWhileSending(thrown: unknown): HttpFailure {
  const told = failure(thrown);
  return codeOf(thrown) === 'http-protocol-error' ? new HttpFailure('unreachable', told.message) : told;
}

/** Hosts differ in the case of the codes. */
function codeOf(thrown: unknown): string {
  return witTag(thrown)?.toLowerCase() ?? '';
}
