/** Nobody is told to wait longer than this: a longer wait is a server's way to say no. */
const MAX_WAIT_MS = 3_600_000;

/** `Wed, 21 Oct 2015 07:28:00 GMT`: the one form of HTTP-date that a server may send (RFC 9110, section 5.6.7). */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** How long a `Retry-After` header (RFC 9110, section 10.2.3) asks to wait, in milliseconds, at most an hour; undefined where it says nothing usable. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text) * 1000, MAX_WAIT_MS);
  const at = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.min(Math.max(0, at - nowMs), MAX_WAIT_MS);
}
