import { subscribeDuration } from 'wasi:clocks/monotonic-clock@0.2.12';
import { handle } from 'wasi:http/outgoing-handler@0.2.12';
import {
  Fields,
  type FutureIncomingResponse,
  type IncomingBody,
  type IncomingResponse,
  type Method,
  OutgoingBody,
  OutgoingRequest,
  RequestOptions,
} from 'wasi:http/types@0.2.12';
import { type Pollable, poll } from 'wasi:io/poll@0.2.12';
import type { InputStream, OutputStream } from 'wasi:io/streams@0.2.12';
import { describe } from '../../lib/errors.ts';
import type { HeaderList } from '../../lib/headers.ts';
import { decodeUtf8, encodeUtf8 } from '../../lib/utf8.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Http, HttpFailure, type HttpRequest, type HttpResponse } from '../../ports/http.ts';
import { NANOSECONDS_PER_MS } from './clock.ts';
import { dispose, fromU64, type Resource, toU64, witError, witTag } from './resource.ts';
import { ByteBuffer, isStreamError, READ_CHUNK } from './stream.ts';

type Result = HttpResponse | HttpFailure;

/** Where one outgoing call stands. Each step does what can be done without waiting; the poll loop waits for all calls at once. */
type Phase =
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
      readonly status: number;
      readonly headers: HeaderList;
      readonly buffer: ByteBuffer;
    }
  | { readonly tag: 'done'; readonly result: Result };

interface Call {
  readonly request: HttpRequest;
  /** On the monotonic clock, in milliseconds. */
  readonly deadline: number;
  phase: Phase;
}

/** Outgoing HTTP over wasi:http: one poll loop drives any number of calls. */
export function wasiHttp(clock: Clock): Http {
  const sendAll = (requests: readonly HttpRequest[]): readonly Result[] => {
    const calls = requests.map((request) => start(request, clock));
    for (;;) {
      const open = calls.filter((call) => call.phase.tag !== 'done');
      if (open.length === 0) break;
      for (const call of open) advance(call, clock);
      wait(
        open.filter((call) => call.phase.tag !== 'done'),
        clock,
      );
    }
    return calls.map(resultOf);
  };
  return {
    sendAll,
    send: (request) => {
      const [result] = sendAll([request]);
      if (result instanceof HttpFailure) throw result;
      if (result === undefined) throw new HttpFailure('protocol', 'no result');
      return result;
    },
  };
}

function resultOf(call: Call): Result {
  return call.phase.tag === 'done' ? call.phase.result : new HttpFailure('protocol', 'the call never ended');
}

function start(request: HttpRequest, clock: Clock): Call {
  const deadline = clock.monotonic() + request.timeoutMs;
  try {
    return { request, deadline, phase: open(request) };
  } catch (thrown) {
    return { request, deadline, phase: { tag: 'done', result: failure(thrown) } };
  }
}

