import { type HeaderList, header } from '../lib/headers.ts';

/**
 * Whether a request bears this token (RFC 6750 section 2.1). An empty expectation is never met. Every character is compared, whatever the first difference, so
 * that the time taken tells nothing about the token but its length.
 */
export function bearsToken(headers: HeaderList, expected: string): boolean {
  const [scheme = '', given = '', ...more] = (header(headers, 'authorization') ?? '').trim().split(/\s+/);
  if (expected === '' || scheme.toLowerCase() !== 'bearer' || more.length > 0 || given.length !== expected.length) return false;
  let difference = 0;
  for (let at = 0; at < expected.length; at++) difference |= given.charCodeAt(at) ^ expected.charCodeAt(at);
  return difference === 0;
}
