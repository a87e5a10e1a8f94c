import { sameText } from '../access/same-text.ts';
import { type HeaderList, header } from '../lib/headers.ts';

/** Whether a request bears this token (RFC 6750 section 2.1). An empty expectation is never met. */
export function bearsToken(headers: HeaderList, expected: string): boolean {
  const [scheme = '', given = '', ...more] = (header(headers, 'authorization') ?? '').trim().split(/\s+/);
  return expected !== '' && scheme.toLowerCase() === 'bearer' && more.length === 0 && sameText(given, expected);
}
