import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeStreams, type StreamCall } from '../../../../src/adapters/wasi/merge.ts';
import type { HttpRequest, HttpStreams, StreamEvent } from '../../../../src/ports/http.ts';
import { fakeClock } from '../../../support/ports.ts';

/** A call whose other side is a list: what comes when, in milliseconds from the start, in order. `isOpen` until the last has come. */
interface Timetable {
  readonly times: readonly number[];
}

class ListedCall implements StreamCall {
  readonly #stream: number;
  readonly #clock: { monotonic(): number };
  readonly #times: number[];
  readonly #started: number;
  isOpen = true;
  isClosed = false;

  constructor(stream: number, { times }: Timetable, clock: { monotonic(): number }) {
    this.#stream = stream;
    this.#clock = clock;
    this.#started = clock.monotonic();
    this.#times = [...times];
  }

  get due(): number {
    return this.#started + (this.#times[0] ?? 0);
  }

  advance(): readonly StreamEvent[] {
    const events: StreamEvent[] = [];
    while (this.isOpen && this.due <= this.#clock.monotonic()) {
      const at = this.#times.shift() ?? 0;
      this.isOpen = this.#times.length > 0;
      if (this.isOpen) events.push({ tag: 'data', stream: this.#stream, bytes: Uint8Array.of(at % 256) });
      else events.push({ tag: 'end', stream: this.#stream, truncated: false });
    }
    return events;
  }

  close(): void {
    this.isClosed = true;
  }
}

const REQUEST: HttpRequest = { method: 'GET', url: 'http://x/', headers: [], timeoutMs: 1, maxBodyBytes: 1 };

function merged(timetables: readonly Timetable[]) {
  const clock = fakeClock();
  const started: ListedCall[] = [];
  let waits = 0;
  const streams = mergeStreams(
    {
      start: (stream) => {
        const call = new ListedCall(stream, timetables[stream] ?? { times: [0] }, clock);
        started.push(call);
        return call;
      },
      wait: (calls: readonly ListedCall[], until) => {
        waits++;
        const at = Math.min(until, ...calls.map((call) => call.due));
        clock.advance(Math.max(0, at - clock.monotonic()));
        return calls.filter((call) => call.due <= clock.monotonic());
      },
    },
    clock,
  );
  const numbers = timetables.map(() => streams.open(REQUEST));
  return { clock, streams, numbers, started, waits: () => waits };
}

const tags = (events: readonly StreamEvent[]) => events.map(({ tag, stream }) => `${tag} ${stream}`);

function readAll(streams: HttpStreams, maxWaitMs: number): readonly StreamEvent[] {
  const events: StreamEvent[] = [];
  while (streams.count > 0) events.push(...streams.next(maxWaitMs));
  return events;
}

describe('merged streams', () => {
  it('give what happened at the time it happened', () => {
    const { clock, streams } = merged([{ times: [10, 30] }, { times: [10, 20] }]);
    const began = clock.monotonic();
    expect(tags(streams.next(1000))).toEqual(['data 0', 'data 1']);
    expect(clock.monotonic() - began).toBe(10);
    expect(tags(streams.next(1000))).toEqual(['end 1']);
    expect(streams.count).toBe(1);
    expect(tags(streams.next(1000))).toEqual(['end 0']);
    expect(clock.monotonic() - began).toBe(30);
    expect(streams.count).toBe(0);
  });

  it('wait no longer than asked, and not at all for nothing', () => {
    const { clock, streams } = merged([{ times: [100] }]);
    const began = clock.monotonic();
    expect(streams.next(0)).toEqual([]);
    expect(clock.monotonic() - began).toBe(0);
    expect(streams.next(40)).toEqual([]);
    expect(clock.monotonic() - began).toBe(40);
    expect(tags(streams.next(60))).toEqual(['end 0']);
  });

  it('wait on when what woke them was no event', () => {
    const clock = fakeClock();
    let turns = 0;
    const call: StreamCall = {
      isOpen: true,
      advance: () => (++turns < 5 ? [] : [{ tag: 'head', stream: 0, status: 200, headers: [] }]),
      close: () => {},
    };
    const streams = mergeStreams({ start: () => call, wait: () => [call] }, clock);
    streams.open(REQUEST);
    expect(tags(streams.next(1000))).toEqual(['head 0']);
    expect(turns).toBe(5);
  });

  it('sleep where none is open', () => {
    const { clock, streams } = merged([]);
    const began = clock.monotonic();
    expect(streams.next(70)).toEqual([]);
    expect(clock.monotonic() - began).toBe(70);
  });

  it('say nothing of a stream that was closed, and give back what it held', () => {
    const { streams, numbers, started } = merged([{ times: [10] }, { times: [20] }, { times: [30] }]);
    streams.close(numbers[0] ?? -1);
    streams.close(12345);
    expect(streams.count).toBe(2);
    expect(tags(streams.next(1000))).toEqual(['end 1']);
    streams.closeAll();
    expect(streams.count).toBe(0);
    expect(streams.next(1000)).toEqual([]);
    expect(started.map(({ isClosed }) => isClosed)).toEqual([true, false, true]);
  });

  it('take streams that are opened later, under numbers of their own', () => {
    const { streams } = merged([{ times: [1] }]);
    expect(tags(streams.next(1000))).toEqual(['end 0']);
    const later = streams.open(REQUEST);
    expect(later).not.toBe(0);
    expect(tags(streams.next(1000))).toEqual([`end ${later}`]);
  });

  it('lose nothing and keep each stream in order, whatever comes when', () => {
    const timetable = fc.array(fc.nat(200), { minLength: 1, maxLength: 10 }).map((times) => ({ times: times.sort((a, b) => a - b) }));
    fc.assert(
      fc.property(fc.array(timetable, { maxLength: 30 }), fc.integer({ min: 1, max: 50 }), (timetables, maxWaitMs) => {
        const { streams } = merged(timetables);
        const events = readAll(streams, maxWaitMs);
        for (const [stream, { times }] of timetables.entries()) {
          const own = events.filter((event) => event.stream === stream);
          expect(own.flatMap((event) => (event.tag === 'data' ? [event.bytes[0]] : []))).toEqual(times.slice(0, -1));
          expect(own.at(-1)?.tag).toBe('end');
        }
      }),
    );
  });
});
