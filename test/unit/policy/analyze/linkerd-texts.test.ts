import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLinkerdDuration } from '../../../../src/policy/analyze/linkerd-annotations.ts';
import { identityProblem } from '../../../../src/policy/analyze/linkerd-identities.ts';

describe('a duration of Linkerd’s', () => {
  it.each([
    ['0', 0],
    ['0s', 0],
    ['10ms', 10],
    [' 2s ', 2_000],
    ['1m', 60_000],
    ['1h', 3_600_000],
    ['2d', 172_800_000],
  ])('%s', (text, ms) => {
    expect(parseLinkerdDuration(text)).toBe(ms);
  });

  it.each(['', '5', '-1s', '1.5s', '1m30s', '1 s', 's', '1w', '1S'])('not %j', (text) => {
    expect(parseLinkerdDuration(text)).toBeUndefined();
  });

  it('is a whole number and a unit', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom('ms', 's', 'm', 'h', 'd'), (number, unit) => {
        expect(parseLinkerdDuration(`${number}${unit}`)).toBeGreaterThanOrEqual(number);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(['undefined', 'number']).toContain(typeof parseLinkerdDuration(text));
      }),
    );
  });
});

describe('the name of an identity', () => {
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);

  it('is labels, the first of which may be a wildcard', () => {
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 8 }), fc.boolean(), (labels, wild) => {
        expect(identityProblem([...(wild ? ['*'] : []), ...labels].join('.'))).toBeUndefined();
        expect(identityProblem([...labels, '*'].join('.'))).toBeDefined();
        expect(identityProblem(`${labels.join('.')}.`)).toBeDefined();
      }),
    );
  });

  it('is a SPIFFE id with whole segments', () => {
    expect(identityProblem('spiffe://td/ns/a/sa/b')).toBeUndefined();
    for (const text of [
      'spiffe://',
      'spiffe:///a',
      'spiffe://TD/a',
      'spiffe://td/',
      'spiffe://td//a',
      'spiffe://td/..',
      'spiffe://td/a?b',
    ]) {
      expect(identityProblem(text), text).toBeDefined();
    }
  });

  it('may be anything without a throw, and without a long look', () => {
    fc.assert(fc.property(fc.anything(), (value) => ['undefined', 'object'].includes(typeof identityProblem(value))));
    expect(identityProblem('a'.repeat(5_000))).toBeDefined();
    expect(identityProblem(`${'a-'.repeat(1_000)}!`)).toBeDefined();
  });
});
