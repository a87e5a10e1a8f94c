import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type DemoAnswer, type DemoHandler, type DemoRequest, type DemoResponse, type DemoStream, isStream } from '../../demo/http.ts';

/** A demo server takes pictures of pets, and nothing larger. */
const MAX_BODY_BYTES = 33_554_432;

/** How often a demo server looks at its clock: often enough that nobody notices the difference from a timer. */
const TICK_MS = 200;

/** A client that leaves so much of a stream unread is cut off, as an API server does with a slow watcher. */
const MAX_UNREAD_BYTES = 16_777_216;

/** A server that is listening. */
export interface Listening {
  /** `http://127.0.0.1:PORT`, without a final slash. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves a demo handler on a free port of the loopback interface. */
export async function serveDemo(handler: DemoHandler): Promise<Listening> {
  const server = createServer(async (message, response) => {
    const answer = await answerTo(message, handler);
    response.writeHead(answer.status, answer.headers.flat());
    if (isStream(answer)) stream(answer, response);
    else response.end(answer.body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  const ticking = handler.tick === undefined ? undefined : setInterval(handler.tick, TICK_MS).unref();
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        clearInterval(ticking);
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function stream(answer: DemoStream, response: ServerResponse): void {
  // The head at once: a watch may say nothing for a long time.
  response.flushHeaders();
  const write = (bytes: Uint8Array): void => {
    if (response.destroyed || response.writableEnded) return;
    response.write(bytes);
    if (response.writableLength > MAX_UNREAD_BYTES) response.destroy();
  };
  const stop = answer.start(write, () => response.end());
  // Once the answer is complete, or the connection is gone.
  response.on('close', stop);
  if (response.destroyed) stop();
}

async function answerTo(message: IncomingMessage, handler: DemoHandler): Promise<DemoAnswer> {
  try {
    const body = await bodyOf(message);
    return body === undefined ? plain(413, 'The body is too large.\n') : handler(requestOf(message, body));
  } catch {
    return plain(500, 'The demo server failed.\n');
  }
}

async function bodyOf(message: IncomingMessage): Promise<Uint8Array | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of message) {
    length += piece.length;
    if (length > MAX_BODY_BYTES) return undefined;
    pieces.push(piece);
  }
  return new Uint8Array(Buffer.concat(pieces));
}

function requestOf(message: IncomingMessage, body: Uint8Array): DemoRequest {
  const target = message.url ?? '/';
  const mark = target.indexOf('?');
  const headers: [string, string][] = [];
  for (let i = 0; i + 1 < message.rawHeaders.length; i += 2) {
    headers.push([(message.rawHeaders[i] ?? '').toLowerCase(), message.rawHeaders[i + 1] ?? '']);
  }
  return {
    method: (message.method ?? 'GET').toUpperCase(),
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? '' : target.slice(mark + 1),
    headers,
    body,
  };
}

function plain(status: number, text: string): DemoResponse {
  return { status, headers: [['content-type', 'text/plain; charset=utf-8']], body: new Uint8Array(Buffer.from(text)) };
}
