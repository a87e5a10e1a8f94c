import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from '../../../src/lib/retry-after.ts';

const NOW = Date.parse('2026-11-21T10:00:00Z');

describe('parseRetryAfter', () => {
  it('reads seconds', () => {
    expect(parseRetryAfter('0', NOW)).toBe(0);
    expect(parseRetryAfter(' 7 ', NOW)).toBe(7_000);
  });

  it('reads an HTTP date, one in the past being now', () => {
    expect(parseRetryAfter('Sat, 21 Nov 2026 10:00:30 GMT', NOW)).toBe(30_000);
    expect(parseRetryAfter('Sat, 21 Nov 2026 09:00:00 GMT', NOW)).toBe(0);
  });

  it('never says more than an hour', () => {
    expect(parseRetryAfter('999999999', NOW)).toBe(3_600_000);
    expect(parseRetryAfter('Sun, 21 Nov 2027 10:00:00 GMT', NOW)).toBe(3_600_000);
  });

  it.each([undefined, '', '-1', '1.5', '1e3', 'soon', '2026-11-21', 'Sat, 99 Nov 2026 10:00:30 GMT', '12345678901'])(
    'gives up on %j',
    (value) => {
      expect(parseRetryAfter(value, NOW)).toBeUndefined();
    },
  );

  it('answers undefined or a time from now to an hour, for any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
        ),
        (text) => {
          const ms = parseRetryAfter(text, NOW);
          expect(ms === undefined || (ms >= 0 && ms <= 3_600_000)).toBe(true);
        },
      ),
    );
  });
});
