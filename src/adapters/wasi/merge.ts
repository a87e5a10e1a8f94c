import type { Clock } from '../../ports/clock.ts';
import type { HttpRequest, HttpStreams, StreamEvent } from '../../ports/http.ts';

/** One stream, as the loop over all of them sees it. */
export interface StreamCall {
  /** False once its `end` or `failed` was given out, or it was closed. */
  readonly isOpen: boolean;
  /** Does what can be done without waiting, within bounds, and says what came of it. Never throws. */
  advance(): readonly StreamEvent[];
  /** Gives back what it holds. */
  close(): void;
}

/** What the loop is made of. */
export interface StreamDriver<Call extends StreamCall> {
  /** Sends a request whose events bear that number. Never throws: what cannot be sent fails at the first `advance`. */
  start(stream: number, request: HttpRequest): Call;
  /** Blocks until some of the calls can go on, or until a time on the monotonic clock, and gives those that can. */
  wait(calls: readonly Call[], until: number): readonly Call[];
}

/** Many calls as one port. Every wait is for all of them, and only those that can go on are looked at. */
export function mergeStreams<Call extends StreamCall>(driver: StreamDriver<Call>, clock: Clock): HttpStreams {
  const calls = new Map<number, Call>();
  let opened = 0;

  const close = (stream: number): void => {
    calls.get(stream)?.close();
    calls.delete(stream);
  };
  return {
    open: (request) => {
      const stream = opened++;
      calls.set(stream, driver.start(stream, request));
      return stream;
    },
    close,
    get count() {
      return calls.size;
    },
    next: (maxWaitMs) => {
      const until = clock.monotonic() + maxWaitMs;
      for (;;) {
        const events = driver.wait([...calls.values()], until).flatMap((call) => call.advance());
        for (const [stream, call] of calls) if (!call.isOpen) calls.delete(stream);
        if (events.length > 0 || clock.monotonic() >= until) return events;
      }
    },
    closeAll: () => {
      for (const stream of [...calls.keys()]) close(stream);
    },
  };
}
