import { type DemoHandler, isStream } from '../../src/demo/http.ts';
import { HttpFailure, type HttpRequest, type HttpStreams, type StreamEvent } from '../../src/ports/http.ts';
import type { FakeClock } from './ports.ts';

/** How far the clock moves while nothing happens: as often as a host lets a demo server look at its own. */
const STEP_MS = 100;

interface Open {
  readonly deadline: number;
  readonly stop: () => void;
}

/**
 * Streams from a demo server that stands at `baseUrl` and goes by the same clock. `next` lets time pass in small steps, until something happens or
 * `maxWaitMs` is over. A stream fails when its `timeoutMs` is over; `maxBodyBytes` is not looked at.
 */
export function demoStreams(handler: DemoHandler, baseUrl: string, clock: FakeClock): HttpStreams {
  const open = new Map<number, Open>();
  let opened = 0;
  let events: StreamEvent[] = [];

  const begin = (stream: number, request: HttpRequest): void => {
    const { method, url, headers, body = new Uint8Array() } = request;
    const [path = '', query = ''] = url.slice(baseUrl.length).split('?');
    const answer = handler({ method, path, query, headers, body });
    events.push({ tag: 'head', stream, status: answer.status, headers: answer.headers });
    let over = false;
    const write = (bytes: Uint8Array): void => {
      if (!over) events.push({ tag: 'data', stream, bytes });
    };
    const end = (): void => {
      if (!over) events.push({ tag: 'end', stream, truncated: false });
      over = true;
      open.delete(stream);
    };
    if (!isStream(answer)) {
      write(answer.body);
      end();
      return;
    }
    const leave = answer.start(write, end);
    const stop = (): void => {
      over = true;
      leave();
    };
    if (!over) open.set(stream, { deadline: clock.monotonic() + request.timeoutMs, stop });
  };

  const close = (stream: number): void => {
    open.get(stream)?.stop();
    open.delete(stream);
    events = events.filter((event) => event.stream !== stream);
  };

  const fail = (): void => {
    for (const [stream, { deadline, stop }] of [...open]) {
      if (clock.monotonic() < deadline) continue;
      stop();
      open.delete(stream);
      events.push({ tag: 'failed', stream, failure: new HttpFailure('timeout', 'no end in time') });
    }
  };

  return {
    open: (request) => {
      begin(opened, request);
      return opened++;
    },
    close,
    closeAll: () => {
      for (const stream of [...open.keys()]) close(stream);
      events = [];
    },
    get count() {
      return new Set([...open.keys(), ...events.map(({ stream }) => stream)]).size;
    },
    next: (maxWaitMs) => {
      const until = clock.monotonic() + maxWaitMs;
      while (events.length === 0 && clock.monotonic() < until) {
        clock.advance(Math.min(STEP_MS, until - clock.monotonic()));
        handler.tick?.();
        fail();
      }
      return events.splice(0);
    },
  };
}
