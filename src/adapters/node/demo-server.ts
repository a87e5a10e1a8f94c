import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DemoHandler, DemoRequest, DemoResponse } from '../../demo/http.ts';

/** A demo server takes pictures of pets, and nothing larger. */
const MAX_BODY_BYTES = 33_554_432;

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
    response.end(answer.body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answerTo(message: IncomingMessage, handler: DemoHandler): Promise<DemoResponse> {
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
