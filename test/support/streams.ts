import type { HeaderList } from '../../src/lib/headers.ts';
import { encodeUtf8 } from '../../src/lib/utf8.ts';
import {
  HttpFailure,
  type HttpFailureReason,
  type HttpRequest,
  type HttpResponse,
  type HttpStreams,
  type StreamEvent,
} from '../../src/ports/http.ts';
import type { FakeClock } from './ports.ts';

/** One thing that a scripted server does, `afterMs` after the thing before it (the first: after the request). Made by `head`, `data`, `end` and `broken`. */
export type ScriptStep = { readonly afterMs: number } & (
  | { readonly tag: 'head'; readonly status: number; readonly headers: HeaderList }
  | { readonly tag: 'data'; readonly bytes: Uint8Array }
  | { readonly tag: 'end' }
  | { readonly tag: 'broken'; readonly reason: HttpFailureReason }
);

/** Begins the answer. */
export function head(status: number, { afterMs = 0, headers = [] }: { afterMs?: number; headers?: HeaderList } = {}): ScriptStep {
  return { tag: 'head', status, headers, afterMs };
}

/** Sends a piece of the body: text as UTF-8, or bytes, so that a piece can end in the middle of a line or of a character. */
export function data(piece: string | Uint8Array, afterMs: number = 0): ScriptStep {
  return { tag: 'data', bytes: typeof piece === 'string' ? encodeUtf8(piece) : piece, afterMs };
}

/** Ends the answer as it should end. */
export function end(afterMs: number = 0): ScriptStep {
  return { tag: 'end', afterMs };
}

/** Gives no answer, or breaks it off. */
export function broken(reason: HttpFailureReason = 'unreachable', afterMs: number = 0): ScriptStep {
  return { tag: 'broken', reason, afterMs };
}

/**
 * What a server does with a request. A script that stops without `end` or `broken` is a silent socket: the stream fails when its `timeoutMs` has passed.
 * A generator is asked for its next step only when the one before was given out, so it may look at what the test did in the meantime, and may never end.
 */
export type Script = (request: HttpRequest) => Iterable<ScriptStep>;

/** Streams whose server is a script. */
export interface ScriptedStreams extends HttpStreams {
  /** Every request that was opened; its place is the number of its stream. */
  readonly requests: readonly HttpRequest[];
  /** The streams that were left by `close` or `closeAll` before they had ended. */
  readonly closed: readonly number[];
}

/** As the real ones bound what one stream gives at once. */
const STEPS_PER_TURN = 64;

/**
 * Streams for testing whoever watches. Time is the clock's: `next(maxWaitMs)` moves it to the next thing due and gives all that is due by then, in order of time, or
 * moves it by `maxWaitMs` and gives nothing. A test that moves the clock itself finds everything that came due meanwhile in the next `next`, also after the
 * stream's `timeoutMs`, as a real host keeps it. `maxBodyBytes` cuts an answer. Wrong scripts (data before the head) throw.
 *
 * ```ts
 * const clock = fakeClock();
 * const streams = scriptedStreams(clock, ({ url }) =>
 *   url.includes('watch=1') ? [head(200), data('{"type":"ADD', 10), data('ED"}\n', 500), end(60_000)] : [broken('unreachable')],
 * );
 * const http = fakeHttp(answerLists, () => streams);
 * ```
 */
export function scriptedStreams(clock: FakeClock, script: Script): ScriptedStreams {
  const requests: HttpRequest[] = [];
  const closed: number[] = [];
  const open = new Map<number, ScriptedStream>();
  const leave = (stream: number) => {
    if (open.delete(stream)) closed.push(stream);
  };
  return {
    requests,
    closed,
    open: (request) => {
      const stream = requests.push(request) - 1;
      open.set(stream, new ScriptedStream(stream, request, script(request), clock.monotonic()));
      return stream;
    },
    close: leave,
    closeAll: () => {
      for (const stream of [...open.keys()]) leave(stream);
    },
    get count() {
      return open.size;
    },
    next: (maxWaitMs) => {
      const until = clock.monotonic() + maxWaitMs;
      const due = Math.min(until, ...[...open.values()].map((stream) => stream.due));
      clock.advance(Math.max(0, due - clock.monotonic()));
      const events = [...open.values()].flatMap((stream) => stream.take(clock.monotonic()));
      for (const [number, stream] of open) if (stream.isOver) open.delete(number);
      return events.sort((one, other) => one.at - other.at).map(({ event }) => event);
    },
  };
}

