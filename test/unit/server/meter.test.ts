import { describe, expect, it } from 'vitest';
import type { HttpRequest } from '../../../src/ports/http.ts';
import { meter } from '../../../src/server/meter.ts';
import { fakeClock, fakeHttp } from '../../support/ports.ts';
import { end, head, scriptedStreams } from '../../support/streams.ts';

const REQUEST: HttpRequest = { method: 'GET', url: 'http://upstream.example/', headers: [], timeoutMs: 1000, maxBodyBytes: 100 };

describe('the meter', () => {
  const metered = () => {
    const clock = fakeClock();
    const scripted = scriptedStreams(clock, () => [head(200, { afterMs: 100 }), end(300)]);
    const http = fakeHttp(
      () => {
        clock.advance(7);
        return { status: 200, headers: [], body: new Uint8Array(0), truncated: false };
      },
      () => scripted,
    );
    return { clock, scripted, ...meter(http, clock) };
  };

  it('counts calls and their time', () => {
    const { http, totals } = metered();
    expect(totals()).toEqual({});
    http.send(REQUEST);
    http.sendAll([REQUEST, REQUEST]);
    expect(totals()).toEqual({ upstreamCalls: 3, upstreamMs: 21 });
  });

  it('counts a stream as one call, and as its time what was waited for it', () => {
    const { clock, scripted, http, totals } = metered();
    const streams = http.streams();
    const [first, second] = [streams.open(REQUEST), streams.open(REQUEST)];
    expect(streams.count).toBe(2);
    expect(streams.next(1000).map(({ tag }) => tag)).toEqual(['head', 'head']);
    clock.advance(50);
    expect(streams.next(40)).toEqual([]);
    expect(totals()).toEqual({ upstreamCalls: 2, upstreamMs: 140 });
    streams.close(first);
    expect(scripted.closed).toEqual([first]);
    streams.closeAll();
    expect(scripted.closed).toEqual([first, second]);
    expect(streams.count).toBe(0);
  });
});
