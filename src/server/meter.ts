import type { Clock } from '../ports/clock.ts';
import type { Http } from '../ports/http.ts';

/** What a request spent on upstreams; both absent where it called none. */
export interface UpstreamTotals {
  readonly upstreamCalls?: number;
  readonly upstreamMs?: number;
}

/** The same outgoing HTTP with its calls counted and timed, for the access log. A stream is one call, and its time is what was spent waiting for it. */
export function meter(http: Http, clock: Clock): { readonly http: Http; readonly totals: () => UpstreamTotals } {
  let calls = 0;
  let ms = 0;
  const timed = <Result>(count: number, run: () => Result): Result => {
    const started = clock.monotonic();
    try {
      return run();
    } finally {
      calls += count;
      ms += clock.monotonic() - started;
    }
  };
  return {
    http: {
      send: (request) => timed(1, () => http.send(request)),
      sendAll: (requests) => timed(requests.length, () => http.sendAll(requests)),
      streams: () => {
        const streams = http.streams();
        return {
          open: (request) => timed(1, () => streams.open(request)),
          close: (stream) => streams.close(stream),
          get count() {
            return streams.count;
          },
          next: (maxWaitMs) => timed(0, () => streams.next(maxWaitMs)),
          closeAll: () => streams.closeAll(),
        };
      },
    },
    totals: () => (calls === 0 ? {} : { upstreamCalls: calls, upstreamMs: Math.round(ms * 1000) / 1000 }),
  };
}
