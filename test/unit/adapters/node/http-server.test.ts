import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { HostRequest, ResponseSink } from '../../../../src/adapters/node/exchange.ts';
import { componentServer } from '../../../../src/adapters/node/http-server.ts';
import { Pump } from '../../../../src/adapters/node/pump.ts';
import { soon } from '../../../e2e/support/soon.ts';
import { ask, dial } from '../../../e2e/support/wire.ts';

vi.setConfig({ testTimeout: 30_000 });

async function start(run: (request: HostRequest, sink: ResponseSink) => void): Promise<string> {
  const server = componentServer(run).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const nothing = () => {};

function answer(sink: ResponseSink, status: number, body: string, length: number = body.length): void {
  sink.head(status, [['content-length', bytes(String(length))]]);
  if (body !== '') sink.write(bytes(body), nothing);
  sink.end();
}

/** What a connection has brought so far. */
function collect(socket: Socket): () => string {
  let text = '';
  socket.on('data', (piece) => {
    text += piece;
  });
  return () => text;
}

describe('a request', () => {
  it('is handed over as it came', async () => {
    let seen: HostRequest | undefined;
    const url = await start((request, sink) => {
      seen = request;
      answer(sink, 200, 'ok');
    });
    await ask(`${url}/a%20b?c=%64`, { method: 'OPTIONS', headers: { host: 'name.example:1', 'X-One': 'ä' } });
    expect(seen).toMatchObject({
      method: 'OPTIONS',
      scheme: 'HTTP',
      authority: 'name.example:1',
      pathWithQuery: '/a%20b?c=%64',
      body: undefined,
    });
    expect(seen?.headers).toContainEqual(['x-one', new Uint8Array([0xe4])]);
  });

  it('whose body nobody wants is dropped, and its connection is used again', async () => {
    const url = await start(({ body }, sink) => {
      if (body !== undefined) new Pump({ source: body, stream: 0, post: nothing, incomplete: { tag: 'connection-terminated' } }).cut();
      answer(sink, 413, 'no');
    });
    const socket = await dial(url);
    const text = collect(socket);
    const size = 4_000_000;
    socket.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${size}\r\n\r\n`);
    await new Promise((resolve) => socket.write('x'.repeat(size), resolve));
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await soon(() => text().match(/HTTP\/1\.1 413/g)).toHaveLength(2);
    socket.destroy();
  });
});

describe('an answer', () => {
  it('has its head on the way before its body', async () => {
    const sinks: ResponseSink[] = [];
    const url = await start((_request, sink) => {
      sink.head(200, [['content-type', bytes('text/event-stream')]]);
      sinks.push(sink);
    });
    const socket = await dial(url);
    const text = collect(socket);
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await soon(text).toContain('text/event-stream\r\n');
    sinks[0]?.write(bytes('now'), nothing);
    await soon(text).toContain('now');
    socket.destroy();
  });

  it('that is shorter than announced cannot be taken for whole: the connection ends', async () => {
    const url = await start((_request, sink) => answer(sink, 200, '', 10));
    const socket = await dial(url);
    socket.resume();
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await once(socket, 'close');
  });

  it.each([
    ['HEAD', 200],
    ['GET', 304],
  ])('to %s with status %i announces a body and has none', async (method, status) => {
    const url = await start((_request, sink) => answer(sink, status, '', 10));
    const socket = await dial(url);
    const text = collect(socket);
    socket.write(`${method} / HTTP/1.1\r\nhost: a\r\n\r\n${method} / HTTP/1.1\r\nhost: a\r\n\r\n`);
    await soon(() => text().match(/HTTP\/1\.1 /g)).toHaveLength(2);
    expect(text()).toContain('content-length: 10');
    socket.destroy();
  });

  it('whose client leaves says so, once, and at once to whoever asks late', async () => {
    let left = 0;
    const sinks: ResponseSink[] = [];
    const url = await start((_request, sink) => {
      sinks.push(sink);
      sink.onLeft(() => left++);
    });
    const socket = await dial(url);
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await soon(() => sinks.length).toBe(1);
    socket.destroy();
    await soon(() => left).toBe(1);
    sinks[0]?.onLeft(() => left++);
    expect(left).toBe(2);
  });

  it('that is complete is no reason to say that the client has left', async () => {
    let left = 0;
    const url = await start((_request, sink) => {
      sink.onLeft(() => left++);
      answer(sink, 200, 'ok');
    });
    expect((await ask(url)).text).toBe('ok');
    await ask(url);
    expect(left).toBe(0);
  });
});
