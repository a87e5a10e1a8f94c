import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wholeAnswers } from '../../../../src/adapters/wasi/whole.ts';
import { encodeUtf8 } from '../../../../src/lib/utf8.ts';
import { HttpFailure, type HttpRequest } from '../../../../src/ports/http.ts';
import { fakeClock } from '../../../support/ports.ts';
import { broken, data, end, head, type ScriptStep, scriptedStreams } from '../../../support/streams.ts';

const request = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url,
  headers: [],
  timeoutMs: 1000,
  maxBodyBytes: 100,
  ...more,
});

function ask(requests: readonly HttpRequest[], script: (url: string) => Iterable<ScriptStep>) {
  const clock = fakeClock();
  const began = clock.monotonic();
  const results = wholeAnswers(
    scriptedStreams(clock, ({ url }) => script(url)),
    requests,
  );
  return { results, ms: clock.monotonic() - began };
}

describe('whole answers', () => {
  it('are put together and stand where their requests stood', () => {
    const { results, ms } = ask([request('slow'), request('fast')], (url) =>
      url === 'slow'
        ? [head(200, { afterMs: 300, headers: [['x', 'y']] }), data('he', 10), data('llo', 10), end(10)]
        : [head(404), data('no'), end()],
    );
    expect(results).toEqual([
      { status: 200, headers: [['x', 'y']], body: encodeUtf8('hello'), truncated: false },
      { status: 404, headers: [], body: encodeUtf8('no'), truncated: false },
    ]);
    expect(ms).toBe(330);
  });

  it('are failures where the stream failed, whatever had come', () => {
    const { results } = ask([request('silent'), request('broken'), request('good')], (url) => {
      if (url === 'silent') return [head(200), data('half')];
      if (url === 'broken') return [head(200), data('half'), broken('unreachable', 5)];
      return [head(200), end()];
    });
    expect(results.map((result) => (result instanceof HttpFailure ? result.reason : result.status))).toEqual([
      'timeout',
      'unreachable',
      200,
    ]);
  });

  it('are cut at their limit and say so', () => {
    const { results } = ask([request('long', { maxBodyBytes: 3 }), request('long', { maxBodyBytes: 5 })], () => [
      head(200),
      data('hello'),
      end(),
    ]);
    expect(results).toMatchObject([
      { body: encodeUtf8('hel'), truncated: true },
      { body: encodeUtf8('hello'), truncated: false },
    ]);
  });

  it('of no requests are none', () => {
    expect(ask([], () => []).results).toEqual([]);
  });

  it('are the pieces joined, however they were cut', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.uint8Array({ maxLength: 20 }), fc.nat(50)), { maxLength: 30 }), (pieces) => {
        const { results } = ask([request('x', { timeoutMs: 10_000, maxBodyBytes: 10_000 })], () => [
          head(200),
          ...pieces.map(([bytes, afterMs]) => data(bytes, afterMs)),
          end(),
        ]);
        expect(results).toMatchObject([{ body: Uint8Array.from(pieces.flatMap(([bytes]) => [...bytes])), truncated: false }]);
      }),
    );
  });
});
