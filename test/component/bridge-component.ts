/**
 * A component that shows each part of `src/adapters/wasi` from outside: the bridge's tests build it like the product and speak to it over HTTP.
 * It is bundled for the component, so what holds there holds here: no Node, no web APIs, nothing asynchronous.
 */
import type { ResponseOutparam, IncomingRequest as WasiIncomingRequest } from 'wasi:http/types@0.2.12';
import { wasiHttp } from '../../src/adapters/wasi/client.ts';
import { wasiClock } from '../../src/adapters/wasi/clock.ts';
import { wasiConfig } from '../../src/adapters/wasi/config.ts';
import { wasiKeyValue } from '../../src/adapters/wasi/keyvalue.ts';
import { wasiLog } from '../../src/adapters/wasi/log.ts';
import { wasiRandom } from '../../src/adapters/wasi/random.ts';
import { wasiExchange } from '../../src/adapters/wasi/server.ts';
import { decodeBase64 } from '../../src/lib/base64.ts';
import { describe } from '../../src/lib/errors.ts';
import { decodeUtf8, encodeUtf8 } from '../../src/lib/utf8.ts';
import type { IncomingRequest, Responder } from '../../src/ports/exchange.ts';
import { HttpFailure, type HttpRequest, type StreamEvent } from '../../src/ports/http.ts';
import type { BridgeCall, Heard, StreamsPlan, WaitsReport } from './bridge-streams.ts';

const LIMIT = 64 * 1024 * 1024;

export const incomingHandler = {
  handle(incoming: WasiIncomingRequest, out: ResponseOutparam): void {
    const { request, responder, answered } = wasiExchange(incoming, out);
    try {
      const route = ROUTES[request.path];
      if (route === undefined) json(responder, 404, { path: request.path });
      else route(request, responder);
    } catch (error) {
      if (!answered()) json(responder, 500, { error: describe(error) });
    }
  },
};

