import { describe, expect, it } from 'vitest';
import { decodeUtf8 } from '../../../src/lib/utf8.ts';
import type { HttpRequest, StreamEvent } from '../../../src/ports/http.ts';
import { fakeClock } from '../../support/ports.ts';
import { broken, data, end, head, type Script, scriptedStreams } from '../../support/streams.ts';

const request = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url,
  headers: [],
  timeoutMs: 1000,
  maxBodyBytes: 100,
  ...more,
});

function set(script: Script, ...requests: readonly HttpRequest[]) {
  const clock = fakeClock();
  const streams = scriptedStreams(clock, script);
  for (const each of requests) streams.open(each);
  const began = clock.monotonic();
  return { clock, streams, passed: () => clock.monotonic() - began };
}

function words(events: readonly StreamEvent[]): readonly string[] {
  return events.map((event) => {
    if (event.tag === 'data') return `${event.stream} ${decodeUtf8(event.bytes)}`;
    return event.tag === 'failed' ? `${event.stream} ${event.failure.reason}` : `${event.stream} ${event.tag}`;
  });
}

describe('scripted streams', () => {
  it('move the clock to what comes next, over all streams', () => {
    const { streams, passed } = set(
      ({ url }) => [head(200, { afterMs: Number(url) }), data(`${url};`, 10), end(100)],
      request('30'),
      request('20'),
    );
    expect(words(streams.next(1000))).toEqual(['1 head']);
    expect(passed()).toBe(20);
    expect(words(streams.next(1000))).toEqual(['0 head', '1 20;']);
    expect(passed()).toBe(30);
    expect(words(streams.next(1000))).toEqual(['0 30;']);
    expect(words(streams.next(50))).toEqual([]);
    expect(passed()).toBe(90);
    expect(words(streams.next(1000))).toEqual(['1 end']);
    expect(words(streams.next(1000))).toEqual(['0 end']);
    expect(streams.count).toBe(0);
    expect(words(streams.next(10))).toEqual([]);
    expect(passed()).toBe(150);
  });

  it('give what came due while the test moved the clock, in order of time', () => {
    const { clock, streams } = set(({ url }) => [head(200), data('a', Number(url)), data('b', 10)], request('5'), request('6'));
    clock.advance(100);
    expect(words(streams.next(0))).toEqual(['0 head', '1 head', '0 a', '1 a', '0 b', '1 b']);
  });

  it('time out when the script stops, and not before what came by then', () => {
    const { streams, passed, clock } = set(() => [head(200), data('x', 999), data('too late', 2)], request('/'));
    expect(words(streams.next(5000))).toEqual(['0 head']);
    clock.advance(5000);
    expect(words(streams.next(5000))).toEqual(['0 x', '0 too late', '0 timeout']);
    expect(passed()).toBe(5000);
    expect(streams.count).toBe(0);
  });

  it('time out at their deadline', () => {
    const { streams, passed } = set(() => [], request('/', { timeoutMs: 300 }));
    expect(words(streams.next(5000))).toEqual(['0 timeout']);
    expect(passed()).toBe(300);
  });

  it('cut at the limit', () => {
    const { streams } = set(
      () => [head(200), data('12345'), data('67'), end()],
      request('/', { maxBodyBytes: 6 }),
      request('/', { maxBodyBytes: 7 }),
    );
    const events = streams.next(0);
    expect(words(events).filter((word) => word.startsWith('0'))).toEqual(['0 head', '0 12345', '0 6', '0 end']);
    expect(events.filter(({ tag }) => tag === 'end')).toMatchObject([{ truncated: true }, { truncated: false }]);
  });

  it('break, with and without an answer', () => {
    const { streams } = set(({ url }) => (url === 'a' ? [broken('forbidden')] : [head(200), broken()]), request('a'), request('b'));
    expect(words(streams.next(0))).toEqual(['0 forbidden', '1 head', '1 unreachable']);
  });

  it('forget what is closed, and remember that it was', () => {
    const { streams } = set(() => [head(200), end(10)], request('a'), request('b'), request('c'));
    streams.close(1);
    streams.next(0);
    streams.next(10);
    streams.closeAll();
    expect(streams.closed).toEqual([1]);
    streams.open(request('d'));
    streams.closeAll();
    expect(streams.closed).toEqual([1, 3]);
    expect(streams.requests.map(({ url }) => url)).toEqual(['a', 'b', 'c', 'd']);
    expect(streams.next(100)).toEqual([]);
  });

  it('ask an endless generator step by step, and bound what they take of it at once', () => {
    let news = 'old';
    function* forever(afterMs: number) {
      yield head(200);
      for (;;) yield data(news, afterMs);
    }
    const { streams } = set(({ url }) => forever(Number(url)), request('10'));
    expect(words(streams.next(100))).toEqual(['0 head']);
    expect(words(streams.next(100))).toEqual(['0 old']);
    news = 'new';
    // The step that was already waited for was asked for before.
    expect(words(streams.next(100))).toEqual(['0 old']);
    expect(words(streams.next(100))).toEqual(['0 new']);
    const busy = set(() => forever(0), request('/', { maxBodyBytes: 1e6 }));
    expect(busy.streams.next(0).length).toBeLessThan(1000);
    expect(busy.streams.next(0).length).toBeGreaterThan(10);
  });

  it('do not take a script that no server could play', () => {
    expect(() => set(() => [data('x')], request('/')).streams.next(0)).toThrow('head');
    expect(() => set(() => [head(200), head(200)], request('/')).streams.next(0)).toThrow('head');
  });
});
