import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../../../src/lib/utf8.ts';
import { HttpFailure, type StreamEvent } from '../../../../src/ports/http.ts';
import { DiscoveryDocument, PageAnswer, WatchAnswer } from '../../../../src/sources/kubernetes/answers.ts';

const NOW = Date.parse('2026-10-21T07:27:00Z');
const head = (status: number, headers: readonly (readonly [string, string])[] = []): StreamEvent => ({
  tag: 'head',
  stream: 0,
  status,
  headers,
});
const data = (text: string): StreamEvent => ({ tag: 'data', stream: 0, bytes: encodeUtf8(text) });
const end = (truncated = false): StreamEvent => ({ tag: 'end', stream: 0, truncated });
const failed: StreamEvent = { tag: 'failed', stream: 0, failure: new HttpFailure('timeout', 'so says the host') };
const LIST = '{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[]}';

describe('a page', () => {
  const read = (...events: readonly StreamEvent[]) => {
    const answer = new PageAnswer();
    return events.flatMap((event) => answer.take(event, NOW));
  };

  it('is read when it is whole', () => {
    expect(read(head(200), data(LIST.slice(0, 20)), data(LIST.slice(20)))).toEqual([]);
    expect(read(head(200), data(LIST.slice(0, 20)), data(LIST.slice(20)), end())).toMatchObject([
      { tag: 'page', list: { kind: 'PodList', resourceVersion: '1' } },
    ]);
  });

  it.each([
    [[head(200), data(LIST), end(true)], { tag: 'too-large' }],
    [[head(200), data(LIST.slice(0, 20)), end()], { tag: 'not-kubernetes' }],
    [[head(200), data(LIST), failed], { tag: 'timeout' }],
    [[failed], { tag: 'timeout' }],
    [[head(204)], { tag: 'refused', status: 204 }],
    [[head(429, [['Retry-After', '3']])], { tag: 'throttled', retryAfterMs: 3_000 }],
    [[head(503, [['retry-after', 'Wed, 21 Oct 2026 07:28:00 GMT']])], { tag: 'failing', retryAfterMs: 60_000 }],
  ])('is refused: %#', (events, refusal) => {
    expect(read(...events)).toMatchObject([{ tag: 'refused', refusal }]);
  });
});

describe('a document of discovery', () => {
  const read = (...events: readonly StreamEvent[]) => {
    const answer = new DiscoveryDocument();
    return events.flatMap((event) => answer.take(event, NOW));
  };

  it('is JSON, whole', () => {
    expect(read(head(200), data('{"kind"'), data(':"APIVersions"}'), end())).toEqual([{ tag: 'json', value: { kind: 'APIVersions' } }]);
    expect(read(head(200), data('{}'), end(true))).toEqual([{ tag: 'refused', refusal: { tag: 'too-large' } }]);
    expect(read(head(200), data('<html>'), end())).toMatchObject([{ tag: 'refused', refusal: { tag: 'not-kubernetes' } }]);
    expect(read(head(403))).toEqual([{ tag: 'refused', refusal: { tag: 'forbidden' } }]);
  });
});

describe('a watch', () => {
  const read = (...events: readonly StreamEvent[]) => {
    const answer = new WatchAnswer(10);
    return events.flatMap((event) => answer.take(event, NOW));
  };

  it('gives lines as they come whole', () => {
    expect(read(head(200), data('{}\n{'), data('"a"'), data(':1}\n'), end())).toEqual([
      { tag: 'opened' },
      { tag: 'lines', lines: ['{}'] },
      { tag: 'lines', lines: ['{"a":1}'] },
      { tag: 'ended' },
    ]);
  });

  it('is refused by its status, a line that is too long, or when it breaks off', () => {
    expect(read(head(410))).toEqual([{ tag: 'refused', refusal: { tag: 'expired' } }]);
    expect(read(head(200), data('x'.repeat(11)))).toMatchObject([
      { tag: 'opened' },
      { tag: 'refused', refusal: { tag: 'not-kubernetes' } },
    ]);
    expect(read(head(200), failed)).toEqual([
      { tag: 'opened' },
      { tag: 'refused', refusal: { tag: 'timeout', detail: 'so says the host' } },
    ]);
  });
});

it('all of them know a demo by its header', () => {
  for (const answer of [new PageAnswer(), new DiscoveryDocument(), new WatchAnswer(10)]) {
    expect(answer.demo).toBe(false);
    answer.take(head(200, [['X-Mesh-MCP-Demo', 'true']]), NOW);
    expect(answer.demo).toBe(true);
  }
});