const ROUTES: Readonly<Record<string, (request: IncomingRequest, responder: Responder) => void>> = {
  '/echo': (request, responder) => {
    const body = request.body(LIMIT);
    if (body === 'too-large') json(responder, 413, {});
    else responder.send(200, [['content-type', 'application/octet-stream']], body);
  },
  // Bytes to text to bytes, and text with what no bytes can say: the codec as this engine runs it.
  '/utf8': (request, responder) => {
    const text = decodeUtf8(bodyOf(request));
    responder.send(200, [], encodeUtf8(request.query === 'lone' ? `${text}\ud800${text}\udc00` : text));
  },
  '/base64': (request, responder) => {
    const bytes = decodeBase64(decodeUtf8(bodyOf(request)));
    if (bytes === undefined) json(responder, 422, {});
    else responder.send(200, [], bytes);
  },
  '/limited': (request, responder) => {
    const body = request.body(1000);
    json(responder, 200, { read: body === 'too-large' ? body : body.length });
  },
  '/request': ({ method, path, query, headers }, responder) => json(responder, 200, { method, path, query, headers }),
  '/status': (request, responder) => responder.send(Number(request.query), [], new Uint8Array(0)),
  '/big': (request, responder) => responder.send(200, [], new Uint8Array(Number(request.query)).fill(0x61)),
  // A view into a larger buffer must be sent from where it begins.
  '/view': (_request, responder) => responder.send(200, [], encodeUtf8('wrong-right').subarray(6)),
  '/stream': (request, responder) => {
    const [count = 0, pause = 0] = request.query.split(',').map(Number);
    const stream = responder.stream(200, [['content-type', 'text/event-stream']]);
    for (let i = 0; i < count; i++) {
      if (!stream.write(encodeUtf8(`data: ${i}\n\n`))) break;
      if (pause > 0) wasiClock.sleep(pause);
    }
    stream.end();
  },
  // Writes until the client has left, and says under a key how that ended.
  '/until-gone': (_request, responder) => {
    const stream = responder.stream(200, [['content-type', 'text/event-stream']]);
    let written = 0;
    while (written < 2000 && stream.write(encodeUtf8(`data: ${'x'.repeat(1000)}\n\n`))) {
      written++;
      wasiClock.sleep(5);
    }
    stream.end();
    wasiKeyValue('bridge').set('gone', encodeUtf8(String(written)));
  },
  '/send': (request, responder) => {
    const calls: readonly HttpRequest[] = JSON.parse(decodeUtf8(bodyOf(request))).map(toRequest);
    const started = wasiClock.monotonic();
    const results = wasiHttp(wasiClock).sendAll(calls);
    const ms = wasiClock.monotonic() - started;
    json(responder, 200, {
      ms,
      results: results.map((result) =>
        result instanceof HttpFailure
          ? { failure: result.reason, detail: result.message }
          : {
              status: result.status,
              headers: result.headers,
              length: result.body.length,
              text: decodeUtf8(result.body.slice(0, 200)),
              truncated: result.truncated,
            },
      ),
    });
  },
  // Opens all calls as streams and says a line for each event as it comes, so that who reads the lines sees when.
  '/streams': (request, responder) => {
    const { calls, leave = [], leaveAllOn }: StreamsPlan = JSON.parse(decodeUtf8(bodyOf(request)));
    const streams = wasiHttp(wasiClock).streams();
    const numbers = calls.map((call) => streams.open(toRequest(call)));
    const out = responder.stream(200, [['content-type', 'application/x-ndjson']]);
    let connected = true;
    const say = (heard: readonly Heard[]) => {
      connected = out.write(encodeUtf8(heard.map((each) => `${JSON.stringify(each)}\n`).join('')));
    };
    for (let batch = 0; connected && streams.count > 0; batch++) {
      const heard = streams.next(60_000).map((event) => ({ batch, call: numbers.indexOf(event.stream), ...shown(event) }));
      if (heard.length > 0) say(heard);
      const said = (text: string) => heard.some((each) => each.tag === 'data' && each.text.includes(text));
      for (const { call, on } of leave) if (said(on)) streams.close(numbers[call] ?? -1);
      if (leaveAllOn !== undefined && said(leaveAllOn)) streams.closeAll();
    }
    say([{ tag: 'over', open: streams.count, after: streams.next(0).length }]);
    streams.closeAll();
    out.end();
  },
  '/waits': (request, responder) => {
    const streams = wasiHttp(wasiClock).streams();
    const time = (run: () => void) => {
      const started = wasiClock.monotonic();
      run();
      return wasiClock.monotonic() - started;
    };
    const withNone = time(() => streams.next(50));
    streams.open(toRequest({ url: request.query, timeoutMs: 60_000 }));
    // The head is all that ever comes.
    const events: StreamEvent[] = [];
    while (events.length === 0) events.push(...streams.next(60_000));
    const atOnce = time(() => {
      for (let i = 0; i < 20; i++) events.push(...streams.next(0));
    });
    const aWhile = time(() => events.push(...streams.next(50)));
    streams.closeAll();
    const report: WaitsReport = { withNone, atOnce, aWhile, events: events.map(({ tag }) => tag) };
    json(responder, 200, report);
  },
  '/keyvalue': (request, responder) => {
    const store = wasiKeyValue(request.query);
    store.deleteMany(store.keys());
    store.set('a/b', encodeUtf8('ä'));
    store.setMany([
      ['one', encodeUtf8('1')],
      ['empty', new Uint8Array(0)],
    ]);
    const first = store.increment('count', 2);
    const second = store.increment('count', 3);
    const many = store.getMany(['one', 'missing', 'a/b', 'empty']).map((value) => value && decodeUtf8(value));
    store.delete('one');
    store.delete('never-there');
    json(responder, 200, {
      first,
      second,
      many,
      exists: [store.exists('one'), store.exists('a/b')],
      keys: [...store.keys()].sort(),
      gone: store.get('one') === undefined,
    });
  },
  '/read': (request, responder) => {
    const value = wasiKeyValue('bridge').get(request.query);
    json(responder, 200, { value: value && decodeUtf8(value) });
  },
  '/world': (_request, responder) => {
    const before = wasiClock.monotonic();
    wasiClock.sleep(20);
    wasiLog(wasiClock, 'info').write('info', 'bridge log line ✓', { n: 1 });
    wasiLog(wasiClock, 'warn').write('info', 'this is below the level');
    json(responder, 200, {
      now: wasiClock.now(),
      slept: wasiClock.monotonic() - before,
      fractions: [wasiRandom.fraction(), wasiRandom.fraction()],
      bytes: [...wasiRandom.bytes(5)],
      config: wasiConfig().get('BRIDGE_OPTION') ?? null,
    });
  },
  '/throw': () => {
    throw new Error('on purpose');
  },
};

function bodyOf(request: IncomingRequest): Uint8Array {
  const body = request.body(LIMIT);
  if (body === 'too-large') throw new Error('too large');
  return body;
}

function toRequest(call: BridgeCall): HttpRequest {
  const base = {
    method: call.method ?? 'GET',
    url: call.url,
    headers: call.headers ?? [],
    timeoutMs: call.timeoutMs ?? 5000,
    maxBodyBytes: call.maxBodyBytes ?? LIMIT,
  };
  if (call.size !== undefined) return { ...base, body: new Uint8Array(call.size).fill(0x62) };
  return call.body === undefined ? base : { ...base, body: encodeUtf8(call.body) };
}

function shown(event: StreamEvent) {
  switch (event.tag) {
    case 'head':
      return { tag: event.tag, status: event.status };
    case 'data':
      return { tag: event.tag, length: event.bytes.length, text: decodeUtf8(event.bytes.slice(0, 64)) };
    case 'end':
      return { tag: event.tag, truncated: event.truncated };
    case 'failed':
      return { tag: event.tag, reason: event.failure.reason };
  }
}

function json(responder: Responder, status: number, value: unknown): void {
  responder.send(status, [['content-type', 'application/json']], encodeUtf8(JSON.stringify(value)));
}