function open(request: HttpRequest): Phase {
  const target = /^(https?):\/\/([^/?#]+)([^#]*)$/i.exec(request.url);
  const [, scheme = '', authority = '', path = ''] = target ?? [];
  if (target === null) throw new HttpFailure('protocol', 'the URL is not absolute');
  const length: HeaderList = request.body === undefined ? [] : [['content-length', String(request.body.length)]];
  const fields = Fields.fromList([...request.headers, ...length].map(([name, value]) => [name.toLowerCase(), encodeUtf8(value)]));
  const outgoing = new OutgoingRequest(fields);
  outgoing.setMethod(methodOf(request.method));
  outgoing.setScheme({ tag: scheme.toLowerCase() === 'https' ? 'HTTPS' : 'HTTP' });
  outgoing.setAuthority(authority);
  outgoing.setPathWithQuery(path.startsWith('/') ? path : `/${path}`);
  const body = outgoing.body();
  if (request.body === undefined) {
    const future = handle(outgoing, optionsOf(request));
    OutgoingBody.finish(body, undefined);
    return { tag: 'waiting', future };
  }
  const stream = body.write();
  return { tag: 'sending', future: handle(outgoing, optionsOf(request)), body, stream, at: 0 };
}

/** The host's own time-outs stand behind our deadline, for hosts on which dropping a call does not close its connection. */
function optionsOf(request: HttpRequest): RequestOptions {
  const options = new RequestOptions();
  const duration = toU64(request.timeoutMs * NANOSECONDS_PER_MS);
  try {
    options.setConnectTimeout(duration);
    options.setFirstByteTimeout(duration);
    options.setBetweenBytesTimeout(duration);
  } catch {
    // A host may support none of the three: our deadline holds alone.
  }
  return options;
}

const KNOWN_METHODS = ['get', 'head', 'post', 'put', 'delete', 'connect', 'options', 'trace', 'patch'] as const;

function methodOf(name: string): Method {
  const known = KNOWN_METHODS.find((method) => method === name.toLowerCase());
  return known === undefined ? { tag: 'other', val: name } : { tag: known };
}

/** Moves a call as far as it goes without waiting. */
function advance(call: Call, clock: Clock): void {
  try {
    for (;;) {
      const before = call.phase;
      if (before.tag === 'done') return;
      if (clock.monotonic() >= call.deadline) {
        finish(call, new HttpFailure('timeout', `no complete answer within ${call.request.timeoutMs} ms`));
        return;
      }
      call.phase = step(before, call.request);
      if (call.phase === before) return;
    }
  } catch (thrown) {
    finish(call, failure(thrown));
  }
}

/** The phase after this one, or this one itself when there is nothing to do but wait. */
function step(phase: Exclude<Phase, { tag: 'done' }>, request: HttpRequest): Phase {
  switch (phase.tag) {
    case 'sending':
      return write(phase, request.body ?? new Uint8Array(0));
    case 'waiting':
      return receive(phase, request);
    case 'reading':
      return read(phase);
  }
}

function write(phase: Extract<Phase, { tag: 'sending' }>, bytes: Uint8Array): Phase {
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

function receive(phase: Extract<Phase, { tag: 'waiting' }>, request: HttpRequest): Phase {
  const outer = phase.future.get();
  if (outer === undefined || outer === null) return phase;
  if (outer.tag === 'err') throw new HttpFailure('protocol', 'the response was taken before');
  if (outer.val.tag === 'err') throw outer.val.val;
  const response = outer.val.val;
  dispose(phase.future);
  const fields = response.headers();
  const headers = fields.entries().map(([name, value]) => [name.toLowerCase(), decodeUtf8(value)] as const);
  dispose(fields);
  const body = response.consume();
  const stream = body.stream();
  return { tag: 'reading', response, body, stream, status: response.status(), headers, buffer: new ByteBuffer(request.maxBodyBytes) };
}

function read(phase: Extract<Phase, { tag: 'reading' }>): Phase {
  let truncated = false;
  try {
    const piece = phase.stream.read(toU64(READ_CHUNK));
    if (piece.length === 0) return phase;
    truncated = !phase.buffer.add(piece);
    if (!truncated) return { ...phase };
  } catch (thrown) {
    if (witTag(thrown) !== 'closed') throw new HttpFailure('unreachable', 'the answer broke off');
  }
  dispose(...resourcesOf(phase));
  return { tag: 'done', result: { status: phase.status, headers: phase.headers, body: phase.buffer.bytes(), truncated } };
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
    case 'done':
      return [];
  }
}

function finish(call: Call, result: HttpFailure): void {
  dispose(...resourcesOf(call.phase));
  call.phase = { tag: 'done', result };
}

/** Blocks until any open call can go on or the earliest deadline has come. */
function wait(calls: readonly Call[], clock: Clock): void {
  if (calls.length === 0) return;
  const left = Math.min(...calls.map((call) => call.deadline)) - clock.monotonic();
  const timer = subscribeDuration(toU64(Math.max(0, left) * NANOSECONDS_PER_MS));
  const pollables = [timer, ...calls.flatMap(pollablesOf)];
  poll(pollables);
  dispose(...pollables);
}

function pollablesOf(call: Call): readonly Pollable[] {
  switch (call.phase.tag) {
    case 'sending':
      return [call.phase.stream.subscribe()];
    case 'waiting':
      return [call.phase.future.subscribe()];
    case 'reading':
      return [call.phase.stream.subscribe()];
    case 'done':
      return [];
  }
}

const TIMEOUTS: readonly string[] = [
  'dns-timeout',
  'connection-timeout',
  'connection-read-timeout',
  'connection-write-timeout',
  'http-response-timeout',
];
const UNREACHABLE = /^(?:dns-|destination-|connection-|tls-)/;

/** A wasi:http error code as our reason; its words go into the detail, for the log. */
function failure(thrown: unknown): HttpFailure {
  if (thrown instanceof HttpFailure) return thrown;
  const tag = witTag(thrown)?.toLowerCase() ?? '';
  const detail = describe(witError(thrown));
  if (TIMEOUTS.includes(tag)) return new HttpFailure('timeout', detail);
  if (tag === 'http-request-denied' || tag === 'destination-ip-prohibited') return new HttpFailure('forbidden', detail);
  return new HttpFailure(UNREACHABLE.test(tag) ? 'unreachable' : 'protocol', detail);
}
