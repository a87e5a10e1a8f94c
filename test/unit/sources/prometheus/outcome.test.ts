import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OutcomeContext, readOutcome, readValues } from '../../../../src/sources/prometheus/outcome.ts';
import { answer, apiError, failure, vector } from './fake.ts';

const CONTEXT: OutcomeContext = { nowMs: Date.parse('2026-11-21T10:00:00Z'), secrets: ['s3cret'], maxSamples: 3 };
const read = (given: Parameters<typeof readOutcome>[0], context: Partial<OutcomeContext> = {}) =>
  readOutcome(given, { ...CONTEXT, ...context });
const refusal = (given: Parameters<typeof readOutcome>[0]) => {
  const outcome = read(given);
  return outcome.tag === 'refused' ? outcome.refusal : expect.fail('it was read');
};

describe('readOutcome', () => {
  it('reads a vector, with what Prometheus remarks', () => {
    const more = { warnings: ['PromQL warning: bad bucket', 'store s3cret is down'], infos: ['PromQL info: not a counter'] };
    expect(
      read(
        vector(
          [
            [{ a: 'x' }, 1.5],
            [{}, '2e-7'],
          ],
          more,
        ),
      ),
    ).toEqual({
      tag: 'vector',
      samples: [
        { labels: { a: 'x' }, value: 1.5 },
        { labels: {}, value: 2e-7 },
      ],
      warnings: ['PromQL warning: bad bucket', 'store [secret] is down'],
      infos: ['PromQL info: not a counter'],
      demo: false,
    });
  });

  it('takes rows without a number for no rows', () => {
    expect(
      read(
        vector([
          [{}, 'NaN'],
          [{}, '+Inf'],
          [{}, '-Inf'],
        ]),
      ),
    ).toMatchObject({ samples: [] });
    const histogram = { metric: {}, histogram: [1, { count: '1' }] };
    expect(read(answer(200, { status: 'success', data: { resultType: 'vector', result: [histogram] } }))).toMatchObject({ samples: [] });
  });

  it('knows a demo by its header', () => {
    const demo = { ...vector([]), headers: [['X-Mesh-MCP-Demo', 'true']] as const };
    expect(read(demo)).toMatchObject({ demo: true });
  });

  it.each([
    ['HTML', '<!doctype html><title>Sign in</title>'],
    ['nothing', ''],
    ['other JSON', '{"kind":"Status"}'],
    ['a matrix', { status: 'success', data: { resultType: 'matrix', result: [] } }],
    ['a scalar', { status: 'success', data: { resultType: 'scalar', result: [1, '1'] } }],
    ['no data', { status: 'success' }],
    ['a row that is none', { status: 'success', data: { resultType: 'vector', result: [7] } }],
    ['a row without a value', { status: 'success', data: { resultType: 'vector', result: [{ metric: {} }] } }],
    ['a number for a value', { status: 'success', data: { resultType: 'vector', result: [{ metric: {}, value: [1, 2] }] } }],
    ['a label that is no text', { status: 'success', data: { resultType: 'vector', result: [{ metric: { a: 1 }, value: [1, '2'] }] } }],
    ['deep nesting', `${'['.repeat(1000)}${']'.repeat(1000)}`],
  ])('does not take %s for an answer', (_, body) => {
    expect(refusal(answer(200, body))).toMatchObject({ tag: 'not-prometheus' });
  });

  it.each([
    [301, { tag: 'redirected', status: 301 }],
    [401, { tag: 'unauthorized' }],
    [403, { tag: 'forbidden' }],
    [404, { tag: 'missing' }],
    [414, { tag: 'too-large', words: '' }],
    [418, { tag: 'rejected', status: 418, words: '' }],
  ])('reads %i', (status, expected) => {
    expect(refusal(answer(status, '<html>'))).toEqual(expected);
  });

  it('passes on what Prometheus says of a query, and nothing else', () => {
    expect(refusal(apiError(400, 'bad_data', 'parse error near s3cret'))).toEqual({
      tag: 'rejected',
      status: 400,
      words: 'parse error near [secret]',
    });
    expect(refusal(apiError(404, 'not_found', 'no such thing'))).toEqual({ tag: 'rejected', status: 404, words: 'no such thing' });
    expect(refusal(apiError(200, 'execution', 'odd server'))).toEqual({ tag: 'rejected', status: 200, words: 'odd server' });
    expect(refusal(answer(400, { message: 'not the API’s shape' }))).toEqual({ tag: 'rejected', status: 400, words: '' });
    expect(refusal(answer(400, { status: 'error', error: ['a'] }))).toEqual({ tag: 'rejected', status: 400, words: '' });
  });

  it('knows what a smaller query may do better', () => {
    expect(
      refusal(apiError(422, 'execution', 'query processing would load too many samples into memory in query execution')),
    ).toMatchObject({ tag: 'too-large' });
    expect(
      refusal(apiError(422, 'execution', 'the query exceeded the maximum number of series (err-mimir-max-series-per-query)')),
    ).toMatchObject({ tag: 'too-large' });
    expect(refusal(apiError(422, 'execution', 'found duplicate series for the match group'))).toMatchObject({ tag: 'rejected' });
    expect(refusal(apiError(503, 'timeout', 'query timed out in expression evaluation'))).toMatchObject({ tag: 'too-large' });
    expect(refusal({ ...vector([]), truncated: true })).toEqual({ tag: 'too-large', words: '' });
    expect(
      refusal(
        vector([
          [{}, 1],
          [{}, 2],
          [{}, 3],
          [{}, 4],
        ]),
      ),
    ).toEqual({ tag: 'too-large', words: '' });
    expect(
      read(
        vector([
          [{}, 1],
          [{}, 2],
          [{}, 3],
        ]),
      ).tag,
    ).toBe('vector');
  });

  it('knows what may do better later, and when', () => {
    expect(refusal(answer(429, 'slow down', [['Retry-After', '7']]))).toEqual({
      tag: 'throttled',
      status: 429,
      retryAfterMs: 7000,
      words: '',
    });
    expect(refusal(apiError(503, 'unavailable', 'starting up'))).toEqual({
      tag: 'failing',
      status: 503,
      retryAfterMs: undefined,
      words: 'starting up',
    });
    expect(refusal(apiError(500, 'internal', 'oops'))).toEqual({ tag: 'failing', status: 500, retryAfterMs: undefined, words: 'oops' });
  });

  it.each([
    ['unreachable', 'unreachable'],
    ['timeout', 'timeout'],
    ['forbidden', 'host-forbids'],
    ['protocol', 'not-http'],
  ] as const)('reads no answer at all: %s', (reason, tag) => {
    expect(refusal(failure(reason))).toEqual({ tag, detail: 'in this test' });
  });

  it('takes anything without throwing, and lets nothing through that is no number or text', () => {
    const json = fc.oneof(
      fc.json(),
      fc
        .record({ status: fc.constantFrom('success', 'error'), data: fc.jsonValue(), error: fc.jsonValue(), warnings: fc.jsonValue() })
        .map((value) => JSON.stringify(value)),
      fc.jsonValue().map((result) => JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [result] } })),
      fc
        .record({
          metric: fc.dictionary(fc.string(), fc.string()),
          value: fc.tuple(fc.double(), fc.oneof(fc.string(), fc.double().map(String))),
        })
        .map((row) => JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [row] } })),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), json, (status, body) => {
        for (const code of [status, 200]) {
          const outcome = read(answer(code, body));
          if (outcome.tag !== 'vector') continue;
          for (const { labels, value } of outcome.samples) {
            expect(Number.isFinite(value)).toBe(true);
            expect(Object.values(labels).every((label) => typeof label === 'string')).toBe(true);
          }
        }
      }),
    );
  });
});

describe('readValues', () => {
  it('reads the values of a label', () => {
    expect(readValues(answer(200, { status: 'success', data: ['bank', 'shop', 7] }), CONTEXT)).toEqual({
      tag: 'values',
      values: ['bank', 'shop'],
    });
    expect(readValues(answer(200, { status: 'success', data: {} }), CONTEXT)).toMatchObject({
      tag: 'refused',
      refusal: { tag: 'not-prometheus' },
    });
    expect(readValues(answer(503, ''), CONTEXT)).toMatchObject({ tag: 'refused', refusal: { tag: 'failing' } });
  });
});