/** Streams that get a whole answer at once. */
export function answeredStreams(clock: FakeClock, answer: (request: HttpRequest) => HttpResponse | HttpFailure): HttpStreams {
  return scriptedStreams(clock, (request) => {
    const given = answer(request);
    return given instanceof HttpFailure
      ? [broken(given.reason)]
      : [head(given.status, { headers: given.headers }), data(given.body), end()];
  });
}

/** An event and when it came, on the monotonic clock. */
interface TimedEvent {
  readonly at: number;
  readonly event: StreamEvent;
}

class ScriptedStream {
  readonly #stream: number;
  readonly #request: HttpRequest;
  readonly #steps: Iterator<ScriptStep>;
  readonly #deadline: number;
  #next: (ScriptStep & { readonly at: number }) | undefined;
  #hasHead = false;
  #room: number;
  isOver = false;

  constructor(stream: number, request: HttpRequest, steps: Iterable<ScriptStep>, now: number) {
    this.#stream = stream;
    this.#request = request;
    this.#steps = steps[Symbol.iterator]();
    this.#deadline = now + request.timeoutMs;
    this.#room = request.maxBodyBytes;
    this.#pull(now);
  }

  /** When something happens next, on the monotonic clock. */
  get due(): number {
    return Math.min(this.#deadline, this.#next?.at ?? this.#deadline);
  }

  /** What happened until now. */
  take(now: number): readonly TimedEvent[] {
    const events: TimedEvent[] = [];
    for (let step = this.#next; step !== undefined && step.at <= now && events.length < STEPS_PER_TURN; step = this.#next) {
      events.push(...this.#play(step).map((event) => ({ at: step.at, event })));
      if (this.isOver) return events;
      this.#pull(step.at);
    }
    if (now >= this.#deadline) {
      const failure = new HttpFailure('timeout', `no complete answer within ${this.#request.timeoutMs} ms`);
      // After whatever is given out with it, as the last of its stream.
      const at = Math.max(this.#deadline, events.at(-1)?.at ?? 0);
      events.push({ at, event: this.#over({ tag: 'failed', stream: this.#stream, failure }) });
    }
    return events;
  }

  #pull(from: number): void {
    const { value, done } = this.#steps.next();
    this.#next = done === true ? undefined : { ...value, at: from + value.afterMs };
  }

  #play(step: ScriptStep): readonly StreamEvent[] {
    const stream = this.#stream;
    if (step.tag !== 'broken' && (step.tag === 'head') === this.#hasHead)
      throw new Error(`the script of ${this.#request.url} has no single head in front`);
    switch (step.tag) {
      case 'head':
        this.#hasHead = true;
        return [{ tag: 'head', stream, status: step.status, headers: step.headers }];
      case 'data':
        return this.#cut(step.bytes);
      case 'end':
        return [this.#over({ tag: 'end', stream, truncated: false })];
      case 'broken':
        return [this.#over({ tag: 'failed', stream, failure: new HttpFailure(step.reason, 'as the script says') })];
    }
  }

  #cut(bytes: Uint8Array): readonly StreamEvent[] {
    const stream = this.#stream;
    const taken = bytes.slice(0, this.#room);
    this.#room -= taken.length;
    const events: StreamEvent[] = taken.length === 0 ? [] : [{ tag: 'data', stream, bytes: taken }];
    return taken.length === bytes.length ? events : [...events, this.#over({ tag: 'end', stream, truncated: true })];
  }

  #over(event: StreamEvent): StreamEvent {
    this.isOver = true;
    return event;
  }
}
