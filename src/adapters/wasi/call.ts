import { subscribeDuration } from 'wasi:clocks/monotonic-clock@0.2.12';
import { type FutureIncomingResponse, type IncomingBody, type IncomingResponse, OutgoingBody } from 'wasi:http/types@0.2.12';
import { type Pollable, poll } from 'wasi:io/poll@0.2.12';
import type { InputStream, OutputStream } from 'wasi:io/streams@0.2.12';
import { decodeUtf8 } from '../../lib/utf8.ts';
import type { Clock } from '../../ports/clock.ts';
import { HttpFailure, type HttpRequest, type StreamEvent } from '../../ports/http.ts';
import { NANOSECONDS_PER_MS } from './clock.ts';
import { failure, failureWhileSending } from './failure.ts';
import type { StreamCall } from './merge.ts';
import { sendRequest } from './request.ts';
import { dispose, fromU64, type Resource, toU64, witTag } from './resource.ts';
import { isStreamError, READ_CHUNK } from './stream.ts';

/** What one call reads before the others have their turn: it bounds what is in memory, and a fast server's share of the time. */
const BYTES_PER_TURN = 262_144;
/** The same for a server that sends many small pieces. */
const PIECES_PER_TURN = 64;

/** Where one outgoing call stands. */
type Phase =
  /** It could not be sent, which nobody has been told yet. */
  | { readonly tag: 'refused'; readonly failure: HttpFailure }
  | {
      readonly tag: 'sending';
      readonly future: FutureIncomingResponse;
      readonly body: OutgoingBody;
      readonly stream: OutputStream;
      readonly at: number;
    }
  | { readonly tag: 'waiting'; readonly future: FutureIncomingResponse }
  | {
      readonly tag: 'reading';
      readonly response: IncomingResponse;
      readonly body: IncomingBody;
      readonly stream: InputStream;
      /** How much of the body may still come. */
      readonly room: number;
    }
  | { readonly tag: 'over' };

type PhaseOf<Tag extends Phase['tag']> = Extract<Phase, { readonly tag: Tag }>;

/** One outgoing call over wasi:http. Each step does what can be done without waiting; `waitForAny` waits for any number of calls at once. */
export class Call implements StreamCall {
  readonly #stream: number;
  readonly #request: HttpRequest;
  readonly #clock: Clock;
  /** On the monotonic clock, in milliseconds. */
  readonly #deadline: number;
  #phase: Phase;

  /** Sends the request; its events bear the number `stream`. Never throws. */
  constructor(stream: number, request: HttpRequest, clock: Clock) {
    this.#stream = stream;
    this.#request = request;
    this.#clock = clock;
    this.#deadline = clock.monotonic() + request.timeoutMs;
    this.#phase = begin(request);
  }

  get isOpen(): boolean {
    return this.#phase.tag !== 'over';
  }

  /** When it must go on even if nothing happens, on the monotonic clock. */
  get wakeAt(): number {
    return this.#phase.tag === 'refused' ? 0 : this.#deadline;
  }

  /** What it waits for; the caller disposes of it before the call goes on. Undefined where there is nothing to wait for. */
  subscribe(): Pollable | undefined {
    switch (this.#phase.tag) {
      case 'sending':
      case 'reading':
        return this.#phase.stream.subscribe();
      case 'waiting':
        return this.#phase.future.subscribe();
      default:
        return undefined;
    }
  }

