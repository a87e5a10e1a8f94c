import { type DemoHandler, type DemoStream, isStream } from '../../src/demo/http.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { type Http, HttpFailure, type HttpRequest, type HttpResponse, type HttpStreams } from '../../src/ports/http.ts';
import type { Random } from '../../src/ports/random.ts';
import { answeredStreams } from './streams.ts';

/** A clock that moves when it is told to, or when somebody sleeps. */
export interface FakeClock extends Clock {
  advance(ms: number): void;
  /** The time slept so far, in milliseconds. */
  readonly slept: number;
}

export function fakeClock(start: string = '2026-11-21T10:00:00.000Z'): FakeClock {
  const epoch = Date.parse(start);
  let passed = 0;
  let slept = 0;
  return {
    now: () => epoch + passed,
    monotonic: () => 1000 + passed,
    sleep: (ms) => {
      passed += ms;
      slept += ms;
    },
    advance: (ms) => {
      passed += ms;
    },
    get slept() {
      return slept;
    },
  };
}

/** Always the same fraction, and bytes that count up. */
export function fixedRandom(fraction: number = 0.5): Random {
  return { fraction: () => fraction, bytes: (length) => Uint8Array.from({ length }, (_, place) => place % 256) };
}

/** An HTTP port that remembers what was asked. */
export interface FakeHttp extends Http {
  readonly requests: readonly HttpRequest[];
}

/**
 * An HTTP port whose other side is a function; a failure that it answers is thrown or given back, as the port's methods have it. A stream gets the same answer,
 * all at once; for a server that takes its time give `() => scriptedStreams(…)`, which then also keeps the requests of its streams.
 */
export function fakeHttp(answer: (request: HttpRequest) => HttpResponse | HttpFailure, streams?: () => HttpStreams): FakeHttp {
  const requests: HttpRequest[] = [];
  const ask = (request: HttpRequest) => {
    requests.push(request);
    const given = answer(request);
    if (given instanceof HttpFailure || given.body.length <= request.maxBodyBytes) return given;
    return { ...given, body: given.body.subarray(0, request.maxBodyBytes), truncated: true };
  };
  return {
    requests,
    send: (request) => {
      const given = ask(request);
      if (given instanceof HttpFailure) throw given;
      return given;
    },
    sendAll: (all) => all.map(ask),
    streams: streams ?? (() => answeredStreams(fakeClock(), ask)),
  };
}

/** Sends a request to a demo server that stands at `baseUrl`; anything else is unreachable. */
export function askDemo(handler: DemoHandler, baseUrl: string, request: HttpRequest): HttpResponse | HttpFailure {
  if (request.url !== baseUrl && !request.url.startsWith(`${baseUrl}/`)) return new HttpFailure('unreachable', 'nothing is there');
  const { method, url, headers, body = new Uint8Array() } = request;
  const [path = '', query = ''] = url.slice(baseUrl.length).split('?');
  const answer = handler({ method, path, query, headers, body });
  return isStream(answer)
    ? { status: answer.status, headers: answer.headers, body: beginningOf(answer), truncated: true }
    : { ...answer, truncated: false };
}

/** What a stream says at once; then the client leaves. */
function beginningOf(stream: DemoStream): Uint8Array {
  const pieces: Uint8Array[] = [];
  stream.start(
    (bytes) => pieces.push(bytes),
    () => {},
  )();
  return new Uint8Array(Buffer.concat(pieces));
}
