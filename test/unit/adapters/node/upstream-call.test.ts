import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type HostEvent, type OutgoingCall, STREAM_WINDOW } from '../../../../src/adapters/node/protocol.ts';
import { UpstreamCall } from '../../../../src/adapters/node/upstream-call.ts';
import { soon } from '../../../e2e/support/soon.ts';

vi.setConfig({ testTimeout: 30_000 });

const CALL = 5;
const BODY = 6;

/** A server, and what a call to it tells the worker. */
async function start(listener: RequestListener, call: Partial<OutgoingCall> = {}) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const events: HostEvent[] = [];
  const upstream = new UpstreamCall(
    CALL,
    {
      method: 'GET',
      scheme: 'http',
      authority: `127.0.0.1:${port}`,
      path: '/',
      headers: [],
      body: undefined,
      connectTimeoutMs: 10_000,
      firstByteTimeoutMs: 10_000,
      betweenBytesTimeoutMs: 10_000,
      ...call,
    },
    (event) => events.push(event),
  );
  onTestFinished(() => upstream.cancel());
  const next = async <Tag extends HostEvent['tag']>(tag: Tag) => {
    const find = () => events.find((event) => event.tag === tag);
    await soon(find).toBeDefined();
    return find() as Extract<HostEvent, { tag: Tag }>;
  };
  const text = () => Buffer.concat(events.flatMap((event) => (event.tag === 'bytes' ? [event.bytes] : []))).toString();
  return { upstream, events, next, text, port };
}

/** Answers with what came: framing headers and body. */
async function mirror(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const piece of request) body += piece;
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  response.end(
    JSON.stringify({ method: request.method, url: request.url, host: request.headers.host, length, coding, body, raw: request.rawHeaders }),
  );
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

describe('an outgoing call', () => {
  it('sends Host, headers in order with their repetitions, and exactly the path', async () => {
    const { next, text, port } = await start(mirror, {
      path: '/a%20b?x=1&x=2',
      headers: [
        ['x-one', bytes('1')],
        ['x-two', bytes('\u00e4')],
        ['x-one', bytes('3')],
      ],
    });
    await next('end');
    const seen = JSON.parse(text());
    expect(seen).toMatchObject({ method: 'GET', url: '/a%20b?x=1&x=2', host: `127.0.0.1:${port}`, body: '' });
    expect(seen.raw.filter((_: string, index: number) => seen.raw[index & ~1].startsWith('x-'))).toEqual([
      'x-one',
      '1',
      'x-one',
      '3',
      'x-two',
      'ä',
    ]);
    expect(await next('response')).toMatchObject({ call: CALL, status: 200 });
  });

  it.each(['GET', 'DELETE', 'POST'])('%s frames a body of unknown length', async (method) => {
    const { upstream, next, text } = await start(mirror, { method, body: BODY });
    upstream.write(bytes('one'), () => {});
    upstream.write(bytes('two'), () => {});
    upstream.finishBody();
    await next('end');
    expect(JSON.parse(text())).toMatchObject({ method, body: 'onetwo', coding: 'chunked' });
  });

  it('POST with an empty body says so', async () => {
    const { upstream, next, text } = await start(mirror, { method: 'POST', body: BODY });
    upstream.finishBody();
    await next('end');
    expect(JSON.parse(text())).toMatchObject({ method: 'POST', length: '0', body: '' });
  });

  it('has its headers on the way before its body when the answer is waited for', async () => {
    const { upstream, next } = await start((_request, response) => response.end('early'), { method: 'POST', body: BODY });
    upstream.hasten();
    upstream.hasten();
    expect(await next('response')).toMatchObject({ status: 200 });
    expect(await next('gone')).toEqual({ tag: 'gone', stream: BODY });
  });

  it('tells when a piece of its body has been handed on', async () => {
    const { upstream, next } = await start(mirror, { method: 'PUT', body: BODY, headers: [['content-length', bytes('3')]] });
    const taken = Promise.withResolvers<void>();
    upstream.write(bytes('abc'), taken.resolve);
    await taken.promise;
    upstream.finishBody();
    await next('end');
  });

  it('stops reading at the window, and goes on when that was consumed', async () => {
    const size = 4 * STREAM_WINDOW;
    const { upstream, next, text } = await start((_request, response) => response.end('x'.repeat(size)));
    const read = () => text().length;
    await soon(read).toBeGreaterThanOrEqual(STREAM_WINDOW);
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(read()).toBeLessThan(2 * STREAM_WINDOW);
    let consumed = 0;
    const feed = setInterval(() => {
      const more = read() - consumed;
      consumed += more;
      upstream.consumed(more);
    }, 1);
    onTestFinished(() => clearInterval(feed));
    await next('end');
    expect(read()).toBe(size);
  });

  it('keeps no connection', async () => {
    const closed = Promise.withResolvers<void>();
    const { next } = await start((request, response) => {
      request.socket.once('close', () => closed.resolve());
      response.end('done');
    });
    await next('end');
    await closed.promise;
  });

  it('closes its connection when it is cancelled', async () => {
    const closed = Promise.withResolvers<void>();
    const { upstream, next, events } = await start((request, response) => {
      request.socket.once('close', () => closed.resolve());
      response.write('half');
    });
    await next('bytes');
    upstream.cancel();
    await closed.promise;
    expect(events.map((event) => event.tag)).toEqual(['response', 'bytes']);
  });
});

describe('an outgoing call fails', () => {
  it('when no first byte comes in time', async () => {
    const { next } = await start(() => {}, { firstByteTimeoutMs: 50 });
    expect(await next('failed')).toEqual({ tag: 'failed', call: CALL, code: { tag: 'connection-read-timeout' } });
  });

  it('when the answer falls silent', async () => {
    const { next, text } = await start((_request, response) => response.write('half'), { betweenBytesTimeoutMs: 100 });
    expect(await next('broken')).toEqual({ tag: 'broken', stream: CALL, code: { tag: 'connection-read-timeout' } });
    expect(text()).toBe('half');
  });

  it('but not while the component is the slow one', async () => {
    const { upstream, events, next } = await start((_request, response) => response.end('x'.repeat(2 * STREAM_WINDOW)), {
      betweenBytesTimeoutMs: 50,
    });
    await soon(() => events.length).toBeGreaterThan(3);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(events.map((event) => event.tag)).not.toContain('broken');
    upstream.consumed(STREAM_WINDOW);
    upstream.consumed(STREAM_WINDOW);
    await next('end');
  });

  it('when the answer breaks off', async () => {
    const { next } = await start((request, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half', () => request.socket.destroy());
    });
    expect((await next('broken')).code.tag).toMatch(/connection-terminated|HTTP-response-incomplete/);
  });

  it('when the connection is cut before an answer', async () => {
    const { next } = await start((request) => request.socket.destroy());
    expect(await next('failed')).toMatchObject({ code: { tag: 'connection-terminated' } });
  });

  it('when what answers does not speak HTTP', async () => {
    const { next } = await start((request) => request.socket.end('220 mail.example ESMTP\r\n'));
    expect(await next('failed')).toMatchObject({ code: { tag: 'HTTP-protocol-error' } });
  });

  it('when the server does not speak TLS', async () => {
    const { next } = await start(() => {}, { scheme: 'https' });
    expect((await next('failed')).code.tag).toMatch(/^TLS-protocol-error$|^connection-terminated$/);
  });
});