  /** What has come by the deadline is given before the call ends for it. */
  advance(): readonly StreamEvent[] {
    const events: StreamEvent[] = [];
    try {
      while (this.#step(events));
      if (this.isOpen && this.#isLate()) throw this.#timeout();
    } catch (thrown) {
      events.push({ tag: 'failed', stream: this.#stream, failure: this.#isSending() ? failureWhileSending(thrown) : failure(thrown) });
      this.close();
    }
    return events;
  }

  close(): void {
    dispose(...resourcesOf(this.#phase));
    this.#phase = { tag: 'over' };
  }

  /** False when there is nothing to do but wait, or others have their turn. */
  #step(events: StreamEvent[]): boolean {
    const phase = this.#phase;
    switch (phase.tag) {
      case 'refused':
        throw phase.failure;
      case 'sending':
        this.#phase = write(phase, this.#request.body ?? new Uint8Array(0));
        return this.#phase !== phase;
      case 'waiting':
        return this.#receive(phase, events);
      case 'reading':
        return this.#read(phase, events);
      case 'over':
        return false;
    }
  }

  #receive({ future }: PhaseOf<'waiting'>, events: StreamEvent[]): boolean {
    const outer = future.get();
    if (outer === undefined || outer === null) return false;
    if (outer.tag === 'err') throw new HttpFailure('protocol', 'the response was taken before');
    if (outer.val.tag === 'err') throw outer.val.val;
    const response = outer.val.val;
    dispose(future);
    const fields = response.headers();
    const headers = fields.entries().map(([name, value]) => [name.toLowerCase(), decodeUtf8(value)] as const);
    dispose(fields);
    const body = response.consume();
    this.#phase = { tag: 'reading', response, body, stream: body.stream(), room: this.#request.maxBodyBytes };
    events.push({ tag: 'head', stream: this.#stream, status: response.status(), headers });
    return true;
  }

  #read(phase: PhaseOf<'reading'>, events: StreamEvent[]): boolean {
    let { room } = phase;
    for (let pieces = 0; pieces < PIECES_PER_TURN && phase.room - room < BYTES_PER_TURN; pieces++) {
      const piece = this.#piece(phase.stream);
      if (piece === undefined) return this.#end(false, events);
      if (piece.length === 0) break;
      const taken = piece.length > room ? piece.slice(0, room) : piece;
      room -= taken.length;
      if (taken.length > 0) events.push({ tag: 'data', stream: this.#stream, bytes: taken });
      if (taken.length < piece.length) return this.#end(true, events);
    }
    this.#phase = { ...phase, room };
    return false;
  }

  /** What is there of the answer, nothing where that is to be waited for, undefined at its end. */
  #piece(stream: InputStream): Uint8Array | undefined {
    try {
      return stream.read(toU64(READ_CHUNK));
    } catch (thrown) {
      if (witTag(thrown) === 'closed') return undefined;
      // The host's own time-outs are no shorter than ours: whoever looks only now would take them for the server's fault.
      throw this.#isLate() ? this.#timeout() : new HttpFailure('unreachable', 'the answer broke off');
    }
  }

  #end(truncated: boolean, events: StreamEvent[]): false {
    this.close();
    events.push({ tag: 'end', stream: this.#stream, truncated });
    return false;
  }

  /** Whether a body is or was on its way, and no answer has begun. */
  #isSending(): boolean {
    return this.#request.body !== undefined && (this.#phase.tag === 'sending' || this.#phase.tag === 'waiting');
  }

  #isLate(): boolean {
    return this.#clock.monotonic() >= this.#deadline;
  }

  #timeout(): HttpFailure {
    return new HttpFailure('timeout', `no complete answer within ${this.#request.timeoutMs} ms`);
  }
}

function begin(request: HttpRequest): Phase {
  try {
    const { future, body } = sendRequest(request);
    return body === undefined ? { tag: 'waiting', future } : { tag: 'sending', future, body, stream: body.write(), at: 0 };
  } catch (thrown) {
    return { tag: 'refused', failure: failure(thrown) };
  }
}

/** The phase after this one, or this one itself when there is no room. */
function write(phase: PhaseOf<'sending'>, bytes: Uint8Array): Phase {
  try {
    if (phase.at < bytes.length) {
      const room = fromU64(phase.stream.checkWrite());
      if (room === 0) return phase;
      phase.stream.write(bytes.slice(phase.at, phase.at + room));
      return { ...phase, at: Math.min(bytes.length, phase.at + room) };
    }
    phase.stream.flush();
  } catch (thrown) {
    // The server may answer (413, 401) without reading the whole body, and close: its answer is what counts.
    if (!isStreamError(thrown)) throw thrown;
  }
  dispose(phase.stream);
  try {
    OutgoingBody.finish(phase.body, undefined);
  } catch {
    // Fewer bytes went out than announced, for the same reason. The body is the host's by now.
  }
  return { tag: 'waiting', future: phase.future };
}

/** Children before parents. */
function resourcesOf(phase: Phase): readonly Resource[] {
  switch (phase.tag) {
    case 'sending':
      return [phase.stream, phase.body, phase.future];
    case 'waiting':
      return [phase.future];
    case 'reading':
      return [phase.stream, phase.body, phase.response];
    default:
      return [];
  }
}

/** Blocks until some of the calls can go on, or until a time on the monotonic clock, and gives those that can. */
export function waitForAny(calls: readonly Call[], until: number, clock: Clock): readonly Call[] {
  const left = Math.min(until, ...calls.map((call) => call.wakeAt)) - clock.monotonic();
  const timer = subscribeDuration(toU64(left * NANOSECONDS_PER_MS));
  const waiting = calls.flatMap((call) => {
    const pollable = call.subscribe();
    return pollable === undefined ? [] : [{ call, pollable }];
  });
  const pollables = [timer, ...waiting.map(({ pollable }) => pollable)];
  const ready = new Set(poll(pollables));
  dispose(...pollables);
  const now = clock.monotonic();
  const woken = new Set(waiting.filter((_, place) => ready.has(place + 1)).map(({ call }) => call));
  return calls.filter((call) => woken.has(call) || call.wakeAt <= now);
}
